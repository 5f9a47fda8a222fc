"""What a model says of the pictures of a published dataset, in the tables that `evaluate` writes, labelled or not."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import EXPRESSION, LABELS, NO_LABEL
from fer_data.core.metrics.clips import clip_numbers
from fer_data.core.metrics.smoothing import smooth
from fer_data.errors import DatasetError
from fer_data.model.files import Model
from fer_data.model.options import check_temperature
from fer_data.predictions.schemas import FILES, TABLES, WHOSE, Answers, Columns, is_plain, schema_of
from fer_data.published.dataset import Crops, Published, column, copy_mask
from fer_data.published.inference import predict_logits
from fer_data.published.licences import licence_metadata
from fer_data.published.row_facts import MACHINE, texts
from fer_data.published.with_model import cited, open_with_model
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import progress
from fer_data.tables.origin import prefix_metadata
from fer_data.tables.schemas import write_table

__all__ = ["DatasetOptions", "predict_dataset"]

_KEYS = ("row_id", "subject_id", "video_id", "frame_index")


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """How a split is predicted.

    Attributes:
        split: train, validation or test.
        device: cpu or cuda.
        batch_size: pictures at a time.
        temperature: divides the logits before they are smoothed; `evaluate` fits one.
        smoothing_frames: frames to either side that answers are averaged over in a video of a subject; 0 is none.
    """

    split: str
    device: str
    batch_size: int
    temperature: float
    smoothing_frames: int


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """The rows of a split, which have a label that scores, and the outputs; `smoothed` averages over a clip."""

    columns: Columns
    labels: datasets.Dataset
    scored: Mask
    outputs: NDArray[np.float32]
    window: int

    def smoothed(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        people, videos = (self.columns[name].to_pylist() for name in ("subject_id", "video_id"))
        clips = clip_numbers(people, videos)
        return smooth(values, clips, self.columns["frame_index"].to_numpy(), window=self.window)


def predict_dataset(
    dataset: Path, model: Path, output: Path, *, options: DatasetOptions, overwrite: bool = False
) -> dict[str, Any]:
    """Write what a model says of each picture of a split, and return the summary; augmented copies are left out.

    The folder `output` gets `predictions.parquet` for expression, `<task>/predictions.parquet` for other heads, with
    the columns of `evaluate` (labels as the dataset has them: -1 or NaN where there is none), and `summary.json`.
    A row is a picture, so it has no label where that is about a segment or clip, which is scored once, or where a
    program made it, which is never scored. With `overwrite` older predictions are replaced.

    Raises:
        DatasetError: the dataset is missing or damaged, or has no such split or no picture in it.
        WeightsError: the model is missing or damaged, or its input contract asks for crops of another geometry.
        ParamsError: the device is not there, or the temperature is not in [0.001, 1000].
        OutputError: `output` must not be replaced, or lies in the dataset or the model.
    """
    check_temperature(options.temperature)
    writing = new_folder(output, "predictions", name="--output", overwrite=overwrite, inputs=[dataset, model])
    with writing as folder:
        published, loaded = open_with_model(dataset, model, options.device)
        answered = _answered(published, loaded, options)
        summary = _summary(published, loaded, options)
        for task in loaded.tasks:
            path = folder / FILES[task]
            path.parent.mkdir(exist_ok=True)
            table = _table(task, answered, loaded, options.temperature)
            named = {"trained_on": loaded.trained_on, **prefix_metadata(published.prefixes)}
            named |= licence_metadata(summary["licence"])
            named |= {"classes": json.dumps(list(loaded.classes))} if task == EXPRESSION else {}
            write_table(path, [table], schema_of(table.column_names, task), named)
        write_json(folder / "summary.json", summary | {"rows": len(answered.outputs)})
    return summary | {"rows": len(answered.outputs)}


def _answered(published: Published, model: Model, options: DatasetOptions) -> _Answered:
    split = published.split(options.split)
    rows = np.flatnonzero(~copy_mask(split))
    if not len(rows):
        raise DatasetError(f"{published.folder} has no pictures in its split {options.split}. Name another.")
    with progress(f"predict {options.split}", len(rows), "images") as work:
        outputs = predict_logits(
            model.network.to(options.device).eval(),
            Crops(split, rows, model.contract, kept=False),
            model.contract,
            batch_size=options.batch_size,
            device=torch.device(options.device),
            on_batch=work.advance,
        )
    labels = split.select(rows)
    side = pa.array(np.full(len(rows), published.resolution, np.int32))
    keys = {name: labels.select_columns(name)[:][name] for name in _KEYS}
    whose = {name: texts(labels, name) for name in WHOSE.names}
    told = {name: pa.chunked_array([pa.array(said.tolist(), pa.string())]) for name, said in whose.items()}
    columns = {**keys, "resolution": side, **({} if is_plain(whose) else told)}
    scored = (whose["label_scope"] == "frame") & (texts(labels, "label_source") != MACHINE)
    return _Answered(columns, labels, scored, outputs, options.smoothing_frames)


def _table(task: str, answered: _Answered, model: Model, temperature: float) -> pa.Table:
    form = TABLES[task]
    outputs = np.ascontiguousarray(answered.outputs[:, model.network.columns[task]])
    values = form.decided(answered.smoothed(form.answers(outputs, temperature=temperature)))
    said = Answers(values, ["model"] * len(outputs), outputs, model.outputs_of(task))
    return form.table(answered.columns, _labels(task, answered.labels, answered.scored), said)


def _labels(task: str, split: datasets.Dataset, scored: Mask) -> Columns:
    """Return the labels of a task as its table has them: those of units that are missing are null."""
    schema = TABLES[task].schema
    if LABELS[task].kind != "units":
        found = {name: column(split, name) for name in LABELS[task].columns}
        none = NO_LABEL if LABELS[task].kind == "classes" else np.nan
        return {
            name: pa.array(np.where(scored, values, none)).cast(schema.field(name).type)
            for name, values in found.items()
        }
    name = LABELS[task].columns[0]
    stored = zip(column(split, name).tolist(), scored.tolist(), strict=True)
    labels = [
        {unit: one if one >= 0 and known else None for unit, one in row.items()} for row, known in stored
    ]
    return {name: pa.array(labels, schema.field(name).type)}


def _summary(published: Published, model: Model, options: DatasetOptions) -> dict[str, Any]:
    return {
        **cited(published, model),
        "split": options.split,
        "tasks": list(model.tasks),
        "temperature": options.temperature,
        "smoothing_frames": options.smoothing_frames,
    }
