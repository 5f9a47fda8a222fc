"""Keep memory that is freed, for the next frame: what glibc gives back to the system has to be faulted in again.

And have it in large pages: frames that wait and what a network computes take far more than a processor's page table
cache reaches in pages of 4 kB.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["keep_freed_memory", "large_pages"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of `mallopt`. Source: malloc.h of the GNU C library."""

_KEPT_BYTES, _LARGEST_BYTES = 128 << 20, 32 << 20
"""What may lie free at the end of the heap, and the largest block that comes from the heap.

Frames that wait for a search take up to 96 MB and are freed together: with half of it a frame of 720p brought 180 page
faults instead of 14."""

_TUNABLES, _LARGE_PAGES = "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"
"""From glibc 2.35 on it asks for pages of 2 MB where the system gives them on demand. Source: its manual."""


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


@contextmanager
def large_pages() -> Iterator[None]:
    """Let processes that are started within the block have their memory in large pages, where the system has them.

    glibc reads it as a process starts; other C libraries ignore it. What the user set stays, and means all of it.
    """
    if _TUNABLES in os.environ:
        yield
        return
    os.environ[_TUNABLES] = _LARGE_PAGES
    try:
        yield
    finally:
        os.environ.pop(_TUNABLES, None)
