"""Frames are searched in full where it is due, faces followed elsewhere, and nothing is lost by it."""

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from fer_data.core.arrays import Image
from fer_data.core.vision.faces import Faces
from fer_data.media.video import Frame
from fer_data.params.align import DetectionParams
from fer_data.params.document import load_params
from fer_data.tracking.frame_batch import HostFrameBatch
from fer_data.tracking.keyframes import KeyframeFaceFinder

SIDE = 40
SHOWN = Callable[[int], Sequence[tuple[int, int]]]


class Squares:
    """A detector of plain squares of 40 px: each is a face, however it was enlarged."""

    name, weights_sha256 = "squares", "0" * 64

    def __init__(self) -> None:
        self.searched, self.examined = 0, 0

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the bright squares of each frame."""
        self.searched += len(frames)
        return [squares(frame) for frame in frames]

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return the bright squares of each view."""
        self.examined += len(views)
        return [squares(view) for view in views]


def squares(picture: Image) -> Faces:
    """Return what is brighter than the ground as faces, told apart by colour."""
    found = []
    for channel in range(3):
        rows, columns = np.nonzero(picture[..., channel] > 180)
        if rows.size > 50:
            found.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    boxes = np.array(found, np.float32).reshape(-1, 4)
    size = boxes[:, 2:] - boxes[:, :2]
    indices = np.array([[0.3, 0.3], [0.7, 0.3], [0.5, 0.5], [0.35, 0.7], [0.65, 0.7]], np.float32)
    marks = boxes[:, None, :2] + indices * size[:, None]
    return Faces(boxes, np.full(len(boxes), 0.9, np.float32), marks)


def frames(count: int, shown: SHOWN, ground: Callable[[int], int] = lambda _: 60) -> list[Frame]:
    """Return frames with one square a colour channel at each of the places that `shown` gives."""
    made = []
    for index in range(count):
        picture = np.full((240, 400, 3), ground(index), np.uint8)
        for channel, (x, y) in enumerate(shown(index)):
            if x >= 0:
                picture[y : y + SIDE, x : x + SIDE, channel] = 220
        made.append(Frame(index, index / 25, picture))
    return made


def params(**changes: object) -> DetectionParams:
    """Return the repository's detection parameters with changes; wide regions, since squares move fast."""
    wide = {"keyframe_frames": 10, "region_px": 160, "region_margin": 4.0}
    return load_params().align.detection.model_copy(update={**wide, **changes})


def watched(
    video: Sequence[Frame], detection: DetectionParams, *, people: int = 1, batch: int = 8
) -> tuple[list[Faces], Squares]:
    """Return the faces of every frame, and the detector with its counts."""
    detector = Squares()
    watch = KeyframeFaceFinder(detector, detection, people)
    parts: list[HostFrameBatch] = [
        part for start in range(0, len(video), batch) for part in watch.add(video[start : start + batch])
    ]
    parts += watch.flush()
    assert [frame.index for part in parts for frame in part.frames] == list(range(len(video)))
    return [faces for part in parts for faces in part.faces], detector


def test_a_moving_face_is_searched_for_at_keyframes_alone() -> None:
    """30 frames with a keyframe every 10 cost 3 searches, and the face is found in each frame where it is."""
    video = frames(30, lambda index: [(20 + 8 * index, 60)])
    faces, detector = watched(video, params())
    assert detector.searched == 3
    assert [len(found) for found in faces] == [1] * 30
    for index, found in enumerate(faces):
        np.testing.assert_allclose(found.boxes[0, :2], [20 + 8 * index, 60], atol=2)


def test_every_frame_can_be_searched() -> None:
    """With keyframe_frames 1 each frame is searched in full, and gives what following gives, to a pixel."""
    video = frames(12, lambda index: [(20 + 8 * index, 60)])
    every, detector = watched(video, params(keyframe_frames=1))
    assert detector.searched == 12
    followed, _ = watched(video, params())
    for a, b in zip(every, followed, strict=True):
        np.testing.assert_allclose(a.boxes, b.boxes, atol=1)


@pytest.mark.parametrize("batch", [1, 3, 30], ids=["one by one", "threes", "all at once"])
def test_batches_change_nothing(batch: int) -> None:
    """However many frames come at once, the faces are the same to the bit."""
    video = frames(30, lambda index: [(20 + 5 * index, 60), (300 - 4 * index, 150)])
    faces, _ = watched(video, params(), people=2)
    other, _ = watched(video, params(), people=2, batch=batch)
    for a, b in zip(faces, other, strict=True):
        np.testing.assert_array_equal(a.landmarks, b.landmarks)


def test_a_cut_is_searched_in_full_and_nothing_crosses_it() -> None:
    """After a cut the face is found at its new place at once, and not looked for there in the frames before."""
    video = frames(
        9, lambda index: [(20, 60)] if index < 5 else [(300, 150)], lambda index: 30 if index < 5 else 110
    )
    faces, detector = watched(video, params())
    assert detector.searched == 2
    assert [round(float(found.boxes[0, 0]) / 10) for found in faces] == [2] * 5 + [30] * 4


def test_a_leap_is_in_doubt_and_searched_in_full() -> None:
    """A face that is not where it should be is found by a search in the same frame."""
    video = frames(8, lambda index: [(20, 60)] if index < 4 else [(300, 60)])
    faces, detector = watched(video, params())
    assert detector.searched == 2
    assert [round(float(found.boxes[0, 0]) / 10) for found in faces] == [2] * 4 + [30] * 4


def test_a_late_search_loses_no_rows() -> None:
    """A person who comes in between two keyframes is followed back to the frame of their first appearance."""
    video = frames(21, lambda index: [(20, 60), (250 + index if index >= 4 else -1, 150)])
    faces, detector = watched(video, params())
    assert [len(found) for found in faces] == [1] * 4 + [2] * 17
    assert detector.searched == 3


@pytest.mark.parametrize("cut", [False, True], ids=["end of the video", "cut"])
def test_who_comes_back_after_the_last_search_of_a_shot_is_found(cut: bool) -> None:
    """Where somebody was lost, the last frame of the shot is searched, and they are followed back from there."""
    video = frames(
        14 if cut else 9,
        lambda index: [(20, 60), (-1 if 3 <= index < 6 else 250, 150)],
        lambda index: 110 if index >= 9 else 30,
    )
    faces, _ = watched(video, params())
    assert [len(found) for found in faces[:9]] == [2] * 3 + [1] * 3 + [2] * 3


def test_a_missing_person_is_searched_for_often() -> None:
    """While fewer faces are seen than people are annotated, every third frame is searched."""
    video = frames(12, lambda _: [(20, 60)])
    _, detector = watched(video, params(search_frames=3), people=2)
    assert detector.searched == 4


def test_faces_that_touch_are_searched_in_full() -> None:
    """Regions cannot tell people apart who overlap, so every such frame is searched."""
    video = frames(8, lambda _: [(100, 60), (120, 60)])
    _, detector = watched(video, params(keyframe_frames=60), people=2)
    assert detector.searched == 8


def test_no_faces_and_no_frames() -> None:
    """An empty scene gives empty lists and nothing to examine; no frames give nothing."""
    faces, detector = watched(frames(4, lambda _: []), params())
    assert [len(found) for found in faces] == [0] * 4
    assert detector.examined == 0
    assert watched([], params())[0] == []


def test_large_frames_wait_as_they_were_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pictures that wait would take much memory they are converted again, and the faces are the same."""
    video = frames(25, lambda index: [(20 + 8 * index, 60), (300, 150) if index > 12 else (-1, 0)])
    converted: list[int] = []

    def again(frame: Frame) -> Image:
        converted.append(frame.index)
        return frame.image

    decoded = [replace(frame, convert=partial(again, frame)) for frame in video]
    kept, _ = watched(decoded, params())
    assert not converted, "small pictures are kept"
    monkeypatch.setattr("fer_data.tracking.keyframes._WAITING_BYTES", 0)
    again_found, _ = watched(decoded, params())
    assert set(converted) == set(range(25))
    for ours, theirs in zip(again_found, kept, strict=True):
        assert np.array_equal(ours.boxes, theirs.boxes)


@pytest.mark.parametrize(
    ("waiting_bytes", "expected"), [(0, [11, 9, 7, 5, 3]), (96_000_000, [11])], ids=["large", "small"]
)
def test_large_frames_are_let_go_a_few_at_a_time(
    waiting_bytes: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a search settles 10 large frames, each batch is gone once the next is asked for; small ones come at once."""
    monkeypatch.setattr("fer_data.tracking.keyframes._WAITING_BYTES", waiting_bytes)
    video = [
        replace(frame, convert=partial(getattr, frame, "image"))
        for frame in frames(11, lambda index: [(20 + 8 * index, 60)])
    ]
    pictures = [weakref.ref(frame.image) for frame in video]
    watch = KeyframeFaceFinder(Squares(), params(), 1)

    def one_by_one() -> Iterator[HostFrameBatch]:
        while video:
            yield from watch.add([video.pop(0)])

    alive = [sum(picture() is not None for picture in pictures) for _ in one_by_one()]
    assert alive == expected
