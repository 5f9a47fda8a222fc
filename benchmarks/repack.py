"""Compress wheels anew with LZMA, which pip reads too: a third smaller, for a machine that little can be sent to.

::

    python -m benchmarks.repack .wheels
"""

import sys
import zipfile
from pathlib import Path


def repack(wheel: Path) -> None:
    """Write a wheel anew in its place, each file in it compressed with LZMA."""
    small = wheel.with_suffix(".tmp")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(small, "w", zipfile.ZIP_LZMA) as new:
        for entry in old.infolist():
            if not entry.is_dir():
                new.writestr(entry, old.read(entry), zipfile.ZIP_LZMA)
    small.replace(wheel)


if __name__ == "__main__":
    for path in sorted(Path(sys.argv[1]).glob("*.whl")):
        repack(path)
