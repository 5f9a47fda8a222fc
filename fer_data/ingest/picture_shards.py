"""The rows of a corpus of pictures, streamed into shards of one split, with what their files say of themselves."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa

from fer_data.core.labels.tasks import SplitName
from fer_data.corpora.given import GivenRow
from fer_data.corpora.picture_files import PictureFile
from fer_data.corpora.picture_reading import PictureReading
from fer_data.execution.cores import core_count
from fer_data.tables.pictures import PICTURES, SHARD_ROWS

__all__ = ["PictureShards", "Shard"]


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows that one file of crops will hold.

    Attributes:
        series_id: its name.
        rows: in the order of their paths.
        files: what is known of the picture of each.
    """

    series_id: str
    rows: Sequence[GivenRow]
    files: Sequence[PictureFile]

    def pictures(self, row_ids: Sequence[str]) -> pa.Table:
        """Return its rows of `PICTURES`."""
        boxes = pa.array([row.box for row in self.rows], PICTURES.field("box").type)
        columns = {
            "row_id": pa.array(row_ids, pa.string()),
            "path": pa.array([row.path for row in self.rows], pa.string()),
            "content_hash": pa.array([file.content_hash for file in self.files], pa.string()),
            "width": pa.array([file.width for file in self.files], pa.int32()),
            "height": pa.array([file.height for file in self.files], pa.int32()),
            "codec": pa.array([file.codec for file in self.files], pa.string()),
            "box": boxes,
        }
        return pa.table(columns, schema=PICTURES)


@dataclass(slots=True)
class PictureShards:
    """Reads the files of rows as they come; a million of them stay in no memory.

    Attributes:
        reading: of the corpus' files.
        prefix: before the names of shards.
    """

    reading: PictureReading
    prefix: str
    _waiting: dict[SplitName, tuple[list[GivenRow], list[PictureFile]]] = field(default_factory=dict)
    _numbers: dict[SplitName, int] = field(default_factory=dict)

    def shards(self, chunks: Iterator[Sequence[GivenRow]]) -> Iterator[Shard]:
        """Yield the shards of all rows as they fill up, the last ones of each split at the end."""
        with ThreadPoolExecutor(core_count()) as pool:
            for chunk in chunks:
                for row, file in zip(chunk, self.reading.files(chunk, pool), strict=True):
                    rows, files = self._waiting.setdefault(row.split, ([], []))
                    rows.append(row)
                    files.append(file)
                    if len(rows) == SHARD_ROWS:
                        yield self._shard(row.split)
        for split in sorted(self._waiting):
            yield self._shard(split)

    def _shard(self, split: SplitName) -> Shard:
        rows, files = self._waiting.pop(split)
        number = self._numbers.get(split, 0)
        self._numbers[split] = number + 1
        return Shard(f"{self.prefix}pictures-{split}-{number:05d}", rows, files)
