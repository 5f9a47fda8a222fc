"""`fer-data submit`: write and check files for the ABAW challenge."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["submit"]


def submit(
    predictions: Annotated[Path | None, typer.Argument(help="Table of predictions, from `evaluate`.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write, or with --catalog the folder.")] = None,
    sample: Annotated[Path | None, typer.Option(help="ABAW5+: the organisers' sample file.")] = None,
    catalog: Annotated[
        Path | None, typer.Option(help="ABAW1-3: the catalog, for each subject's frames.")
    ] = None,
    split: Annotated[str, typer.Option(help="With --catalog: whose files, such as test.")] = "test",
    classes: Annotated[
        int, typer.Option(min=7, max=8, help="With --catalog: 7 (ABAW1, 2) or 8 (ABAW3).")
    ] = 8,
    resolution: Annotated[
        int | None, typer.Option(help="Which predictions, in px, when there are several.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="Check this file or folder instead of writing one.")
    ] = None,
) -> None:
    """Write an ABAW submission from predictions, every frame answered once, or check one."""
    from fer_data.errors import ParamsError

    if (sample is None) == (catalog is None):
        raise ParamsError(
            "Give either --sample (ABAW5 and later, one file) or --catalog (ABAW1 to 3, one a subject)."
        )
    if check is not None:
        _check(check, sample, catalog, (split, classes))
    elif predictions is None or output is None:
        raise ParamsError(
            "PREDICTIONS and --output are needed to write a submission; --check FILE checks one."
        )
    else:
        _write(predictions, output, (sample, catalog), (split, classes, resolution))


def _write(
    predictions: Path,
    output: Path,
    rows: tuple[Path | None, Path | None],
    choice: tuple[str, int, int | None],
) -> None:
    from fer_data.submission import (
        read_frame_counts,
        read_predictions,
        read_sample,
        write_one_file,
        write_subject_files,
    )

    (sample, catalog), (split, classes, resolution) = rows, choice
    known = read_predictions(predictions, resolution)
    if sample is not None:
        answers = write_one_file(known, read_sample(sample), output)
    elif catalog is not None:
        answers = write_subject_files(known, read_frame_counts(catalog, split), output, classes=classes)
    total = answers.predicted + answers.nearest + answers.most_frequent
    typer.echo(
        f"{output}: {total:,} rows: {answers.predicted:,} predicted, {answers.nearest:,} from the subject's nearest "
        f"predicted frame, {answers.most_frequent:,} with the most frequent class."
    )


def _check(path: Path, sample: Path | None, catalog: Path | None, choice: tuple[str, int]) -> None:
    from fer_data.errors import ParamsError
    from fer_data.shell import FINDINGS
    from fer_data.submission import read_frame_counts, read_sample
    from fer_data.submission_faults import one_file_faults, subject_file_faults

    if not (path.is_file() if sample else path.is_dir()):
        kind = "file" if sample else "folder"
        raise ParamsError(f"--check ({path}) must be an existing {kind}.")
    if sample is not None:
        faults = one_file_faults(path, read_sample(sample), sample.name)
    elif catalog is not None:
        faults = subject_file_faults(path, read_frame_counts(catalog, choice[0]), classes=choice[1])
    for fault in faults:
        place = f"{fault.file}:{fault.line}" if fault.line else fault.file
        typer.echo(f"{place}: {fault.rule}: {fault.message}")
    count = f"{len(faults):,} fault{'' if len(faults) == 1 else 's'}" if faults else "no faults"
    typer.echo(f"{path}: {count}.")
    if faults:
        raise typer.Exit(FINDINGS)
