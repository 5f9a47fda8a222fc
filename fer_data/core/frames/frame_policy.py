"""Decoded frames held against label lines: what a subject's rows become."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["FrameRule", "HoleRule", "Reconciliation", "reconcile"]

HoleRule = Literal["end", "place", "quarantine", "evidence"]
"""What to do about frames that the times say are missing.

`end`: line i belongs to decoded frame i, and lines left over at the end have no frame. `place`: the lines of the holes
have no frame and every other line keeps its own. `quarantine`: the subject is not used. `evidence`: `end` while the
lines left over are within the tolerance, else, or where the organisers' crops say so, `place`.
"""


@dataclass(frozen=True, slots=True)
class FrameRule:
    """What to do when frames and label lines differ.

    Attributes:
        tolerance_frames: they may differ by this many.
        holes: what to do where the presentation times show that frames are missing.
    """

    tolerance_frames: int
    holes: HoleRule


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What becomes of a subject's rows once its video is decoded.

    Attributes:
        usable_lines: rows with `frame_index` below this have a frame.
        no_frame_lines: rows from there on, for which the video has no frame.
        spare_frames: frames behind the last line.
        quarantined: the numbers differ too much, so no row of the subject is used.
        rule: short name of the finding; null where the numbers are equal.
        message: value, rule and remedy in one sentence; null where the numbers are equal.
    """

    usable_lines: int
    no_frame_lines: int
    spare_frames: int
    quarantined: bool
    rule: str | None
    message: str | None


def reconcile(
    decoded_frames: int, label_lines: int, tolerance_frames: int, *, sparse: bool = False
) -> Reconciliation:
    """Return which of a subject's rows have a frame, and whether to trust them at all.

    `label_lines` is the last `frame_index` plus one. With `sparse` the rows list some frames only (multi-task
    lists, the organisers' sample files), so frames behind the last listed one say nothing.

    >>> reconcile(94, 95, 2).no_frame_lines
    1
    >>> reconcile(47, 97, 2).quarantined
    True
    """
    usable, missing, spare = _overlap(decoded_frames, label_lines, sparse=sparse)
    quarantined = missing > tolerance_frames or spare > tolerance_frames
    if not missing and not spare:
        return Reconciliation(usable, 0, 0, quarantined=False, rule=None, message=None)
    counts = f"{decoded_frames} decoded frames against {label_lines} label lines"
    if quarantined:
        message = (
            f"{counts}: they may differ by {tolerance_frames} (frame_policy.tolerance_frames). "
            "No row of the subject is used; check that video and labels belong together and are complete."
        )
        return Reconciliation(
            usable, missing, spare, quarantined=True, rule="frames-quarantined", message=message
        )
    ends = "rows without a frame are dropped as no_frame" if missing else "the last frames have no label"
    message = f"{counts}, within the tolerance of {tolerance_frames}: {ends}."
    return Reconciliation(usable, missing, spare, quarantined=False, rule="frames-differ", message=message)


def _overlap(decoded_frames: int, label_lines: int, *, sparse: bool) -> tuple[int, int, int]:
    usable = min(decoded_frames, label_lines)
    spare = 0 if sparse else decoded_frames - usable
    return usable, label_lines - usable, spare
