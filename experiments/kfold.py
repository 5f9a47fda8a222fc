"""Train and score every person once: folds by person over training and validation together."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from experiments import options
from experiments.training import Run, is_made_from, load_changed, portable, predictions_of, record_making
from fer_data.core.labels.tasks import EXPRESSION, split_column
from fer_data.core.metrics.bootstrap import (
    Interval,
    group_confusions,
    interval_note,
    score_intervals,
    videos_by_class,
)
from fer_data.core.metrics.scores import absent_note, class_scores
from fer_data.core.metrics.units import Drawn
from fer_data.core.sampling.folds import subject_folds
from fer_data.core.sampling.linked import linked
from fer_data.errors import DatasetError
from fer_data.params.document import Params
from fer_data.predictions.schemas import table_units
from fer_data.published.dataset import copy_mask, open_published
from fer_data.published.row_facts import UNNAMED
from fer_data.published.shards import open_shards, read_shards
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.run import guarded
from fer_data.tables.schemas import FACE_ROWS, read_table, write_table

__all__ = ["check_disjoint", "fold_of_subjects", "pooled", "print_folds", "run_folds", "write_fold"]

_COPIED = ("balance.json", "provenance.json")


def fold_of_subjects(dataset: Path, *, folds: int, seed: int) -> dict[str, int]:
    """Return the fold of every annotated person of training and validation; people of one video share it.

    Subjects who were confirmed to be one person (`person_id`) share it as well.

    Raises:
        DatasetError: there are fewer videos than folds, or nobody says whom its pictures show.
    """
    rows = _labelled(dataset)
    if pc.any(pc.equal(rows["subject_source"], UNNAMED)).as_py():
        raise DatasetError(
            f"{dataset} has pictures that do not say whom they show (subject_source is none), so folds by person would "
            "score people who were learnt from. Leave their corpus out of sources."
        )
    subjects, labels = rows["subject_id"].to_pylist(), rows["expression"].to_pylist()
    classes = max(labels, default=0) + 1
    counts: dict[str, list[int]] = {name: [0] * classes for name in set(subjects)}
    for name, label in zip(subjects, labels, strict=True):
        counts[name][label] += 1
    persons = _persons(dataset)
    people = np.asarray([persons.get(name, name) for name in subjects], np.str_)
    together = linked(people, np.asarray(rows["video_id"].to_pylist(), np.str_))
    videos = dict(zip(subjects, together.tolist(), strict=True))
    return subject_folds(videos, counts, folds=folds, seed=seed)


def _persons(dataset: Path) -> dict[str, str]:
    """Return the person of every published subject; nothing of a dataset of an earlier version."""
    found: dict[str, str] = {}
    shards = open_shards(dataset)
    for batch in (batch for split in shards.splits for batch in read_shards(shards, split)):
        if "person_id" in batch.schema.names:
            found |= dict(zip(batch["subject_id"].to_pylist(), batch["person_id"].to_pylist(), strict=True))
    return found


def _labelled(dataset: Path) -> pa.Table:
    rows = read_table(dataset / "rows.parquet", FACE_ROWS)
    named = pc.is_in(rows[split_column(EXPRESSION)], pa.array(["train", "validation"]))
    return rows.filter(pc.and_(named, pc.is_valid(rows["expression"])))


def write_fold(dataset: Path, output: Path, fold: dict[str, int], number: int) -> None:
    """Write a published dataset again with the people of one fold as its validation split.

    Augmented copies stay with the training people that have some, and are left out of validation. Frames that `align`
    left out of training as poor or redundant have no crop and are scored by the rule for such rows.

    Raises:
        DatasetError: the dataset lacks the split train or validation.
    """
    opened = open_published(dataset)
    loaded = datasets.load_from_disk(str(dataset))
    if not isinstance(loaded, datasets.DatasetDict) or not {"train", "validation"} <= set(loaded):
        raise DatasetError(f"{dataset} must have the splits train and validation. Publish it again.")
    whole = datasets.concatenate_datasets([loaded["train"], loaded["validation"]])
    held = np.array([fold.get(name) == number for name in whole["subject_id"]])
    known = np.array([name in fold for name in whole["subject_id"]])
    copied = copy_mask(whole)
    parts = {"train": known & ~held, "validation": held & ~copied}
    rows = _labelled(dataset)
    splits = ["validation" if fold[name] == number else "train" for name in rows["subject_id"].to_pylist()]
    index = rows.schema.get_field_index(split_column(EXPRESSION))
    split = rows.set_column(index, split_column(EXPRESSION), pa.array(splits))
    with new_folder(output, "fold", overwrite=True, inputs=[dataset]) as folder:
        datasets.DatasetDict(
            {name: whole.select(np.flatnonzero(chosen)) for name, chosen in parts.items()}
        ).save_to_disk(str(folder))
        shutil.copy(dataset / "balance.json", folder / "balance.json")
        stated = {key: value for key, value in opened.provenance.items() if key != "files"}
        write_json(folder / "provenance.json", stated)  # of the folds' own files nothing is stated
        write_table(folder / "rows.parquet", [split], FACE_ROWS)


def run_folds(published: Path, output: Path, params: Params, *, folds: int, jobs: int) -> dict[str, Any]:
    """Train and score one model a fold, write `result.json` with the scores over every person, and return it.

    Raises:
        DatasetError: there are fewer videos than folds, or folds share a person or a video.
    """
    px = params.train.resolution
    dataset = published / str(px)
    fold = fold_of_subjects(dataset, folds=folds, seed=params.train.seed)
    runs = []
    for number in range(folds):
        folder = output / str(number)
        parts = {
            "dataset": {name: file_sha256(dataset / name) for name in (*_COPIED, "rows.parquet")},
            "held": sorted(name for name, one in fold.items() if one == number),
        }
        if not is_made_from(folder / "published", parts):
            write_fold(dataset, folder / "published" / str(px), fold, number)
            record_making(folder / "published", parts)
        run = Run(
            f"fold {number + 1} of {folds}", folder / "published", folder, params.train, params.evaluate,
            output / "store",
        )  # fmt: skip
        runs.append(run)
    tables = [_at(table, px) for table in predictions_of(runs, jobs)]
    check_disjoint(tables)
    result = {"folds": folds, "resolution": px, "train": portable(params.train)}
    result |= pooled(tables, open_published(dataset).classes, params)
    write_json(output / "result.json", result)
    return result


def _at(table: pa.Table, px: int) -> pa.Table:
    return table.filter(pc.equal(table["resolution"], px))


def check_disjoint(tables: Sequence[pa.Table]) -> None:
    """Hold that no person and no video was scored in two folds.

    Raises:
        DatasetError: naming the first one that was.
    """
    for name in ("subject_id", "video_id"):
        seen: set[str] = set()
        for table in tables:
            found = set(table[name].to_pylist())
            if seen & found:
                raise DatasetError(
                    f"{name} {min(seen & found)!r} is scored in two folds; each must be in one. Delete the folds' "
                    "folders and run again."
                )
            seen |= found


def pooled(tables: Sequence[pa.Table], classes: Sequence[str], params: Params) -> dict[str, Any]:
    """Return the scores over the rows of all folds together, with intervals over videos, and each fold's own."""
    rows = pa.concat_tables(tables)
    actual, predicted = (rows[name].to_numpy().astype(np.int64) for name in ("expression", "predicted"))
    scores = class_scores(actual, predicted, len(classes))
    units, drawn = table_units(rows)
    confusions = group_confusions(actual, predicted, units, classes=len(classes))
    found = score_intervals(confusions, draws=params.evaluate.bootstrap_draws, seed=params.evaluate.seed)
    each = [_fold_scores(table, len(classes)) for table in tables]
    return {
        "rows": len(actual),
        "people": len(set(rows["subject_id"].to_pylist())),
        "videos": len(set(rows["video_id"].to_pylist())),
        "drawn": list(drawn.kinds),
        "units": len(confusions),
        "macro_f1": scores.macro_f1,
        "macro_f1_interval": _plain(found.macro_f1),
        "macro_f1_present": scores.macro_f1_present,
        "macro_f1_present_interval": _plain(found.macro_f1_present),
        "absent": [classes[index] for index in scores.absent],
        "accuracy": scores.accuracy,
        "accuracy_interval": _plain(found.accuracy),
        "f1": {
            name: {"f1": float(f1), "interval": _plain(interval), "videos": videos}
            for name, f1, interval, videos in zip(
                classes, scores.f1, found.f1, videos_by_class(confusions), strict=True
            )
        },
        "by_fold": each,
        "standard_deviation_over_folds": {
            name: float(np.std([one[name] for one in each], ddof=1)) for name in ("macro_f1", "accuracy")
        },
    }


def _plain(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else asdict(interval)


def _fold_scores(table: pa.Table, classes: int) -> dict[str, Any]:
    actual, predicted = (table[name].to_numpy().astype(np.int64) for name in ("expression", "predicted"))
    scores = class_scores(actual, predicted, classes)
    return {
        "rows": len(actual),
        "people": len(set(table["subject_id"].to_pylist())),
        "macro_f1": scores.macro_f1,
        "accuracy": scores.accuracy,
    }


_HOW = (
    "Everyone is scored by a model that never saw them. 95 % intervals over {}; folds differ in their people, so "
    "their spread is no interval."
)


def print_folds(result: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the scores over every person, of each class, and of each fold."""
    count, drawn = result.get("units", result["videos"]), Drawn(tuple(result.get("drawn", ("videos",))))
    table = Table(
        title=f"{result['folds']} folds by person at {result['resolution']} px: {result['rows']:,} rows of "
        f"{result['people']:,} people in {result['videos']:,} videos",
        caption=" ".join(filter(None, (
            _HOW.format(drawn.words),
            absent_note(result["absent"]),
            interval_note(count, {name: one["videos"] for name, one in result["f1"].items()}, drawn),
        ))),
        box=SIMPLE,
        pad_edge=False,
    )  # fmt: skip
    for name in ("", "rows", "people", "macro F1, 95 %", "accuracy, 95 %"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    overall = (_scored(result[name], result[f"{name}_interval"]) for name in ("macro_f1", "accuracy"))
    table.add_row("everyone", f"{result['rows']:,}", f"{result['people']:,}", *overall)
    if result["absent"]:
        known = _scored(result["macro_f1_present"], result["macro_f1_present_interval"])
        table.add_row("classes present", "", "", known, "")
    table.add_section()
    for name, score in result["f1"].items():
        table.add_row(
            f"F1 {name}, {score['videos']} videos", "", "", _scored(score["f1"], score["interval"]), ""
        )
    table.add_section()
    for number, one in enumerate(result["by_fold"], 1):
        scores = (f"{one[name]:.3f}" for name in ("macro_f1", "accuracy"))
        table.add_row(f"fold {number}", f"{one['rows']:,}", f"{one['people']:,}", *scores)
    spread = result["standard_deviation_over_folds"]
    table.add_row("spread (SD)", "", "", f"{spread['macro_f1']:.3f}", f"{spread['accuracy']:.3f}")
    (console or Console()).print(table)


def _scored(score: float, interval: Mapping[str, float] | None) -> str:
    return f"{score:.3f}" + (f" \\[{interval['low']:.3f}, {interval['high']:.3f}]" if interval else "")


def main(
    published: Annotated[Path, typer.Argument(help="Folder of the published datasets, data/published.")],
    output: Annotated[Path, typer.Argument(help="Folder for datasets, models and result.json.")],
    folds: Annotated[int, typer.Option(min=2, help="Number of folds.")] = 5,
    jobs: options.Jobs = 1,
    change: options.Change = None,
    params: options.ParamsFile = Path("params.yaml"),
) -> None:
    """Train and score one model a fold, and print the scores over every person of training and validation."""
    document = load_changed(params, change or [])
    print_folds(run_folds(published, output, document, folds=folds, jobs=jobs))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
