"""Ask a network about pictures and their changed copies, a batch at a time; nothing is kept but sums."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Float64, Image, Int64
from fer_data.core.labels.tasks import LABELS
from fer_data.core.metrics.sensitivity import KINDS, moved_terms
from fer_data.execution.prefetch import ahead
from fer_data.model.files import Model
from fer_data.published.dataset import Crops, Published
from fer_data.sensitivity.changes import COPIES, Changes, Setting
from fer_data.sensitivity.pictures import Chosen

__all__ = ["Audit", "Network", "Sums", "pictures_asked", "summed_moves"]

Sums = dict[str, dict[Setting, Float64]]
"""By task and setting: terms of `moved_terms`, (units, measures, 2), summed over each video's or person's pictures."""


class Network:
    """A network that answers pictures of any side.

    Args:
        model: the network and its input contract.
        device: cpu or cuda.
    """

    def __init__(self, model: Model, device: str) -> None:
        self._network, self._contract = model.network.to(device).eval(), model.contract
        self._device = device

    def inputs(self, images: Sequence[Image]) -> torch.Tensor:
        """Return the squares that the network sees of pictures, on the CPU."""
        resized = np.stack([self._contract.resize(image) for image in images])
        return torch.from_numpy(np.ascontiguousarray(self._contract.centre(resized)))

    @torch.inference_mode()
    def outputs(self, inputs: torch.Tensor) -> Float32:
        """Return the outputs of all heads, (n, k)."""
        found: Float32 = self._network(self._contract.to_input(inputs.to(self._device))).float().cpu().numpy()
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What is asked about.

    Attributes:
        published: the dataset.
        model: that answers.
        split: whose pictures are changed.
        chosen: those pictures.
        changes: makes their copies.
    """

    published: Published
    model: Model
    split: str
    chosen: Chosen
    changes: Changes

    def crops(self, rows: NDArray[np.int64]) -> Crops:
        """Return pictures of the split as they were published, which are read once."""
        side, split = self.published.resolution, self.published.split(self.split)
        return Crops(split, rows, self.published.contract(side), native_px=side, kept=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Some of the pictures, unchanged (`setting` is None) or as their copies, ready for the network."""

    places: Int64
    setting: Setting | None
    inputs: list[torch.Tensor]


def pictures_asked(audit: Audit, settings: Sequence[Setting]) -> int:
    """Return how many pictures the network sees."""
    return len(audit.chosen.rows) * (1 + len(COPIES) * len(settings))


def summed_moves(
    audit: Audit,
    network: Network,
    settings: Sequence[Setting],
    *,
    batch_size: int,
    advance: Callable[[int], None],
) -> Sums:
    """Return how far the answers to both copies of every picture moved, summed by video or person."""
    units, columns = len(audit.chosen.names), audit.model.network.columns
    sums: Sums = {
        task: {one: np.zeros((units, len(KINDS[LABELS[task].kind]), 2)) for one in settings}
        for task in columns
    }
    parents = np.zeros((0, 0), np.float32)
    for batch in ahead(_batches(audit, network, settings, batch_size)):
        outputs = [network.outputs(one) for one in batch.inputs]
        if batch.setting is None:
            (parents,) = outputs
        else:
            for task, own in columns.items():
                terms = moved_terms(LABELS[task].kind, *(one[:, own] for one in (parents, *outputs)))
                np.add.at(sums[task][batch.setting], audit.chosen.units[batch.places], terms)
        advance(sum(map(len, batch.inputs)))
    return sums


def _batches(audit: Audit, network: Network, settings: Sequence[Setting], size: int) -> Iterator[_Batch]:
    """Yield the pictures, `size` at a time: unchanged, then both copies of each setting."""
    crops = audit.crops(audit.chosen.rows)
    for start in range(0, len(crops), size):
        places = np.arange(start, min(start + size, len(crops)))
        images, names = list(crops.read(places)), audit.chosen.row_ids[places].tolist()
        yield _Batch(places, None, [network.inputs(images)])
        for setting in settings:
            made = (audit.changes.made(images, names, setting, copy) for copy in COPIES)
            yield _Batch(places, setting, [network.inputs(copies) for copies in made])
