"""Which files of a corpus folder are videos, annotations or strays."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from fer_data.core.labels.tasks import SplitName, Task
from fer_data.corpora.contents import corpus_error
from fer_data.corpora.editions import Place, place_of, split_word, task_word
from fer_data.corpora.labels import Header, parse_header
from fer_data.corpora.lists import LOCATION_HEADERS, MTL_HEADER, SAMPLE_HEADER
from fer_data.corpora.names import is_image_location, is_legible
from fer_data.errors import CorpusError, LabelFileError, ReadingError
from fer_data.media.suffixes import media_kind
from fer_data.params.source import AffWild2Section, SourceLayout, SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.outputs import OWN_FILES
from fer_data.shell.files.places import found_at
from fer_data.shell.files.reading import read_head
from fer_data.shell.files.walking import match_files, walk_files
from fer_data.shell.shown import printable

__all__ = ["ARCHIVE_RECORD", "OUR_FILES", "AnnotationFile", "Layout", "read_layout"]

_FIRST_BYTES = 4096
ARCHIVE_RECORD = ".fer-data-archive.json"
"""What `fer-data unpack` leaves in a folder to know it again."""

OUR_FILES = frozenset({ARCHIVE_RECORD, *OWN_FILES})
"""What we leave in a folder that we fill; nothing of a corpus."""

Kind = Literal["labels", "multi_task_list", "test_list", "sample_file"]
Part = Literal["video", "picture", "unread", "text", "stray", "misnamed", "ours"]


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """One file with annotations or subject names.

    Attributes:
        path: relative to the corpus root, with forward slashes.
        kind: what its contents are.
        task: null where neither contents nor names say it.
        split: null where no name says it.
        edition: number of the ABAW challenge; null where no name says it.
        collection: the folder that holds the edition's annotations.
        names: classes, units or dimensions that the header of a label file names; empty in other files.
    """

    path: str
    kind: Kind
    task: Task | None
    split: SplitName | None
    edition: int | None
    collection: str
    names: tuple[str, ...]

    @property
    def stem(self) -> str:
        """File name without its last suffix: a subject, for a label file."""
        return PurePosixPath(self.path).name.rsplit(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a corpus folder holds; every path is relative to the root, everything sorted by it.

    Attributes:
        videos: video files.
        annotations: label files, lists and sample files.
        strays: files that are none of these.
        pictures: folders with pictures, and how many.
        refused: what cannot be read and is not known to matter.
        refused_annotations: files in the place of annotations that cannot be read, and annotations and videos whose
            names are no plain text, an error each.
        unread: files that look like videos or pictures, of kinds that nothing here reads.
    """

    videos: tuple[str, ...]
    annotations: tuple[AnnotationFile, ...]
    strays: tuple[str, ...]
    pictures: tuple[tuple[str, int], ...]
    refused: tuple[Finding, ...] = ()
    refused_annotations: tuple[CorpusError, ...] = ()
    unread: tuple[str, ...] = ()


def read_layout(root: Path, source: SourceParams) -> Layout:
    """Return what the files under `root` are, by the organisers' layouts or by the user's own.

    Raises:
        CorpusError: the root is no folder, or a glob of `source.layout` finds nothing.
    """
    if not root.is_dir():
        raise CorpusError(
            f"{source.key('root')} ({root}) must be an existing folder, but {found_at(root)}. Name the folder of the "
            "corpus."
        )
    own = source.own(AffWild2Section).layout
    return _organisers_layout(root) if own is None else _own_layout(root, source, own)


def _organisers_layout(root: Path) -> Layout:
    found: dict[str, list[PurePosixPath]] = defaultdict(list)
    pictures: Counter[str] = Counter()
    skipped: list[Finding] = []

    def skip(folder: str, rule: str, message: str) -> None:
        severity = Severity.WARNING if rule == "link-loop" else Severity.ERROR
        skipped.append(Finding(rule, severity, message, file=printable(folder)))

    for path in walk_files(root, skip, enter=lambda name: not _is_skipped(name)):
        part = _part(root, path)
        if part == "picture":
            pictures[str(path.parent)] += 1
        else:
            found[part].append(path)
    read = _read_texts(root, found["text"])
    strays = [printable(str(path)) for path in found["stray"]] + read.strays
    misnamed = [_unprintable(str(path)) for path in found["misnamed"]]
    return Layout(
        tuple(sorted(map(str, found["video"]))),
        _one_edition_a_collection(read.annotations),
        tuple(sorted(strays)),
        tuple(sorted(pictures.items())),
        (*skipped, *read.refused),
        (*misnamed, *read.refused_annotations),
        tuple(map(str, found["unread"])),
    )


def _part(root: Path, path: PurePosixPath) -> Part:
    """Return what a file is, as far as its name says; of one whose name cannot be kept, whether it would be read."""
    kind: Part = media_kind(path.suffix) or ("text" if path.suffix.lower() == ".txt" else "stray")
    if path.name in OUR_FILES:
        return "ours"
    if _is_hidden(path.name):
        return "stray"
    if is_legible(str(path)):
        return kind
    return "misnamed" if kind == "video" or (kind == "text" and _is_annotation(root, path)) else "stray"


def _is_annotation(root: Path, path: PurePosixPath) -> bool:
    """Say whether a text file is one of annotations, by its name and its first line where that can be read."""
    try:
        first = _first_line(root / path)
    except ReadingError:
        first = ""
    return _classify(path, first) is not None


@dataclass(slots=True)
class _Texts:
    """What the text files of a folder are."""

    annotations: list[AnnotationFile] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)
    refused_annotations: list[CorpusError] = field(default_factory=list)


def _read_texts(root: Path, paths: Iterable[PurePosixPath]) -> _Texts:
    """Tell the text files apart by their names and first lines; one that cannot be read is told by its name alone."""
    found = _Texts()
    for path in paths:
        try:
            annotation = _classify(path, _first_line(root / path))
        except ReadingError as error:
            if _classify(path, "") is None:
                found.refused.append(Finding(error.rule, Severity.WARNING, error.text, str(path)))
            else:
                found.refused_annotations.append(corpus_error(error, str(path)))
            continue
        if annotation is None:
            found.strays.append(str(path))
        else:
            found.annotations.append(annotation)
    return found


def _is_hidden(file: str) -> bool:
    """Say whether a file is a system's own, such as `.DS_Store` or the `._name` of an archiver."""
    return file.startswith(".") and not file.startswith("..")


def _is_skipped(folder: str) -> bool:
    """Say whether a folder holds millions of crops or an archiver's leftovers."""
    return folder.startswith((".", "__MACOSX")) or folder.lower().startswith("cropped")


def _first_line(path: Path) -> str:
    text = read_head(path, _FIRST_BYTES).decode("utf-8-sig", errors="replace")
    return text.replace("\r", "\n").split("\n", 1)[0].strip()


def _header(line: str) -> Header | None:
    try:
        return parse_header(line, file="")
    except LabelFileError:
        return None


def _header_task(line: str) -> Task | None:
    header = _header(line)
    return header.task if header else None


def _names(line: str) -> tuple[str, ...]:
    header = _header(line)
    return header.names if header else ()


def _classify(path: PurePosixPath, first_line: str) -> AnnotationFile | None:
    location, stem = place_of(path), path.name.rsplit(".", 1)[0]
    first, _, rest = first_line.replace(" ", "").lower().partition(",")
    is_test = split_word(stem) == "test" or (location.split == "test" and task_word(stem) is not None)
    if first == SAMPLE_HEADER or (is_test and (first in LOCATION_HEADERS or is_image_location(first))):
        return _file(path, "sample_file", _header_task(rest) or task_word(stem) or location.task, location)
    if f"{first},{rest}" == MTL_HEADER:
        location = replace(location, split=split_word(stem) or location.split)
        return _file(path, "multi_task_list", "multi_task", location) if location.split else None
    if task := _header_task(first_line):
        found = _file(path, "labels", task, location)
        return replace(found, names=_names(first_line)) if location.split else None
    if is_test and "," not in first_line:
        return _file(path, "test_list", task_word(stem) or location.task, replace(location, split="test"))
    if location.split and location.task:
        return _file(path, "labels", location.task, location)
    return None


def _file(path: PurePosixPath, kind: Kind, task: Task | None, location: Place) -> AnnotationFile:
    return AnnotationFile(str(path), kind, task, location.split, location.edition, location.collection, ())


def _one_edition_a_collection(files: Iterable[AnnotationFile]) -> tuple[AnnotationFile, ...]:
    """Return the files with ABAW1 told from ABAW2: only its training folder has a name of its own."""
    files = list(files)
    first = {file.collection for file in files if file.edition == 1}
    return tuple(
        replace(file, edition=1) if file.collection in first and file.edition == 2 else file
        for file in sorted(files, key=lambda file: file.path)
    )


def _own_layout(root: Path, source: SourceParams, layout: SourceLayout) -> Layout:
    videos = {path for pattern in layout.videos for path in _glob(root, source, pattern, "layout.videos")}
    annotations = []
    refused = [_unprintable(path) for path in sorted(videos) if not is_legible(path)]
    videos = {path for path in videos if is_legible(path)}
    for task, splits in layout.labels.items():
        for split, pattern in splits.items():
            for path in _glob(root, source, pattern, f"layout.labels.{task}.{split}"):
                try:
                    annotations.append(_own_file(root, path, task, split))
                except ReadingError as error:
                    refused.append(corpus_error(error, path))
                except CorpusError as error:
                    refused.append(error)
    annotations.sort(key=lambda file: file.path)
    return Layout(tuple(sorted(videos)), tuple(annotations), (), (), (), tuple(refused))


def _glob(root: Path, source: SourceParams, pattern: str, name: str) -> list[str]:
    found = match_files(root, pattern)
    if not found:
        raise CorpusError(
            f"{source.key(name)} ({pattern!r}) must match files under {source.key('root')} ({root}). Correct the glob."
        )
    return found


def _unprintable(path: str) -> CorpusError:
    message = "The path must be readable text without control or invisible characters. Rename the file or its folder."
    return CorpusError(message, rule="unsafe-name", file=printable(path))


def _own_file(root: Path, path: str, task: Task, split: SplitName) -> AnnotationFile:
    if not is_legible(path):
        raise _unprintable(path)
    line = _first_line(root / path).replace(" ", "").lower()
    kind: Kind = "labels"
    first = line.split(",", 1)[0]
    if first == SAMPLE_HEADER or (
        split == "test" and (first in LOCATION_HEADERS or is_image_location(first))
    ):
        kind = "sample_file"
    elif line == MTL_HEADER:
        kind = "multi_task_list"
    elif split == "test" and _header_task(line) is None:
        kind = "test_list"
    return AnnotationFile(path, kind, task, split, None, "", _names(line))
