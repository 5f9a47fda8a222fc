"""The prediction of every annotated validation row of one published resolution."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from fer_data.core.filling import nearest_rows
from fer_data.errors import DatasetError
from fer_data.inference import predict_logits
from fer_data.model_files import Model
from fer_data.published import Crops, Published, column
from fer_data.tables import FACE_ROWS, PREDICTIONS, read_table

__all__ = ["Development", "View", "annotated_rows", "predict_development", "predict_rows"]

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A published dataset as it is scored at one side.

    Attributes:
        dataset: where the pictures come from.
        side_px: the side that the scores are reported for.
        seen_px: pictures are reduced to this side in memory; None: they are of that side.
    """

    dataset: Published
    side_px: int
    seen_px: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Development:
    """What a model says of the development subjects, which it did not learn from.

    Attributes:
        logits: (n, classes).
        actual: (n,) annotated class.
        subjects: subject of each row.
        frames: (n,) 0-based frame.
    """

    logits: NDArray[np.float32]
    actual: Int64
    subjects: list[str]
    frames: Int64


def predict_rows(
    model: Model, view: View, network: torch.nn.Module, *, device: torch.device, batch_size: int
) -> pa.Table:
    """Return the `PREDICTIONS` of all annotated validation rows, in the order of the dataset's `rows.parquet`.

    A row without a crop takes the prediction of its subject's nearest row with one (the earlier of two as near), else
    the most frequent training class.

    Raises:
        DatasetError: there are no such rows, or a picture cannot be read.
    """
    rows = annotated_rows(view.dataset)
    validation = view.dataset.split("validation")
    places = pc.index_in(rows["row_id"], pa.chunked_array([column(validation, "row_id").astype(str)]))
    has_crop = pc.is_valid(places).to_numpy(zero_copy_only=False)
    wanted = places.drop_null().to_numpy().astype(np.int64)
    crops = Crops(validation, wanted, model.contract, seen_px=view.seen_px)
    with _progress(len(crops), view.side_px, "validation") as on_batch:
        logits = predict_logits(
            network, crops, model.contract, batch_size=batch_size, device=device, on_batch=on_batch
        )
    frames = rows["frame_index"].to_numpy().astype(np.int64)
    source = nearest_rows(rows["subject_id"].to_pylist(), frames, has_crop)
    predicted = _filled(logits, has_crop, source, fallback=_most_frequent(model))
    return _table(rows, view.side_px, predicted, has_crop=has_crop, source=source, logits=logits)


def predict_development(
    model: Model, view: View, network: torch.nn.Module, *, device: torch.device, batch_size: int
) -> Development:
    """Return predictions of the labelled originals of the subjects that chose the model's checkpoint.

    No rows where the dataset has none of these subjects in its training split, as another version may not.
    """
    if "train" not in view.dataset.splits:
        nothing = np.zeros(0, np.int64)
        return Development(np.zeros((0, len(model.classes)), np.float32), nothing, [], nothing)
    split = view.dataset.split("train")
    subjects, labels = (
        column(split, "subject_id").astype(np.str_),
        column(split, "expression").astype(np.int64),
    )
    original = np.array([parent is None for parent in column(split, "parent_id")], np.bool_)
    held_out = np.isin(subjects, model.description["development_subjects"])
    rows = np.flatnonzero(held_out & original & (labels >= 0))
    crops = Crops(split, rows, model.contract, seen_px=view.seen_px)
    with _progress(len(crops), view.side_px, "development") as on_batch:
        logits = predict_logits(
            network, crops, model.contract, batch_size=batch_size, device=device, on_batch=on_batch
        )
    frames = column(split, "frame_index").astype(np.int64)
    return Development(
        logits.reshape(len(rows), len(model.classes)), labels[rows], subjects[rows].tolist(), frames[rows]
    )


def annotated_rows(dataset: Published) -> pa.Table:
    """Return the `FACE_ROWS` of all annotated validation rows.

    Raises:
        DatasetError: there are none.
    """
    rows = read_table(dataset.folder / "rows.parquet", FACE_ROWS)
    wanted = pc.and_(pc.equal(rows["split_expression"], "validation"), pc.is_valid(rows["expression"]))
    annotated = rows.filter(wanted)
    if annotated.num_rows == 0:
        raise DatasetError(
            f"{dataset.folder} has no annotated validation rows to score. Check the labels and source.task."
        )
    return annotated


def _most_frequent(model: Model) -> int:
    return int(np.argmax(model.description["train_counts"]))


def _filled(
    logits: NDArray[np.float32], has_crop: NDArray[np.bool_], source: Int64, *, fallback: int
) -> Int64:
    own = np.full(len(has_crop), fallback, np.int64)
    if len(logits):
        own[has_crop] = logits.argmax(axis=1)
    return np.where(source >= 0, own[source], fallback)


def _table(
    rows: pa.Table,
    resolution: int,
    predicted: Int64,
    *,
    has_crop: NDArray[np.bool_],
    source: Int64,
    logits: NDArray[np.float32],
) -> pa.Table:
    how = np.where(has_crop, "model", np.where(source >= 0, "nearest", "most_frequent"))
    place = np.cumsum(has_crop) - 1
    all_logits = [logits[place[row]].tolist() if kept else None for row, kept in enumerate(has_crop)]
    columns = {name: rows[name] for name in ("row_id", "subject_id", "video_id", "frame_index")}
    columns |= {
        "resolution": pa.array(np.full(len(predicted), resolution, np.int32)),
        "expression": rows["expression"],
        "predicted": pa.array(predicted.astype(np.int8)),
        "source": pa.array(how.astype(object), pa.string()),
        "logits": pa.array(all_logits, PREDICTIONS.field("logits").type),
    }
    return pa.table(columns)


@contextmanager
def _progress(total: int, resolution: int, split: str) -> Iterator[Callable[[int], None]]:
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(f"evaluate {resolution} px, {split}", total=total)
        yield lambda done: progress.advance(task, done)
