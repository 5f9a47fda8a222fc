"""Write the shards of every split and `rows.parquet`, with all cores."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from fer_data.core.labels.published_splits import SplitCodes
from fer_data.core.labels.tasks import SPLITS
from fer_data.execution.cores import core_count
from fer_data.execution.prefetch import in_order, one_behind
from fer_data.publish.batches import PublishedBatch
from fer_data.publish.block_batches import BlockBatches
from fer_data.publish.face_sample import FaceSample
from fer_data.publish.hf_writer import SplitWriter
from fer_data.publish.row_blocks import row_blocks
from fer_data.publish.split_tally import SplitTally
from fer_data.published.content import ContentHash
from fer_data.shell.progress import Progress, progress
from fer_data.tables.face_rows import metadata, num_rows
from fer_data.tables.published_series import published_series
from fer_data.tables.schemas import FACE_ROWS, table_writer

__all__ = ["Target", "written_splits"]

_MOST_THREADS = 8

_BLOCK_ROWS = 4096
"""Rows whose columns are brought into their published form together: a few MB."""


@dataclass(frozen=True, eq=False)
class Target:
    """A folder that splits are written into.

    Attributes:
        folder: that of the dataset.
        task: of the dataset.
        shard_bytes: after which a shard is closed.
        tallies: of each split that has rows so far.
    """

    folder: Path
    task: str
    shard_bytes: int
    tallies: dict[str, SplitTally] = field(default_factory=dict)

    def tally(self, name: str, source: BlockBatches, threads: Executor, stack: ExitStack) -> SplitTally:
        """Return the split of this name, which is begun where it has no rows yet and closed with `stack`."""
        if name not in self.tallies:
            folder, features = self.folder / name, source.features
            writer = SplitWriter(folder, features, shard_bytes=self.shard_bytes, threads=threads)
            faces = FaceSample(self.task, features["expression"]["names"])
            self.tallies[name] = SplitTally(stack.enter_context(writer), ContentHash(), faces)
        return self.tallies[name]


@contextmanager
def written_splits(
    faces: Path, source: BlockBatches, splits: SplitCodes, target: Target
) -> Iterator[dict[str, SplitTally]]:
    """Write every row of the task and every split's shards; yield the splits in their order once all is counted.

    `splits` is the split of every row. Threads make the batches, hash shards that are closed, and write `rows.parquet`;
    the shards are written here, in the order of the table. All files are whole when the block ends.
    """
    count = min(_MOST_THREADS, core_count())
    told = progress(f"publish {source.resolution} px", num_rows(faces), "rows")
    table = table_writer(target.folder / "rows.parquet", FACE_ROWS, metadata(faces))
    # Threads end before the table is closed, which they write into.
    with told as work, table as write, ThreadPoolExecutor(count) as threads, ExitStack() as stack:

        def tally(name: str) -> SplitTally:
            return target.tally(name, source, threads, stack)

        with one_behind(threads, partial(_write_all, write)) as write_rows:
            making = _making(faces, source, splits, tally=tally, write_rows=write_rows, work=work)
            for split, published in in_order(threads, making, most=count + 2):
                split.add(published)
                work.advance(published.originals)
            yield {name: target.tallies[name] for name in SPLITS if name in target.tallies}


def _write_all(write: Callable[[pa.Table], None], tables: list[pa.Table]) -> None:
    for table in tables:
        write(table)


def _making(
    faces: Path,
    source: BlockBatches,
    splits: SplitCodes,
    *,
    tally: Callable[[str], SplitTally],
    write_rows: Callable[[list[pa.Table]], None],
    work: Progress,
) -> Iterator[tuple[SplitTally, Callable[[], PublishedBatch]]]:
    """Yield what makes each batch of every series, with the split that it belongs to."""
    for block in row_blocks(published_series(faces, splits), _BLOCK_ROWS):
        left = len(block.rows)
        for part in source.of_block(block, write_rows):
            split = tally(part.split)
            split.meet(part, source.resolution)
            left -= len(part.rows)
            yield from ((split, maker) for maker in part.makers)
        work.advance(left)
