"""The steps that `benchmarks/downstream.py` measures: each loads what it needs and returns what does the work.

What is returned gives the rows that went through and the bytes that were written.
"""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from fer_data.params.document import Params, load_params

__all__ = [
    "Work",
    "balance_step",
    "embed_step",
    "evaluate_step",
    "loader_step",
    "multires_step",
    "plain_step",
    "publish_step",
    "stats_step",
]

Work = Callable[[], tuple[int, int]]

TINY = {"input_px": 32, "base_width": 16, "epochs": 1, "frame_stride": 50, "horizontal_flip": 0.0}
"""What of `train` is changed so that the network costs next to nothing."""

REAL = {"input_px": 224, "batch_size": 128, "accumulate": 1}
"""What of `train` is changed so that the loader does what it does for SENet-50."""


def _params() -> Params:
    return load_params()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(_size(one) for one in path.iterdir())


def multires_step(folder: Path, side: int, workers: int) -> Work:
    """Reduce every crop to one side."""
    from fer_data.multires import multires

    params = _params().multires

    def work() -> tuple[int, int]:
        output = folder / "multires" / str(side)
        found = multires(folder / "faces", output, side, params, workers=workers)
        return found["images"], _size(output)

    return work


def balance_step(folder: Path, side: int, workers: int) -> Work:
    """Plan and render the copies of one side; a row is a copy."""
    import fer_data.media.augmentation  # noqa: F401 - as workers load it, before they work
    from fer_data.balance.stage import balance

    params = _params()

    def work() -> tuple[int, int]:
        output = folder / "balanced" / str(side)
        found = balance(
            folder / "faces",
            folder / "multires" / str(side),
            output,
            resolution=side,
            balance=params.balance,
            dataset=params.dataset,
            workers=workers,
        )
        return found["copies_total"], _size(output)

    return work


def publish_step(folder: Path, side: int) -> Work:
    """Publish one side; a row is an original or a copy."""
    from experiments.published import seals_with
    from fer_data.publish.stage import PublishInputs, publish

    params = _params()
    seals = seals_with(params)
    seals_with(params, ["publish"])  # which hashes the code, once in a process

    def work() -> tuple[int, int]:
        output = folder / "published" / str(side)
        inputs = PublishInputs(
            folder / "faces", folder / "multires" / str(side), folder / "balanced" / str(side)
        )
        found = publish(inputs, output, resolution=side, params=params.publish, seals=seals)
        return sum(split["rows"] for split in found["splits"].values()), _size(output)

    return work


def plain_step(folder: Path, side: int) -> Work:
    """Copy the record batches of a published side into as many files, as a few lines of pyarrow do."""

    def work() -> tuple[int, int]:
        rows, output = 0, folder / "plain" / str(side)
        output.mkdir(parents=True, exist_ok=True)
        for path in sorted((folder / "published" / str(side)).glob("*/*.arrow")):
            target = output / f"{path.parent.name}-{path.name}"
            with (
                pa.memory_map(str(path)) as source,
                pa.ipc.open_stream(source) as reader,
                pa.OSFile(str(target), "wb") as sink,
                pa.ipc.new_stream(sink, reader.schema) as writer,
            ):
                for batch in reader:
                    writer.write_batch(batch)
                    rows += len(batch)
        return rows, _size(output)

    return work


def loader_step(folder: Path, side: int) -> Work:
    """Read every training picture once, in the order and form of an epoch of SENet-50."""
    import numpy as np

    from fer_data.published.dataset import Crops, column, open_published
    from train.training.data import Examples, training_loader

    def work() -> tuple[int, int]:
        params = _params().train.model_copy(update={**REAL, "resolution": side})
        published = open_published(folder / "published" / str(side))
        split, contract = published.split("train"), published.contract(params.input_px)
        places = np.arange(len(split))
        examples = Examples(Crops(split, places, contract), places, column(split, "row_id").astype(np.str_))
        loader = training_loader(examples, contract, params, epoch=0, sampling_weights=None)
        return sum(len(pictures) for pictures, _ in loader), 0

    return work


def evaluate_step(folder: Path, sides: list[int]) -> Work:
    """Score a tiny network at every side; a row is a validation row at one side."""
    import pyarrow.parquet as pq

    from train.evaluate import evaluate

    model = _model(folder, sides)

    def work() -> tuple[int, int]:
        output = folder / "evaluation"
        evaluate(model, folder / "published", output, evaluate=_params().evaluate, resolutions=sides)
        return sum(pq.read_metadata(path).num_rows for path in output.rglob("predictions.parquet")), _size(
            output
        )

    return work


def stats_step(folder: Path, side: int) -> Work:
    """Count the classes of a published side."""
    from fer_data.stats.report import stats

    def work() -> tuple[int, int]:
        found = stats(folder / "published" / str(side))
        return sum(split.frames + split.copies for split in found.splits["expression"]), 0

    return work


def embed_step(folder: Path, side: int) -> Work:
    """Write the features of every row of a side, of the tiny network."""
    from fer_data.embed.extraction import embed

    model = _model(folder, [side])

    def work() -> tuple[int, int]:
        output = folder / "features.parquet"
        found = embed(
            folder / "published" / str(side), model, output, device="cpu", batch_size=256, overwrite=True
        )
        return found["rows"], _size(output)

    return work


def _model(folder: Path, sides: list[int]) -> Path:
    """Return a tiny network that was trained for a moment on the smallest side."""
    from train.finetune import finetune

    model, side = folder / "model", min(sides)
    if not model.exists():
        params = _params().train.model_copy(update={**TINY, "resolution": side})
        finetune(folder / "published" / str(side), model, folder / "history.csv", params)
    return model
