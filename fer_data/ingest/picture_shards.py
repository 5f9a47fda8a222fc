"""The rows of a corpus of pictures, streamed into shards of one split, with what their files say of themselves."""

from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.core.labels.tasks import SplitName
from fer_data.corpora.given import GivenRow
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_files import PictureFile, picture_file
from fer_data.execution.cores import core_count
from fer_data.shell.files.findings import Finding, Severity
from fer_data.tables.pictures import PICTURES

__all__ = ["SHARD_ROWS", "PictureShards", "Shard"]

SHARD_ROWS = 5_000
"""Of one file of crops: 100 to 200 MB of them, and a second's work of a thousand for one task."""

_TASK_PICTURES = 128
_SPLITS: dict[str, int] = {"train": 1, "validation": 2, "test": 4}


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
        root: of the corpus.
        prefix: before the names of shards.
        pictures: that were looked at.
        oddities: of files and boxes.
    """

    root: Path
    prefix: str
    pictures: int = 0
    oddities: OddityCounts = field(default_factory=OddityCounts)
    _waiting: dict[SplitName, tuple[list[GivenRow], list[PictureFile]]] = field(default_factory=dict)
    _numbers: dict[SplitName, int] = field(default_factory=dict)
    _last: tuple[str, PictureFile] | None = None
    _hashes: "array[int]" = field(default_factory=lambda: array("Q"))
    _splits: bytearray = field(default_factory=bytearray)

    def shards(self, chunks: Iterator[Sequence[GivenRow]]) -> Iterator[Shard]:
        """Yield the shards of all rows as they fill up, the last ones of each split at the end."""
        with ThreadPoolExecutor(core_count()) as pool:
            for chunk in chunks:
                for row, file in zip(chunk, self._files(chunk, pool), strict=True):
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

    def _files(self, rows: Sequence[GivenRow], pool: ThreadPoolExecutor) -> list[PictureFile]:
        """Return what is known of the picture of each row; one with several faces is read once."""
        paths = list(dict.fromkeys(row.path for row in rows))
        known = {self._last[0]: self._last[1]} if self._last else {}
        new = [path for path in paths if path not in known]
        tasks = [new[start : start + _TASK_PICTURES] for start in range(0, len(new), _TASK_PICTURES)]
        read = [file for part in pool.map(self._read, tasks) for file in part]
        known |= zip(new, read, strict=True)
        first = {row.path: row for row in reversed(rows)}
        for path in new:
            self._note(first[path], known[path])
        for row in rows:
            self._check_box(row, known[row.path])
        if paths:
            self._last = paths[-1], known[paths[-1]]
        return [known[row.path] for row in rows]

    def _read(self, paths: Sequence[str]) -> list[PictureFile]:
        return [picture_file(self.root, path) for path in paths]

    def _note(self, row: GivenRow, file: PictureFile) -> None:
        self.pictures += 1
        if file.content_hash:
            self._hashes.append(int(file.content_hash[:16], 16))
            self._splits.append(_SPLITS[row.split])
        if file.fault is not None:
            rule, message = file.fault
            self.oddities.add(Finding(rule, Severity.ERROR, message, row.path))

    def _check_box(self, row: GivenRow, file: PictureFile) -> None:
        if row.box is None or not file.width:
            return
        left, top, right, bottom = row.box
        if not (
            left < right
            and top < bottom
            and right > 0
            and bottom > 0
            and left < file.width
            and top < file.height
        ):
            message = (
                f"Its box ({left:g}, {top:g}) to ({right:g}, {bottom:g}) lies outside of its {file.width} x "
                f"{file.height} px, so that no face is found. Check in which pixels the boxes are."
            )
            self.oddities.add(Finding("box-outside", Severity.WARNING, message, row.path))

    def findings(self) -> Iterator[Finding]:
        """Yield what is odd about all pictures together."""
        yield from self.oddities.findings()
        hashes, splits = np.array(self._hashes, np.uint64), np.frombuffer(self._splits, np.uint8)
        _, index, counts = np.unique(hashes, return_inverse=True, return_counts=True)
        if not len(hashes) or counts.max() < 2:
            return
        found = np.zeros(len(counts), np.uint8)
        np.bitwise_or.at(found, index, splits)
        across = int(((found & (found - 1)) > 0).sum())
        message = (
            f"{int((counts - 1).sum()):,} picture(s) have the bytes of another one under another name; {across:,} of "
            "these stand in two splits, where training sees what is evaluated."
        )
        yield Finding("same-picture", Severity.WARNING, message)
