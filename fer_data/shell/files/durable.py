"""Bring what was written to the disk, so that it is whole after the machine stops as well."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

__all__ = ["sync", "sync_tree"]

_THREADS = 8
"""Files that are brought to the disk side by side. Measured on a virtual disk: 79 files of a variant take 0.30 s one by
one and 0.045 s so."""


_UNABLE = {errno.EINVAL, errno.ENOTSUP}
"""What file systems say that cannot do it, such as some of networks for a folder. Source: fsync(2)."""


def sync(path: Path) -> None:
    """Bring a file's content, or the names in a folder, to the disk, where its file system can.

    Raises:
        OSError: the disk is full or fails, which some file systems say only now.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Bring all plain files below a folder to the disk, and the names of each; links are not followed.

    Raises:
        OSError: the disk is full or fails, which some file systems say only now.
    """
    files, folders = [], []
    for parent, _, names in os.walk(folder):
        folders.append(Path(parent))
        paths = (Path(parent) / name for name in names)
        files += [path for path in paths if path.is_file() and not path.is_symlink()]
    with ThreadPoolExecutor(_THREADS) as pool:
        for found in (files, folders):
            for _ in pool.map(sync, found):
                pass
