"""What aligning a corpus of pictures costs here, from some of them, drawn from all alike."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from fer_data.align import PictureRecipe, Shard, align_shard
from fer_data.core.labels.tasks import TASKS, UNITS, VALENCE_AROUSAL, AnnotatedTask
from fer_data.corpora.adapter import OpenedCorpus
from fer_data.corpora.given import GivenRow
from fer_data.corpora.given_rows import row_ids
from fer_data.corpora.labelling import Labelling
from fer_data.corpora.picture_files import picture_bytes
from fer_data.errors import CorpusError, MediaError, ReadingError
from fer_data.estimate.timing import FaceFinderTimer
from fer_data.execution.engines import Report
from fer_data.execution.engines.local import LocalEngine
from fer_data.params.align import AlignParams
from fer_data.params.source import SourceParams
from fer_data.pictures.images import decode
from fer_data.shell.progress import progress
from fer_data.tables.pictures import PICTURES, SHARD_ROWS

__all__ = ["PictureCost", "picture_cost"]

_SEED = 7
_DECODE_ONLY = 16


@dataclass(frozen=True, slots=True)
class PictureCost:
    """What was counted of a corpus of pictures, and measured on some of them.

    Attributes:
        pictures: different ones that rows want.
        wanted_rows: rows that want a crop.
        shards: tasks of `align`.
        probed: rows that were aligned.
        seconds_per_row: of one worker.
        decode_seconds: a row, reading and decoding alone.
        detect_seconds: a row, finding faces.
        crops: made of the probed rows.
        crop_bytes: of all those crops.
        start_seconds: before the first picture.
    """

    pictures: int
    wanted_rows: int
    shards: int
    probed: int
    seconds_per_row: float
    decode_seconds: float
    detect_seconds: float
    crops: int
    crop_bytes: int
    start_seconds: float


def picture_cost(
    opened: OpenedCorpus,
    labelling: Labelling,
    *,
    source: SourceParams,
    align: AlignParams,
    workers: int,
    sample: tuple[int, int],
) -> PictureCost:
    """Return the cost, from so many shards (the first of `sample`) of at most so many rows (the second).

    Raises:
        CorpusError: no row wants a crop, or no probed picture can be read.
        DetectorError: the detector cannot be used.
    """
    drawn = _Sample(labelling, source, every_row=align.rows == "all", size=sample[0] * sample[1])
    for chunk in opened.rows():
        drawn.add(chunk)
    if not drawn.wanted:
        raise CorpusError(
            f"{source.root} has no picture with rows to align for dataset.task ({source.task})."
        )
    jobs = [_shard(drawn.rows[at : at + sample[1]]) for at in range(0, len(drawn.rows), sample[1])]
    recipe = PictureRecipe(align, source.folder.absolute(), source.section.given_crops, {}, Path())
    engine, begin = LocalEngine(workers, gpus=align.device == "cuda"), time.perf_counter()
    with (
        progress("estimate", len(jobs), "shards") as work,
        closing(engine.run(partial(_prepare, recipe), jobs, work.advance)) as run,
    ):
        found = [probe for _, probe in run if isinstance(probe, _Probe)]
    elapsed = time.perf_counter() - begin
    if not found:
        raise CorpusError(
            f"{source.root}: none of {len(drawn.rows)} probed pictures can be read. Run `fer-data check`."
        )
    return _cost(drawn, found, elapsed, workers)


def _cost(drawn: "_Sample", found: "Sequence[_Probe]", elapsed: float, workers: int) -> PictureCost:
    rows, seconds = sum(probe.rows for probe in found), sum(probe.seconds for probe in found)
    return PictureCost(
        drawn.pictures,
        drawn.wanted,
        sum(-(-count // SHARD_ROWS) for count in drawn.by_split.values()),
        rows,
        seconds / rows,
        sum(probe.decode for probe in found) / len(found),
        sum(probe.detect for probe in found) / rows,
        sum(probe.crops for probe in found),
        sum(probe.size for probe in found),
        max(0.0, elapsed - seconds / min(workers, len(found))),
    )


class _Sample:
    """Rows that want a crop: how many there are, and some of them, each as likely as any other (algorithm R)."""

    def __init__(self, labelling: Labelling, source: SourceParams, *, every_row: bool, size: int) -> None:
        self.rows: list[GivenRow] = []
        self.wanted = self.pictures = 0
        self.by_split: Counter[str] = Counter()
        self._places, self._every, self._size = labelling.places, every_row, size
        self._source = source
        self._tasks = TASKS if source.task == "multi_task" else (source.task,)
        self._random, self._last = random.Random(_SEED), ""  # noqa: S311 - which pictures are looked at is no secret

    def add(self, rows: Sequence[GivenRow]) -> None:
        """Take rows in."""
        for row in rows:
            self.by_split[row.split] += 1
            if self._withdrew(row):
                continue
            if not (self._every or row.split == "test" or any(map(partial(self._says, row), self._tasks))):
                continue
            self.wanted += 1
            self.pictures += row.path != self._last
            self._last = row.path
            place = len(self.rows) if len(self.rows) < self._size else self._random.randrange(self.wanted)
            if place < self._size:
                self.rows[place : place + 1] = [row]

    def _says(self, row: GivenRow, task: AnnotatedTask) -> bool:
        labels = row.labels
        if task == VALENCE_AROUSAL:
            return labels.valence is not None
        if task == UNITS:
            return bool(labels.units)
        return labels.expression is not None and self._places.place(labels.expression) >= 0

    def _withdrew(self, row: GivenRow) -> bool:
        prefix = self._source.prefix
        return bool(self._source.excluded) and self._source.withdrew(
            row_ids([row], "pictures", prefix)[0].subject_id
        )


def _shard(rows: Sequence[GivenRow]) -> Shard:
    """Return a shard of some rows, as `align` makes them of a catalog."""
    rows = sorted(rows, key=lambda row: row.path)
    names = [str(index) for index in range(len(rows))]
    text = pa.string()
    columns = {
        "row_id": pa.array(names, text),
        "subject_id": pa.array(names, text),
        "frame_index": pa.array([row.frame_index for row in rows], pa.int32()),
        "path": pa.array([row.path for row in rows], text),
        "content_hash": pa.array([""] * len(rows), text),
        "width": pa.array([0] * len(rows), pa.int32()),
        "box": pa.array([row.box for row in rows], PICTURES.field("box").type),
        "needed": pa.array([True] * len(rows)),
        "train": pa.array([row.split == "train" for row in rows]),
        "withdrawn": pa.repeat(pa.scalar(value=False), len(rows)),
    }
    return Shard("probe", pa.table(columns))


@dataclass(frozen=True, slots=True)
class _Probe:
    """What one shard of the sample cost."""

    rows: int
    seconds: float
    decode: float
    detect: float
    crops: int
    size: int


def _prepare(recipe: PictureRecipe) -> Callable[[Shard, Report], _Probe | None]:
    """Return the work of one process: align a shard for real and measure; None where no picture can be read."""
    detector = None
    if not recipe.given:
        from fer_data.detectors import open_detector

        detector = open_detector(recipe.params)

    def work(shard: Shard, report: Report) -> _Probe | None:
        report(1)
        timer = FaceFinderTimer()
        with TemporaryDirectory(prefix="fer-data-probe-") as name:
            folder = Path(name)
            begin = time.perf_counter()
            summary = align_shard(shard, folder, recipe, detector, report=lambda _: None, open_finder=timer)
            seconds = time.perf_counter() - begin
            crops, size = _made(folder)
        if not summary.decoded_frames:
            return None
        return _Probe(len(shard), seconds, _decode_seconds(shard, recipe), timer.seconds, crops, size)

    return work


def _made(folder: Path) -> tuple[int, int]:
    """Return how many crops a shard has, and their bytes."""
    files = list(folder.glob("*.arrow"))
    crops = 0
    for file in files:
        with pa.ipc.open_stream(file) as reader:
            crops += sum(len(batch) for batch in reader)
    return crops, sum(file.stat().st_size for file in files)


def _decode_seconds(shard: Shard, recipe: PictureRecipe) -> float:
    """Return the seconds a picture of reading and decoding alone, over the first of them."""
    paths = shard.rows["path"].to_pylist()[:_DECODE_ONLY]
    begin = time.perf_counter()
    for path in paths:
        try:
            decode(picture_bytes(recipe.root, path))
        except (ReadingError, CorpusError, MediaError):
            continue
    return (time.perf_counter() - begin) / len(paths)
