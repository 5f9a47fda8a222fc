"""`dataset.same_person`: pairs of subjects whom a person confirmed to be one, a table that is kept by hand.

::

    subject_a,subject_b,note
    102,7-60-1920x1080,the same mole; seen in both contact sheets
    aff-102_left,disfa-SN001,

Subjects are written as they are published, with the prefix of their source. Nobody is joined by a network's word: the
lines of `fer-data leaks` are suspects until somebody looked at them and wrote them here. Lines that name people who
are excluded stop nothing: their names are in no table any more, and become nobody's person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.same_person import person_names
from fer_data.errors import CorpusError
from fer_data.shell.files.csv_lines import csv_lines
from fer_data.shell.shown import printable
from fer_data.shell.suggestions import closest, quoted
from fer_data.tables.face_rows import iterate_rows

__all__ = ["COLUMNS", "SAME_PERSON", "ConfirmedPair", "ConfirmedPeople", "confirmed_people", "read_pairs"]

SAME_PERSON = "dataset.same_person"
COLUMNS = ("subject_a", "subject_b", "note")


@dataclass(frozen=True, slots=True)
class ConfirmedPair:
    """One line: two subjects who are one person.

    Attributes:
        where: file and line, for people.
        subjects: both, as they are published.
    """

    where: str
    subjects: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ConfirmedPeople:
    """Who is one person under several names.

    Attributes:
        pairs: as they were confirmed, of subjects who are there.
        persons: of each subject who is one with another the person: the first, in sorted order, of the names that are
            one. Two names are one as well through a third that is excluded, but nobody is called by that.
        left: where pairs stand of which a subject is excluded.
    """

    pairs: tuple[ConfirmedPair, ...] = ()
    persons: Mapping[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()

    def person_ids(self, subjects: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the person of each row: the subject itself where nobody confirmed another name of it."""
        if not self.persons:
            return subjects
        place = pc.index_in(subjects, value_set=pa.array(list(self.persons), pa.string()))
        return pc.coalesce(pa.array(list(self.persons.values()), pa.string()).take(place), subjects)

    @property
    def by_person(self) -> dict[str, list[str]]:
        """Return the subjects of each person who has several names, in sorted order."""
        found: dict[str, list[str]] = {}
        for subject, person in sorted(self.persons.items()):
            found.setdefault(person, []).append(subject)
        return found


def read_pairs(path: Path) -> tuple[ConfirmedPair, ...]:
    """Return the pairs of a file.

    Raises:
        CorpusError: there is no such file, or a line breaks a rule; the message names the line.
        ReadingError: it is no regular file or too large.
    """
    found: dict[tuple[str, ...], ConfirmedPair] = {}
    for where, cells in csv_lines(path, COLUMNS, SAME_PERSON):
        pair = (cells["subject_a"], cells["subject_b"])
        for name, value in zip(COLUMNS, pair, strict=False):
            if not value:
                raise CorpusError(f"{where}: {name} must not be empty. Name both subjects.")
        if pair[0] == pair[1]:
            raise CorpusError(
                f"{where}: subject_a and subject_b ({printable(pair[0])!r}) must be two subjects. Correct the line."
            )
        first = found.setdefault(tuple(sorted(pair)), ConfirmedPair(where, pair))
        if first.where != where:
            raise CorpusError(f"{where}: this pair stands in {first.where} already. Take one out.")
    return tuple(found.values())


def confirmed_people(
    path: Path, faces: Path, excluded: Mapping[str, Sequence[str] | Literal["all"]] | None = None
) -> ConfirmedPeople:
    """Return who of the subjects in `data/faces` is one person, as a file says.

    `excluded` has the subjects of each source, by its prefix, who are in no table because params.yaml excludes them.

    Raises:
        CorpusError: the file is missing, a line of it breaks a rule or names a subject that no source has.
        DatasetError: a table is missing, damaged, or of another schema.
    """
    pairs = read_pairs(path)
    if not pairs:
        return ConfirmedPeople()
    known = _subjects(faces)
    named = {name for pair in pairs for name in pair.subjects}
    gone = {name for name in named - known if _is_excluded(name, excluded or {})}
    _check_known(pairs, known | gone)
    left = tuple(pair.where for pair in pairs if gone & set(pair.subjects))
    return ConfirmedPeople(
        tuple(pair for pair in pairs if not gone & set(pair.subjects)), _persons(pairs, gone), left
    )


def _is_excluded(subject: str, excluded: Mapping[str, Sequence[str] | Literal["all"]]) -> bool:
    """Say whether a subject that no table has is excluded: of the source with the longest prefix that fits."""
    own = max((prefix for prefix in excluded if subject.startswith(prefix)), key=len, default=None)
    return own is not None and (excluded[own] == "all" or subject in excluded[own])


def _persons(pairs: Iterable[ConfirmedPair], gone: set[str]) -> dict[str, str]:
    """Return the person of each subject who is there, and is one with another who is."""
    names: dict[str, list[str]] = {}
    for subject, person in person_names(pair.subjects for pair in pairs).items():
        if subject not in gone:
            names.setdefault(person, []).append(subject)
    return {subject: min(own) for own in names.values() if len(own) > 1 for subject in own}


def _subjects(faces: Path) -> set[str]:
    known: set[str] = set()
    for table in iterate_rows(faces, ["subject_id"]):
        known.update(pc.unique(table["subject_id"]).to_pylist())
    return known


def _check_known(pairs: Iterable[ConfirmedPair], known: set[str]) -> None:
    for pair in pairs:
        for name, subject in zip(COLUMNS, pair.subjects, strict=False):
            if subject not in known:
                meant = closest(subject, sorted(known))
                remedy = f"Did you mean {quoted(meant)}?" if meant else "Correct it or take the line out."
                raise CorpusError(
                    f"{pair.where}: {name} ({quoted(subject)}) must be a subject of the sources, as it is "
                    f"published, with its prefix. {remedy}"
                )
