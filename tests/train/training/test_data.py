"""Batches of training crops."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fer_data.model.input_contract import InputContract
from fer_data.params.train import TrainParams
from fer_data.published import dataset as published_module
from fer_data.published.dataset import Crops, column, open_published
from train.training.data import Examples, cut, epoch_batches, epoch_order, training_loader, varied
from train.training.multi_resolution import LOWERED_SIDES, lowered

CONTRACT = InputContract(28, "similarity", 0.2)


def examples(published: Path, rows: list[int] | None = None) -> Examples:
    """Return training rows of the published dataset, all of them unless stated."""
    split = open_published(published).split("train")
    chosen = np.arange(len(split)) if rows is None else np.array(rows)
    labels = column(split, "expression").astype(np.int64)[chosen]
    return Examples(Crops(split, chosen, CONTRACT), labels, column(split, "row_id").astype(np.str_)[chosen])


def batches(published: Path, params: TrainParams, epoch: int = 0) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return an epoch's batches at an input of 28 px."""
    return list(training_loader(examples(published), CONTRACT, params, epoch=epoch, sampling_weights=None))


def test_an_epoch_shows_every_row_once_in_an_order_of_its_own() -> None:
    """Two epochs are two permutations."""
    first, second = epoch_order(50, 1, None), epoch_order(50, 2, None)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first.tolist() != second.tolist()


def test_chances_decide_how_often_a_row_is_drawn() -> None:
    """A row of chance 0 never comes, one of three times the chance comes about three times as often."""
    order = epoch_order(4000, 1, np.array([0.0, 3.0, *[1.0] * 3998]))
    assert 0 not in order
    drawn = [
        np.bincount(epoch_order(4000, s, np.array([3.0] * 2000 + [1.0] * 2000)), minlength=4000)
        for s in range(3)
    ]
    assert sum(d[:2000].sum() for d in drawn) / sum(d[2000:].sum() for d in drawn) == pytest.approx(
        3, rel=0.1
    )


def test_a_cut_is_a_part_of_the_crop_mirrored_or_not() -> None:
    """Each cut is found in the crop at its place; both mirror images occur, and so do all offsets."""
    y, x = np.mgrid[:6, :6].astype(np.uint8)
    crop = np.stack([y, x, y * 6 + x], axis=2)
    cuts = [cut(crop, 4, seed=seed, flip=0.5) for seed in range(200)]
    corners = {
        (int(c[0, 0, 0]), int(min(c[0, 0, 1], c[0, -1, 1])), bool(c[0, 0, 1] > c[0, -1, 1])) for c in cuts
    }
    assert corners == {
        (top, left, flipped) for top in range(3) for left in range(3) for flipped in (False, True)
    }
    for c in cuts:
        upright = c[:, ::-1] if c[0, 0, 1] > c[0, -1, 1] else c
        top, left = upright[0, 0, :2]
        np.testing.assert_array_equal(upright, crop[top : top + 4, left : left + 4])


@pytest.mark.parametrize(("flip", "mirrored"), [(0.0, False), (1.0, True)])
def test_the_probability_of_a_flip_is_kept_at_its_ends(flip: float, mirrored: bool) -> None:
    """Never at 0, always at 1."""
    crop = np.tile(np.arange(6, dtype=np.uint8)[None, :, None], (6, 1, 3))
    assert {bool(c[0, 0, 0] > c[0, -1, 0]) for c in (cut(crop, 4, seed=s, flip=flip) for s in range(20))} == {
        mirrored
    }


def test_batches_repeat_for_the_same_epoch_and_differ_for_the_next(
    published: Path, params: TrainParams
) -> None:
    """Order and cuts follow from seed, epoch and row."""
    first, again, later = (
        batches(published, params),
        batches(published, params),
        batches(published, params, epoch=1),
    )
    assert all(a[0].equal(b[0]) and a[1].equal(b[1]) for a, b in zip(first, again, strict=True))
    assert not all(a[1].equal(b[1]) for a, b in zip(first, later, strict=True))


def test_an_incomplete_batch_is_left_out(published: Path, params: TrainParams) -> None:
    """150 rows make nine batches of 16."""
    sizes = [len(labels) for _, labels in batches(published, params)]
    assert sizes == [16] * 9


def test_fewer_rows_than_a_batch_make_one_batch(published: Path, params: TrainParams) -> None:
    """A tiny dataset still trains."""
    loader = training_loader(examples(published, [0, 1, 2]), CONTRACT, params, epoch=0, sampling_weights=None)
    assert [len(labels) for _, labels in loader] == [3]


def test_crops_on_disk_make_the_same_batches_as_crops_in_memory(
    published: Path, params: TrainParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worker processes that decode at every read change no pixel."""
    kept = batches(published, params)
    monkeypatch.setattr(published_module, "_CACHE_BYTES", 0)
    read = batches(published, params)
    assert all(a[0].equal(b[0]) and a[1].equal(b[1]) for a, b in zip(kept, read, strict=True))


def test_a_loader_can_start_late_and_give_a_share(published: Path, params: TrainParams) -> None:
    """From the third batch on, two devices together see what one would, picture for picture."""
    kept, rows = batches(published, params), examples(published)
    shares = [
        list(
            training_loader(rows, CONTRACT, params, epoch=0, sampling_weights=None, first=2, share=(rank, 2))
        )
        for rank in range(2)
    ]
    for whole, first, second in zip(kept[2:], *shares, strict=True):
        assert whole[0].equal(torch.cat([first[0], second[0]]))
        assert whole[1].equal(torch.cat([first[1], second[1]]))
    labels = [rows.labels[indices] for indices in epoch_batches(rows, params, epoch=0, sampling_weights=None)]
    assert all(batch[1].tolist() == listed.tolist() for batch, listed in zip(kept, labels, strict=True))


def test_multi_resolution_comes_before_everything_else(params: TrainParams) -> None:
    """Each picture is one of the six that the definition allows, resized and cut as without it; all sides occur."""
    crop = np.random.default_rng(1).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    contract = InputContract(28, "similarity", 0.2)
    random = params.model_copy(update={"multi_resolution": "random"})
    seen = set()
    for seed in range(60):
        shown = varied(crop, contract, random, seed=seed)
        matching = [
            side
            for side in LOWERED_SIDES
            if np.array_equal(shown, varied(lowered(crop, side), contract, params, seed=seed))
        ]
        assert len(matching) == 1
        seen.update(matching)
    assert seen == set(LOWERED_SIDES)


@pytest.mark.parametrize(("probability", "expected"), [(0.0, 0), (1.0, 200)])
def test_grey_pictures_come_as_often_as_stated(
    params: TrainParams, probability: float, expected: int
) -> None:
    """A grey picture has three equal channels, its luminance."""
    crop = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    grey = params.model_copy(update={"grayscale": probability})
    shown = [varied(crop, CONTRACT, grey, seed=seed) for seed in range(200)]
    assert sum(bool((one[..., 0] == one[..., 1]).all()) for one in shown) == expected
    if expected:
        plain = varied(crop, CONTRACT, params, seed=0).astype(float) @ [0.299, 0.587, 0.114]
        assert np.abs(shown[0][..., 0] - plain).max() <= 1
