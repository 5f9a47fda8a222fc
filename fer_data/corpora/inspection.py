"""What is odd about one subject's labels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fer_data.core.labels.plausibility import happy_but_unpleasant, single_frame_flips
from fer_data.core.labels.tasks import EXPRESSION, VALENCE_AROUSAL, Expression
from fer_data.corpora.rows import SubjectLabels, TaskLabels
from fer_data.corpora.subjects import Subject
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["inspect_subject"]

_HAPPINESS = list(Expression).index(Expression.HAPPINESS)


def inspect_subject(subject: Subject, labels: SubjectLabels, tolerance_frames: int) -> Iterator[Finding]:
    """Yield one finding for each rule that the subject's labels break, with the first line and the number of lines.

    `tolerance_frames` is by how many lines the label files of two tasks may differ.
    """
    for task, found in labels.items():
        yield from _format_findings(subject, task, found)
    yield from _length_findings(subject, labels, tolerance_frames)
    if expression := labels.get(EXPRESSION):
        flips = single_frame_flips(_dense(expression))
        text = "{} frame(s) show an expression for one frame between two of another"
        yield from _at("expression-flip", Severity.INFO, text, (subject, expression, flips))
        yield from _pleasure_findings(subject, expression, labels.get(VALENCE_AROUSAL))


def _format_findings(subject: Subject, task: str, found: TaskLabels) -> Iterator[Finding]:
    wrong = found.frames[found.labels.out_of_range]
    text = f"{{}} line(s) hold a value outside the range of {task}; they count as not annotated"
    yield from _at("label-out-of-range", Severity.ERROR, text, (subject, found, wrong))
    is_label_file = subject.annotations[found.labels.header.task].is_label_file
    if is_label_file and found.labels.blank_lines:
        message = f"{found.labels.blank_lines} blank line(s) stand between label lines; they are no frames."
        yield _finding("blank-lines", Severity.WARNING, message, (subject, found.file, None))
    if not len(found.labels):
        message = "The file has a header and no label line."
        yield _finding("no-label-lines", Severity.WARNING, message, (subject, found.file, 1))


def _length_findings(subject: Subject, labels: SubjectLabels, tolerance: int) -> Iterator[Finding]:
    lengths = {
        task: len(found.labels) for task, found in labels.items() if subject.annotations[task].is_label_file
    }
    if lengths and max(lengths.values()) - min(lengths.values()) > tolerance:
        counts = ", ".join(f"{task} {length}" for task, length in lengths.items())
        shortest = labels[min(lengths, key=lambda task: lengths[task])].file
        message = f"The tasks' label files differ in length by more than {tolerance} lines: {counts}."
        yield _finding("lengths-differ", Severity.WARNING, message, (subject, shortest, None))


def _pleasure_findings(
    subject: Subject, expression: TaskLabels, valence: TaskLabels | None
) -> Iterator[Finding]:
    if valence is None:
        return
    length = int(max(expression.frames.max(initial=-1), valence.frames.max(initial=-1))) + 1
    values = np.full(length, np.nan, np.float32)
    annotated = valence.labels.annotated[:, 0]
    values[valence.frames[annotated]] = valence.labels.values[annotated, 0]
    expressions = _dense(expression, length)
    frames = happy_but_unpleasant(expressions, values, _HAPPINESS)
    text = "{} frame(s) are labelled Happiness with a valence below -0.5"
    yield from _at("happy-but-unpleasant", Severity.WARNING, text, (subject, expression, frames))


def _dense(task: TaskLabels, length: int | None = None) -> NDArray[np.int8]:
    """Return the expression by frame, -1 where there is none."""
    dense = np.full(int(task.frames.max(initial=-1)) + 1 if length is None else length, -1, np.int8)
    annotated = task.labels.annotated[:, 0]
    dense[task.frames[annotated]] = task.labels.values[annotated, 0]
    return dense


def _at(
    rule: str, severity: Severity, text: str, where: tuple[Subject, TaskLabels, NDArray[np.intp]]
) -> Iterator[Finding]:
    subject, found, frames = where
    if len(frames):
        line = int(found.labels.lines[np.searchsorted(found.frames, frames[0])])
        message = f"{text.format(len(frames))}, first at frame {int(frames[0]) + 1}."
        yield _finding(rule, severity, message, (subject, found.file, line))


def _finding(rule: str, severity: Severity, message: str, where: tuple[Subject, str, int | None]) -> Finding:
    subject, file, line = where
    return Finding(rule, severity, message, file, line, subject.subject_id, subject.video_id)
