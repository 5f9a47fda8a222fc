"""What is odd about a corpus folder, put into sentences."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from pathlib import PurePosixPath

from fer_data.core.labels.splits import opposite_splits
from fer_data.corpora.layout import Layout
from fer_data.corpora.lists import FrameList
from fer_data.corpora.selection import TASKS
from fer_data.corpora.subjects import Subject
from fer_data.errors import ReadingError
from fer_data.media.suffixes import UNREAD_REMEDY
from fer_data.shell.files.findings import Finding, Severity

__all__ = [
    "duplicate_labels",
    "duplicate_video",
    "folder_oddities",
    "list_repeats",
    "mixed_classes",
    "opposite_sides",
    "overlap",
    "refused_video",
    "same_content",
    "unmatched",
]


def duplicate_video(stem: str, path: str, first: str) -> Finding:
    """Return the finding that two video files share a name."""
    message = (
        f"Two videos are called {stem}: {_told(first, path)} is used and this one is not. Remove one of them."
    )
    return Finding("duplicate-video", Severity.WARNING, message, file=path, video_id=stem)


def duplicate_labels(task: str, subject_id: str, path: str, first: str) -> Finding:
    """Return the finding that two files label one subject in one split."""
    used = _told(first, path)
    message = f"{subject_id} has two label files for {task} in one split: {used} is used and this one is not."
    return Finding("duplicate-labels", Severity.WARNING, message, file=path, subject_id=subject_id)


def _told(path: str, other: str) -> str:
    """Return a path so that it is told from another one, which may differ in the Unicode form of its letters alone."""
    alike = unicodedata.normalize("NFC", path) == unicodedata.normalize("NFC", other)
    return f"{path!a} (this one is {other!a})" if alike else path


def refused_video(video_id: str, path: str, error: ReadingError) -> Finding:
    """Return the finding that a video is not opened; its rows end as `decode_error`."""
    return Finding(error.rule, Severity.ERROR, error.text, file=path, video_id=video_id)


def mixed_classes(path: str) -> Finding:
    """Return the finding that some label files name seven classes and others eight."""
    message = (
        "This header names seven classes, others of the same edition name eight; Other cannot occur here."
    )
    return Finding("mixed-classes", Severity.WARNING, message, path, 1)


def overlap(task: str, subject_id: str, splits: Set[str], kept: str) -> Finding:
    """Return the finding that a subject is listed in several splits of a task."""
    message = (
        f"{subject_id} is listed in {' and '.join(sorted(splits))} of {task}; it stays in {kept}, "
        "a test set comes first and overlap decides otherwise."
    )
    return Finding("split-overlap", Severity.WARNING, message, subject_id=subject_id)


def list_repeats(path: str, subject_id: str, frames: FrameList) -> Iterator[Finding]:
    """Yield what is repeated in a list: a warning where the lines agree, an error where they do not."""
    if lines := frames.duplicates:
        message = (
            f"{len(lines)} line(s) of {subject_id} repeat an earlier one with equal values; each counts once."
        )
        yield Finding("duplicate-rows", Severity.WARNING, message, path, lines[0], subject_id)
    if lines := frames.conflicts:
        message = (
            f"{len(lines)} line(s) of {subject_id} contradict an earlier one; those frames are not labelled."
        )
        yield Finding("contradicting-rows", Severity.ERROR, message, path, lines[0], subject_id)


def same_content(videos: Iterable[tuple[str, str, str]]) -> Iterator[Finding]:
    """Yield the videos (id, path, hash of the bytes) that repeat an earlier one under another name."""
    first: dict[str, str] = {}
    for video_id, path, content in videos:
        if (other := first.setdefault(content, path)) != path:
            message = f"The bytes are those of {other}: one video under two names may stand in two splits."
            yield Finding("same-video-content", Severity.WARNING, message, file=path, video_id=video_id)


def opposite_sides(subjects: Iterable[Subject]) -> Iterator[Finding]:
    """Yield the videos whose two people stand in different splits of a task."""
    subjects = list(subjects)
    videos = {subject.subject_id: subject.video_id for subject in subjects}
    for task in TASKS:
        splits = {
            subject.subject_id: subject.annotations[task].split
            for subject in subjects
            if task in subject.annotations
        }
        for video, found in opposite_splits(splits, videos).items():
            named = ", ".join(f"{subject} in {splits[subject]}" for subject in found)
            message = (
                f"People of one video stand in different splits of {task}: {named}. Background and light would leak, "
                f"so where {task} is evaluated `publish` leaves the video's rows of train out."
            )
            yield Finding("opposite-splits", Severity.WARNING, message, video_id=video)


def folder_oddities(layout: Layout) -> Iterator[Finding]:
    """Yield the stray files and the folders of pictures, which nothing reads, and what cannot be read."""
    yield from layout.refused
    for path in layout.strays:
        yield Finding("stray-file", Severity.INFO, "Neither video nor annotation; it is not read.", file=path)
    for suffix in sorted({PurePosixPath(path).suffix.lower() for path in layout.unread}):
        paths = [path for path in layout.unread if path.lower().endswith(suffix)]
        message = f"{len(paths):,} file(s) end in {suffix}, which is not read. {UNREAD_REMEDY}"
        yield Finding("unread-media", Severity.WARNING, message, file=min(paths))
    for folder, count in layout.pictures:
        message = (
            f"{count} picture(s) are not read. Set crops of the source if they are the organisers' crops."
        )
        yield Finding("stray-pictures", Severity.INFO, message, file=folder)


def unmatched(
    subjects: Iterable[Subject], videos: Mapping[str, str], crops: Collection[str]
) -> Iterator[Finding]:
    """Yield the subjects without a video or crops, and the videos without a subject."""
    subjects = list(subjects)
    for subject in subjects:
        if subject.video_id not in videos and subject.subject_id not in crops:
            file = next(iter(subject.annotations.values())).file
            message = f"No video is called {subject.video_id}; its rows end as no_video. Add the video or its crops."
            yield Finding(
                "label-without-video",
                Severity.WARNING,
                message,
                file,
                None,
                subject.subject_id,
                subject.video_id,
            )
    used = Counter(subject.video_id for subject in subjects)
    for video, path in videos.items():
        if not used[video]:
            message = "No label file or list names this video; it gives no rows."
            yield Finding("video-without-labels", Severity.INFO, message, file=path, video_id=video)
