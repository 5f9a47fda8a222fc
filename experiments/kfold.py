"""Train and score every person once: folds by person over training and validation together."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer

from fer_data.core.folds import subject_folds
from fer_data.core.intervals import group_confusions, score_intervals
from fer_data.core.scores import class_scores
from fer_data.errors import DatasetError
from fer_data.files import write_json
from fer_data.params.document import Params, load_params
from fer_data.published import open_published
from fer_data.shell import guarded
from fer_data.tables import FACE_ROWS, PREDICTIONS, read_table, write_table
from train.evaluate import evaluate
from train.finetune import finetune

__all__ = ["fold_of_subjects", "write_fold"]


def fold_of_subjects(dataset: Path, *, folds: int, seed: int) -> dict[str, int]:
    """Return the fold of every annotated person of training and validation; people of one video share it.

    Raises:
        DatasetError: there are fewer videos than folds.
    """
    rows = _labelled(dataset)
    subjects, labels = rows["subject_id"].to_pylist(), rows["expression"].to_pylist()
    classes = max(labels, default=0) + 1
    counts: dict[str, list[int]] = {name: [0] * classes for name in set(subjects)}
    for name, label in zip(subjects, labels, strict=True):
        counts[name][label] += 1
    videos = dict(zip(subjects, rows["video_id"].to_pylist(), strict=True))
    return subject_folds(videos, counts, folds=folds, seed=seed)


def _labelled(dataset: Path) -> pa.Table:
    rows = read_table(dataset / "rows.parquet", FACE_ROWS)
    named = pc.is_in(rows["split_expression"], pa.array(["train", "validation"]))
    return rows.filter(pc.and_(named, pc.is_valid(rows["expression"])))


def write_fold(dataset: Path, output: Path, fold: dict[str, int], number: int) -> None:
    """Write a published dataset again with the people of one fold as its validation split.

    Augmented copies stay with the training people that have some, and are left out of validation. Frames that `align`
    left out of training as poor or redundant have no crop and are scored by the rule for such rows.

    Raises:
        DatasetError: the dataset lacks the split train or validation.
    """
    loaded = datasets.load_from_disk(str(dataset))
    if not isinstance(loaded, datasets.DatasetDict) or not {"train", "validation"} <= set(loaded):
        raise DatasetError(f"{dataset} must have the splits train and validation. Publish it again.")
    whole = datasets.concatenate_datasets([loaded["train"], loaded["validation"]])
    held = np.array([fold.get(name) == number for name in whole["subject_id"]])
    known = np.array([name in fold for name in whole["subject_id"]])
    copied = np.array([parent is not None for parent in whole["parent_id"]])
    parts = {"train": known & ~held, "validation": held & ~copied}
    datasets.DatasetDict(
        {name: whole.select(np.flatnonzero(chosen)) for name, chosen in parts.items()}
    ).save_to_disk(str(output))
    for name in ("balance.json", "provenance.json"):
        shutil.copy(dataset / name, output / name)
    rows = _labelled(dataset)
    splits = ["validation" if fold[name] == number else "train" for name in rows["subject_id"].to_pylist()]
    place = rows.schema.get_field_index("split_expression")
    write_table(
        output / "rows.parquet", [rows.set_column(place, "split_expression", pa.array(splits))], FACE_ROWS
    )


def run_folds(published: Path, output: Path, params: Params, folds: int) -> dict[str, Any]:
    """Train and score one model a fold, write `result.json` with the scores over every person, and return it."""
    px = params.train.resolution
    fold = fold_of_subjects(published / str(px), folds=folds, seed=params.train.seed)
    tables = []
    for number in range(folds):
        folder = output / str(number)
        report = folder / "report" / "predictions.parquet"
        if not report.is_file():
            write_fold(published / str(px), folder / "published" / str(px), fold, number)
            data = folder / "published"
            finetune(
                data / str(px), folder / "model", folder / "train.csv", params.train, store=output / "store"
            )
            evaluate(folder / "model", data, folder / "report", evaluate=params.evaluate, resolutions=[px])
        found = read_table(report, PREDICTIONS)
        tables.append(found.filter(pc.equal(found["resolution"], px)))
    result = _pooled(pa.concat_tables(tables), open_published(published / str(px)).classes, params)
    write_json(output / "result.json", result)
    return result


def _pooled(rows: pa.Table, classes: tuple[str, ...], params: Params) -> dict[str, Any]:
    actual, predicted = (rows[name].to_numpy().astype(np.int64) for name in ("expression", "predicted"))
    scores = class_scores(actual, predicted, len(classes))
    confusions = group_confusions(actual, predicted, rows["video_id"].to_pylist(), classes=len(classes))
    found = score_intervals(confusions, draws=params.evaluate.bootstrap_draws, seed=params.evaluate.seed)
    return {
        "rows": len(actual),
        "videos": len(confusions),
        "macro_f1": scores.macro_f1,
        "macro_f1_interval": None if found.macro_f1 is None else asdict(found.macro_f1),
        "accuracy": scores.accuracy,
        "accuracy_interval": None if found.accuracy is None else asdict(found.accuracy),
        "f1": dict(zip(classes, scores.f1.tolist(), strict=True)),
    }


def main(
    published: Annotated[Path, typer.Argument(help="Folder of the published datasets, data/published.")],
    output: Annotated[Path, typer.Argument(help="Folder for datasets, models and result.json.")],
    folds: Annotated[int, typer.Option(min=2, help="Number of folds.")] = 5,
    params: Annotated[Path, typer.Option(help="Params file.")] = Path("params.yaml"),
) -> None:
    """Train and score one model a fold, and print the scores over every person."""
    typer.echo(json.dumps(run_folds(published, output, load_params(params), folds), indent=2))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
