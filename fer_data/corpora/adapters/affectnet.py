"""AffectNet: lists of pictures (csv), or a few numpy files beside each picture (npy).

::

    Manually_Annotated_file_lists/training.csv    one line a picture
    Manually_Annotated_Images/689/737d...jpg

    train_set/images/12.jpg
    train_set/annotations/12_exp.npy, 12_val.npy, 12_aro.npy
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_data.core.labels.tasks import EXPRESSION, VALENCE_AROUSAL, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.affectnet_files import annotated_pictures, read_number
from fer_data.corpora.adapters.listed import Box, OpenedList, box_of
from fer_data.corpora.adapters.picture_folders import is_picture
from fer_data.corpora.contents import corpus_error
from fer_data.corpora.given import ClassTable, CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.labels import parse_number
from fer_data.corpora.named_files import check_root, find_named, unknown_release
from fer_data.corpora.names import check_path
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_lists import Listed, listed_pictures
from fer_data.corpora.table_files import read_header, read_rows
from fer_data.errors import CorpusError, ReadingError
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import read_head

__all__ = ["AFFECTNET"]

_TABLE = ClassTable(
    {
        "0": "Neutral", "1": "Happiness", "2": "Sadness", "3": "Surprise", "4": "Fear", "5": "Disgust", "6": "Anger",
        "7": "Contempt", "8": "None", "9": "Uncertain", "10": "No-Face",
    },
    unknown=frozenset({"None", "Uncertain"}),
    no_face=frozenset({"No-Face"}),
)  # fmt: skip
_FIRST_BYTES = 4096
_MISSING = -2.0
"""What stands for valence and arousal where nobody could judge them."""

_EXPECTED = (
    "Manually_Annotated_file_lists/training.csv and validation.csv with Manually_Annotated_Images/, or train_set/ and "
    "val_set/ with images/ and annotations/ (*_exp.npy, *_val.npy, *_aro.npy)"
)
_LISTS: Mapping[str, SplitName] = {"training": "train", "validation": "validation"}
_LIST_FOLDERS = ("Manually_Annotated_file_lists", "Manually_Annotated", ".")
_IMAGE_FOLDERS = (
    "Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images",
    "Manually_Annotated_compressed/Manually_Annotated_Images", "Manually_Annotated",
)  # fmt: skip
_HEADER = (
    "subDirectory_filePath", "face_x", "face_y", "face_width", "face_height", "facial_landmarks", "expression",
    "valence", "arousal",
)  # fmt: skip
_SETS: Mapping[str, SplitName] = {"train_set": "train", "val_set": "validation"}
_AUTOMATIC = "Automatically_Annotated_file_lists"
_SEVEN, _EIGHT = _TABLE.classes[:7], _TABLE.classes


@dataclass(frozen=True, slots=True)
class _AffectNet:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedList:
        """Return the folder of either release, opened."""
        check_root(root, source)
        lists = _lists(root)
        sets = [name for name in _SETS if (root / name / "annotations").is_dir()]
        if lists and sets:
            raise CorpusError(
                f"{root} holds two releases of AffectNet, {lists[0]} and {sets[0]}. Set {source.key('root')} to the "
                "folder of one.",
                rule="unknown-release",
            )
        if not lists and not sets:
            raise _unknown(root)
        return _open_lists(root, lists, on_error) if lists else _open_sets(root, sets, on_error)


def _unknown(root: Path) -> CorpusError:
    if (root / "labels.csv").is_file() and "relFCs" in read_header(root, "labels.csv"):
        return CorpusError(
            f"{root} is a copy of AffectNet at 96 px whose labels a program corrected. Get the release of its authors, "
            "or read it with corpus: pictures, by which its labels count as machine-made and never score.",
            rule="unknown-release",
        )
    return unknown_release("AffectNet", root, find_named(root, {}), _EXPECTED)


def _lists(root: Path) -> list[str]:
    """Return the lists of the csv release."""
    for folder in _LIST_FOLDERS:
        found = [f"{folder}/{name}.csv".removeprefix("./") for name in _LISTS]
        if found := [file for file in found if (root / file).is_file()]:
            return found
    return []


def _open_lists(root: Path, lists: Sequence[str], on_error: OnError) -> OpenedList:
    images = next((name for name in _IMAGE_FOLDERS if (root / name).is_dir()), None)
    if images is None:
        raise CorpusError(
            f"{lists[0]} lists pictures, but there is no folder {_IMAGE_FOLDERS[0]} with them. Unpack the archives of "
            "the pictures there.",
            rule="unknown-release",
        )
    lines = listed_pictures(
        (line for file in lists for line in _lines(root, file, images)), len(_COLUMNS) - 1
    )
    parts = {split: name for name, split in _LISTS.items()}
    return OpenedList(
        lines,
        _read_line,
        _TABLE.classes,
        on_error,
        tuple(_left_out(root)),
        _Parts(parts).of,
        _known(_LISTS),
    )


_COLUMNS = {name: name for name in _HEADER if name != "facial_landmarks"}


def _lines(root: Path, file: str, images: str) -> Iterator[Listed]:
    """Yield the lines of a list; the one of validation has no header in some copies."""
    headless = is_picture(_first_field(root, file))
    for line, (path, *values) in read_rows(root, file, _COLUMNS, _HEADER if headless else None):
        yield Listed(f"{images}/{check_path(path, file=file, line=line)}", file, line, tuple(values))


def _first_field(root: Path, file: str) -> str:
    try:
        return read_head(root / file, _FIRST_BYTES).partition(b",")[0].decode("utf-8", "replace")
    except ReadingError as error:
        raise corpus_error(error, file) from error


def _read_line(line: Listed, odd: OddityCounts) -> GivenRow:
    split = next(split for name, split in _LISTS.items() if line.file.endswith(f"{name}.csv"))
    labels = _labels(line.values[4:], (line.file, line.line), odd)
    return GivenRow(line.path, split, labels, box=_box(line.values[:4]))


def _box(texts: Sequence[str]) -> Box | None:
    """Return the box of a face; None where it has no area, as pictures without a face have none."""
    x, y, width, height = map(parse_number, texts)
    return box_of((x, y, x + width, y + height)) if width > 0 and height > 0 else None


def _labels(texts: Sequence[str], place: tuple[str, int | None], odd: OddityCounts) -> GivenLabels:
    """Return the labels of a picture by code, valence and arousal; a code that is none is noted, -2 is no valence."""
    code, valence, arousal = map(parse_number, texts)
    expression = _TABLE.codes.get(f"{code:g}")
    if expression is None:
        message = "The expression is none of 0 to 10, and is left out."
        odd.add(Finding("label-out-of-range", Severity.ERROR, message, *place))
    return GivenLabels(
        expression,
        valence=None if valence == _MISSING else valence,
        arousal=None if arousal == _MISSING else arousal,
    )


def _open_sets(root: Path, sets: Sequence[str], on_error: OnError) -> OpenedList:
    odd = OddityCounts()
    lines = listed_pictures((line for name in sets for line in annotated_pictures(root, name, odd)), 1)
    return OpenedList(
        lines,
        _SetReader(root).read,
        _TABLE.classes,
        on_error,
        (*_left_out(root), *odd.findings()),
        _Parts({split: name for name, split in _SETS.items()}).of,
        _known(_SETS),
    )


@dataclass(frozen=True, slots=True)
class _SetReader:
    root: Path

    def read(self, line: Listed, odd: OddityCounts) -> GivenRow:
        (start,) = line.values
        split = _SETS[line.path.partition("/")[0]]
        if not start:
            return GivenRow(line.path, split, GivenLabels())
        texts = [read_number(self.root, f"{start}_{name}.npy") for name in ("exp", "val", "aro")]
        return GivenRow(line.path, split, _labels(texts, (f"{start}_exp.npy", None), odd))


def _left_out(root: Path) -> Iterator[Finding]:
    if (root / _AUTOMATIC).is_dir():
        message = "Its labels were made by a program; they are not read."
        yield Finding("machine-labels", Severity.INFO, message, _AUTOMATIC)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Counts rows by part, and those of the seven and eight classes apart, because both numbers go round."""

    names: Mapping[SplitName, str]

    def of(self, row: GivenRow) -> Iterable[str]:
        part, expression = self.names[row.split], row.labels.expression
        yield part
        if expression in _EIGHT:
            yield f"{part}, 8 classes"
        if expression in _SEVEN:
            yield f"{part}, 7 classes"


def _known(parts: Iterable[str]) -> dict[str, int]:
    return {f"{part}{more}": 0 for part in parts for more in ("", ", 8 classes", ", 7 classes")}


AFFECTNET = _AffectNet(
    CorpusKind(
        "affectnet",
        "AffectNet",
        "pictures",
        (EXPRESSION, VALENCE_AROUSAL),
        _TABLE,
        totals={
            "training": 414_799,
            "training, 8 classes": 287_651,
            "training, 7 classes": 283_901,
            "validation": 5_500,
            "validation, 8 classes": 4_000,
            "validation, 7 classes": 3_500,
            "train_set": 287_651,
            "train_set, 8 classes": 287_651,
            "train_set, 7 classes": 283_901,
            "val_set": 3_999,
            "val_set, 8 classes": 3_999,
        },
    )
)
