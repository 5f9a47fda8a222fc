"""What a model puts out for the rows that are scored and the development rows of one published resolution."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Float64, Int64, Mask
from fer_data.core.labels.segments import scored_once, segment_keys
from fer_data.core.labels.tasks import LABELS, UNITS
from fer_data.core.metrics.clips import clip_numbers
from fer_data.core.metrics.nearest_frame import nearest_rows
from fer_data.model.files import Model
from fer_data.predictions.schemas import TABLES, WHOSE, Answers, Columns, is_plain, row_series, schema_of
from fer_data.published.dataset import Crops, Published, column, copy_mask
from fer_data.published.inference import predict_logits
from fer_data.published.licences import licence_metadata
from fer_data.published.row_facts import MACHINE, row_segments, texts
from fer_data.shell.progress import progress
from fer_data.tables.origin import prefix_metadata
from fer_data.tables.schemas import compact, write_table
from train.evaluation.scored_rows import CorpusFacts, Scored, scored_column, texts_of_rows
from train.evaluation.tasks.targets import Targets, read_targets

__all__ = [
    "DevelopmentOutputs",
    "ModelOutputs",
    "Outputs",
    "View",
    "pooled_rows",
    "predict_development",
    "predict_scored",
    "prediction_table",
    "write_predictions",
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
    """What a model says of the rows that any of its tasks is scored on.

    Attributes:
        rows: as `find_scored` has them, in the dataset's order.
        has_crop: (n,) rows that the model saw; of a segment, of which it saw any row.
        outputs: (rows with a crop, outputs).
        resolution_px: the side that they are reported for.
        pooled: rows, and rows with a crop, behind the segments and clips among them; empty without any.
    """

    rows: pa.Table
    has_crop: Mask
    outputs: Float32
    resolution_px: int
    pooled: Mapping[str, int] = field(default_factory=dict)

    def of_task(self, task: str, columns: slice) -> "ModelOutputs":
        """Return the rows that one task is scored on, with the outputs for it; of a segment as one, their mean."""
        wanted = self.rows[scored_column(task)].to_numpy(zero_copy_only=False).astype(np.bool_)
        outputs = np.ascontiguousarray(self.outputs[wanted[self.has_crop]][:, columns])
        rows, has_crop = self.rows.filter(pa.array(wanted)), self.has_crop[wanted]
        keys = _segments(rows)
        once = scored_once(keys, has_crop)
        if once is None:
            return ModelOutputs(rows, has_crop, outputs, self.resolution_px)
        whole = keys != ""
        pooled = {
            "segments": len(np.unique(keys[whole])),
            "rows": int(whole.sum()),
            "rows_with_a_crop": int((whole & has_crop).sum()),
        }
        return ModelOutputs(
            compact(rows.take(pa.array(once.first))),
            once.any(has_crop),
            once.mean(outputs, has_crop),
            self.resolution_px,
            pooled,
        )

    def sources(self) -> Int64:
        """Return the row whose prediction each row takes; -1 where its clip has no crop at all."""
        frames = self.rows["frame_index"].to_numpy().astype(np.int64)
        series = row_series(self._placed())
        return nearest_rows(clip_numbers(series, series), frames, self.has_crop)

    def place_columns(self) -> Columns:
        """Return the columns that every table of predictions starts with, and those that say whose its rows are."""
        names = ("row_id", "subject_id", "video_id", "frame_index")
        side = pa.array(np.full(len(self.has_crop), self.resolution_px, np.int32))
        placed = self._placed()
        return {
            **{name: placed[name] for name in (*names, *WHOSE.names) if name in placed.column_names},
            "resolution": side,
        }

    def _placed(self) -> pa.Table:
        """Return the rows with the columns of `WHOSE`, where they are not all frames of one corpus' videos."""
        told = {name: texts_of_rows(self.rows, name) for name in WHOSE.names}
        kept = [name for name in self.rows.column_names if name not in WHOSE.names]
        rows = self.rows.select(kept)
        for name, values in told.items() if not is_plain(told) else ():
            rows = rows.append_column(name, pa.array(values, pa.string()))
        return rows


def _segments(rows: pa.Table) -> NDArray[np.str_]:
    told = (texts_of_rows(rows, name) for name in ("label_scope", "segment_id"))
    scopes, segments = told
    return segment_keys(scopes, segments.tolist(), rows["subject_id"].to_pylist())


@dataclass(frozen=True, slots=True, eq=False)
class DevelopmentOutputs:
    """What a model says of the development subjects, which it did not learn from.

    Attributes:
        outputs: (n, outputs).
        targets: annotated labels, of the model's tasks.
        clips: (n,) number of the person in its video; a segment is a clip of its own.
        frames: (n,) 0-based frame.
    """

    outputs: Float32
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
        scored: of the rows that are scored, by side.
        development: of the development rows, by side.
        shown_px: the side that is drawn.
        corpora: what is known of each corpus, by name.
        prefixes: what stands before the ids of each source.
        licence: of predictions that are made of the model beside the dataset's labels.
    """

    model: Model
    scored: Mapping[int, ModelOutputs]
    development: Mapping[int, DevelopmentOutputs]
    shown_px: int
    corpora: Mapping[str, CorpusFacts] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    licence: Mapping[str, Any] = field(default_factory=dict)

    def metadata(self) -> dict[str, str]:
        """Return what a table of predictions says of the ids of sources, and of its licence."""
        return prefix_metadata(self.prefixes) | (licence_metadata(self.licence) if self.licence else {})

    def split(self, task: str | None = None) -> str:
        """Return the scored splits in words, of one task or of all."""
        found = {
            split
            for facts in self.corpora.values()
            for one, split in facts.splits.items()
            if task in (None, one)
        }
        return " and ".join(sorted(found, reverse=True))

    def of_task(self, task: str, px: int) -> ModelOutputs:
        """Return what is said of the rows that a task is scored on."""
        return self.scored[px].of_task(task, self.model.network.columns[task])


def predict_scored(
    model: Model,
    view: View,
    network: torch.nn.Module,
    scored: Scored,
    *,
    device: torch.device,
    batch_size: int,
) -> ModelOutputs:
    """Return what a model says of the rows that are scored, wherever the dataset has their pictures.

    Raises:
        DatasetError: a picture cannot be read.
    """
    rows = scored.rows
    has_crop = np.zeros(len(rows), np.bool_)
    outputs = np.zeros((len(rows), _width(model)), np.float32)
    for name in scored.all_splits():
        split = view.dataset.splits.get(name)
        if split is None:
            continue
        places = pc.index_in(rows["row_id"], pa.chunked_array([column(split, "row_id").astype(str)]))
        found = pc.is_valid(places).to_numpy(zero_copy_only=False).astype(np.bool_)
        wanted = places.drop_null().to_numpy().astype(np.int64)
        crops = Crops(split, wanted, model.contract, seen_px=view.seen_px, kept=False)
        with progress(f"evaluate {view.resolution_px} px, {name}", len(crops), "images") as work:
            said = predict_logits(
                network, crops, model.contract, batch_size=batch_size, device=device, on_batch=work.advance
            )
        outputs[found] = said.reshape(len(wanted), -1) if len(wanted) else 0
        has_crop |= found
    return ModelOutputs(rows, has_crop, outputs[has_crop], view.resolution_px)


def prediction_table(model: Model, task: str, seen: ModelOutputs, *, usual: float | Float64) -> pa.Table:
    """Return the predictions of the rows that a task is scored on (`ModelOutputs.of_task`), in the columns of `TABLES`.

    A row without a crop takes the answer for the nearest row of its clip with one (the earlier of two as near), else
    `usual`, which follows from the training labels.
    """
    form = TABLES[task]
    source, own = seen.sources(), form.answers(seen.outputs)
    values = np.full((len(source), *own.shape[1:]), usual, own.dtype)
    values[seen.has_crop] = own
    found = (source >= 0).reshape(-1, *[1] * (own.ndim - 1))
    values = np.where(found, values[source], np.asarray(usual, own.dtype))
    how = np.where(seen.has_crop, "model", np.where(source >= 0, "nearest", form.last_resort))
    labels = {name: seen.rows[name] for name in LABELS[task].columns}
    said = Answers(values, how.tolist(), seen.outputs, model.outputs_of(task))
    return form.table(seen.place_columns(), labels, said)


def write_predictions(
    path: Path, task: str, tables: Collection[pa.Table], metadata: Mapping[str, str]
) -> None:
    """Write the predictions of a task at every side as one file, with the columns of `WHOSE` where they have them."""
    names = next(iter(tables)).column_names
    write_table(path, tables, schema_of(names, task), dict(metadata))


def pooled_rows(seen: ModelOutputs) -> dict[str, Any]:
    """Return what a report says of segments and clips that are scored as one row; nothing without any."""
    return {"segments": dict(seen.pooled)} if seen.pooled else {}


def predict_development(
    model: Model, view: View, network: torch.nn.Module, *, device: torch.device, batch_size: int
) -> DevelopmentOutputs:
    """Return predictions of the labelled originals of the subjects that chose the model's checkpoint.

    No rows where the dataset has none of these subjects in its training split, as another version may not.
    """
    train = view.dataset.splits.get("train")
    split = next(iter(view.dataset.splits.values())).select([]) if train is None else train
    subjects, targets = column(split, "subject_id").astype(np.str_), read_targets(split, model.tasks)
    targets = targets.of_units(UNITS, model.units)
    original = ~copy_mask(split)
    held_out = np.isin(subjects, model.stated("development_subjects"))
    labelled = np.any([targets.labelled(task) for task in model.tasks], axis=0)
    annotated = texts(split, "label_source") != MACHINE
    rows = np.flatnonzero(held_out & original & labelled & annotated)
    crops = Crops(split, rows, model.contract, seen_px=view.seen_px, kept=False)
    with progress(f"evaluate {view.resolution_px} px, development", len(crops), "images") as work:
        outputs = predict_logits(
            network, crops, model.contract, batch_size=batch_size, device=device, on_batch=work.advance
        )
    return _scored_once(split, rows, outputs.reshape(len(rows), _width(model)), targets)


def _scored_once(
    split: datasets.Dataset, rows: Int64, outputs: Float32, targets: Targets
) -> DevelopmentOutputs:
    """Return the outputs for chosen rows of a split with those of a segment as one, their mean."""
    frames = column(split, "frame_index").astype(np.int64)[rows]
    names = column(split, "row_id").astype(np.str_)[rows].tolist()
    keys, all_rows = row_segments(split, rows), np.ones(len(rows), np.bool_)
    series = [key or name.rpartition("/")[0] for key, name in zip(keys.tolist(), names, strict=True)]
    clips, once = clip_numbers(keys.tolist(), series), scored_once(keys, all_rows)
    if once is None:
        return DevelopmentOutputs(outputs, targets.take(rows), clips, frames)
    first = once.first
    return DevelopmentOutputs(
        once.mean(outputs, all_rows), targets.take(rows[first]), clips[first], frames[first]
    )


def _width(model: Model) -> int:
    return sum(head.out_features for head in model.network.classifiers())
