"""Corpora whose pictures are listed: each line becomes a row, those of one picture are brought together."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fer_data.core.labels.tasks import SPLITS
from fer_data.corpora.adapter import OnError
from fer_data.corpora.given import GivenLabels, GivenRow
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_lists import Listed, PictureList
from fer_data.errors import CorpusError
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.suggestions import ended

__all__ = ["Box", "OpenedList", "RowReader", "box_of"]

_CHUNK = 4096
_MAX_ERRORS = 20
"""Wrong lines that are errors of their own; more are counted."""

Box = tuple[float, float, float, float]
RowReader = Callable[[Listed, OddityCounts], GivenRow]
"""Makes a row of a line, and notes what is odd about it; a `ValueError` says that the line is wrong."""


def _split_alone(row: GivenRow) -> Iterable[str]:
    return (row.split,)


@dataclass(slots=True, eq=False)
class OpenedList:
    """The pictures of a corpus by its lists, sorted by their paths.

    Attributes:
        lines: of all lists.
        read: what makes a row of a line.
        classes: in the order of the corpus.
        on_error: what to do with a wrong line.
        opening: what is odd about the folder and the lists.
        parts: of the corpus that a row counts for.
        known: all these parts with what counts for them before any row, so that none is left out.
        findings: all that is odd.
        found: rows by part.
    """

    lines: PictureList
    read: RowReader
    classes: Sequence[str]
    on_error: OnError
    opening: Sequence[Finding] = ()
    parts: Callable[[GivenRow], Iterable[str]] = _split_alone
    known: Mapping[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    videos: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Sequence[GivenRow]]:
        """Yield the faces in the order of their pictures' paths."""
        odd, errors = OddityCounts(), 0
        self.found = Counter(self.known)
        chunk: list[GivenRow] = []
        for lines in self.lines.pictures():
            try:
                chunk += self._faces(lines, odd)
            except CorpusError as error:
                errors += 1
                if errors <= _MAX_ERRORS:
                    self.on_error(error)
                else:
                    odd.add(Finding(error.rule, Severity.ERROR, error.text, error.file, error.line))
            if len(chunk) >= _CHUNK:
                yield self._counted(chunk)
                chunk = []
        if chunk:
            yield self._counted(chunk)
        self.findings = [*self.opening, *odd.findings()]

    def _counted(self, chunk: list[GivenRow]) -> list[GivenRow]:
        for row in chunk:
            self.found.update(self.parts(row))
        return chunk

    def _row(self, line: Listed, odd: OddityCounts) -> GivenRow:
        """Return the row of a line; what is wrong with it is said with its place."""
        try:
            return self.read(line, odd)
        except ValueError as error:
            raise _wrong(f"{ended(error)} Correct it.", "label-line", line) from error
        except CorpusError as error:
            if error.file is not None:
                raise
            raise _wrong(error.text, error.rule, line) from error

    def _faces(self, lines: Sequence[Listed], odd: OddityCounts) -> list[GivenRow]:
        """Return the faces of one picture: a line each, or one for all lines that name the same box or none."""
        if len(lines) == 1:
            row = self._row(lines[0], odd)
            return [replace(row, face="") if row.face else row]
        read = [self._row(line, odd) for line in lines]
        split = max((row.split for row in read), key=SPLITS.index)
        if any(row.split != split for row in read):
            message = (
                "A picture is listed in several splits; it is taken in the one that is kept from training."
            )
            odd.add(_at("picture-in-two-splits", Severity.ERROR, message, lines[0]))
        by_face: dict[tuple[str, Box | None], GivenRow] = {}
        for row, line in zip(read, lines, strict=True):
            face = row.face, row.box
            first = by_face.setdefault(face, row)
            if first.labels != row.labels or first.person != row.person:
                by_face[face] = replace(first, labels=GivenLabels())
                message = (
                    "A line says something else of a face than an earlier one; the face is not labelled."
                )
                odd.add(_at("contradicting-rows", Severity.ERROR, message, line))
            elif first is not row:
                message = "A line repeats an earlier one; it counts once."
                odd.add(_at("duplicate-rows", Severity.WARNING, message, line))
        faces = list(by_face.values())
        return [
            replace(row, split=split, face=name) for row, name in zip(faces, _face_names(faces), strict=True)
        ]


def _face_names(rows: Sequence[GivenRow]) -> list[str]:
    """Return what tells the faces of a picture apart: as the corpus names them where it does, else their numbers."""
    names = [row.face for row in rows]
    if len(rows) == 1:
        return [""]
    return names if all(names) and len(set(names)) == len(names) else [str(n) for n in range(len(rows))]


def _wrong(text: str, rule: str, line: Listed) -> CorpusError:
    return CorpusError(text, rule=rule, file=line.file or line.path, line=line.line or None)


def _at(rule: str, severity: Severity, message: str, line: Listed) -> Finding:
    return Finding(rule, severity, message, line.file, line.line)


def box_of(corners: Sequence[float]) -> Box:
    """Return a box (x_min, y_min, x_max, y_max) that has an area.

    Raises:
        ValueError: it has none.
    """
    x_min, y_min, x_max, y_max = corners
    if not (x_min < x_max and y_min < y_max):
        shown = ", ".join(f"{corner:g}" for corner in corners)
        raise ValueError(f"box ({shown}) must be x_min, y_min, x_max, y_max in px, with an area")
    return x_min, y_min, x_max, y_max
