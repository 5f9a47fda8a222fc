"""The prediction of every annotated validation row of one published resolution."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from numpy.typing import NDArray

from fer_data.core.filling import nearest_rows
from fer_data.core.labels.tasks import UNITS
from fer_data.errors import DatasetError
from fer_data.features import labelled
from fer_data.inference import predict_logits
from fer_data.model_files import Model
from fer_data.progress import progress
from fer_data.published import Crops, Published, column, copy_mask
from fer_data.tables import FACE_ROWS, PREDICTIONS, read_table
from train.targets import Targets, read_targets

__all__ = [
    "Development",
    "Seen",
    "View",
    "annotated_rows",
    "expression_table",
    "see_development",
    "see_validation",
]

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
class Seen:
    """What a model says of the validation rows that any of its tasks annotates.

    Attributes:
        rows: `FACE_ROWS` in the dataset's order.
        has_crop: (n,) rows that the model saw.
        outputs: (rows with a crop, outputs).
    """

    rows: pa.Table
    has_crop: NDArray[np.bool_]
    outputs: NDArray[np.float32]

    def of_task(self, task: str, place: slice) -> "Seen":
        """Return the rows that one task annotates, with the outputs for it."""
        wanted = annotated(self.rows, task)
        return Seen(
            self.rows.filter(pa.array(wanted)),
            self.has_crop[wanted],
            np.ascontiguousarray(self.outputs[wanted[self.has_crop]][:, place]),
        )

    def sources(self) -> Int64:
        """Return the row whose prediction each row takes; -1 where its subject has no crop at all."""
        frames = self.rows["frame_index"].to_numpy().astype(np.int64)
        return nearest_rows(self.rows["subject_id"].to_pylist(), frames, self.has_crop)

    def place_columns(self, side_px: int) -> dict[str, pa.ChunkedArray | pa.Array]:
        """Return the columns that every table of predictions starts with."""
        names = ("row_id", "subject_id", "video_id", "frame_index")
        side = pa.array(np.full(len(self.has_crop), side_px, np.int32))
        return {**{name: self.rows[name] for name in names}, "resolution": side}


@dataclass(frozen=True, slots=True, eq=False)
class Development:
    """What a model says of the development subjects, which it did not learn from.

    Attributes:
        outputs: (n, outputs).
        targets: annotated labels, of the model's tasks.
        subjects: (n,) subject of each row.
        frames: (n,) 0-based frame.
    """

    outputs: NDArray[np.float32]
    targets: Targets
    subjects: NDArray[np.str_]
    frames: Int64

    def of_task(self, task: str, place: slice) -> "Development":
        """Return the rows that one task annotates, with the outputs for it."""
        rows = np.flatnonzero(self.targets.labelled(task))
        outputs = np.ascontiguousarray(self.outputs[rows][:, place])
        return Development(outputs, self.targets.take(rows), self.subjects[rows], self.frames[rows])


def see_validation(
    model: Model, view: View, network: torch.nn.Module, *, device: torch.device, batch_size: int
) -> Seen:
    """Return what a model says of the annotated validation rows, in the order of the dataset's `rows.parquet`.

    Raises:
        DatasetError: a task of the model annotates no such row, or a picture cannot be read.
    """
    rows = annotated_rows(view.dataset, model.tasks)
    validation = view.dataset.split("validation")
    places = pc.index_in(rows["row_id"], pa.chunked_array([column(validation, "row_id").astype(str)]))
    has_crop = pc.is_valid(places).to_numpy(zero_copy_only=False)
    wanted = places.drop_null().to_numpy().astype(np.int64)
    crops = Crops(validation, wanted, model.contract, seen_px=view.seen_px)
    with progress(f"evaluate {view.side_px} px, validation", len(crops), "images") as work:
        outputs = predict_logits(
            network, crops, model.contract, batch_size=batch_size, device=device, on_batch=work.advance
        )
    return Seen(rows, has_crop, outputs.reshape(len(wanted), _width(model)))


def expression_table(model: Model, seen: Seen, side_px: int) -> pa.Table:
    """Return the `PREDICTIONS` of the rows that expression annotates.

    A row without a crop takes the prediction of its subject's nearest row with one (the earlier of two as near), else
    the most frequent training class.
    """
    seen = seen.of_task("expression", model.network.columns["expression"])
    source = seen.sources()
    predicted = _filled(seen.outputs, seen.has_crop, source, fallback=_most_frequent(model))
    return _table(seen, side_px, predicted, source=source)


def see_development(
    model: Model, view: View, network: torch.nn.Module, *, device: torch.device, batch_size: int
) -> Development:
    """Return predictions of the labelled originals of the subjects that chose the model's checkpoint.

    No rows where the dataset has none of these subjects in its training split, as another version may not.
    """
    train = view.dataset.splits.get("train")
    split = view.dataset.split("validation").select([]) if train is None else train
    subjects, targets = column(split, "subject_id").astype(np.str_), read_targets(split, model.tasks)
    targets = targets.of_units(UNITS, model.units)
    original = ~copy_mask(split)
    held_out = np.isin(subjects, model.stated("development_subjects"))
    labelled = np.any([targets.labelled(task) for task in model.tasks], axis=0)
    rows = np.flatnonzero(held_out & original & labelled)
    crops = Crops(split, rows, model.contract, seen_px=view.seen_px)
    with progress(f"evaluate {view.side_px} px, development", len(crops), "images") as work:
        outputs = predict_logits(
            network, crops, model.contract, batch_size=batch_size, device=device, on_batch=work.advance
        )
    frames = column(split, "frame_index").astype(np.int64)
    return Development(
        outputs.reshape(len(rows), _width(model)), targets.take(rows), subjects[rows], frames[rows]
    )


def _width(model: Model) -> int:
    return sum(head.out_features for head in model.network.classifiers())


def annotated_rows(dataset: Published, tasks: Sequence[str]) -> pa.Table:
    """Return the `FACE_ROWS` of all validation rows that any of the tasks annotates.

    Raises:
        DatasetError: one of them annotates none.
    """
    rows = read_table(dataset.folder / "rows.parquet", FACE_ROWS)
    masks = [annotated(rows, task) for task in tasks]
    for task, mask in zip(tasks, masks, strict=True):
        if not mask.any():
            raise DatasetError(
                f"{dataset.folder} has no annotated validation rows of {task} to score. Check the labels and "
                "source.task."
            )
    return rows.filter(pa.array(np.any(masks, axis=0)))


def annotated(rows: pa.Table, task: str) -> NDArray[np.bool_]:
    """Return which rows a task annotates and counts as validation."""
    mine = pc.fill_null(pc.equal(rows[f"split_{task}"], "validation"), fill_value=False)
    return np.asarray(pc.and_(mine, labelled(rows, task)).to_numpy(), np.bool_)


def _most_frequent(model: Model) -> int:
    return int(np.argmax(model.stated("train_counts")))


def _filled(
    logits: NDArray[np.float32], has_crop: NDArray[np.bool_], source: Int64, *, fallback: int
) -> Int64:
    own = np.full(len(has_crop), fallback, np.int64)
    if len(logits):
        own[has_crop] = logits.argmax(axis=1)
    return np.where(source >= 0, own[source], fallback)


def _table(seen: Seen, side_px: int, predicted: Int64, *, source: Int64) -> pa.Table:
    how = np.where(seen.has_crop, "model", np.where(source >= 0, "nearest", "most_frequent"))
    place = np.cumsum(seen.has_crop) - 1
    all_logits = [
        seen.outputs[place[row]].tolist() if kept else None for row, kept in enumerate(seen.has_crop)
    ]
    columns = seen.place_columns(side_px) | {
        "expression": seen.rows["expression"],
        "predicted": pa.array(predicted.astype(np.int8)),
        "source": pa.array(how.astype(object), pa.string()),
        "logits": pa.array(all_logits, PREDICTIONS.field("logits").type),
    }
    return pa.table(columns)
