"""Batches of training crops: their order, and what is drawn for each crop, from content."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from fer_data.core.arrays import Int64
from fer_data.core.sampling.seeds import seed_from
from fer_data.execution.prefetch import ahead
from fer_data.model.input_contract import InputContract
from fer_data.params.train import TrainParams
from fer_data.published.dataset import Crops
from fer_data.published.inference import Batch, batch_loader
from train.training.multi_resolution import drawn_side, lowered

__all__ = [
    "Examples",
    "batches_per_epoch",
    "cut",
    "epoch_batches",
    "epoch_order",
    "on_device",
    "training_loader",
    "varied",
]


@dataclass(frozen=True, eq=False)
class Examples:
    """Crops with their labels and row ids, in one order."""

    crops: Crops
    labels: Int64
    row_ids: NDArray[np.str_]


def epoch_order(count: int, seed: int, sampling_weights: NDArray[np.float64] | None) -> Int64:
    """Return the places an epoch visits: each once in random order, or `count` draws with those weights."""
    random = np.random.default_rng(seed)
    if sampling_weights is None:
        return random.permutation(count)
    return random.choice(count, size=count, p=sampling_weights / sampling_weights.sum())


def cut(crop: NDArray[np.uint8], input_px: int, *, seed: int, flip: float) -> NDArray[np.uint8]:
    """Return a random `input_px` square of a crop, mirrored with probability `flip`."""
    random = np.random.default_rng(seed)
    top, left = (int(random.integers(side - input_px + 1)) for side in crop.shape[:2])
    square = crop[top : top + input_px, left : left + input_px]
    return square[:, ::-1] if random.random() < flip else square


def varied(
    crop: NDArray[np.uint8], contract: InputContract, params: TrainParams, *, seed: int
) -> NDArray[np.uint8]:
    """Return a crop as training shows it: lowered in resolution, resized, grey, cut and mirrored, each as drawn."""
    random = np.random.default_rng([seed, 1])
    u, v = random.random(2)
    if params.multi_resolution == "random":
        crop = lowered(crop, drawn_side(float(u)))
    crop = contract.resize(crop)
    if v < params.grayscale:
        crop = np.repeat(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return cut(crop, contract.input_px, seed=seed, flip=params.horizontal_flip)


def batches_per_epoch(count: int, params: TrainParams) -> int:
    """Return the number of batches of an epoch over `count` rows; an incomplete last batch is left out."""
    return max(1, count // params.batch_size)


def epoch_batches(
    examples: Examples, params: TrainParams, *, epoch: int, sampling_weights: NDArray[np.float64] | None
) -> list[Int64]:
    """Return the places of the examples in each batch of an epoch, all devices together."""
    order = epoch_order(len(examples.labels), seed_from("order", params.seed, epoch), sampling_weights)
    size = min(params.batch_size, len(order))
    return [order[start : start + size] for start in range(0, len(order) - size + 1, size)]


class _Epoch(Dataset[Batch]):
    """The training examples in the order of one epoch; an item is a position in that order."""

    def __init__(
        self, examples: Examples, order: Int64, contract: InputContract, params: TrainParams, *, seed: int
    ) -> None:
        self._examples, self._order, self._contract = examples, order, contract
        self._params, self._seed = params, seed

    def __getitems__(self, positions: Sequence[int]) -> Batch:
        indices = self._order[np.asarray(positions)]
        crops, names = self._examples.crops.read(indices), self._examples.row_ids[indices]
        images = [
            varied(crop, self._contract, self._params, seed=seed_from(self._seed, position, str(name)))
            for position, crop, name in zip(positions, crops, names, strict=True)
        ]
        return torch.from_numpy(np.stack(images)), torch.from_numpy(self._examples.labels[indices])


def training_loader(
    examples: Examples,
    contract: InputContract,
    params: TrainParams,
    *,
    epoch: int,
    sampling_weights: NDArray[np.float64] | None,
    first: int = 0,
    share: tuple[int, int] = (0, 1),
) -> DataLoader[Batch]:
    """Return an epoch's batches of pictures and labels from batch `first` on.

    With `share` (rank, devices) each batch is that rank's equal part of the whole one; what is drawn for a picture
    depends on its place in the epoch alone.
    """
    batches = epoch_batches(examples, params, epoch=epoch, sampling_weights=sampling_weights)
    rank, devices = share
    size = len(batches[0])
    starts = range(first * size, len(batches) * size, size)
    mine = slice(rank * size // devices, (rank + 1) * size // devices)
    positions = [list(range(start, start + size))[mine] for start in starts]
    seed = seed_from("cut", params.seed, epoch)
    return batch_loader(
        _Epoch(examples, np.concatenate(batches), contract, params, seed=seed), positions, examples.crops
    )


def on_device(batches: Iterable[Batch], device: torch.device) -> Iterator[Batch]:
    """Yield batches with their pictures on the device; beside a GPU the next one is made while one is learnt from."""
    if device.type != "cuda":
        yield from ((images.to(device), indices) for images, indices in batches)
        return
    for images, indices in ahead((images.pin_memory(), indices) for images, indices in batches):
        yield images.to(device, non_blocking=True), indices
