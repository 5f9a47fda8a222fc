"""Batches of training crops: their order, and the random crop and flip of each, drawn from content."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from fer_data.core.seeds import seed_from
from fer_data.inference import Batch, batch_loader
from fer_data.input_contract import InputContract
from fer_data.params.train import TrainParams
from fer_data.published import Crops

__all__ = ["Examples", "cut", "epoch_order", "training_loader"]

Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Examples:
    """Crops with their labels and row ids, in one order."""

    crops: Crops
    labels: Int64
    row_ids: NDArray[np.str_]


def epoch_order(count: int, seed: int, chances: NDArray[np.float64] | None) -> Int64:
    """Return the places an epoch visits: each once in random order, or `count` draws by their chances."""
    random = np.random.default_rng(seed)
    if chances is None:
        return random.permutation(count)
    return random.choice(count, size=count, p=chances / chances.sum())


def cut(crop: NDArray[np.uint8], input_px: int, *, seed: int, flip: float) -> NDArray[np.uint8]:
    """Return a random `input_px` square of a crop, mirrored with probability `flip`."""
    random = np.random.default_rng(seed)
    top, left = (int(random.integers(side - input_px + 1)) for side in crop.shape[:2])
    square = crop[top : top + input_px, left : left + input_px]
    return square[:, ::-1] if random.random() < flip else square


class _Epoch(Dataset[Batch]):
    """The training examples in the order of one epoch; an item is a position in that order."""

    def __init__(
        self, examples: Examples, order: Int64, contract: InputContract, *, seed: int, flip: float
    ) -> None:
        self._examples, self._order, self._contract = examples, order, contract
        self._seed, self._flip = seed, flip

    def __getitems__(self, positions: Sequence[int]) -> Batch:
        places = self._order[np.asarray(positions)]
        crops, names = self._examples.crops.read(places), self._examples.row_ids[places]
        pictures = [
            cut(
                crop,
                self._contract.input_px,
                seed=seed_from(self._seed, position, str(name)),
                flip=self._flip,
            )
            for position, crop, name in zip(positions, crops, names, strict=True)
        ]
        return torch.from_numpy(np.stack(pictures)), torch.from_numpy(self._examples.labels[places])


def training_loader(
    examples: Examples,
    contract: InputContract,
    params: TrainParams,
    *,
    epoch: int,
    chances: NDArray[np.float64] | None,
) -> DataLoader[Batch]:
    """Return an epoch's batches of pictures and labels; an incomplete last batch is left out."""
    order = epoch_order(len(examples.labels), seed_from("order", params.seed, epoch), chances)
    size = min(params.batch_size, len(order))
    batches = [list(range(start, start + size)) for start in range(0, len(order) - size + 1, size)]
    seed = seed_from("cut", params.seed, epoch)
    shown = _Epoch(examples, order, contract, seed=seed, flip=params.horizontal_flip)
    return batch_loader(shown, batches, examples.crops)
