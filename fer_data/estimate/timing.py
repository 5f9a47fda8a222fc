"""How long finding faces takes within the work of `align`."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fer_data.detectors import Detector
from fer_data.params.align import AlignParams
from fer_data.tracking.face_finder import FaceFinder, open_face_finder
from fer_data.tracking.frame_batch import AnyFrame, FrameBatch

__all__ = ["FaceFinderTimer"]


class FaceFinderTimer:
    """Open face finders as `align` does, whatever the engine, and add up the time that they take.

    A frame is decoded before a finder gets it, and its faces are on the host when they come out, so the sum is of
    finding faces alone: the detector, and the regions that are warped for it.

    Attributes:
        seconds: of all calls so far, by the clock that is given.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds = 0.0
        self._clock = clock

    def __call__(self, params: AlignParams, detector: Detector, *, people: int) -> FaceFinder:
        """Return the face finder of one source, with its calls timed."""
        return _TimedFaceFinder(open_face_finder(params, detector, people=people), self)

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Add the time that the block takes."""
        begin = self._clock()
        yield
        self.seconds += self._clock() - begin


@dataclass(frozen=True, slots=True)
class _TimedFaceFinder:
    finder: FaceFinder
    timer: FaceFinderTimer

    def add(self, frames: Sequence[AnyFrame]) -> Iterator[FrameBatch]:
        return self._timed(self.finder.add(frames))

    def flush(self) -> Iterator[FrameBatch]:
        return self._timed(self.finder.flush())

    def _timed(self, found: Iterator[FrameBatch]) -> Iterator[FrameBatch]:
        """Yield what a finder finds, its work timed and not what the caller does between."""
        while True:
            with self.timer.timing():
                batch = next(found, None)
            if batch is None:
                return
            yield batch
