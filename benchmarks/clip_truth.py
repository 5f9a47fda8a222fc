"""What a person wrote down of real clips, and how far the rows of `align` agree with it.

The truth of a folder is a CSV file, `truth.csv` in the folder unless another is named, with the columns

- `clip`: the file's name without its suffix,
- `subject_id`: whose row it is; where two people of a clip are annotated one ends in `_left`, the other in `_right`;
  empty for somebody whom nobody annotates. With a `?` behind it the face is partly hidden, so that a row may be kept or
  not; it counts as wrong all the same where it shows somebody else,
- `first_frame`, `last_frame`: 0-based, both included, of one shot in which a person can see the face,
- `left`, `right`: between which shares of the picture's width the face's middle lies; empty for the whole width.

Frames up to the last one of a clip count; those that no line names do not show the subject.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.vision.boxes import box_iou
from fer_data.errors import CorpusError
from fer_data.tracking.face_store import FaceTable

__all__ = [
    "Shown",
    "jitter",
    "lost_rows",
    "read_truth",
    "roll_differences",
    "side_of",
    "tracks_of",
    "wrong_rows",
]

_SAME_FACE_IOU = 0.3
PARTLY = "?"
COLUMNS = ("clip", "subject_id", "first_frame", "last_frame", "left", "right")


@dataclass(frozen=True, slots=True)
class Shown:
    """A face that a person can see throughout one shot, or see in part; the columns of the truth."""

    subject_id: str
    first_frame: int
    last_frame: int
    left: float
    right: float
    partly: bool = False

    def covers(self, frames: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which frames lie in the shot."""
        return (frames >= self.first_frame) & (frames <= self.last_frame)

    def holds(
        self, frames: NDArray[np.int64], middles: NDArray[np.floating], width: int
    ) -> NDArray[np.bool_]:
        """Return which faces, by frame and middle in px, are where and when this one is."""
        inside = (middles >= self.left * width) & (middles <= self.right * width)
        return self.covers(frames) & inside


def read_truth(path: Path) -> dict[str, list[Shown]]:
    """Return the lines of a truth file by clip.

    Raises:
        CorpusError: a column is missing, a value is no number, or two people of a clip have no sides.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CorpusError(f"{path}: its columns are {reader.fieldnames}. Expected {', '.join(COLUMNS)}.")
        truth: dict[str, list[Shown]] = {}
        for number, line in enumerate(reader, start=2):
            try:
                shown = Shown(
                    line["subject_id"].removesuffix(PARTLY),
                    int(line["first_frame"]),
                    int(line["last_frame"]),
                    float(line["left"] or 0),
                    float(line["right"] or 1),
                    partly=line["subject_id"].endswith(PARTLY),
                )
            except (ValueError, TypeError) as error:
                raise CorpusError(f"{path}, line {number}: {error}. Expected numbers.") from error
            truth.setdefault(line["clip"], []).append(shown)
    for clip, lines in truth.items():
        _check_sides(path, clip, {one.subject_id for one in lines if one.subject_id})
    return truth


def side_of(subject_id: str) -> str:
    """Return `left`, `right` or `only`, by the end of a subject's name."""
    return next((side for side in ("left", "right") if subject_id.endswith(f"_{side}")), "only")


def _check_sides(path: Path, clip: str, names: set[str]) -> None:
    sides = sorted(side_of(name) for name in names)
    if len(names) > 1 and sides != ["left", "right"]:
        raise CorpusError(
            f"{path}: clip {clip} has the subjects {', '.join(sorted(names))}. Expected one, or two that end in "
            "_left and _right; leave subject_id empty for others."
        )


def _middles(boxes: Float32) -> Float32:
    return np.asarray((boxes[:, 0] + boxes[:, 2]) / 2, np.float32)


def tracks_of(shown: Shown, faces: FaceTable, width: int) -> int:
    """Return how many tracks one person's faces of one shot were cut into."""
    own = shown.holds(faces.frames.astype(np.int64), _middles(faces.boxes), width)
    return len(np.unique(faces.track_ids[own]))


def wrong_rows(
    own: Sequence[Shown], frames: NDArray[np.int64], boxes: Float32, width: int
) -> NDArray[np.bool_]:
    """Return which kept rows show somebody else: no line of their subject names the frame and the place."""
    held = np.zeros(len(frames), bool)
    for shown in own:
        held |= shown.holds(frames, _middles(boxes), width)
    return ~held


def lost_rows(own: Sequence[Shown], frames: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows without a face are of frames in which a person can see all of it."""
    seen = np.zeros(len(frames), bool)
    for shown in own:
        if not shown.partly:
            seen |= shown.covers(frames)
    return seen


def jitter(frames: NDArray[np.int64], landmarks: Float32) -> float:
    """Return how far landmarks leave the line through their neighbours, in eye distances; NaN without three frames.

    The median over all frames that lie between two others, `landmarks` being (n, 5, 2).
    """
    if len(frames) < 3:
        return float("nan")
    inner = (np.diff(frames)[:-1] == 1) & (np.diff(frames)[1:] == 1)
    bent = landmarks[1:-1] - (landmarks[:-2] + landmarks[2:]) / 2
    eyes = np.hypot(*(landmarks[1:-1, 1] - landmarks[1:-1, 0]).T)
    apart = np.hypot(bent[..., 0], bent[..., 1]).mean(1) / np.maximum(eyes, 1.0)
    return float(np.median(apart[inner])) if inner.any() else float("nan")


def roll_differences(faces: FaceTable, others: FaceTable) -> Float32:
    """Return by how many degrees two detectors' lines through the eyes differ, for each face that both found."""
    found: list[float] = []
    for index, frame in enumerate(faces.frames):
        near = np.flatnonzero(others.frames == frame)
        if not near.size:
            continue
        shared = box_iou(faces.boxes[index : index + 1], others.boxes[near])[0]
        best = int(shared.argmax())
        if float(shared[best]) >= _SAME_FACE_IOU:
            turned = _roll(faces.landmarks[index]) - _roll(others.landmarks[near[best]])
            found.append(abs((turned + 180) % 360 - 180))
    return np.array(found, np.float32)


def _roll(landmarks: Float32) -> float:
    x, y = landmarks[1] - landmarks[0]
    return float(np.degrees(np.arctan2(y, x)))
