"""Hash each file once, whatever it is held against and however many names it has."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fer_data.errors import ReadingError
from fer_data.shell.files.reading import open_regular

__all__ = ["Hashed", "Hasher"]

_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file's hashes: `md5` is what DVC records, `sha256` what our own records hold."""

    md5: str
    sha256: str


class Hasher:
    """Hashes files and remembers them by inode: a hard link of a cache object is read once.

    Args:
        report: takes the bytes read since its last call, and the file's name.

    Attributes:
        files: number of files read.
        num_bytes: read so far.
    """

    def __init__(self, report: Callable[[int, str], None] = lambda _amount, _note: None) -> None:
        self.files = self.num_bytes = 0
        self._report = report
        self._known: dict[tuple[int, int], Hashed | None] = {}

    def hashed(self, path: Path) -> Hashed | None:
        """Return a file's hashes; None where there is no regular file that can be read."""
        try:
            found = path.stat()
        except OSError:
            return None
        key = (found.st_dev, found.st_ino)
        if key not in self._known:
            self._known[key] = self._read(path)
        return self._known[key]

    def _read(self, path: Path) -> Hashed | None:
        md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        self._report(0, path.name)
        try:
            with open_regular(path) as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
                while piece := file.read(_STEP):
                    md5.update(piece)
                    sha256.update(piece)
                    self.num_bytes += len(piece)
                    self._report(len(piece), path.name)
        except (OSError, ReadingError):
            return None
        self.files += 1
        return Hashed(md5.hexdigest(), sha256.hexdigest())
