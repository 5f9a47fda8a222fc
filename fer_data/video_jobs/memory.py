"""Keep memory that is freed, for the next frame: what glibc gives back to the system has to be faulted in again."""

import ctypes
import sys

__all__ = ["keep_freed_memory"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of `mallopt`. Source: malloc.h of the GNU C library."""

_KEPT_BYTES, _LARGEST_BYTES = 128 << 20, 32 << 20
"""What may lie free at the end of the heap, and the largest block that comes from the heap.

Frames that wait for a search take up to 96 MB and are freed together: with half of it a frame of 720p brought 180 page
faults instead of 14."""


def keep_freed_memory() -> None:
    """Make this process keep freed memory for pictures; does nothing but on Linux with glibc.

    What is kept was in use before; how much that is at most, docs/scale.md says.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)
