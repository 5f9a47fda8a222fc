"""The table of a corpus of videos, taken apart: a few bytes a line, whatever the order of its lines is."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from fer_data.core.labels.tasks import DIMENSIONS, SPLITS, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.videos.columns import NOT_CODED, SeriesKey, VideoLines
from fer_data.corpora.editions import split_word
from fer_data.corpora.given import LabelScope
from fer_data.corpora.labels import parse_number, parse_whole
from fer_data.corpora.names import check_name
from fer_data.corpora.table_files import read_rows
from fer_data.errors import CorpusError, LabelFileError
from fer_data.params.source import VideoTable
from fer_data.shell.suggestions import did_you_mean, ended, quoted

__all__ = ["MAX_FRAME", "read_lines"]

T = TypeVar("T")

MAX_FRAME = 9_999_999
"""92 hours at 30 frames a second; a higher number is of something else."""
_MAX_SECONDS = 1e6
_MAX_ERRORS = 20
"""Wrong lines that are errors of their own; more are counted."""
_MAX_WORDS = 127
"""Classes of a dataset, at most."""
_NOT_CODED = frozenset({NOT_CODED, 9, 999})
"""What BP4D, EmotioNet and others write for an action unit that nobody judged."""


def read_lines(root: Path, table: VideoTable, on_error: OnError) -> VideoLines:
    """Return the lines of a table of videos; a wrong one goes to `on_error` and is left out, as is all behind damage.

    Raises:
        CorpusError: what `on_error` raises: the table cannot be read, lacks a column, or a line breaks a rule.
    """
    scope: LabelScope = "frame" if table.frame else "segment" if table.start else "clip"
    reader = _Reader(table, VideoLines(scope, tuple(table.action_units)))
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
    keys: dict[tuple[str, str, str], SeriesKey] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=lambda: {"": 0})

    def add(self, line: int, values: Mapping[str, str]) -> CorpusError | None:
        """Add a line by its values, or return what is wrong with it; what is out of range is counted."""
        try:
            self._add(line, values)
        except CorpusError as error:
            return error
        except ValueError as error:
            return LabelFileError(
                f"{ended(error)} Correct the line.", rule="label-line", file=self.table.file, line=line
            )
        return None

    def _add(self, line: int, values: Mapping[str, str]) -> None:
        lines = self.lines
        first, last = self._place(values)
        key = self._key(line, values)
        split = _split(values["split"]) if "split" in values else "train"
        word = self._word(values.get("label", ""))
        affect = [self._affect(line, name, values.get(name, "")) for name in DIMENSIONS]
        codes = [self._code(line, unit, values[f"action_units.{unit}"]) for unit in lines.units]
        lines.of.append(lines.series.setdefault(key, len(lines.series)))
        lines.line.append(line)
        lines.first.append(first)
        lines.last.append(last)
        lines.split.append(split)
        lines.word.append(word)
        lines.affect.extend(affect)
        lines.codes.extend(codes)

    def _key(self, line: int, values: Mapping[str, str]) -> SeriesKey:
        """Return whom a line is about; the names are checked when they are first met."""
        written = values["video"], values.get("subject", ""), values.get("side", "")
        if written not in self.keys:
            video, person, side = written
            name = check_name(person, file=self.table.file, line=line) if person else ""
            self.keys[written] = _relative(video, self.table.file, line), name, _side(side)
        return self.keys[written]

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

    def _word(self, text: str) -> int:
        if text not in self.words:
            if len(self.words) > _MAX_WORDS:
                raise ValueError(
                    f"table.label ({self.table.label}) has more than {_MAX_WORDS} different values: name the column "
                    "of the expression"
                )
            self.words[text] = len(self.words)
            self.lines.words.append(text)
        return self.words[text]

    def _affect(self, line: int, key: str, text: str) -> float:
        if not text or text.lower() == "nan":
            return math.nan
        value = _number(key, text, parse_number)
        if -1.0 <= value <= 1.0:
            return value
        self._reject(line, key)
        return math.nan

    def _code(self, line: int, unit: str, text: str) -> int:
        code = _number(unit, text, parse_whole) if text else NOT_CODED
        if code not in (0, 1) and code not in _NOT_CODED:
            self._reject(line, f"action_units.{unit}")
        return code if code in (0, 1) else NOT_CODED

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
        raise ValueError(
            f"unknown side {quoted(text)}. {did_you_mean(text, ('left', 'right'))} Or leave it empty."
        )
    return side


def _split(text: str) -> SplitName:
    split = split_word(text)
    if split is None:
        raise ValueError(f"unknown split {quoted(text)}. {did_you_mean(text, SPLITS)}")
    return split
