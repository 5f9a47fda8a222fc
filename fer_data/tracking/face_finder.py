"""Find the faces of a source's frames, in the way that `align.engine` names; `align` and `predict` both ask here.

Frames go in by the batch; each comes out once, when no later frame can add a face to it:

    frames in, every frame    0 1 2 3 4 5 6 7 | 8 9 ... 15 | (end)
    out                       0 1 2 3 4 5 6 7 | 8 9 ... 15 | nothing

    frames in, keyframes      0 | 1 | 2 | ... | 10                          | ... | (end)
    out, small frames         nothing         | 0 1 2 3 4 5 6 7 8 9         | ... | 10 11 12 13 14 15
    out, large frames         nothing         | 0 1 | 2 3 | 4 5 | 6 7 | 8 9 | ... | 10 11 | 12 13 | 14 15

Frame 10 was searched in full. Small frames wait with their pictures, large ones as they were decoded.
"""

from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Protocol, cast

from fer_data.detectors import Detector
from fer_data.execution.prefetch import ahead
from fer_data.params.align import AlignParams
from fer_data.tracking.frame_batch import AnyFrame, FrameBatch
from fer_data.tracking.keyframes import KeyframeFaceFinder

if TYPE_CHECKING:
    from fer_data.detectors.torch.detector import TorchDetector

__all__ = ["FaceFinder", "OpenFaceFinder", "find_faces", "open_face_finder"]

_BATCH_FRAMES = {"cpu": 8, "cuda": 32}


class FaceFinder(Protocol):
    """Something that gives the frames of one source their faces; every frame comes out once, in order."""

    def add(self, frames: Sequence[AnyFrame]) -> Iterator[FrameBatch]:
        """Take the next frames, and yield those that no later frame can add a face to: none, or more than came."""
        ...

    def flush(self) -> Iterator[FrameBatch]:
        """Yield the frames that are left when no more follow."""
        ...


class OpenFaceFinder(Protocol):
    """Something that opens the face finder of one source, as `open_face_finder` does."""

    def __call__(self, params: AlignParams, detector: Detector, *, people: int) -> FaceFinder:
        """Return what finds the faces of one source."""
        ...


def open_face_finder(params: AlignParams, detector: Detector, *, people: int) -> FaceFinder:
    """Return what finds the faces of one source, whose detector `open_detector` opened by the same parameters.

    `people` is how many faces are expected: engine onnxruntime searches more often while fewer are seen.
    """
    if params.engine == "torch":
        from fer_data.tracking.device_batch import FullSearchFaceFinder

        return FullSearchFaceFinder(cast("TorchDetector", detector), params.detection)
    return KeyframeFaceFinder(detector, params.detection, people)


def find_faces(
    frames: Iterator[AnyFrame],
    params: AlignParams,
    detector: Detector,
    *,
    people: int,
    open_finder: OpenFaceFinder = open_face_finder,
) -> Generator[FrameBatch]:
    """Yield the frames of one source with their faces, in order and batch by batch.

    Engine torch takes them by the batch, and beside a GPU the next one is decoded while one is worked on. Engine
    onnxruntime takes them one by one, so that no more wait than those that a later search may add to.
    """
    finder = open_finder(params, detector, people=people)
    batches = _batches(frames, _BATCH_FRAMES[params.device] if params.engine == "torch" else 1)
    for batch in ahead(batches) if params.device == "cuda" else batches:
        yield from finder.add(batch)
    yield from finder.flush()


def _batches(frames: Iterator[AnyFrame], count: int) -> Iterator[list[AnyFrame]]:
    while batch := list(islice(frames, count)):
        yield batch
