"""How fast a published dataset is written, opened and read, beside plain pyarrow, `load_from_disk` and bare decoding.

Everything runs in one process, in rounds that begin with another case each time; ratios are medians of those within a
round. The limit of reading is `cv2.imdecode` of the same bytes, in memory, on one core. Loaders of two workers are
timed once these work (persistent workers, second pass). CPU seconds are those of this process, without its workers'.

What `publish` costs in full, and its memory, is measured by `benchmarks/downstream.py`.

::

    python -m benchmarks.dataset data/published/128 --json FILE
"""

import hashlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import cv2
import datasets
import numpy as np
import pyarrow as pa
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader

from benchmarks.figures import for_figures
from fer_data import open_dataset
from fer_data.errors import DatasetError
from fer_data.publish.hf_writer import SplitWriter
from fer_data.published.shards import check_dataset
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.sealed import read_json
from fer_data.shell.run import guarded
from fer_data.tables.batch_digests import damaged_images
from fer_data.tables.schemas import stream_batches

FEW = ["image", "expression"]
BATCH = 64
LIMIT, PLAIN = "cv2.imdecode of the same bytes", "plain pyarrow"

Figures = dict[str, float]
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is timed, beside another whose name is `against`; `ready` does what comes before it."""

    name: str
    against: str
    work: Work
    ready: Work = lambda: None


def timed(work: Work) -> Figures:
    """Return how long something took, by the clock and in CPU seconds of this process."""
    begin, used = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - begin, "cpu_seconds": time.process_time() - used}


def run_rounds(cases: list[Case], rounds: int) -> dict[str, Figures]:
    """Return the medians of every case, and how fast it is as a share of what it stands beside.

    >>> found = run_rounds([Case("a", "a", lambda: None)], 3)
    >>> found["a"]["ratio"], sorted(found["a"])
    (1.0, ['cpu_ratio', 'cpu_seconds', 'ratio', 'seconds'])
    """
    taken: dict[str, list[Figures]] = {case.name: [] for case in cases}
    for number in range(rounds):
        start = number * len(cases) // rounds
        for case in (*cases[start:], *cases[:start]):
            case.ready()
            taken[case.name].append(timed(case.work))
    return {case.name: _medians(taken[case.name], taken[case.against]) for case in cases}


def _medians(own: list[Figures], others: list[Figures]) -> Figures:
    pairs = list(zip(own, others, strict=True))
    return {
        "seconds": statistics.median(one["seconds"] for one in own),
        "cpu_seconds": statistics.median(one["cpu_seconds"] for one in own),
        "ratio": statistics.median(other["seconds"] / one["seconds"] for one, other in pairs),
        "cpu_ratio": statistics.median(
            other["cpu_seconds"] / max(one["cpu_seconds"], 1e-9) for one, other in pairs
        ),
    }


def reading(dataset: Path, split: str) -> Iterator[Case]:
    """Yield the ways to read every picture of a split once."""
    plain = datasets.load_from_disk(str(dataset))[split]
    stored = plain.with_format("arrow").select_columns("image")[:]["image"].combine_chunks().field("bytes")
    encoded = [np.frombuffer(data.as_py(), np.uint8) for data in stored]
    yield Case(LIMIT, LIMIT, partial(_decoded, encoded))
    order = np.random.default_rng(7).permutation(len(encoded)).tolist()
    for columns, named in ((None, "all columns"), (FEW, "image and expression")):
        chosen = plain if columns is None else plain.select_columns(columns)
        ways = {
            "load_from_disk": chosen.with_format("torch"),
            "open_dataset": open_dataset(dataset, split, columns=columns),
        }
        for name, opened in ways.items():
            yield Case(f"{name}, a row at a time, {named}", LIMIT, partial(_one_by_one, opened, order))
            for workers in (0, 2):
                for shuffle in (True, False):
                    how = f"{workers} workers, {'random' if shuffle else 'sequential'}, {named}"
                    one = _Pass(opened, workers, shuffle=shuffle)
                    yield Case(f"{name}, DataLoader, {how}", LIMIT, one.work, one.ready)


def _decoded(encoded: list[NDArray[np.uint8]]) -> None:
    for data in encoded:
        cv2.imdecode(data, cv2.IMREAD_COLOR)


def _one_by_one(dataset: Any, order: list[int]) -> None:  # noqa: ANN401 - any that is indexed
    for row in order:
        dataset[row]["image"]


class _Pass:
    """Passes over a dataset in a DataLoader; workers have been through one when another is timed."""

    def __init__(self, dataset: Any, workers: int, *, shuffle: bool) -> None:  # noqa: ANN401 - what a loader reads
        self._dataset, self._workers, self._shuffle = dataset, workers, shuffle
        self._loader: DataLoader[Any] | None = None

    def ready(self) -> None:
        """Make the loader, and let workers start and warm up."""
        kept = self._workers > 0
        self._loader = DataLoader(
            self._dataset, BATCH, self._shuffle, num_workers=self._workers, persistent_workers=kept
        )
        if kept:
            self._read(self._loader)

    def work(self) -> None:
        """Read every row once."""
        if self._loader is not None:
            self._read(self._loader)
        self._loader = None  # which ends its workers

    def _read(self, loader: "DataLoader[Any]") -> None:
        rows = sum(len(batch["image"]) for batch in loader)
        if rows != len(self._dataset):
            raise DatasetError(f"{rows} of {len(self._dataset)} rows were read.")


def opening(dataset: Path) -> Iterator[Case]:
    """Yield the ways to open a dataset; `open_dataset` checks the hash of every label."""
    yield Case("load_from_disk", "load_from_disk", lambda: datasets.load_from_disk(str(dataset)))
    yield Case("open_dataset", "load_from_disk", lambda: open_dataset(dataset))


def writing(dataset: Path, folder: Path, split: str) -> Iterator[Case]:
    """Yield what writing the rows of a split takes: plain, as `publish` does once rows are made, and its parts."""
    shards = sorted((dataset / split).glob("*.arrow"))
    batches = [one for path in shards for one in stream_batches(path, None)]
    features = read_json(dataset / split / "dataset_info.json")["features"]
    limit = max(path.stat().st_size for path in shards)
    number = iter(range(1_000_000))

    def plain() -> None:
        target = folder / f"plain-{next(number)}"
        with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_stream(sink, batches[0][0].schema) as writer:
            for batch, _ in batches:
                writer.write_batch(batch)
        target.unlink()

    def ours(threads: Executor | None) -> None:
        target = folder / f"ours-{next(number)}"
        with SplitWriter(target, features, shard_bytes=limit, threads=threads) as writer:
            for batch, metadata in batches:
                writer.write_stamped(batch, metadata)
            writer.finish("0" * 16)
        shutil.rmtree(target)

    def hashed() -> None:
        with ThreadPoolExecutor(2) as threads:
            ours(threads)

    yield Case(PLAIN, PLAIN, plain)
    yield Case("publish's writer", PLAIN, lambda: ours(None))
    yield Case("publish's writer, the hash of every shard with it", PLAIN, hashed)
    yield Case(
        "SHA-256 of the shards alone", PLAIN, lambda: [hashlib.sha256(path.read_bytes()) for path in shards]
    )
    yield Case("SHA-256 of each picture alone", PLAIN, lambda: [damaged_images(*one) for one in batches])


def show(figures: Mapping[str, Any]) -> None:
    """Print a table a part."""
    console = Console(width=130)
    for part in ("writing", "opening", "reading"):
        table = Table(part, "ms", "CPU ms", "share of its speed", "of CPU time", "beside", box=None)
        for name, one in figures[part].items():
            own = (f"{1000 * one[key]:,.1f}" for key in ("seconds", "cpu_seconds"))
            table.add_row(name, *own, f"{one['ratio']:.2f}", f"{one['cpu_ratio']:.2f}", one["against"])
        console.print(table)
    console.print(f"{figures['rows']:,} rows, {figures['mb']:,.1f} MB of shards", highlight=False)


def main(
    dataset: Annotated[Path, typer.Argument(help="A published dataset.")] = Path("data/published/128"),
    json: Annotated[Path | None, typer.Option(help="Write the figures there.", callback=for_figures)] = None,
    split: Annotated[str, typer.Option(help="That is written and read.")] = "train",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the medians are reported.")] = 5,
) -> None:
    """Measure writing, opening and reading one split, and print the tables."""
    check_dataset(dataset, [split])
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    figures: dict[str, Any] = {"split": split, "rounds": rounds, "mb": _size(dataset, split) / 1e6}
    with tempfile.TemporaryDirectory() as folder:
        parts = {
            "writing": list(writing(dataset, Path(folder), split)),
            "opening": list(opening(dataset)),
            "reading": list(reading(dataset, split)),
        }
        for part, cases in parts.items():
            found = run_rounds(cases, rounds)
            figures[part] = {case.name: {**found[case.name], "against": case.against} for case in cases}
    figures["rows"] = len(open_dataset(dataset, split))
    show(figures)
    if json is not None:
        write_json(json, figures)


def _size(dataset: Path, split: str) -> int:
    return sum(path.stat().st_size for path in (dataset / split).glob("*.arrow"))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
