"""The weights that the demo starts from: other people's, small, and the network's own."""

from pathlib import Path

import pytest
import torch

from experiments.start_weights import halved, start_params
from fer_data.model.files import load_release_weights
from fer_data.model.senet import SENet50
from fer_data.params.document import load_params
from fer_data.params.sample import SampleParams
from fer_data.sample.casting import cast_videos

ROOT = Path(__file__).parents[2]
DEMO = load_params(ROOT / "params.yaml")
FIVE_MB = 5_000_000


@pytest.fixture(scope="module", autouse=True)
def shallow() -> None:
    """Have whole networks, which the shipped file is for."""


def people(params: SampleParams) -> set[int]:
    """Return who is rendered, those whom nobody annotates included."""
    return {actor.number for plan in cast_videos(params) for actor in plan.actors}


def test_nobody_of_the_sample_is_among_the_people_of_the_weights() -> None:
    """The sample's seed draws who is rendered."""
    theirs = people(start_params(ROOT / "params.yaml").sample)
    assert len(theirs) > 150
    assert not theirs & people(DEMO.sample)


def test_the_weights_are_trained_from_scratch() -> None:
    """They do not start from themselves."""
    assert start_params(ROOT / "params.yaml").train.weights is None


def test_the_shipped_file_is_small_and_fits_the_demos_network() -> None:
    """Its hash is that of params.yaml, and every tensor has its place, the head included."""
    assert DEMO.train.weights is not None
    path = ROOT / DEMO.train.weights
    assert path.stat().st_size < FIVE_MB
    network = SENet50(7, base_width=DEMO.train.base_width)
    before = network.fc.weight.clone()
    load_release_weights(network, path, DEMO.train.weights_sha256)
    assert not network.fc.weight.equal(before)


def test_kernels_are_halved_and_norms_are_not() -> None:
    """A variance may be beyond what half precision holds; counters say nothing."""
    tensors = {
        "conv1.weight": torch.full((1, 1, 1, 1), 0.5),
        "bn1.running_var": torch.full((1,), 1.0e6),
        "bn1.num_batches_tracked": torch.tensor(3),
    }
    small = halved(tensors)
    assert list(small) == ["bn1.running_var", "conv1.weight"]
    assert small["conv1.weight"].dtype == torch.float16
    assert small["bn1.running_var"].equal(tensors["bn1.running_var"])
