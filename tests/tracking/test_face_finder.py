"""One way to the faces of a source's frames, whichever engine finds them."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from align_runs import torch_params
from video_corpora import align_params, people, scene

from fer_data.detectors import Detector, open_detector
from fer_data.media.video import Frame
from fer_data.params.align import AlignParams
from fer_data.tracking.device_batch import FullSearchFaceFinder
from fer_data.tracking.face_finder import FaceFinder, find_faces, open_face_finder
from fer_data.tracking.frame_batch import AnyFrame, FrameBatch
from fer_data.tracking.keyframes import KeyframeFaceFinder

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

ENGINES = pytest.mark.parametrize("params", [align_params(), torch_params()], ids=["onnxruntime", "torch"])


def frames(count: int) -> Iterator[Frame]:
    """Yield frames of one person who moves to the right."""
    draw = scene([(people()[0], lambda index: (40 + 3 * index, 60))])
    for index in range(count):
        yield Frame(index, index / 25, np.ascontiguousarray(draw(index)))


@pytest.mark.parametrize(
    ("params", "kind"),
    [(align_params(), KeyframeFaceFinder), (torch_params(), FullSearchFaceFinder)],
    ids=["onnxruntime", "torch"],
)
def test_the_engine_alone_names_the_finder(params: AlignParams, kind: type[FaceFinder]) -> None:
    """`align.engine` decides how faces are found."""
    assert isinstance(open_face_finder(params, open_detector(params), people=1), kind)


@ENGINES
def test_every_frame_comes_out_once_with_its_face(params: AlignParams) -> None:
    """18 frames, more than two batches, come out in their order; each shows the face that moves through them."""
    found = list(find_faces(frames(18), params, open_detector(params), people=1))
    assert [frame.index for batch in found for frame in batch.frames] == list(range(18))
    boxes = np.concatenate([faces.boxes for batch in found for faces in batch.faces])
    assert len(boxes) == 18
    assert (np.diff(boxes[:, 0]) > 0).all()


@ENGINES
def test_a_source_without_frames_has_no_faces(params: AlignParams) -> None:
    """Nothing is detected, and no batch comes."""
    assert list(find_faces(iter([]), params, open_detector(params), people=1)) == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [(align_params(), [[index] for index in range(10)]), (torch_params(), [list(range(8)), [8, 9]])],
    ids=["onnxruntime", "torch"],
)
def test_frames_are_taken_as_the_engine_needs_them(params: AlignParams, expected: list[list[int]]) -> None:
    """Engine torch takes eight frames at a time on a CPU, the other one each, so that no more wait in memory."""
    taken: list[list[int]] = []

    class Listing:
        """Writes down what it is given."""

        def __init__(self, finder: FaceFinder) -> None:
            self.finder, self.flush = finder, finder.flush

        def add(self, batch: Sequence[AnyFrame]) -> Iterator[FrameBatch]:
            """Return the finder's answer."""
            taken.append([frame.index for frame in batch])
            return self.finder.add(batch)

    def listing(params: AlignParams, detector: Detector, *, people: int) -> Listing:
        return Listing(open_face_finder(params, detector, people=people))

    found = find_faces(frames(10), params, open_detector(params), people=1, open_finder=listing)
    assert sum(len(batch.frames) for batch in found) == 10
    assert taken == expected
