"""The pictures of rows, read as the rows come: what is known of each file, and what is odd about all of them."""

from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fer_data.corpora.given import GivenRow
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_files import PictureFile, picture_file
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["PictureReading"]

_TASK_PICTURES = 128
_SPLITS: dict[str, int] = {"train": 1, "validation": 2, "test": 4}


@dataclass(slots=True)
class PictureReading:
    """Reads the files of rows, none of which is decoded; of a million of them a few bytes each stay in memory.

    Attributes:
        root: of the corpus.
        pictures: that were looked at.
        oddities: of files and boxes.
    """

    root: Path
    pictures: int = 0
    oddities: OddityCounts = field(default_factory=OddityCounts)
    _last: tuple[str, PictureFile] | None = None
    _hashes: "array[int]" = field(default_factory=lambda: array("Q"))
    _splits: bytearray = field(default_factory=bytearray)

    def files(self, rows: Sequence[GivenRow], pool: Executor) -> list[PictureFile]:
        """Return what is known of the picture of each row, in the order of their paths; one is read once."""
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
        if file.fault is None:
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
