"""A table of pictures: a line a face, with columns that the user names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_data.core.labels.tasks import SPLITS, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.class_names import class_spellings, spelling_findings
from fer_data.corpora.adapters.listed import Box, OpenedList, box_of
from fer_data.corpora.editions import split_named
from fer_data.corpora.given import GivenLabels, GivenRow
from fer_data.corpora.labels import parse_number
from fer_data.corpora.named_files import check_root
from fer_data.corpora.names import check_name, check_path
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_lists import Listed, listed_pictures
from fer_data.corpora.table_files import read_header, read_rows
from fer_data.params.source import PictureTable, SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["open_table"]

_CORRECTED = "relFCs"
"""Column of a copy of AffectNet at 96 px whose labels a program corrected."""


def open_table(root: Path, source: SourceParams, table: PictureTable, on_error: OnError) -> OpenedList:
    """Return the pictures of a table, all its lines read and their paths checked.

    Raises:
        CorpusError: there is no folder, or the table cannot be read, lacks a column, or has too many classes.
    """
    check_root(root, source)
    columns = _columns(table)
    rows = read_rows(root, table.file, {f"table.{key}": name for key, name in columns.items()})
    lines = listed_pictures((_listed(table.file, line, values) for line, values in rows), len(columns) - 1)
    places = {key: place for place, key in enumerate(list(columns)[1:])}
    written = lines.values(places["label"]) if "label" in places else {}
    spellings = class_spellings((name for name in written if name), file=table.file)
    machine = _CORRECTED in read_header(root, table.file)
    opening = [*spelling_findings(spellings), *(_corrected(table) if machine else ())]
    classes = tuple(sorted(set(spellings.values())))
    named = {split_named(text) for text in lines.values(places["split"])} if "split" in places else {"train"}
    known: dict[str, int] = {split: 0 for split in SPLITS if split in named}
    reader = _Reader(places, spellings, machine=machine)
    return OpenedList(lines, reader.read, classes, on_error, opening, known=known)


def _listed(file: str, line: int, values: Sequence[str]) -> Listed:
    path, *others = values
    return Listed(check_path(path, file=file, line=line), file, line, tuple(others))


def _columns(table: PictureTable) -> dict[str, str]:
    """Return the columns to read by the parameter that names them, that of the path first."""
    keys = ("path", "label", "valence", "arousal", "split", "subject")
    named = {key: name for key in keys if (name := getattr(table, key)) is not None}
    return named | {f"box.{corner}": name for corner, name in enumerate(table.box or ())}


def _corrected(table: PictureTable) -> Iterator[Finding]:
    message = (
        f"The column {_CORRECTED} is that of a copy of AffectNet at 96 px, whose labels a program corrected. They "
        "count as machine-made: they can be trained on and never score."
    )
    yield Finding("machine-labels", Severity.WARNING, message, table.file)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes rows of lines.

    Attributes:
        columns: place of each column in the values of a line, by its parameter.
        spellings: of the classes, by what the table writes.
        machine: whether a program made the labels.
    """

    columns: Mapping[str, int]
    spellings: Mapping[str, str]
    machine: bool

    def read(self, line: Listed, _: OddityCounts) -> GivenRow:
        text = {key: line.values[place] for key, place in self.columns.items()}
        return GivenRow(
            line.path,
            _split(text["split"]) if "split" in text else "train",
            GivenLabels(
                self.spellings.get(text.get("label", "")),
                valence=_number("valence", text),
                arousal=_number("arousal", text),
                source="machine" if self.machine else "annotated",
            ),
            person=check_name(text["subject"]) if text.get("subject") else None,
            box=_box(text) if "box.0" in text else None,
        )


def _split(text: str) -> SplitName:
    split = split_named(text)
    if split is None:
        raise ValueError(f"unknown split {quoted(text)}. {did_you_mean(text, SPLITS)}")
    return split


def _number(key: str, text: Mapping[str, str]) -> float | None:
    value = text.get(key, "")
    if not value or value.lower() == "nan":
        return None
    try:
        return parse_number(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _box(text: Mapping[str, str]) -> Box | None:
    """Return the box of a line; None where all its corners are empty."""
    corners = [text[f"box.{corner}"] for corner in range(4)]
    return box_of([parse_number(corner) for corner in corners]) if any(corners) else None
