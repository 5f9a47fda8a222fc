"""BP4D: 41 people at eight tasks as pictures, and which action units are there, a table for each.

::

    AUCoding/AU_OCC/F001_T1.csv             0,1,2,4,5, ...        numbers of action units
                                            2440,0,0,1,9, ...     picture, then 1, 0 or 9 (unknown) of each
    Sequences_2D+3D/F001/T1/2440.jpg

Coding begins late and ends early, so that only the first column tells the picture. Its name has three or four digits.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fer_data.core.labels.held_out import hold_out
from fer_data.core.labels.tasks import ACTION_UNITS, UNITS, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.contents import read_content
from fer_data.corpora.given import CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.labels import content_lines, parse_whole
from fer_data.corpora.named_files import check_root
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.streamed import StreamedCorpus
from fer_data.errors import CorpusError, LabelFileError
from fer_data.params.source import Bp4dSection, SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import LABEL_BYTES
from fer_data.shell.files.walking import Folder, walk_folders
from fer_data.shell.shown import printable

__all__ = ["BP4D"]

_TABLE = re.compile(r"([FM]\d{3})_(T\d{1,2})\.csv", re.ASCII)
_PERSON = re.compile(r"[FM]\d{3}", re.ASCII)
_TASK = re.compile(r"T\d{1,2}", re.ASCII)
_PICTURE = re.compile(r"(\d{1,7})\.jpg", re.ASCII | re.IGNORECASE)
_COLUMN = re.compile(r"(?:AU)?0*(\d{1,2})", re.ASCII | re.IGNORECASE)
_MAX_FRAME = 9_999_999
_UNKNOWN = 9

_Key = tuple[str, str]
"""Person and task."""


@dataclass(slots=True)
class _Files:
    """What lies below a root, by person and task: tables, and folders with the names of their pictures by number."""

    tables: dict[_Key, str] = field(default_factory=dict)
    folders: dict[_Key, str] = field(default_factory=dict)
    pictures: dict[_Key, dict[int, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def take(self, folder: Folder) -> None:
        """Add the tables or the pictures of a folder."""
        for name in folder.files:
            if table := _TABLE.fullmatch(name):
                self._once(self.tables, (table[1], table[2]), str(folder.path / name))
        person, task = ("", "", *folder.path.parts)[-2:]
        if _PERSON.fullmatch(person) and _TASK.fullmatch(task):
            found = {int(match[1]): name for name in folder.files if (match := _PICTURE.fullmatch(name))}
            if found and self._once(self.folders, (person, task), str(folder.path)):
                self.pictures[person, task] = found

    def _once(self, known: dict[_Key, str], key: _Key, path: str) -> bool:
        if (first := known.setdefault(key, path)) == path:
            return True
        message = (
            f"{' '.join(key)} is there twice: {first!a} is used and this one is not. Remove one of them."
        )
        self.findings.append(Finding("duplicate-file", Severity.WARNING, message, path))
        return False

    def path(self, key: _Key, frame: int) -> str:
        """Return the path of a picture; where there is none, what it would be called."""
        name = self.pictures.get(key, {}).get(frame, f"{frame:04d}.jpg")
        return f"{self.folders.get(key, '/'.join(('Sequences_2D+3D', *key)))}/{name}"


def _find(root: Path) -> _Files:
    found = _Files()

    def skip(folder: str, rule: str, message: str) -> None:
        if rule != "walked-before":
            severity = Severity.WARNING if rule == "link-loop" else Severity.ERROR
            found.findings.append(Finding(rule, severity, message, file=printable(folder)))

    for folder in walk_folders(root, skip, enter=lambda name: not name.startswith((".", "__MACOSX"))):
        found.take(folder)
    return found


def _read(root: Path, file: str, met: OddityCounts) -> dict[int, GivenLabels]:
    """Return what a table says of each picture.

    Raises:
        CorpusError: it cannot be read, or a line has another number of fields or something that is no whole number.
    """
    lines = content_lines(read_content(root, file, LABEL_BYTES), file)
    units = _units(lines[0], file)
    labels: dict[int, GivenLabels] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        frame, *codes = _numbers(line, file, number)
        if not 0 <= frame <= _MAX_FRAME or len(codes) != len(units):
            raise _wrong(file, number, f"a picture and {len(units)} units")
        given, wrong = _labels(units, codes)
        if wrong:
            message = "The line has values other than 0, 1 and 9 (unknown); they count as not coded."
            met.add(Finding("label-out-of-range", Severity.ERROR, message, file, number))
        if (first := labels.setdefault(frame, given)) is not given:
            met.add(_repeat(frame, file, number, equal=first == given))
            if first != given:
                labels[frame] = GivenLabels()
    return labels


def _labels(units: Sequence[str], codes: Sequence[int]) -> tuple[GivenLabels, bool]:
    """Return the labels of a picture, and whether a code is none that the format knows."""
    known = {unit: code for unit, code in zip(units, codes, strict=True) if unit in ACTION_UNITS}
    wrong = any(code not in (0, 1, _UNKNOWN) for code in known.values())
    return GivenLabels(units={unit: code for unit, code in known.items() if code in (0, 1)}), wrong


def _repeat(frame: int, file: str, number: int, *, equal: bool) -> Finding:
    if equal:
        message = f"The line repeats an earlier one about picture {frame}; it counts once."
        return Finding("duplicate-rows", Severity.WARNING, message, file, number)
    message = f"The line contradicts an earlier one about picture {frame}, which is not coded."
    return Finding("contradicting-rows", Severity.ERROR, message, file, number)


def _units(line: str, file: str) -> list[str]:
    """Return the units that a header names, behind the column of the picture."""
    names = [_COLUMN.fullmatch(name.strip().strip('"')) for name in line.split(",")[1:]]
    units = [f"AU{int(name[1]):02d}" for name in names if name]
    if not units or len(units) != len(names) or len(set(units)) != len(units):
        raise LabelFileError(
            f"Header {line[:60]!a} must have a column of pictures, then numbers of action units, each once. Restore "
            "the organisers' file.",
            rule="label-header",
            file=file,
            line=1,
        )
    return units


def _numbers(line: str, file: str, number: int) -> list[int]:
    try:
        return [parse_whole(text) for text in line.split(",")]
    except ValueError as error:
        raise _wrong(file, number, "whole numbers") from error


def _wrong(file: str, number: int, expected: str) -> LabelFileError:
    message = f"The line must have {expected}, separated by commas. Restore the organisers' file."
    return LabelFileError(message, rule="label-line", file=file, line=number)


@dataclass(frozen=True, slots=True)
class _Bp4d:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> StreamedCorpus:
        """Return the folder, opened, its tables and pictures found by their names."""
        check_root(root, source)
        files = _find(root)
        if not files.tables:
            raise CorpusError(
                f"{root} is no release of BP4D that is known: it has pictures of {len(files.pictures)} task(s) and no "
                "table such as AUCoding/AU_OCC/F001_T1.csv. Expected both.",
                rule="unknown-release",
            )
        splits = hold_out((person for person, _ in files.tables), source.own(Bp4dSection).held_out)
        order = sorted(files.tables, key=lambda key: (files.path(key, 0), key))

        def read(met: OddityCounts) -> Iterator[Sequence[GivenRow]]:
            for key in order:
                try:
                    labels = _read(root, files.tables[key], met)
                except CorpusError as error:
                    on_error(error)
                    continue
                if labels:
                    yield _rows(key, splits[key[0]], labels, files)

        found = {"people": len(splits), "sequences": len(files.tables)}
        return StreamedCorpus(read, found, noted=(*files.findings, *_unmatched(files)))


def _rows(key: _Key, split: SplitName, labels: Mapping[int, GivenLabels], files: _Files) -> list[GivenRow]:
    person, task = key
    clip = f"{person}_{task}"
    rows = [
        GivenRow(files.path(key, frame), split, given, person=person, clip=clip, frame_index=frame)
        for frame, given in labels.items()
    ]
    return sorted(rows, key=lambda row: row.frame_index)


def _unmatched(files: _Files) -> Iterator[Finding]:
    """Yield the tables without pictures, and the pictures without a table."""
    if bare := sorted({*files.tables} - {*files.pictures}):
        message = f"{len(bare)} table(s) have no pictures; their rows end as no_video. Add the pictures."
        yield Finding("label-without-video", Severity.WARNING, message, files.tables[bare[0]])
    if extra := sorted({*files.pictures} - {*files.tables}):
        message = f"{len(extra)} folder(s) of pictures have no table; they give no rows."
        yield Finding(
            "video-without-labels", Severity.INFO, message, str(PurePosixPath(files.folders[extra[0]]))
        )


BP4D = _Bp4d(CorpusKind("bp4d", "BP4D", "pictures", (UNITS,), totals={"people": 41, "sequences": 328}))
