"""Rendering is slow beside reading: what several tests look at is rendered once."""

from pathlib import Path

import pytest

from fer_data.params.sample import SampleParams
from fer_data.sample.corpus import sample
from fer_data.sample.scene import render_clip

SMALL = {
    "seed": 3,
    "train_subjects": 8,
    "other_subjects": 3,
    "min_frames": 9,
    "max_frames": 10,
    "supersampling": 1,
    "faults": True,
}


@pytest.fixture(scope="session")
def small_params():
    """Parameters of a corpus of eleven people."""
    return SampleParams(**SMALL)


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory, small_params):
    """Return a rendered corpus of eleven people and its summary."""
    root: Path = tmp_path_factory.mktemp("sample") / "corpus"
    return root, sample(root, small_params, workers=1)


@pytest.fixture(scope="session")
def clip():
    """Return three frames of two people."""
    return render_clip(3, 3, people=2)
