"""Which of the annotation files lying side by side speak for a task."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from fer_data.core.labels.tasks import AnnotatedTask
from fer_data.corpora.layout import AnnotationFile
from fer_data.errors import CorpusError
from fer_data.params.source import AffWild2Section, SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.home import at_home
from fer_data.shell.files.places import found_at

__all__ = ["TASKS", "UNANNOTATED", "TaskFiles", "select_files"]

UNANNOTATED = "task-unannotated"
"""Rule that a corpus breaks which says nothing of the task."""

TASKS: tuple[AnnotatedTask, ...] = get_args(AnnotatedTask)


@dataclass(frozen=True, slots=True)
class TaskFiles:
    """The files of one edition that annotate one task.

    Attributes:
        labels: one file a subject and split.
        multi_task: multi-task lists, where the edition has no label files of the task or `dataset.task` asks for them.
        test_lists: subjects of the test set.
        samples: the organisers' sample files, which list the frames to predict.
    """

    labels: tuple[AnnotationFile, ...]
    multi_task: tuple[AnnotationFile, ...]
    test_lists: tuple[AnnotationFile, ...]
    samples: tuple[AnnotationFile, ...]


def select_files(
    files: Iterable[AnnotationFile], source: SourceParams
) -> tuple[dict[AnnotatedTask, TaskFiles], list[Finding]]:
    """Return the files that speak for each task, and a finding for each choice between editions.

    The rule: `edition` where it is given, else the newest edition that has the task. Label files come before
    multi-task lists, except that task `multi_task` prefers the lists, whose splits are its own.

    Raises:
        CorpusError: there is no annotation at all, or none of the task in `edition`.
    """
    files = list(files)
    if not files:
        raise CorpusError(
            f"{source.key('root')} ({source.root}) must hold label files such as "
            f"'annotations/EXPR_Set/Train_Set/<subject>.txt', but {found_at(at_home(source.root))}. Name the folder of "
            "the corpus, or unpack the organisers' archives with `fer-data unpack`."
        )
    findings: list[Finding] = []
    selected = {task: _select(files, task, source, findings) for task in TASKS}
    wanted = TASKS if source.task == "multi_task" else (source.task,)
    if not any(selected[task].labels or selected[task].multi_task for task in wanted):
        raise _unannotated(files, source)
    return selected, findings


def _unannotated(files: Sequence[AnnotationFile], source: SourceParams) -> CorpusError:
    """Return what to say of a task without labels; without an edition of the user's choice all were looked through."""
    editions = sorted({file.edition for file in files if file.edition})
    tasks = [task for task in TASKS if any(file.task == task or _is_multi_task(file) for file in files)]
    chosen = _edition(source)
    changed = [*([source.key("edition")] if chosen else []), source.task_key]
    return CorpusError(
        f"{source.task_key} ({source.task}) must be annotated in {f'edition {chosen}' if chosen else 'an edition'}. "
        f"Editions found: {', '.join(map(str, editions)) or 'none named'}; annotated: {', '.join(tasks) or 'no task'}. "
        f"Change {' or '.join(changed)}.",
        rule=UNANNOTATED,
    )


def _select(
    files: list[AnnotationFile], task: AnnotatedTask, source: SourceParams, findings: list[Finding]
) -> TaskFiles:
    labels = [file for file in files if file.kind == "labels" and file.task == task]
    lists = [file for file in files if _is_multi_task(file)]
    wanted = _edition(source)
    eligible = [pool for pool in (_of_edition(labels, wanted), _of_edition(lists, wanted)) if pool]
    if source.task == "multi_task":
        eligible.sort(key=lambda pool: pool[0].kind != "multi_task_list")
    candidates = eligible[0] if eligible else []
    edition = max((file.edition or 0 for file in candidates), default=0)
    chosen = tuple(file for file in candidates if (file.edition or 0) == edition)
    if others := sorted({file.edition or 0 for file in labels + lists} - {edition}):
        findings.append(_choice(task, edition, others))
    from_lists = bool(chosen) and chosen[0].kind == "multi_task_list"
    tests = [
        file
        for file in files
        if _serves(file, task, edition, from_lists=from_lists) or _is_unnamed(file, task, source)
    ]
    return TaskFiles(
        () if from_lists else chosen,
        chosen if from_lists else (),
        tuple(file for file in tests if file.kind == "test_list"),
        tuple(file for file in tests if file.kind == "sample_file"),
    )


def _is_multi_task(file: AnnotationFile) -> bool:
    return file.kind == "multi_task_list"


def _edition(source: SourceParams) -> int | None:
    return source.own(AffWild2Section).edition


def _of_edition(files: list[AnnotationFile], edition: int | None) -> list[AnnotationFile]:
    return files if edition is None else [file for file in files if file.edition in (edition, None)]


def _serves(file: AnnotationFile, task: AnnotatedTask, edition: int, *, from_lists: bool) -> bool:
    task_fits = file.task == task or (from_lists and file.task == "multi_task")
    return task_fits and file.edition in (edition or None, None)


def _is_unnamed(file: AnnotationFile, task: AnnotatedTask, source: SourceParams) -> bool:
    """Say whether a test list that names no task belongs to the one that the user is after."""
    return file.task is None and source.task in (task, "multi_task")


def _choice(task: AnnotatedTask, edition: int, others: list[int]) -> Finding:
    left = ", ".join(str(other) if other else "one without a number" for other in others)
    return Finding(
        "edition-chosen",
        Severity.INFO,
        f"Labels of {task} are read from ABAW edition {edition or 'without a number'}; not read: {left}. "
        "The newest is taken unless edition names one.",
    )
