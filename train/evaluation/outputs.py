"""What a model puts out for the annotated validation rows and the development rows of one published resolution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Int64
from fer_data.core.labels.tasks import LABELS, UNITS, split_column
from fer_data.core.metrics.clips import clip_numbers
from fer_data.core.metrics.nearest_frame import nearest_rows
from fer_data.errors import DatasetError
from fer_data.model.files import Model
from fer_data.predictions.schemas import TABLES, Answers, Columns
from fer_data.published.dataset import Crops, Published, column, copy_mask
from fer_data.published.features import labelled
from fer_data.published.inference import predict_logits
from fer_data.published.licences import licence_metadata
from fer_data.shell.progress import progress
from fer_data.tables.origin import prefix_metadata
from fer_data.tables.schemas import FACE_ROWS, compact, iterate_table
from train.evaluation.tasks.targets import Targets, read_targets

__all__ = [
    "DevelopmentOutputs",
    "ModelOutputs",
    "Outputs",
    "View",
    "annotated",
    "annotated_rows",
    "predict_development",
    "predict_validation",
    "prediction_table",
]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A published dataset as it is scored at one side.

    Attributes:
        dataset: where the pictures come from.
        resolution_px: the side that the scores are reported for.
        seen_px: pictures are reduced to this side in memory; None: they are of that side.
    """

    dataset: Published
    resolution_px: int
    seen_px: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ModelOutputs:
    """What a model says of the validation rows that any of its tasks annotates.

    Attributes:
        rows: `FACE_ROWS` in the dataset's order.
        has_crop: (n,) rows that the model saw.
        outputs: (rows with a crop, outputs).
        resolution_px: the side that they are reported for.
    """

    rows: pa.Table
    has_crop: NDArray[np.bool_]
    outputs: NDArray[np.float32]
    resolution_px: int

    def of_task(self, task: str, columns: slice) -> "ModelOutputs":
        """Return the rows that one task annotates, with the outputs for it."""
        wanted = annotated(self.rows, task)
        return ModelOutputs(
            self.rows.filter(pa.array(wanted)),
            self.has_crop[wanted],
            np.ascontiguousarray(self.outputs[wanted[self.has_crop]][:, columns]),
            self.resolution_px,
        )

    def sources(self) -> Int64:
        """Return the row whose prediction each row takes; -1 where its clip has no crop at all."""
        frames = self.rows["frame_index"].to_numpy().astype(np.int64)
        clips = clip_numbers(self.rows["subject_id"].to_pylist(), self.rows["video_id"].to_pylist())
        return nearest_rows(clips, frames, self.has_crop)

    def place_columns(self) -> Columns:
        """Return the columns that every table of predictions starts with."""
        names = ("row_id", "subject_id", "video_id", "frame_index")
        side = pa.array(np.full(len(self.has_crop), self.resolution_px, np.int32))
        return {**{name: self.rows[name] for name in names}, "resolution": side}


@dataclass(frozen=True, slots=True, eq=False)
class DevelopmentOutputs:
    """What a model says of the development subjects, which it did not learn from.

    Attributes:
        outputs: (n, outputs).
        targets: annotated labels, of the model's tasks.
        clips: (n,) number of the person in its video.
        frames: (n,) 0-based frame.
    """

    outputs: NDArray[np.float32]
    targets: Targets
    clips: Int64
    frames: Int64

    def of_task(self, task: str, columns: slice) -> "DevelopmentOutputs":
        """Return the rows that one task annotates, with the outputs for it."""
        rows = np.flatnonzero(self.targets.labelled(task))
        outputs = np.ascontiguousarray(self.outputs[rows][:, columns])
        return DevelopmentOutputs(outputs, self.targets.take(rows), self.clips[rows], self.frames[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a model puts out at every side.

    Attributes:
        model: the model.
        validation: of the annotated validation rows, by side.
        development: of the development rows, by side.
        shown_px: the side that is drawn.
        corpora: the corpus of each subject, where the dataset has several.
        prefixes: what stands before the ids of each source.
        licence: of predictions that are made of the model beside the dataset's labels.
    """

    model: Model
    validation: Mapping[int, ModelOutputs]
    development: Mapping[int, DevelopmentOutputs]
    shown_px: int
    corpora: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    licence: Mapping[str, Any] = field(default_factory=dict)

    def metadata(self) -> dict[str, str]:
        """Return what a table of predictions says of the ids of sources, and of its licence."""
        return prefix_metadata(self.prefixes) | (licence_metadata(self.licence) if self.licence else {})

    def rows_of(self, task: str, px: int) -> pa.Table:
        """Return the `FACE_ROWS` of the validation rows that a task annotates."""
        return self.validation[px].of_task(task, self.model.network.columns[task]).rows


def predict_validation(
    model: Model, view: View, network: torch.nn.Module, *, device: torch.device, batch_size: int
) -> ModelOutputs:
    """Return what a model says of the annotated validation rows, in the order of the dataset's `rows.parquet`.

    Raises:
        DatasetError: a task of the model annotates no such row, or a picture cannot be read.
    """
    rows = annotated_rows(view.dataset, model.tasks)
    validation = view.dataset.split("validation")
    indices = pc.index_in(rows["row_id"], pa.chunked_array([column(validation, "row_id").astype(str)]))
    has_crop = pc.is_valid(indices).to_numpy(zero_copy_only=False)
    wanted = indices.drop_null().to_numpy().astype(np.int64)
    crops = Crops(validation, wanted, model.contract, seen_px=view.seen_px, kept=False)
    with progress(f"evaluate {view.resolution_px} px, validation", len(crops), "images") as work:
        outputs = predict_logits(
            network, crops, model.contract, batch_size=batch_size, device=device, on_batch=work.advance
        )
    return ModelOutputs(rows, has_crop, outputs.reshape(len(wanted), _width(model)), view.resolution_px)


def prediction_table(model: Model, task: str, seen: ModelOutputs, *, usual: float | Float64) -> pa.Table:
    """Return the predictions of the rows that a task annotates, in the columns of `TABLES`.

    A row without a crop takes the answer for the nearest row of its clip with one (the earlier of two as near), else
    `usual`, which follows from the training labels.
    """
    seen, form = seen.of_task(task, model.network.columns[task]), TABLES[task]
    source, own = seen.sources(), form.answers(seen.outputs)
    values = np.full((len(source), *own.shape[1:]), usual, own.dtype)
    values[seen.has_crop] = own
    found = (source >= 0).reshape(-1, *[1] * (own.ndim - 1))
    values = np.where(found, values[source], np.asarray(usual, own.dtype))
    how = np.where(seen.has_crop, "model", np.where(source >= 0, "nearest", form.last_resort))
    labels = {name: seen.rows[name] for name in LABELS[task].columns}
    said = Answers(values, how.tolist(), seen.outputs, model.outputs_of(task))
    return form.table(seen.place_columns(), labels, said)


def predict_development(
    model: Model, view: View, network: torch.nn.Module, *, device: torch.device, batch_size: int
) -> DevelopmentOutputs:
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
    crops = Crops(split, rows, model.contract, seen_px=view.seen_px, kept=False)
    with progress(f"evaluate {view.resolution_px} px, development", len(crops), "images") as work:
        outputs = predict_logits(
            network, crops, model.contract, batch_size=batch_size, device=device, on_batch=work.advance
        )
    clips = clip_numbers(subjects[rows].tolist(), column(split, "video_id")[rows].tolist())
    frames = column(split, "frame_index").astype(np.int64)[rows]
    return DevelopmentOutputs(outputs.reshape(len(rows), _width(model)), targets.take(rows), clips, frames)


def _width(model: Model) -> int:
    return sum(head.out_features for head in model.network.classifiers())


def annotated_rows(dataset: Published, tasks: Sequence[str]) -> pa.Table:
    """Return the `FACE_ROWS` of all validation rows that any of the tasks annotates.

    Raises:
        DatasetError: one of them annotates none.
    """
    found: list[pa.Table] = []
    missing = set(tasks)
    for rows in iterate_table(dataset.folder / "rows.parquet", FACE_ROWS):
        rows = compact(rows)
        masks = [annotated(rows, task) for task in tasks]
        missing -= {task for task, mask in zip(tasks, masks, strict=True) if mask.any()}
        found.append(rows.filter(pa.array(np.any(masks, axis=0))))
    for task in (task for task in tasks if task in missing):
        raise DatasetError(
            f"{dataset.folder} has no annotated validation rows of {task} to score. Check the labels and dataset.task."
        )
    return pa.concat_tables(found).combine_chunks()


def annotated(rows: pa.Table, task: str) -> NDArray[np.bool_]:
    """Return which rows a task annotates and counts as validation."""
    mine = pc.fill_null(pc.equal(rows[split_column(task)], "validation"), fill_value=False)
    return np.asarray(pc.and_(mine, labelled(rows, task)).to_numpy(), np.bool_)
