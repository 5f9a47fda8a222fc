"""`fer-data submit`: write and check files for the ABAW challenge."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.choices import check_choice
from fer_data.commands.completion import completes, splits
from fer_data.commands.writing import Overwrite, note_for_git
from fer_data.core.labels.tasks import LABELS, TASKS
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fer_data.corpora.labels import Header
    from fer_data.shell.files.findings import Finding
    from fer_data.submit.answers import Answers, FrameAnswers

    _Written = tuple["FrameAnswers", "_Gaps", Answers]

__all__ = ["submit"]


def submit(
    predictions: Annotated[Path | None, typer.Argument(help="Table of predictions, from `evaluate`.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write, or with --catalog the folder.")] = None,
    sample: Annotated[Path | None, typer.Option(help="ABAW5+: the organisers' sample file.")] = None,
    catalog: Annotated[
        Path | None,
        typer.Option(help="ABAW1-3: the catalog, for each subject's frames; with --sample: whose it is."),
    ] = None,
    split: Annotated[
        str, typer.Option(help="With --catalog: whose files, such as test.", autocompletion=splits)
    ] = "test",
    task: Annotated[
        str,
        typer.Option(
            help=f"With --catalog: {', '.join(TASKS[:-1])} or {TASKS[-1]}.", autocompletion=completes(TASKS)
        ),
    ] = "expression",
    classes: Annotated[
        int, typer.Option(min=7, max=8, help="With --catalog, of expression: 7 (ABAW1, 2) or 8 (ABAW3).")
    ] = 8,
    resolution: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Which predictions, in px, when there are several.")
    ] = None,
    fill: Annotated[
        bool,
        typer.Option(
            "--fill",
            help="Answer subjects without any prediction too, with the most frequent class or values, or the mean.",
        ),
    ] = False,
    check: Annotated[
        Path | None, typer.Option(help="Check this file or folder instead of writing one.")
    ] = None,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Write an ABAW submission from predictions, every frame answered once, or check one.

    Subjects without any prediction are named, and nothing is written unless --fill is given: exit code 1.
    """
    from fer_data.errors import ParamsError

    if (sample is None) == (catalog is None) and (sample is None or check is not None):
        raise ParamsError(
            "Give either --sample (ABAW5 and later, one file) or --catalog (ABAW1 to 3, one a subject)."
        )
    check_choice(task, TASKS, "--task")
    asked = _Asked(sample, catalog, split, task, classes)
    if check is not None:
        _check(check, asked, as_json=as_json)
    elif predictions is None or output is None:
        raise ParamsError(
            "PREDICTIONS and --output are needed to write a submission; --check FILE checks one."
        )
    else:
        _write(predictions, output, asked, _Options(resolution, fill, overwrite, as_json))


_SHOWN = 10
"""Faults of one rule that are printed: the wrong file has a fault in each of its hundred thousands of lines."""


@dataclass(frozen=True)
class _Asked:
    """Which rows are to be answered, and in which format."""

    sample: Path | None
    catalog: Path | None
    split: str
    task: Any
    classes: int


@dataclass(frozen=True)
class _Options:
    """Which predictions answer, whether subjects without any are filled, an older submission replaced, JSON printed."""

    resolution: int | None
    fill: bool
    overwrite: bool
    as_json: bool


_USUAL = {"classes": "most frequent class", "values": "mean", "units": "most frequent values"}
"""The answer of last resort, by the kind of a task's labels."""


def _write(predictions: Path, output: Path, asked: _Asked, options: _Options) -> None:
    if asked.sample is not None:
        known, gaps, answers = _write_one_file(
            predictions, output, asked.sample, options, catalog=asked.catalog
        )
    elif asked.catalog is not None:
        known, gaps, answers = _write_subject_files(predictions, output, asked.catalog, options, asked=asked)
    total = answers.predicted + answers.nearest + answers.most_frequent
    if options.as_json:
        print_json(gaps.document() | {"output": output, "rows": total, **asdict(answers)})
        return
    typer.echo(
        f"{printable(str(output))}: {total:,} rows: {answers.predicted:,} predicted, {answers.nearest:,} from the "
        f"subject's nearest predicted frame, {answers.most_frequent:,} with the {_USUAL[LABELS[known.task].kind]}."
    )


def _write_one_file(
    predictions: Path, output: Path, sample: Path, options: _Options, *, catalog: Path | None
) -> "_Written":
    from collections import Counter

    from fer_data.shell.files.outputs import new_file
    from fer_data.submit.answers import read_predictions
    from fer_data.submit.submission import catalog_prefix, read_sample, write_one_file

    asked = read_sample(sample)
    known = read_predictions(predictions, options.resolution, asked.format.task)
    prefix = catalog_prefix(catalog) if catalog else known.prefix_of(set(asked.subjects))
    known = known.without(prefix)
    gaps = _gaps(known, Counter(asked.subjects), asked.format)
    _report_gaps(gaps, options)
    inputs = [predictions, sample]
    with new_file(output, name="--output", overwrite=options.overwrite, inputs=inputs) as temporary:
        answers = write_one_file(known, asked, temporary)
    note_for_git(output)
    return known, gaps, answers


def _write_subject_files(
    predictions: Path, output: Path, catalog: Path, options: _Options, *, asked: _Asked
) -> "_Written":
    from fer_data.shell.files.outputs import new_folder
    from fer_data.submit.answers import read_predictions
    from fer_data.submit.submission import (
        catalog_prefix,
        label_header,
        read_frame_counts,
        write_subject_files,
    )

    counts = read_frame_counts(catalog, asked.split, asked.task)
    header = label_header(asked.task, asked.classes, catalog)
    known = read_predictions(predictions, options.resolution, asked.task)
    known = known.without(catalog_prefix(catalog))
    gaps = _gaps(known, counts, header)
    _report_gaps(gaps, options)
    inputs = [predictions, catalog]
    writing = new_folder(output, "submission", name="--output", overwrite=options.overwrite, inputs=inputs)
    with writing as folder:
        answers = write_subject_files(known, counts, folder, header=header)
    return known, gaps, answers


@dataclass(frozen=True)
class _Gaps:
    """What has no prediction: subjects with their numbers of frames, and outputs that the model lacks."""

    task: str
    subjects: int
    missing: dict[str, int]
    lacking: tuple[str, ...]

    @property
    def absent(self) -> tuple[str, ...]:
        """A class that a model lacks leaves no row without an answer; a unit leaves all."""
        return self.lacking if LABELS[self.task].kind == "units" else ()

    def document(self) -> dict[str, Any]:
        return {
            "output": None,
            "task": self.task,
            "subjects": self.subjects,
            "subjects_without_prediction": self.missing,
            "without_output": self.lacking,
            "rows": 0,
        }


def _gaps(known: "FrameAnswers", asked: "Mapping[str, int]", header: "Header") -> _Gaps:
    return _Gaps(known.task, len(asked), known.unpredicted(asked), known.unanswerable(header))


def _report_gaps(gaps: _Gaps, options: _Options) -> None:
    """Name each subject, and each output, that has no prediction; exit with 1 unless such are to be filled."""
    from fer_data.shell.run import FINDINGS

    refused = not options.fill and bool(gaps.missing or gaps.absent)
    if options.as_json:
        if refused:
            print_json(gaps.document() | dict.fromkeys(("predicted", "nearest", "most_frequent"), 0))
    else:
        _print_gaps(gaps, refused=refused)
    if refused:
        raise typer.Exit(FINDINGS)


def _print_gaps(gaps: _Gaps, *, refused: bool) -> None:
    for subject, count in gaps.missing.items():
        typer.echo(printable(f"{subject}: none of its {count:,} frames is predicted."))
    if gaps.lacking:
        answered = "absent in every row" if gaps.absent else "never"
        named = printable(", ".join(gaps.lacking))
        typer.echo(f"The model has no output for {named}: answered {answered}.")
    if refused:
        usual = _USUAL[LABELS[gaps.task].kind]
        typer.echo(
            f"{len(gaps.missing):,} of {gaps.subjects:,} subjects and {len(gaps.absent):,} action units have no "
            f"prediction: nothing is written. Predict them, or give --fill to answer with the {usual}."
        )


def _check(path: Path, asked: _Asked, *, as_json: bool) -> None:
    from fer_data.errors import ParamsError
    from fer_data.shell.run import FINDINGS
    from fer_data.submit.faults import one_file_faults, subject_file_faults
    from fer_data.submit.submission import label_header, read_frame_counts, read_sample

    if not (path.is_file() if asked.sample else path.is_dir()):
        kind = "file" if asked.sample else "folder"
        raise ParamsError(f"--check ({path}) must be an existing {kind}.")
    if asked.sample is not None:
        faults = one_file_faults(path, read_sample(asked.sample), asked.sample.name)
    elif asked.catalog is not None:
        counts = read_frame_counts(asked.catalog, asked.split, asked.task)
        header = label_header(asked.task, asked.classes, asked.catalog)
        faults = subject_file_faults(path, counts, header=header)
    if as_json:
        print_json({"checked": path, "faults": [_fault(fault) for fault in faults]})
    else:
        _print_faults(path, faults)
    if faults:
        raise typer.Exit(FINDINGS)


def _fault(fault: "Finding") -> dict[str, Any]:
    return {"file": fault.file, "line": fault.line, "rule": fault.rule, "message": fault.message}


def _print_faults(path: Path, faults: "Sequence[Finding]") -> None:
    told: dict[str, int] = {}
    for fault in faults:
        told[fault.rule] = told.get(fault.rule, 0) + 1
        if told[fault.rule] <= _SHOWN:
            location = f"{fault.file}:{fault.line}" if fault.line else fault.file
            typer.echo(printable(f"{location}: {fault.rule}: {fault.message}"))
    for rule, number in told.items():
        if number > _SHOWN:
            typer.echo(f"{rule}: {number - _SHOWN:,} more; --json lists all.")
    count = f"{len(faults):,} fault{'' if len(faults) == 1 else 's'}" if faults else "no faults"
    typer.echo(printable(f"{path}: {count}."))
