"""A corpus folder, opened: videos, subjects, classes and what is odd about them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from fer_data.core.labels.splits import resolve_splits
from fer_data.core.labels.tasks import EIGHT_CLASSES, EXPRESSION, SEVEN_CLASSES, UNITS, AnnotatedTask
from fer_data.corpora.adapter import OnError, refuse
from fer_data.corpora.contents import read_content
from fer_data.corpora.crops import find_crops, fit_crops, repeated_crops
from fer_data.corpora.layout import AnnotationFile, Layout, read_layout
from fer_data.corpora.lists import (
    MTL_UNITS,
    FrameList,
    parse_multi_task_list,
    parse_sample_file,
    parse_test_list,
)
from fer_data.corpora.name_matching import decomposed, join_subjects, match_videos
from fer_data.corpora.names import check_name
from fer_data.corpora.oddities import (
    duplicate_labels,
    duplicate_video,
    folder_oddities,
    list_repeats,
    mixed_classes,
    opposite_sides,
    overlap,
    unmatched,
)
from fer_data.corpora.selection import TaskFiles, select_files
from fer_data.corpora.subjects import Annotation, Subject, place_subjects
from fer_data.errors import CorpusError
from fer_data.params.source import AffWild2Section, SourceParams
from fer_data.shell.files.findings import Finding
from fer_data.shell.files.home import at_home
from fer_data.shell.files.reading import LIST_BYTES

T = TypeVar("T")

__all__ = ["Corpus", "open_corpus"]


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """What a corpus folder holds, before any label line or video is read.

    Attributes:
        root: the folder.
        videos: path relative to the root by video_id, in order.
        crops: folder of the organisers' crops by subject_id, where the source has some.
        subjects: in order of their names.
        classes: names of the expression classes by the headers, in their order; empty without that task.
        action_units: names of the annotated units, in the order of the files; empty without that task.
        editions: number of the ABAW challenge by task, where the folders' names say it.
        lists: multi-task lists of the editions in use, whether a task is read from them or not.
        findings: what is odd about the folder.
    """

    root: Path
    videos: Mapping[str, str]
    crops: Mapping[str, Path]
    subjects: tuple[Subject, ...]
    classes: tuple[str, ...]
    action_units: tuple[str, ...]
    editions: Mapping[AnnotatedTask, int]
    lists: tuple[AnnotationFile, ...]
    findings: tuple[Finding, ...]


def open_corpus(root: Path, source: SourceParams, on_error: OnError = refuse) -> Corpus:
    """Return what the corpus folder holds, reading lists and the first line of label files alone.

    Raises:
        CorpusError: no folder, no annotations, or (unless `on_error` takes it) an unsafe name, a damaged list, or an
            annotation file that cannot be read.
    """
    corpus = _opened(root, source, on_error)
    return _prefixed(corpus, source.prefix) if source.prefix else corpus


def _opened(root: Path, source: SourceParams, on_error: OnError) -> Corpus:
    layout = read_layout(root, source)
    for refused in layout.refused_annotations:
        on_error(refused)
    selected, choices = select_files(layout.annotations, source)
    reader = _Reader(root, source.own(AffWild2Section).overlap, on_error, choices)
    videos = reader.videos(layout.videos)
    crops = find_crops(at_home(source.crops), source.key("crops")) if source.crops else {}
    tasks = {task: reader.annotations(task, files) for task, files in selected.items()}
    tasks, joined = join_subjects(tasks, {*videos, *crops})
    placed, doubts = place_subjects(tasks, videos)
    subjects, matched = match_videos(placed, videos)
    crops = fit_crops(crops, (subject.subject_id for subject in subjects))
    classes = _classes(reader, selected)
    findings = [
        *reader.findings,
        *joined,
        *matched,
        *doubts,
        *opposite_sides(subjects),
        *folder_oddities(_without(layout, root, crops)),
        *unmatched(subjects, videos, crops),
        *repeated_crops(crops),
    ]
    return Corpus(
        root=root,
        videos=videos,
        crops=crops,
        subjects=subjects,
        classes=classes,
        action_units=_action_units(selected[UNITS]),
        editions=_editions(selected),
        lists=_lists(layout, selected),
        findings=tuple(dict.fromkeys(findings)),  # a multi-task list is read once for each of its tasks
    )


def _without(layout: Layout, root: Path, crops: Mapping[str, Path]) -> Layout:
    """Return the layout without the pictures that are a subject's crops, which are read."""
    own = {folder.resolve() for folder in crops.values()} if layout.pictures else set()
    pictures = tuple(found for found in layout.pictures if (root / found[0]).resolve() not in own)
    return replace(layout, pictures=pictures)


def _prefixed(corpus: Corpus, prefix: str) -> Corpus:
    """Return the corpus with the prefix of its source before the ids of its subjects and videos."""
    return replace(
        corpus,
        videos={prefix + name: path for name, path in corpus.videos.items()},
        crops={prefix + name: folder for name, folder in corpus.crops.items()},
        subjects=tuple(
            replace(one, subject_id=prefix + one.subject_id, video_id=prefix + one.video_id)
            for one in corpus.subjects
        ),
        findings=tuple(one.prefixed(prefix) for one in corpus.findings),
    )


def _action_units(files: TaskFiles) -> tuple[str, ...]:
    """Return the units by the headers; the longest list where they differ."""
    names = [file.names for file in files.labels]
    return max([*names, MTL_UNITS if files.multi_task else ()], key=len)


def _editions(selected: Mapping[AnnotatedTask, TaskFiles]) -> dict[AnnotatedTask, int]:
    """Return the edition of each task; label files and lists of one task are always of one edition."""
    named = ((task, next(iter((*files.labels, *files.multi_task)), None)) for task, files in selected.items())
    return {task: file.edition for task, file in named if file and file.edition}


def _lists(layout: Layout, selected: Mapping[AnnotatedTask, TaskFiles]) -> tuple[AnnotationFile, ...]:
    used = {file.edition for files in selected.values() for file in files.labels}
    lists = (file for file in layout.annotations if file.kind == "multi_task_list")
    return tuple(file for file in lists if file.edition in used)


def _classes(reader: "_Reader", selected: Mapping[AnnotatedTask, TaskFiles]) -> tuple[str, ...]:
    """Return the class names by the headers; the longer list where both occur, and eight for multi-task lists."""
    files = selected[EXPRESSION]
    numbers = {len(file.names) for file in files.labels if file.names}
    if len(numbers) > 1:
        reader.findings.append(
            mixed_classes(next(file.path for file in files.labels if len(file.names) == min(numbers)))
        )
    if files.multi_task or len(EIGHT_CLASSES) in numbers:
        return tuple(map(str, EIGHT_CLASSES))
    return tuple(map(str, SEVEN_CLASSES)) if numbers else ()


@dataclass(slots=True)
class _Reader:
    root: Path
    overlap: str
    on_error: OnError
    findings: list[Finding]
    parsed: dict[str, Any] = field(default_factory=dict)

    def videos(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the path of each video by its stem, in order; the first path of several is taken."""
        videos: dict[str, str] = {}
        for path in paths:
            stem = PurePosixPath(path).name.rsplit(".", 1)[0]
            try:
                first = videos.setdefault(check_name(stem, file=path), path)
            except CorpusError as error:
                self.on_error(error)
            else:
                self.findings.extend(decomposed(path, stem))
                if first != path:
                    self.findings.append(duplicate_video(stem, path, first))
        return dict(sorted(videos.items()))

    def annotations(self, task: AnnotatedTask, files: TaskFiles) -> dict[str, Annotation]:
        """Return the task's subjects, each in one split."""
        listed = [
            *self._label_files(files.labels),
            *self._lists(files.multi_task, parse_multi_task_list),
            *self._lists(files.samples, parse_sample_file),
            *self._test_lists(files.test_lists),
        ]
        splits, several = resolve_splits([(name, found.split) for name, found in listed], self.overlap)
        self.findings.extend(overlap(task, name, found, splits[name]) for name, found in several.items())
        chosen: dict[str, Annotation] = {}
        for name, annotation in listed:
            if annotation.split == splits[name]:
                first = chosen.setdefault(name, annotation)
                if first is not annotation and first.is_label_file and annotation.is_label_file:
                    self.findings.append(duplicate_labels(task, name, annotation.file, first.file))
        return chosen | {
            name: replace(chosen[name], listed_in=frozenset(found)) for name, found in several.items()
        }

    def _label_files(self, files: Iterable[AnnotationFile]) -> list[tuple[str, Annotation]]:
        found = []
        for file in files:
            try:
                name = check_name(file.stem, file=file.path)
            except CorpusError as error:
                self.on_error(error)
            else:
                self.findings.extend(decomposed(file.path, file.stem))
                found.append(
                    (name, Annotation(file.split or "test", file.path, is_label_file=True, frames=None))
                )
        return found

    def _lists(
        self, files: Iterable[AnnotationFile], parse: Callable[[bytes, str], dict[str, FrameList]]
    ) -> list[tuple[str, Annotation]]:
        found = []
        for file in files:
            for name, frames in self._read(file, parse).items():
                self.findings.extend(list_repeats(file.path, name, frames))
                found.append(
                    (name, Annotation(file.split or "test", file.path, is_label_file=False, frames=frames))
                )
        return found

    def _test_lists(self, files: Iterable[AnnotationFile]) -> list[tuple[str, Annotation]]:
        return [
            (name, Annotation("test", file.path, is_label_file=False, frames=None))
            for file in files
            for name in self._read(file, parse_test_list)
        ]

    def _read(self, file: AnnotationFile, parse: Callable[[bytes, str], dict[str, T]]) -> dict[str, T]:
        """Return what a list holds; one of several tasks is parsed once, a large one takes its time."""
        if file.path not in self.parsed:
            try:
                content = read_content(self.root, file.path, LIST_BYTES)
                self.parsed[file.path] = parse(content, file.path)
                self.findings.extend(decomposed(file.path, content.decode("utf-8-sig")))
            except CorpusError as error:
                self.on_error(error)
                self.parsed[file.path] = {}
        found: dict[str, T] = self.parsed[file.path]
        return found
