"""Lines that are kept by hand and name people: a source's `decisions`, and `dataset.same_person`."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fer_data.core.labels.same_person import person_names
from fer_data.errors import CorpusError
from fer_data.shell.files.atomic import file_sha256, rewrite
from fer_data.shell.files.csv_lines import line_bytes, numbered_rows
from fer_data.shell.files.reading import LIST_BYTES, read_regular

__all__ = ["HandFile", "hand_files", "other_names"]


@dataclass(frozen=True, slots=True)
class HandFile:
    """One such file.

    Attributes:
        path: of the file.
        removed: numbers of the lines that go.
        kept: numbers of those that name people and stay, because they say whom the other person of a video is not.
        sha256: of the file in which they have these numbers.
    """

    path: Path
    removed: tuple[int, ...]
    kept: tuple[int, ...]
    sha256: str

    def write(self) -> None:
        """Take the lines out, and leave all others byte for byte.

        Raises:
            CorpusError: the file is another one by now, in which other lines have these numbers.
        """
        if not self.removed:
            return
        content = read_regular(self.path, LIST_BYTES)
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise CorpusError(
                f"{self.path} has changed since its lines were listed, and is left as it is. "
                "Run the same command again."
            )
        kept = (line for n, line in enumerate(line_bytes(content), 1) if n not in self.removed)
        rewrite(self.path, b"".join(kept))


def hand_files(
    decisions: Path, same_person: Path | None, gone: Callable[[str], bool], alone: Callable[[str], bool]
) -> list[HandFile]:
    """Return what both files have about people who are `gone`; `alone` says whether a video shows nobody else."""
    found = []
    for path, columns in ((decisions, ("subject_id",)), (same_person, ("subject_a", "subject_b"))):
        if path is None or not path.is_file():
            continue
        sha256 = file_sha256(path)  # before its lines are read: one that changes meanwhile is noticed
        named = [
            (number, row) for number, row in _rows(path) if any(gone(row.get(name, "")) for name in columns)
        ]
        kept = [
            number
            for number, row in named
            if columns == ("subject_id",) and not alone(row.get("video_id", ""))
        ]
        removed = tuple(number for number, _ in named if number not in kept)
        found.append(HandFile(path, removed, tuple(kept), sha256))
    return [one for one in found if one.removed or one.kept]


def other_names(same_person: Path | None, gone: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the subjects who are confirmed to be one person with somebody who is `gone`, and are not gone themselves.

    Pairs count over any number of others; a file that breaks a rule is left to the stages, which name the line.
    """
    if same_person is None or not same_person.is_file():
        return ()
    pairs = ((row.get("subject_a", ""), row.get("subject_b", "")) for _, row in _rows(same_person))
    persons = person_names(pair for pair in pairs if all(pair))
    whole = {person for subject, person in persons.items() if gone(subject)}
    return tuple(subject for subject, person in persons.items() if person in whole and not gone(subject))


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return each row with the number of its line; a row over several lines is none of ours, and is left alone."""
    (_, first), *rows = numbered_rows(path, strict=False)
    header = [cell.strip() for cell in first]
    return [
        (lines.start, dict(zip(header, (cell.strip() for cell in row), strict=False)))
        for lines, row in rows
        if len(lines) == 1
    ]
