"""Run a network over crops, in order."""

from collections.abc import Callable, Iterable, Sequence
from os import cpu_count
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.dataloader import _BaseDataLoaderIter

from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50
from fer_data.published.dataset import Crops
from fer_data.shell.interruption import deaf_to_interrupts
from fer_data.shell.lifetime import end_worker

__all__ = ["Batch", "FeaturesAlone", "MirrorAveraged", "batch_loader", "predict_logits"]

Batch = tuple[Tensor, Tensor]
"""RGB uint8 pictures (n, height, width, 3), and one int64 a picture."""


_WORTH_WORKERS = 2048
"""Crops that take longer to decode than worker processes take to start."""


class MirrorAveraged(torch.nn.Module):
    """A network whose logits are the mean of those of each picture and of its mirror image."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean logits, (n, classes), of inputs (n, 3, height, width)."""
        mean: Tensor = (self.network(x) + self.network(x.flip(3))) / 2
        return mean


class FeaturesAlone(torch.nn.Module):
    """A network without its heads."""

    def __init__(self, network: SENet50) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled features, (n, 32 * base_width)."""
        return self.network.features(x)


class _CentreCrops(Dataset[Batch]):
    """The centre of each crop, with its place."""

    def __init__(self, crops: Crops, contract: InputContract) -> None:
        self._crops, self._contract = crops, contract

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        images = np.ascontiguousarray(self._contract.centre(self._crops.read(indices)))
        return torch.from_numpy(images), torch.tensor(indices)


def _as_read(batch: Any) -> Any:  # noqa: ANN401 - torch types a batch as a list of single items
    return batch


def batch_loader(dataset: Dataset[Batch], batches: Iterable[list[int]], crops: Crops) -> DataLoader[Batch]:
    """Return a loader of the batches that `dataset` makes of the listed places.

    Crops that stay on disk are decoded in worker processes; their number changes no value.
    """
    few = crops.stay_in_memory or len(crops) < _WORTH_WORKERS
    workers = 0 if few else min(8, cpu_count() or 1)
    return _Loader(
        dataset,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=_as_read,
        worker_init_fn=end_worker,
        generator=torch.Generator(),
    )


class _Loader(DataLoader[Batch]):
    """A loader whose worker processes, which start with each pass, leave Ctrl-C to this process."""

    def __iter__(self) -> _BaseDataLoaderIter:
        with deaf_to_interrupts():
            return super().__iter__()


@torch.inference_mode()
def predict_logits(
    network: torch.nn.Module,
    crops: Crops,
    contract: InputContract,
    *,
    batch_size: int,
    device: torch.device,
    on_batch: Callable[[int], None] = lambda _: None,
) -> NDArray[np.float32]:
    """Return the logits of every crop, (n, classes) float32, of a network in evaluation mode.

    `on_batch` is called with the size of each finished batch. No crops make an array of shape (0, 0).
    """
    parts = [np.zeros((0, 0), np.float32)]
    for images, _ in batch_loader(
        _CentreCrops(crops, contract), list(_in_order(len(crops), batch_size)), crops
    ):
        logits = network(contract.to_input(images.to(device)))
        parts.append(logits.float().cpu().numpy())
        on_batch(len(images))
    return np.concatenate(parts[1:] or parts)


def _in_order(count: int, size: int) -> list[list[int]]:
    return [list(range(start, min(start + size, count))) for start in range(0, count, size)]
