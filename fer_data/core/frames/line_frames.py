"""Which frame of a video each label line of a subject belongs to, whatever was lost on the way.

::

    time            0    1    2    3    4    5       frames that were filmed
    video           0    1    .    3    ~    5       2 is a hole (no packet); 4 is lost (its packet is damaged)
    slot            0    1         2    3    4       what the file holds: decoded frames and lost ones

Lines that number the filmed frames skip the hole (`place`), lines that number the slots do not (`end`), and lines made
by decoding the damaged copy number the decoded frames alone. A lost slot is never moved over: its line ends as damaged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fer_data.core.frames.frame_policy import FrameRule, reconcile
from fer_data.core.frames.holes import Holes, find_holes

__all__ = ["Footage", "LineFrames", "Remark", "frames_of_lines"]

Places = NDArray[np.int64]

_NOTHING = np.zeros(0, np.int64)
_NAMED = 5
_QUARANTINED = (
    "Frames are missing inside the video and its lines are more or fewer: frame_policy.holes (quarantine) uses "
    "no row of the subject. Get the video again, or set holes to end or place."
)


@dataclass(frozen=True, eq=False)
class Footage:
    """What a video shows.

    Attributes:
        slots: decoded frames and lost ones, in the order of presentation.
        lost: (n,) slots whose picture is damaged, rising.
        ticks: (slots,) presentation times in ticks of the container's clock; null where they are not known.
        tick_seconds: length of a tick.
        sure: the times tell the order of presentation; false in an AVI with B-frames, which keeps none.
        ended: reading stopped at damage, so that more frames may follow.
        tail: packets behind the last frame that silently gave none.
    """

    slots: int
    lost: Places = field(default_factory=lambda: _NOTHING)
    ticks: Places | None = None
    tick_seconds: float = 0.0
    sure: bool = True
    ended: bool = False
    tail: int = 0

    @property
    def decoded(self) -> int:
        """Return the number of frames with a picture."""
        return self.slots - len(self.lost)

    def times(self, known: Mapping[int, float]) -> NDArray[np.float64]:
        """Return each slot's presentation time, given those of decoded frames; NaN where a lost one has none."""
        seconds = np.full(self.slots, np.nan, np.float64)
        if self.ticks is not None:
            seconds[:] = self.ticks * self.tick_seconds
        seconds[list(known)] = list(known.values())
        return seconds

    @cached_property
    def holes(self) -> Holes | None:
        """Return where frames are missing; None where the times cannot say."""
        return None if self.ticks is None else find_holes(self.ticks)

    def seconds(self, slot: int) -> float:
        """Return the presentation time of a slot, from times that are known."""
        return float("nan") if self.ticks is None else int(self.ticks[slot]) * self.tick_seconds


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person should know: a rule, how bad it is, and one sentence."""

    rule: str
    severity: Literal["error", "warning", "info"]
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class LineFrames:
    """The frame of each label line.

    Attributes:
        slots: (lines,) the slot that a line belongs to, -1 where the video has none.
        damaged: (lines,) the line's frame is there but damaged, or lies behind the point where reading stopped.
        quarantined: video and labels do not belong together as they are, so no line may be used.
        placed: the holes were given lines of their own.
        remarks: what was odd, and what the other reading would give.
    """

    slots: Places
    damaged: NDArray[np.bool_]
    quarantined: bool
    placed: bool
    remarks: tuple[Remark, ...]


def frames_of_lines(
    footage: Footage, lines: int, rule: FrameRule, *, listed: bool = False, crops_moved: bool = False
) -> LineFrames:
    """Return the frame of each of a subject's label lines, `lines` being the last `frame_index` plus one.

    With `listed` the rows list some frames only, so frames behind the last one say nothing. `crops_moved` says that
    the organisers' crops lie behind the decoded frames by the holes, from the first hole on.

    >>> footage = Footage(3, ticks=np.array([0, 40, 120]))
    >>> frames_of_lines(footage, 4, FrameRule(2, "place")).slots.tolist()
    [0, 1, -1, 2]
    >>> frames_of_lines(footage, 4, FrameRule(2, "end")).slots.tolist()
    [0, 1, 2, -1]
    """
    if _made_of_decoded(footage, lines, listed=listed):
        return _by_decoded(footage, lines)
    missing = lines - footage.slots
    holes = footage.holes
    if holes is None or not holes.total or not missing or (listed and missing < 0):
        return _by_slot(footage, lines, rule, listed=listed)
    fits = footage.sure and not footage.ended and missing - holes.total in (0, 1)
    if fits and _places(rule, missing, crops_moved=crops_moved):
        return _by_time(footage, lines, holes)
    found = _by_slot(footage, lines, rule, listed=listed)
    quarantined = found.quarantined or (rule.holes == "quarantine" and not footage.ended)
    remarks = [_unplaced(footage, lines, holes, rule=rule, fits=fits, quarantined=quarantined)]
    remarks += [one for one in found.remarks if one.severity == "error"]
    if quarantined and not found.quarantined:
        remarks.append(Remark("frames-quarantined", "error", _QUARANTINED))
    return LineFrames(found.slots, found.damaged, quarantined, placed=False, remarks=tuple(remarks))


def _places(rule: FrameRule, missing: int, *, crops_moved: bool) -> bool:
    if rule.holes == "evidence":
        return missing > rule.tolerance_frames or crops_moved
    return rule.holes == "place"


def _made_of_decoded(footage: Footage, lines: int, *, listed: bool) -> bool:
    """Return whether the lines number the decoded frames (one more is usual), and not what the file holds."""
    if not len(footage.lost) or listed or footage.ended or lines - footage.slots in (0, 1):
        return False
    return lines - footage.decoded in (0, 1)


def _by_decoded(footage: Footage, lines: int) -> LineFrames:
    slots = np.full(lines, -1, np.int64)
    whole = np.setdiff1d(np.arange(footage.slots), footage.lost)
    slots[: len(whole)] = whole
    message = (
        f"{footage.decoded} of {footage.slots} frames can be decoded, against {lines} label lines: the labels were "
        f"made of the damaged video, so line N belongs to decoded frame N. By the file's own times rows from "
        f"{int(footage.lost[0]) + 1} on would show an earlier frame; get the video again if you can."
    )
    remark = Remark("labels-of-damaged-video", "warning", message)
    return LineFrames(slots, np.zeros(lines, np.bool_), quarantined=False, placed=False, remarks=(remark,))


def _by_slot(footage: Footage, lines: int, rule: FrameRule, *, listed: bool) -> LineFrames:
    """Return the mapping of line i to slot i; numbers that differ too much cost what lies behind the first damage."""
    slots = np.arange(lines, dtype=np.int64)
    slots[footage.slots :] = -1
    damaged = np.isin(slots, footage.lost)
    result = reconcile(footage.slots, lines, rule.tolerance_frames, sparse=listed)
    if footage.ended:
        damaged |= slots < 0
        return LineFrames(slots, damaged, quarantined=False, placed=False, remarks=())
    sure = _sure_frames(footage, lines, rule)
    if result.quarantined and sure is not None:
        damaged |= np.arange(lines) >= sure
        slots[damaged] = -1
        remark = _unsure(footage, lines, rule, sure)
        return LineFrames(slots, damaged, quarantined=False, placed=False, remarks=(remark,))
    remarks: tuple[Remark, ...] = ()
    if result.rule is not None and result.message is not None:
        late = _late_start(footage, lines - footage.slots)
        severity: Literal["error", "warning", "info"] = "warning" if late else "info"
        remarks = (Remark(result.rule, "error" if result.quarantined else severity, result.message + late),)
    return LineFrames(slots, damaged, result.quarantined, placed=False, remarks=remarks)


def _late_start(footage: Footage, missing: int) -> str:
    """Return a sentence where a video begins late by no more frames than its lines have too many, else nothing."""
    if footage.ticks is None or footage.slots < 2:
        return ""
    frames = round(int(footage.ticks[0]) / max(1, int(np.diff(footage.ticks).min())))
    if not 1 <= frames <= missing:
        return ""
    return (
        f" The first frame is shown at {footage.seconds(0):.3f} s: {frames} may be missing before it, and then every "
        f"row shows a frame that is {frames} too late; times cannot tell. Compare video and labels."
    )


def _sure_frames(footage: Footage, lines: int, rule: FrameRule) -> int | None:
    """Return how many frames are sure although the numbers differ: those before damage; None if nothing explains it."""
    first = footage.slots
    if len(footage.lost):
        first = int(footage.lost[0])
    elif not footage.tail or abs(lines - footage.slots - footage.tail) > rule.tolerance_frames:
        return None
    holes = footage.holes
    return min(first, int(holes.after[0]) + 1) if holes is not None and holes.total else first


def _unsure(footage: Footage, lines: int, rule: FrameRule, sure: int) -> Remark:
    lost = len(footage.lost) + footage.tail
    message = (
        f"{footage.decoded} decoded frames and {lost} damaged ones against {lines} label lines: they may differ by "
        f"{rule.tolerance_frames} (frame_policy.tolerance_frames), and the times do not say where frames are "
        f"missing. Rows from {sure + 1} on, the first damage, end as decode_error; get the video again."
    )
    return Remark("frames-unsure", "error", message)


def _by_time(footage: Footage, lines: int, holes: Holes) -> LineFrames:
    slots = np.full(lines, -1, np.int64)
    everywhere = np.arange(footage.slots, dtype=np.int64)
    slots[everywhere + holes.before(footage.slots)] = everywhere
    message = (
        f"{_counts(footage, lines, holes)} The rows of the hole(s) end as no_frame, the others keep their frame "
        "(frame_policy.holes). If the labels were made of this very copy, with extra lines at the end, rows "
        f"from {_first(holes)} on show a frame that is up to {holes.total} too early: then set holes to end."
    )
    message += _late_start(footage, lines - footage.slots - holes.total)
    remark = Remark("frame-holes", "warning", message)
    return LineFrames(slots, np.isin(slots, footage.lost), quarantined=False, placed=True, remarks=(remark,))


def _unplaced(
    footage: Footage, lines: int, holes: Holes, *, rule: FrameRule, fits: bool, quarantined: bool
) -> Remark:
    """Return the warning of holes that got no lines of their own, with what placing them would give."""
    ending = "no row of the subject is used" if quarantined else "line N is read as decoded frame N"
    if fits:
        other = (
            f"If the labels were made before the loss, rows from {_first(holes)} on show a frame that is up to "
            f"{holes.total} too late: place would end {holes.total} row(s) in the hole(s) as no_frame, and give the "
            "others their own frame."
        )
    elif not footage.sure:
        other = (
            "An AVI with B-frames keeps no presentation times, so the hole(s) cannot be placed: rows from about "
            f"{_first(holes)} on may be up to {holes.total} frame(s) off. Check them by eye, or set it to quarantine."
        )
    else:
        other = (
            "The hole(s) are not as many as the lines without a frame, or those less one, so they cannot be placed: "
            f"rows from {_first(holes)} on may be up to {holes.total} frame(s) off. Compare video and labels."
        )
    message = f"{_counts(footage, lines, holes)} By frame_policy.holes ({rule.holes}) {ending}. {other}"
    return Remark("frame-holes", "warning", message)


def _first(holes: Holes) -> int:
    """Return the 1-based number of the first missing frame."""
    return int(holes.after[0]) + 2


def _counts(footage: Footage, lines: int, holes: Holes) -> str:
    named = [
        f"{count} after frame {after + 1} ({footage.seconds(after):.3f} s)"
        for after, count in zip(holes.after[:_NAMED].tolist(), holes.counts[:_NAMED].tolist(), strict=True)
    ]
    more = f", and {len(holes.after) - _NAMED} more hole(s)" if len(holes.after) > _NAMED else ""
    return (
        f"{footage.slots} decoded frames against {lines} label lines, and by the presentation times frames are "
        f"missing: {', '.join(named)}{more}."
    )
