"""The outputs of SCRFD networks, and a network cut down to those that can answer for faces of one size."""

from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path

import onnx

from fer_data.detectors.onnx.graph import free_sizes, keep_outputs, load_graph
from fer_data.errors import DetectorError

__all__ = ["ScrfdHeads", "scrfd_graph", "scrfd_heads"]

_FIRST_STRIDE = 8
_LAYOUTS = {6: (3, 2, 2), 9: (3, 3, 2), 10: (5, 2, 1), 15: (5, 3, 1)}
"""Outputs of the graph: levels, kinds of output, anchors a cell."""

_SMALLEST_FACE_PX, _NEXT_LEVEL = 16 * sqrt(2), 4
"""With two anchors a cell they are 16 and 32 px on the first level, and four times as large on each further one."""


@dataclass(frozen=True, slots=True)
class ScrfdHeads:
    """How a network's outputs are read: first the scores of every level, then the boxes, then the landmarks.

    Attributes:
        strides: of each level, in input px a cell.
        kinds: 3, or 2 without landmarks.
        anchors: answers a cell.
    """

    strides: tuple[int, ...]
    kinds: int
    anchors: int


def scrfd_heads(outputs: int, name: str) -> ScrfdHeads:
    """Return how so many outputs are read.

    Raises:
        DetectorError: no SCRFD network has that number; the message gives the file's `name`.
    """
    if outputs not in _LAYOUTS:
        raise DetectorError(f"{name} has {outputs} outputs; an SCRFD detector has 6, 9, 10 or 15.")
    levels, kinds, anchors = _LAYOUTS[outputs]
    return ScrfdHeads(tuple(_FIRST_STRIDE << level for level in range(levels)), kinds, anchors)


def scrfd_graph(path: Path, face_px: float | None = None) -> tuple[onnx.ModelProto, ScrfdHeads]:
    """Return a network for pictures of any size, and how its outputs are read.

    With `face_px`, the side of a face's box in px of the input, it has only the level whose anchors are of that size:
    faces of less than half or more than twice the side belong to others. Networks with one anchor a cell keep all.

    Raises:
        DetectorError: the file is no SCRFD network.
    """
    graph = load_graph(path)
    heads = scrfd_heads(len(graph.graph.output), path.name)
    free_sizes(graph)
    if face_px is None or heads.anchors == 1:
        return graph, heads
    levels = len(heads.strides)
    level = min(levels - 1, max(0, round(log(face_px / _SMALLEST_FACE_PX, _NEXT_LEVEL))))
    keep_outputs(graph, range(level, levels * heads.kinds, levels))
    return graph, ScrfdHeads((heads.strides[level],), heads.kinds, heads.anchors)
