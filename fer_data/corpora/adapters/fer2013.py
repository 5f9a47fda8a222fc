"""FER2013, whose pictures are rows of pixels in a csv file, with the votes of FER+ where they lie beside it.

::

    fer2013.csv       emotion,pixels,Usage                    (or icml_face_data.csv: emotion, Usage, pixels)
    fer2013new.csv    Usage,Image name,neutral,...,unknown,NF    the same rows in the same order
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path, PurePosixPath

from fer_data.core.labels.tasks import EXPRESSION, SplitName
from fer_data.core.labels.votes import FERPLUS, ferplus_majority
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.listed import OpenedList
from fer_data.corpora.given import ClassTable, CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.labels import parse_whole
from fer_data.corpora.named_files import check_root, find_named, unknown_release
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_lists import Listed, listed_pictures
from fer_data.corpora.pixel_rows import pixel_row
from fer_data.corpora.table_files import Row, read_rows
from fer_data.errors import LabelFileError
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["FER2013"]

_CODES = {
    "0": "Anger", "1": "Disgust", "2": "Fear", "3": "Happiness", "4": "Sadness", "5": "Surprise", "6": "Neutral",
}  # fmt: skip
_VOTES = {
    "neutral": "Neutral", "happiness": "Happiness", "surprise": "Surprise", "sadness": "Sadness", "anger": "Anger",
    "disgust": "Disgust", "fear": "Fear", "contempt": "Contempt", "unknown": "unknown", "NF": "NF",
}  # fmt: skip
_UNKNOWN, _NO_FACE = "unknown", "NF"
_TABLE = ClassTable({**_CODES, **_VOTES}, frozenset({_UNKNOWN}), frozenset({_NO_FACE}))
"""What either file writes: the codes of FER2013, then the columns of FER+."""

_WITHOUT_VOTES = ClassTable(_CODES).classes
_SPLITS: Mapping[str, SplitName] = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
_USAGES = {split: usage for usage, split in _SPLITS.items()}
_FILES = tuple(f"{folder}{name}.csv" for folder in ("", "fer2013/") for name in ("fer2013", "icml_face_data"))
_VOTE_FILES = ("fer2013new.csv", "fer2013/fer2013new.csv", "FERPlus/fer2013new.csv", "data/fer2013new.csv")
_COLUMNS = {name: name for name in ("Usage", "emotion", "pixels")}
_VOTE_COLUMNS = {name: name for name in ("Usage", "Image name", *_VOTES)}
_EXPECTED = (
    "fer2013.csv (or icml_face_data.csv), with fer2013new.csv beside it for the votes of FER+. A copy with a folder a "
    "class is read with corpus: pictures"
)


@dataclass(frozen=True, slots=True)
class _Fer2013:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedList:
        """Return the rows of the csv file, with votes where there are some."""
        check_root(root, source)
        file = next((name for name in _FILES if (root / name).is_file()), None)
        if file is None:
            raise unknown_release("FER2013", root, find_named(root, {}), _EXPECTED)
        votes = next((name for name in _VOTE_FILES if (root / name).is_file()), None)
        dropped: Counter[str] = Counter()
        rows = _voted(root, file, votes, dropped) if votes else _plain(root, file)
        lines = listed_pictures(rows, 2)
        classes = _TABLE.classes if votes else _WITHOUT_VOTES
        opening = tuple(_dropped(votes, dropped)) if votes else ()
        known = {usage: dropped[usage] for usage in _SPLITS}
        return OpenedList(lines, _read, classes, on_error, opening, lambda row: (_USAGES[row.split],), known)


def _plain(root: Path, file: str) -> Iterator[Listed]:
    for line, (usage, code, _) in read_rows(root, file, _COLUMNS):
        yield Listed(pixel_row(file, line), file, line, (usage, code))


def _voted(root: Path, file: str, votes: str, dropped: Counter[str]) -> Iterator[Listed]:
    """Yield the rows of both files; FER+ dropped those that have no name in it."""
    pairs = zip_longest(read_rows(root, file, _COLUMNS), read_rows(root, votes, _VOTE_COLUMNS))
    for own, other in pairs:
        line, vote_line = _aligned(own, other, file, votes)
        usage, name, *counts = other[1] if other else ("", "")
        if name:
            yield Listed(pixel_row(file, line), votes, vote_line, (usage, ",".join(counts)))
        else:
            dropped[usage] += 1


def _aligned(own: Row | None, other: Row | None, file: str, votes: str) -> tuple[int, int]:
    """Return the lines of a row in both files.

    Raises:
        LabelFileError: one has more rows, or they are of different parts: they are not aligned.
    """
    if own is None or other is None:
        longer, line = (file, own[0]) if own else (votes, other[0] if other else 0)
        raise LabelFileError(
            f"{file} and {votes} must have the same rows in the same order, but this row is in {longer} alone. Restore "
            "both.",
            rule="rows-differ",
            file=longer,
            line=line,
        )
    if own[1][0] != other[1][0]:
        raise LabelFileError(
            f"Its Usage is {other[1][0][:20]!a}, and that of the same row of {file} {own[1][0][:20]!a}. Restore both.",
            rule="rows-differ",
            file=votes,
            line=other[0],
        )
    return own[0], other[0]


def _dropped(votes: str, dropped: Mapping[str, int]) -> Iterator[Finding]:
    if count := sum(dropped.values()):
        message = f"{count:,} picture(s) have no name there: FER+ dropped them, and they have no row."
        yield Finding("dropped-pictures", Severity.INFO, message, votes)


def _read(line: Listed, odd: OddityCounts) -> GivenRow:
    usage, text = line.values
    if usage not in _SPLITS:
        raise ValueError(f"Usage ({usage[:20]!a}) must be {', '.join(_SPLITS)}")
    voted = line.file.endswith("new.csv")
    return GivenRow(
        line.path, _SPLITS[usage], _votes(text.split(","), line) if voted else _label(text, line, odd)
    )


def _label(code: str, line: Listed, odd: OddityCounts) -> GivenLabels:
    if code not in _CODES:
        message = "The emotion is none of 0 to 6, and is left out."
        odd.add(Finding("label-out-of-range", Severity.ERROR, message, line.file, line.line))
    return GivenLabels(_CODES.get(code))


def _votes(counts: Sequence[str], line: Listed) -> GivenLabels:
    """Return the votes of a picture, and what most raters of FER+ saw in it."""
    votes = dict(zip(_VOTES.values(), map(parse_whole, counts), strict=True))
    if min(votes.values()) < 0:
        raise ValueError(f"votes ({', '.join(counts)}) must be 0 or more in {PurePosixPath(line.file).name}")
    return GivenLabels(ferplus_majority(votes, _UNKNOWN), votes=votes, source="voted", rule=FERPLUS)


FER2013 = _Fer2013(
    CorpusKind(
        "fer2013",
        "FER2013",
        "pictures",
        (EXPRESSION,),
        _TABLE,
        totals={"Training": 28_709, "PublicTest": 3_589, "PrivateTest": 3_589},
    )
)
