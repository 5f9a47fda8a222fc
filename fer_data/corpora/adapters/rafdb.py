"""RAF-DB, basic emotions: one list for both splits, and the pictures as found or aligned.

::

    EmoLabel/list_patition_label.txt              train_00001.jpg 5
    Image/aligned/train_00001_aligned.jpg
    Image/original/train_00001.jpg                Annotation/boundingbox/train_00001_boundingbox.txt
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_data.core.labels.tasks import EXPRESSION, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.listed import Box, OpenedList, box_of
from fer_data.corpora.contents import read_content
from fer_data.corpora.given import ClassTable, CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.labels import content_lines, parse_number
from fer_data.corpora.named_files import check_root, find_named, unknown_release
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_lists import Listed, listed_pictures
from fer_data.errors import CorpusError, LabelFileError
from fer_data.params.source import RafDbSection, SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import LIST_BYTES

__all__ = ["RAFDB"]

_TABLE = ClassTable(
    {
        "1": "Surprise", "2": "Fear", "3": "Disgust", "4": "Happiness", "5": "Sadness", "6": "Anger", "7": "Neutral",
    }
)  # fmt: skip
_LISTS = tuple(
    f"{folder}EmoLabel/{name}.txt"
    for folder in ("", "basic/")
    for name in ("list_patition_label", "list_partition_label")
)
_NAME = re.compile(r"((train|test)_[0-9]{1,9})(?:_aligned)?\.jpg", re.ASCII)
_EXPECTED = (
    "EmoLabel/list_patition_label.txt, with Image/aligned/ or Image/original/. A copy with a folder a class is read "
    "with corpus: pictures"
)
_BOXES = "Annotation/boundingbox"
_BOX_BYTES = 4096
_SPLITS: dict[str, SplitName] = {"train": "train", "test": "test"}


@dataclass(frozen=True, slots=True)
class _RafDb:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedList:
        """Return the folder, opened, with the pictures that the source asks for."""
        check_root(root, source)
        file = next((name for name in _LISTS if (root / name).is_file()), None)
        if file is None:
            raise unknown_release("RAF-DB", root, find_named(root, {}), _EXPECTED)
        base = file.removesuffix(file[file.index("EmoLabel") :])
        images = source.own(RafDbSection).images
        if not (root / base / "Image" / images).is_dir():
            raise _no_images(root / base, source, images)
        lines = listed_pictures(_lines(root, file, f"{base}Image/{images}"), 2)
        boxes = f"{base}{_BOXES}" if images == "original" else None
        opening = tuple(_no_boxes(root, boxes)) if boxes else ()
        reader = _Reader(root, None if opening else boxes)
        return OpenedList(
            lines, reader.read, _TABLE.classes, on_error, opening, known=dict.fromkeys(_SPLITS, 0)
        )


def _no_images(base: Path, source: SourceParams, images: str) -> CorpusError:
    other = "original" if images == "aligned" else "aligned"
    found = (base / "Image" / other).is_dir()
    remedy = f"Set it to {other}, which is there, or unpack" if found else "Unpack"
    return CorpusError(
        f"{source.key('images')} ({images}) needs the folder Image/{images}, which is not there. {remedy} the archive "
        "of these pictures.",
        rule="unknown-release",
    )


def _lines(root: Path, file: str, images: str) -> Iterator[Listed]:
    """Yield the lines of the list; the values are the code of the expression and the name of the picture."""
    suffix = "_aligned.jpg" if images.endswith("aligned") else ".jpg"
    for number, line in enumerate(content_lines(read_content(root, file, LIST_BYTES), file), 1):
        name, _, code = line.partition(" ")
        match = _NAME.fullmatch(name)
        if line and match is None:
            raise LabelFileError(
                f"Picture {name[:40]!a} must be train_NUMBER.jpg or test_NUMBER.jpg, which says its split. Restore the "
                "authors' file.",
                rule="label-line",
                file=file,
                line=number,
            )
        if match is not None:
            yield Listed(f"{images}/{match[1]}{suffix}", file, number, (code.strip(), match[1]))


def _no_boxes(root: Path, boxes: str) -> Iterator[Finding]:
    if not (root / boxes).is_dir():
        message = f"There is no folder {boxes}, so among several faces the largest near the middle is taken."
        yield Finding("no-boxes", Severity.WARNING, message)


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Path
    boxes: str | None

    def read(self, line: Listed, odd: OddityCounts) -> GivenRow:
        code, name = line.values
        expression = _TABLE.codes.get(code)
        if expression is None:
            message = "The expression is none of 1 to 7, and is left out."
            odd.add(Finding("label-out-of-range", Severity.ERROR, message, line.file, line.line))
        split = _SPLITS[name.partition("_")[0]]
        box = self._box(f"{self.boxes}/{name}_boundingbox.txt", odd) if self.boxes else None
        return GivenRow(line.path, split, GivenLabels(expression), box=box)

    def _box(self, file: str, odd: OddityCounts) -> Box | None:
        """Return the box of a picture; None, noted, where its file is missing."""
        if not (self.root / file).exists():
            message = "The picture has no box, so among several faces the largest near the middle is taken."
            odd.add(Finding("no-boxes", Severity.WARNING, message, file))
            return None
        corners = (
            b" ".join(read_content(self.root, file, _BOX_BYTES).split()).decode("ascii", "replace").split()
        )
        try:
            if len(corners) != 4:
                raise ValueError(f"{len(corners)} number(s), expected 4")  # noqa: TRY301
            return box_of([parse_number(corner) for corner in corners])
        except ValueError as error:
            raise CorpusError(f"{error}. Restore the authors' file.", rule="label-line", file=file) from error


RAFDB = _RafDb(
    CorpusKind("rafdb", "RAF-DB", "pictures", (EXPRESSION,), _TABLE, totals={"train": 12_271, "test": 3_068})
)
