"""ExpW: one list with a line a face, several faces in many pictures.

::

    label/label.lst      image_name face_id top left right bottom confidence label
    image/origin/        angry_actor_104.jpg
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.listed import OpenedList, box_of
from fer_data.corpora.contents import read_content
from fer_data.corpora.given import ClassTable, CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.labels import content_lines, parse_number, parse_whole
from fer_data.corpora.named_files import check_root, find_named, unknown_release
from fer_data.corpora.names import check_path
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_lists import Listed, listed_pictures
from fer_data.errors import LabelFileError
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import LIST_BYTES

__all__ = ["EXPW"]

_TABLE = ClassTable(
    {
        "0": "Anger", "1": "Disgust", "2": "Fear", "3": "Happiness", "4": "Sadness", "5": "Surprise", "6": "Neutral",
    }
)  # fmt: skip
_LISTS = ("label/label.lst", "label.lst")
_IMAGES = ("image/origin", "origin", "image")
_EXPECTED = "label/label.lst, with the pictures in image/origin/"
_NUMBERS = 7
"""Behind the name of a picture, which may have blanks."""


@dataclass(frozen=True, slots=True)
class _ExpW:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedList:
        """Return the folder, opened; it has no splits, so all of it is for training."""
        check_root(root, source)
        file = next((name for name in _LISTS if (root / name).is_file()), None)
        images = next((name for name in _IMAGES if (root / name).is_dir()), None)
        if file is None or images is None:
            raise unknown_release("ExpW", root, find_named(root, {}), _EXPECTED)
        lines = listed_pictures(_lines(root, file, images), _NUMBERS)
        return OpenedList(
            lines, _read, _TABLE.classes, on_error, parts=lambda _: ("faces",), known={"faces": 0}
        )


def _lines(root: Path, file: str, images: str) -> Iterator[Listed]:
    for number, line in enumerate(content_lines(read_content(root, file, LIST_BYTES), file), 1):
        name, *values = line.rsplit(maxsplit=_NUMBERS) or [""]
        if not line:
            continue
        if len(values) != _NUMBERS:
            raise LabelFileError(
                f"The line has {len(line.split())} field(s), expected 8: image, face, top, left, right, bottom, "
                "confidence and label. Restore the authors' file.",
                rule="label-line",
                file=file,
                line=number,
            )
        yield Listed(f"{images}/{check_path(name, file=file, line=number)}", file, number, tuple(values))


def _read(line: Listed, odd: OddityCounts) -> GivenRow:
    face, *numbers, code = line.values
    top, left, right, bottom, _ = map(parse_number, numbers)
    expression = _TABLE.codes.get(code)
    if expression is None:
        message = "The expression is none of 0 to 6, and is left out."
        odd.add(Finding("label-out-of-range", Severity.ERROR, message, line.file, line.line))
    return GivenRow(
        line.path,
        "train",
        GivenLabels(expression),
        face=str(parse_whole(face)),
        box=box_of((left, top, right, bottom)),
    )


EXPW = _ExpW(CorpusKind("expw", "ExpW", "pictures", (EXPRESSION,), _TABLE, totals={"faces": 91_793}))
