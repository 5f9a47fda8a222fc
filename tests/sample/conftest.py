"""Rendering is slow beside reading: what several tests look at is rendered once."""

from pathlib import Path
from typing import Any

import pytest
from in_this_process import InThisProcess

from fer_data.params.sample import SampleParams
from fer_data.sample.corpus import sample
from fer_data.sample.scene import render_clip

SIZES = ((320, 240), (320, 240), (428, 240))
"""Of frames: half of what they are for users, whose every video takes three times as long."""

SMALL = {
    "seed": 3,
    "train_subjects": 8,
    "other_subjects": 3,
    "min_frames": 9,
    "max_frames": 10,
    "supersampling": 1,
    "faults": True,
}


def render(root: Path, params: SampleParams, workers: int = 1) -> tuple[Path, dict[str, Any]]:
    """Render a corpus and return it and its summary; one worker is this process, which has the compiled loops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.sample.casting._SIZES", SIZES)
        if workers == 1:
            patch.setattr("fer_data.sample.corpus.LocalEngine", lambda _: InThisProcess())
        return root, sample(root, params, workers=workers)


@pytest.fixture(scope="session")
def small_params():
    """Parameters of a corpus of eleven people."""
    return SampleParams(**SMALL)


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory, small_params):
    """Return a rendered corpus of eleven people and its summary."""
    return render(tmp_path_factory.mktemp("sample") / "corpus", small_params)


@pytest.fixture(scope="session")
def clip():
    """Return three frames of two people."""
    return render_clip(3, 3, people=2)
