"""The one statement of what the network is fed."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch

from fer_data.errors import WeightsError
from fer_data.model.input_contract import MEAN_BGR, InputContract, read_contract

REAL = InputContract(224, "box", 0.3)


def test_the_real_recipe_cuts_224_out_of_256() -> None:
    """Shorter side to 256, then 224; other inputs in the same proportion."""
    assert REAL.resize_px == 256
    assert InputContract(64, "box", 0.3).resize_px == 73


def test_the_networks_input_is_bgr_minus_the_mean() -> None:
    """A red pixel comes out last of three channels, without any division."""
    picture = torch.zeros(1, 224, 224, 3, dtype=torch.uint8)
    picture[0, 5, 7] = torch.tensor([255, 10, 0], dtype=torch.uint8)
    out = REAL.to_input(picture)
    assert out.shape == (1, 3, 224, 224)
    assert out[0, :, 5, 7].tolist() == pytest.approx([0 - MEAN_BGR[0], 10 - MEAN_BGR[1], 255 - MEAN_BGR[2]])


def test_the_means_are_the_releases() -> None:
    """Blue, green, red as the release states them."""
    assert MEAN_BGR == (91.4953, 103.8827, 131.0912)


@pytest.mark.parametrize(
    "pictures",
    [
        torch.zeros(1, 224, 224, 3),
        torch.zeros(1, 256, 256, 3, dtype=torch.uint8),
        torch.zeros(1, 3, 224, 224),
    ],
    ids=["floats", "uncropped", "channels first"],
)
def test_anything_but_cropped_rgb_bytes_is_refused(pictures: torch.Tensor) -> None:
    """Pictures that were scaled or laid out otherwise do not slip through."""
    with pytest.raises(WeightsError, match=r"must be uint8 of shape \(n, 224, 224, 3\)"):
        REAL.to_input(pictures)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(128, 128, (256, 256)), (512, 512, (256, 256)), (256, 256, (256, 256)), (100, 200, (256, 512))],
    ids=["grows", "shrinks", "stays", "shorter side"],
)
def test_the_shorter_side_is_resized(height: int, width: int, expected: tuple[int, int]) -> None:
    """The longer side keeps its proportion."""
    assert REAL.resize(np.zeros((height, width, 3), np.uint8)).shape[:2] == expected


def test_shrinking_averages() -> None:
    """Stripes of one pixel become an even grey, not one of the stripes."""
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 200
    assert set(np.unique(REAL.resize(stripes))) == {100}


def test_the_centre_is_cut_alike_on_both_sides() -> None:
    """16 px go on each side of 256."""
    crops = np.arange(256, dtype=np.uint8)[None, :, None, None] * np.ones((1, 1, 256, 3), np.uint8)
    centre = REAL.centre(crops)
    assert centre.shape == (1, 224, 224, 3)
    assert (centre[0, 0, 0, 0], centre[0, -1, 0, 0]) == (16, 239)


def test_a_stored_contract_is_read_back() -> None:
    """Document and hash are enough to know it again."""
    assert read_contract(REAL.document(), REAL.sha256()) == REAL


def test_different_contracts_have_different_hashes() -> None:
    """Every part of the contract is in its hash."""
    others = [
        InputContract(112, "box", 0.3),
        InputContract(224, "similarity", 0.3),
        InputContract(224, "box", 0.2),
    ]
    assert len({contract.sha256() for contract in (REAL, *others)}) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": "RGB"}, "altered or is another version's"),
        ({"mean": [0.0, 0.0, 0.0]}, "altered or is another version's"),
        ({"input_px": 112}, "altered or is another version's"),
        ({"field_of_view": {"geometry": "box"}}, "incomplete: KeyError"),
    ],
    ids=["channels", "mean", "size", "incomplete"],
)
def test_an_altered_contract_is_refused(change: dict[str, object], message: str) -> None:
    """A rule that this version does not follow is never silently replaced by its own."""
    with pytest.raises(WeightsError, match=message):
        read_contract({**REAL.document(), **change}, REAL.sha256())


def test_an_altered_hash_is_refused() -> None:
    """The stored hash must be the document's."""
    with pytest.raises(WeightsError, match="its hash must be"):
        read_contract(REAL.document(), "0" * 64)


@pytest.mark.parametrize(("geometry", "margin"), [("similarity", 0.3), ("box", 0.2)])
def test_crops_of_another_field_of_view_are_refused(geometry: str, margin: float) -> None:
    """A network sees faces as it was trained to."""
    with pytest.raises(
        WeightsError, match=f"geometry {geometry} and margin {margin}, but the model was trained on box"
    ):
        REAL.check_crops(geometry, margin)
    REAL.check_crops("box", 0.3)


@pytest.mark.parametrize(
    ("trained", "shown", "message"),
    [
        (
            ("given", None),
            ("similarity", 0.0),
            r"trained on crops that were given .*`crops` of a source.*--split",
        ),
        (("given", None), ("similarity+given", 0.0), "trained on crops that were given"),
        (
            ("similarity", 0.0),
            ("given", None),
            r"crops were given.*trained on geometry similarity.*Predict the videos",
        ),
        (("similarity", 0.0), ("similarity+given", 0.0), "given, all or in part"),
        (("similarity+given", 0.0), ("similarity", 0.3), r"geometry similarity and margin 0\.3"),
        (("similarity+given", 0.0), ("box", 0.0), "geometry box and margin"),
        (("given", None), ("given", None), None),
        (("similarity+given", 0.0), ("given", None), None),
        (("similarity+given", 0.0), ("similarity", 0.0), None),
        (("similarity+given", 0.0), ("similarity+given", 0.0), None),
    ],
    ids=lambda value: "".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_given_crops_and_ours_are_told_apart(
    trained: tuple[str, float | None], shown: tuple[str, float | None], message: str | None
) -> None:
    """Either is refused by a network of the other, with what to do; one of both may see either."""
    contract = InputContract(56, *trained)
    assert read_contract(contract.document(), contract.sha256()) == contract
    with pytest.raises(WeightsError, match=message) if message else nullcontext():
        contract.check_crops(*shown)
