"""Lines that a person wrote on who is who: a source's `decisions`, a table that comes before all other evidence.

::

    video_id,subject_id,first_frame,last_frame,at_frame,x,y,decision
    102,102_left,0,1499,12,310,205,face       the face at (310, 205) of frame 12 is 102_left, from frame 0 to 1499
    102,102_left,1500,,,,,exclude             from frame 1500 on nobody in the picture is

Frames are decoded frames, counted from 0. No track is named: tracks have other numbers when code or parameters change.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from fer_data.errors import CorpusError
from fer_data.shell.files.atomic import rewrite
from fer_data.shell.files.csv_lines import csv_lines
from fer_data.shell.files.reading import LIST_BYTES, read_regular
from fer_data.shell.shown import printable

__all__ = ["COLUMNS", "LAST_FRAME", "HandLine", "append_line", "read_lines"]

COLUMNS = ("video_id", "subject_id", "first_frame", "last_frame", "at_frame", "x", "y", "decision")
_FACE, _EXCLUDE = "face", "exclude"
LAST_FRAME = 100_000_000
"""Of a line that leaves its last frame open."""

_MAX_PX = 1_000_000.0


@dataclass(frozen=True, slots=True)
class HandLine:
    """What one line says.

    Attributes:
        where: file and line, for people.
        video_id: the video.
        subject_id: the annotated person.
        first_frame: first decoded frame that the line is about, from 0.
        last_frame: last one, included; a large number where the line leaves it open.
        at_frame: frame in which the point lies on the face; null where nobody in the picture is the person.
        point: (x, y) in source pixels; null with `at_frame`.
    """

    where: str
    video_id: str
    subject_id: str
    first_frame: int
    last_frame: int
    at_frame: int | None
    point: tuple[float, float] | None

    def says(self) -> list[object]:
        """Return all but where the line stands: what a result follows from."""
        return [self.subject_id, self.first_frame, self.last_frame, self.at_frame, self.point]


def read_lines(path: Path, name: str = "decisions") -> dict[str, tuple[HandLine, ...]]:
    """Return the lines of a file by video_id; `name` is its parameter's.

    Raises:
        CorpusError: there is no such file, or a line breaks a rule; two lines give one person's frames twice.
        ReadingError: it is no regular file or too large.
    """
    lines = [_line(where, field) for where, field in csv_lines(path, COLUMNS, name)]
    by_video: dict[str, tuple[HandLine, ...]] = {}
    for line in lines:
        by_video[line.video_id] = (*by_video.get(line.video_id, ()), line)
    for own in by_video.values():
        _check_overlaps(own)
    return by_video


def _line(where: str, field: Mapping[str, str]) -> HandLine:
    for name in ("video_id", "subject_id"):
        if not field[name]:
            raise CorpusError(f"{where}: {name} must not be empty. Name the video and the annotated person.")
    first = _number(where, "first_frame", field["first_frame"] or "0", LAST_FRAME)
    last = _number(where, "last_frame", field["last_frame"] or str(LAST_FRAME), LAST_FRAME)
    if last < first:
        raise CorpusError(f"{where}: last_frame ({last:.0f}) must not be before first_frame ({first:.0f}).")
    at_frame, point = _point(where, field, int(first), int(last))
    return HandLine(where, field["video_id"], field["subject_id"], int(first), int(last), at_frame, point)


def _point(
    where: str, field: Mapping[str, str], first: int, last: int
) -> tuple[int | None, tuple[float, float] | None]:
    decision, given = field["decision"], [name for name in ("at_frame", "x", "y") if field[name]]
    if decision == _EXCLUDE:
        if given:
            raise CorpusError(f"{where}: {given[0]} ({field[given[0]]}) must be empty with decision exclude.")
        return None, None
    if decision != _FACE:
        raise CorpusError(f"{where}: decision ({printable(decision)!r}) must be face or exclude.")
    x, y = (_number(where, name, field[name], _MAX_PX, whole=False) for name in ("x", "y"))
    at_frame = int(_number(where, "at_frame", field["at_frame"] or str(first), LAST_FRAME))
    if not first <= at_frame <= last:
        raise CorpusError(
            f"{where}: at_frame ({at_frame}) must lie between first_frame ({first}) and last_frame ({last})."
        )
    return at_frame, (x, y)


def _number(where: str, name: str, text: str, most: float, *, whole: bool = True) -> float:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= most:
        kind = "a whole number" if whole else "a number"
        raise CorpusError(
            f"{where}: {name} ({printable(text)!r}) must be {kind} from 0 to {most:.0f}. Correct it."
        )
    return value


def _check_overlaps(lines: Iterable[HandLine]) -> None:
    for one, two in combinations(lines, 2):
        if (
            one.subject_id == two.subject_id
            and one.first_frame <= two.last_frame
            and two.first_frame <= one.last_frame
        ):
            raise CorpusError(
                f"{two.where}: frames from {max(one.first_frame, two.first_frame)} on are settled by "
                f"{one.where} already. Give each frame of a person one line."
            )


def append_line(path: Path, line: HandLine) -> None:
    """Add a line to a file, which is written anew in one step; one that is missing begins with the header.

    Raises:
        CorpusError: the file breaks a rule, or the line settles frames that another one settles.
    """
    known = read_lines(path) if path.exists() else {}
    _check_overlaps((*known.get(line.video_id, ()), line))
    text = read_regular(path, LIST_BYTES).decode("utf-8-sig") if path.exists() else ",".join(COLUMNS) + "\n"
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(_cells(line))
    joint = "" if text.endswith("\n") else "\n"
    rewrite(path, f"{text}{joint}{written.getvalue()}".encode())


def _cells(line: HandLine) -> list[object]:
    last = "" if line.last_frame == LAST_FRAME else line.last_frame
    if line.point is None:
        return [line.video_id, line.subject_id, line.first_frame, last, "", "", "", _EXCLUDE]
    x, y = (round(value, 1) for value in line.point)
    return [line.video_id, line.subject_id, line.first_frame, last, line.at_frame, x, y, _FACE]
