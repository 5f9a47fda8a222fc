"""The table of a corpus of videos, taken apart: a few bytes a line, whatever the order of its lines is."""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fer_data.core.labels.tasks import DIMENSIONS, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.editions import split_word
from fer_data.corpora.given import GivenLabels, LabelScope
from fer_data.corpora.labels import parse_number, parse_whole
from fer_data.corpora.names import check_name
from fer_data.corpora.table_files import read_rows
from fer_data.errors import CorpusError, LabelFileError
from fer_data.params.source import VideoTable

__all__ = ["MAX_FRAME", "SeriesKey", "VideoLines", "read_lines"]

T = TypeVar("T")

MAX_FRAME = 9_999_999
"""92 hours at 30 frames a second; a higher number is of something else."""
_MAX_SECONDS = 1e6
_MAX_ERRORS = 20
"""Wrong lines that are errors of their own; more are counted."""
_MAX_WORDS = 127
"""Classes of a dataset, at most."""
_NOT_CODED = frozenset({-1, 9, 999})
"""What BP4D, EmotioNet and others write for an action unit that nobody judged."""

SeriesKey = tuple[str, str, str]
"""One person in one video: the video as the table names it, the person, and the side; empty where it says nothing."""


@dataclass(slots=True)
class VideoLines:
    """The lines of a table, column by column.

    Attributes:
        scope: what a line is about.
        series: index of each person in each video, in the order of their first lines.
        said: index of all that lines say of the faces, in the order in which it is first said.
        labels: the same as labels.
        of: index into `series`, by line of the table.
        line: its number in the file.
        first: frame from 0, or first second; 0 of clips.
        last: second before which a segment ends; 0 without segments.
        says: index into `labels`.
        split: where the line puts the video.
        rejected: numbers of the lines with a value that the format does not know, by the column's parameter.
    """

    scope: LabelScope
    series: dict[SeriesKey, int] = field(default_factory=dict)
    said: dict[tuple[object, ...], int] = field(default_factory=dict)
    labels: list[GivenLabels] = field(default_factory=list)
    of: "array[int]" = field(default_factory=lambda: array("i"))
    line: "array[int]" = field(default_factory=lambda: array("q"))
    first: "array[float]" = field(default_factory=lambda: array("d"))
    last: "array[float]" = field(default_factory=lambda: array("d"))
    says: "array[int]" = field(default_factory=lambda: array("i"))
    split: "list[SplitName]" = field(default_factory=list)
    rejected: dict[str, list[int]] = field(default_factory=dict)

    def order(self) -> NDArray[np.int64]:
        """Return the lines by series and by what they begin at, those that begin alike as they stand in the file."""
        return np.lexsort((np.asarray(self.first), np.asarray(self.of))).astype(np.int64)

    def words(self) -> tuple[str, ...]:
        """Return the expressions that occur, in order."""
        return tuple(sorted({one.expression for one in self.labels if one.expression is not None}))


def read_lines(root: Path, table: VideoTable, on_error: OnError) -> VideoLines:
    """Return the lines of a table of videos; a wrong one goes to `on_error` and is left out, as is all behind damage.

    Raises:
        CorpusError: what `on_error` raises: the table cannot be read, lacks a column, or a line breaks a rule.
    """
    scope: LabelScope = "frame" if table.frame else "segment" if table.start else "clip"
    reader = _Reader(table, VideoLines(scope))
    columns = {f"table.{key}": name for key, name in _columns(table).items()}
    keys = [key.removeprefix("table.") for key in columns]
    wrong = 0
    try:
        for line, values in read_rows(root, table.file, columns):
            if (error := reader.add(line, dict(zip(keys, values, strict=True)))) is not None:
                wrong += 1
                if wrong <= _MAX_ERRORS:
                    on_error(error)
    except CorpusError as error:
        on_error(error)
    if wrong > _MAX_ERRORS:
        text = f"{wrong - _MAX_ERRORS:,} more line(s) are wrong. Correct those above first."
        on_error(LabelFileError(text, rule="label-line", file=table.file))
    return reader.lines


def _columns(table: VideoTable) -> dict[str, str]:
    """Return the columns to read by the parameter that names them."""
    keys = ("video", "frame", "start", "end", "label", "split", "subject", "side", *DIMENSIONS)
    named = {key: getattr(table, key) for key in keys}
    units = {f"action_units.{unit}": column for unit, column in table.action_units.items()}
    return {key: column for key, column in {**named, **units}.items() if column is not None}


@dataclass(slots=True)
class _Reader:
    table: VideoTable
    lines: VideoLines
    words: set[str] = field(default_factory=set)

    def add(self, line: int, values: Mapping[str, str]) -> CorpusError | None:
        """Add a line by its values, or return what is wrong with it; what is out of range is counted."""
        try:
            self._add(line, values)
        except CorpusError as error:
            return error
        except ValueError as error:
            return LabelFileError(
                f"{error}. Correct the line.", rule="label-line", file=self.table.file, line=line
            )
        return None

    def _add(self, line: int, values: Mapping[str, str]) -> None:
        lines = self.lines
        first, last = self._place(values)
        key = (
            _relative(values["video"], self.table.file, line),
            self._name(values.get("subject", ""), line),
            _side(values.get("side", "")),
        )
        split = _split(values["split"]) if "split" in values else "train"
        says = self._labels(line, values)
        lines.of.append(lines.series.setdefault(key, len(lines.series)))
        lines.line.append(line)
        lines.first.append(first)
        lines.last.append(last)
        lines.says.append(says)
        lines.split.append(split)

    def _place(self, values: Mapping[str, str]) -> tuple[float, float]:
        """Return what a line is about: a frame, or the seconds from which and before which a segment lasts."""
        if self.lines.scope == "frame":
            frame = _number("frame", values["frame"], parse_whole) - self.table.first_frame
            if not 0 <= frame <= MAX_FRAME:
                low = self.table.first_frame
                raise ValueError(f"frame ({values['frame']}) must be {low} to {MAX_FRAME + low}")
            return frame, 0.0
        if self.lines.scope == "clip":
            return 0.0, 0.0
        start, end = (_number(key, values[key], parse_number) for key in ("start", "end"))
        if not 0 <= start < end <= _MAX_SECONDS:
            raise ValueError(f"start ({start}) must be 0 or more, and end ({end}) behind it, in seconds")
        return start, end

    def _name(self, text: str, line: int) -> str:
        return check_name(text, file=self.table.file, line=line) if text else ""

    def _labels(self, line: int, values: Mapping[str, str]) -> int:
        word = self._word(values.get("label", ""))
        valence, arousal = (self._affect(line, key, values.get(key, "")) for key in DIMENSIONS)
        codes = {
            unit: self._code(line, unit, values[f"action_units.{unit}"]) for unit in self.table.action_units
        }
        lines = self.lines
        found = lines.said.setdefault((word, valence, arousal, *codes.values()), len(lines.labels))
        if found == len(lines.labels):
            units = {unit: code for unit, code in codes.items() if code is not None}
            lines.labels.append(GivenLabels(word or None, valence=valence, arousal=arousal, units=units))
        return found

    def _word(self, text: str) -> str:
        if text:
            self.words.add(text)
        if len(self.words) > _MAX_WORDS:
            raise ValueError(
                f"table.label ({self.table.label}) has more than {_MAX_WORDS} different values: name the column of "
                "the expression"
            )
        return text

    def _affect(self, line: int, key: str, text: str) -> float | None:
        if not text or text.lower() == "nan":
            return None
        value = _number(key, text, parse_number)
        if -1.0 <= value <= 1.0:
            return value
        self._reject(line, key)
        return None

    def _code(self, line: int, unit: str, text: str) -> int | None:
        code = _number(unit, text, parse_whole) if text else -1
        if code not in (0, 1) and code not in _NOT_CODED:
            self._reject(line, f"action_units.{unit}")
        return code if code in (0, 1) else None

    def _reject(self, line: int, key: str) -> None:
        self.lines.rejected.setdefault(key, []).append(line)


def _number(name: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _relative(text: str, file: str, line: int) -> str:
    r"""Return the path of a video with `/`, as a table names it, in composed Unicode.

    >>> _relative("clips\\a b.mp4", "", 0)
    'clips/a b.mp4'
    """
    parts = text.replace("\\", "/").removeprefix("./").split("/")
    return "/".join(check_name(part, file=file, line=line) for part in parts)


def _side(text: str) -> str:
    side = text.lower()
    if side not in ("", "left", "right"):
        raise ValueError(f"side ({text[:40]!a}) must be left, right or empty")
    return side


def _split(text: str) -> SplitName:
    split = split_word(text)
    if split is None:
        raise ValueError(f"split ({text[:40]!a}) must be train, validation or test")
    return split
