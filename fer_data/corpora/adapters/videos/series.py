"""Each person in each video: the frames that the lines of a table speak of, and what they say of them."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fer_data.core.frames.line_frames import Footage
from fer_data.core.frames.segments import Segment, frames_of_segments
from fer_data.core.labels.tasks import SplitName
from fer_data.corpora.adapters.videos.columns import VideoLines
from fer_data.corpora.given import GivenLabels, GivenRow
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["Series", "clip_rows", "frame_rows", "segment_rows"]

_NOTHING = GivenLabels()


@dataclass(frozen=True, slots=True)
class Series:
    """One annotated person in one video.

    Attributes:
        video_id: of the video.
        path: of its file, relative to the root; as the table names it where there is none.
        exists: whether there is such a file.
        person: as the table names them; None without names.
        face: left or right, which tells two people of one video apart; empty where the table has no sides.
        split: of the video.
        lines: index of each line about it, in the order of what they begin at.
    """

    video_id: str
    path: str
    exists: bool
    person: str | None
    face: str
    split: SplitName
    lines: Sequence[int] = field(repr=False)

    def row(self, frame: int, labels: GivenLabels, segment: str = "", *, clip: bool = False) -> GivenRow:
        """Return the row of a frame; with a segment its label is about that, with `clip` about the whole video."""
        return GivenRow(
            self.path,
            self.split,
            labels,
            person=self.person,
            clip=self.video_id,
            frame_index=frame,
            face=self.face,
            scope="clip" if clip else "segment" if segment else "frame",
            segment=segment,
        )

    def finding(self, rule: str, severity: Severity, message: str, line: tuple[str, int]) -> Finding:
        """Return what is odd about it, with the file and line that say it first."""
        return Finding(rule, severity, message, *line, video_id=self.video_id)


def frame_rows(series: Series, lines: VideoLines, file: str) -> tuple[list[GivenRow], list[Finding]]:
    """Return a row for each frame that a line is about, and what the lines repeat."""
    rows: list[GivenRow] = []
    repeats = _Repeats(series, file)
    for index in series.lines:
        frame, says = int(lines.first[index]), lines.says(index)
        if not repeats.add(frame, says, lines.line[index]):
            rows.append(series.row(frame, lines.labels(index)))
    cleared = [
        series.row(row.frame_index, _NOTHING) if row.frame_index in repeats.disputed else row for row in rows
    ]
    return cleared, list(repeats.findings())


def clip_rows(
    series: Series, lines: VideoLines, file: str, footage: Footage
) -> tuple[list[GivenRow], list[Finding]]:
    """Return a row for each frame of a video that has one label, and what the lines repeat."""
    repeats = _Repeats(series, file)
    for index in series.lines:
        repeats.add(0, lines.says(index), lines.line[index])
    labels = _NOTHING if repeats.disputed else lines.labels(series.lines[0])
    rows = [series.row(frame, labels, clip=True) for frame in range(footage.slots)]
    return rows, list(repeats.findings())


def segment_rows(
    series: Series, lines: VideoLines, file: str, times: NDArray[np.float64]
) -> tuple[list[GivenRow], list[Finding]]:
    """Return a row for each frame that lies in a segment, by the times of the frames, and what the lines get wrong."""
    segments = [Segment(lines.first[i], lines.last[i], lines.says(i)) for i in series.lines]
    found = frames_of_segments(times, segments)
    labels = [lines.labels(index) for index in series.lines]
    names = [f"{one.start:.3f}-{one.end:.3f}" for one in segments]
    rows = [
        series.row(frame, labels[owner], names[owner]) if owner >= 0 else series.row(frame, _NOTHING)
        for frame, owner in enumerate(found.owners.tolist())
        if owner >= 0 or found.disputed[frame]
    ]
    findings = []
    if disputed := int(found.disputed.sum()):
        message = (
            f"Segments that overlap say different things about {disputed} frame(s), which are not labelled. Correct "
            "their times."
        )
        findings.append(_at("contradicting-rows", Severity.ERROR, message, (series, lines, 0, file)))
    if found.empty:
        message = (
            f"No frame of the video lies in {len(found.empty)} segment(s): it shows "
            f"{len(times)} frame(s){_span(times)}. Correct the times, which are in seconds."
        )
        findings.append(_at("empty-segment", Severity.ERROR, message, (series, lines, found.empty[0], file)))
    if late := [index for index in found.beyond if index not in found.empty]:
        message = (
            f"{len(late)} segment(s) end behind the video{_span(times)}; they have the frames that are there."
        )
        findings.append(
            _at("segment-beyond-video", Severity.WARNING, message, (series, lines, late[0], file))
        )
    return rows, findings


def _span(times: NDArray[np.float64]) -> str:
    return f", from {times[0]:.3f} to {times[-1]:.3f} s" if len(times) else ""


def _at(rule: str, severity: Severity, message: str, where: tuple[Series, VideoLines, int, str]) -> Finding:
    series, lines, segment, file = where
    return series.finding(rule, severity, message, (file, lines.line[series.lines[segment]]))


class _Repeats:
    """Lines about one thing: the first counts, later ones repeat or contradict it."""

    def __init__(self, series: Series, file: str) -> None:
        self.disputed: set[int] = set()
        self._series, self._file = series, file
        self._first: dict[int, Hashable] = {}
        self._equal: list[int] = []
        self._other: list[int] = []

    def add(self, place: int, says: Hashable, line: int) -> bool:
        """Return whether an earlier line is about the same place."""
        if place not in self._first:
            self._first[place] = says
            return False
        if self._first[place] == says:
            self._equal.append(line)
        else:
            self._other.append(line)
            self.disputed.add(place)
        return True

    def findings(self) -> Iterator[Finding]:
        """Yield a warning where lines repeat an earlier one, an error where they contradict it."""
        if self._equal:
            message = f"{len(self._equal)} line(s) repeat an earlier one with equal labels; each counts once."
            where = (self._file, self._equal[0])
            yield self._series.finding("duplicate-rows", Severity.WARNING, message, where)
        if self._other:
            message = (
                f"{len(self._other)} line(s) contradict an earlier one; what they are about is not labelled."
            )
            where = (self._file, self._other[0])
            yield self._series.finding("contradicting-rows", Severity.ERROR, message, where)
