"""Names of subjects and videos that say the same in other letters: matched with a finding, or doubtful."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from fer_data.core.labels.tasks import AnnotatedTask
from fer_data.corpora.names import split_side
from fer_data.corpora.same_names import join_by_case, match_by_case
from fer_data.corpora.subjects import Annotation, Subject
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["Tasks", "decomposed", "join_subjects", "match_videos"]

Tasks = dict[AnnotatedTask, dict[str, Annotation]]


def decomposed(path: str, text: str) -> Iterable[Finding]:
    """Yield a finding where names are not in composed Unicode (NFC), as macOS writes them into file names and lists."""
    if not unicodedata.is_normalized("NFC", text):
        message = "Letters are written in parts (Unicode NFD, as macOS does); names are read in whole letters (NFC)."
        yield Finding("name-form", Severity.INFO, message, file=path)


def join_subjects(tasks: Tasks, media: Collection[str]) -> tuple[Tasks, list[Finding]]:
    """Return the tasks with one name for a subject that they write in different case, and what was done or doubtful.

    `media` are the names of videos and of folders of crops, which decide how a subject is called.
    """
    groups = {str(task): set(names) for task, names in tasks.items()}
    every = {name for names in groups.values() for name in names}
    known = {name for name in every if name in media or split_side(name)[0] in media}
    joined, doubtful = join_by_case(groups, known)
    files = {name: found.file for names in tasks.values() for name, found in names.items()}
    findings = [_matched(name, target, "the subject", files[name]) for name, target in sorted(joined.items())]
    findings += [
        _doubtful(name, others, "subjects", files[name]) for name, others in sorted(doubtful.items())
    ]
    renamed = {
        task: {joined.get(name, name): found for name, found in names.items()}
        for task, names in tasks.items()
    }
    return renamed, findings


def match_videos(
    subjects: Iterable[Subject], videos: Mapping[str, str]
) -> tuple[tuple[Subject, ...], list[Finding]]:
    """Return the subjects with the videos that are called like theirs but for case, and what was done or doubtful."""
    subjects = tuple(subjects)
    matched, doubtful = match_by_case((subject.video_id for subject in subjects), videos)
    found, findings = [], []
    for subject in subjects:
        video, file = subject.video_id, next(iter(subject.annotations.values())).file
        if video in matched:
            findings.append(_matched(video, PurePosixPath(videos[matched[video]]).name, "the video", file))
        elif video in doubtful:
            findings.append(_doubtful(video, [videos[name] for name in doubtful[video]], "videos", file))
        found.append(replace(subject, video_id=matched.get(video, video)))
    return tuple(found), findings


def _matched(name: str, target: str, what: str, file: str) -> Finding:
    message = (
        f"{name} is taken for {what} {target}, which differs in case alone. Rename one of them to be sure."
    )
    return Finding("name-case", Severity.WARNING, message, file=file)


def _doubtful(name: str, others: Iterable[str], what: str, file: str) -> Finding:
    message = (
        f"{name} differs in case alone from the {what} {', '.join(others)}: which is meant is in doubt, and none is "
        "taken. Rename them."
    )
    return Finding("name-ambiguous", Severity.ERROR, message, file=file)
