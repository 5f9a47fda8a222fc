"""Worker processes keep the memory of pictures that are through for those that follow."""

import ctypes
import subprocess
import sys

import pytest

from fer_data.video_jobs.memory import keep_freed_memory

_ROUNDS = """
import resource
from fer_data.video_jobs.memory import keep_freed_memory
keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def picture_round():
    pictures = [b"x" * 14_000_000 for _ in range(4)]
picture_round()
before = faults()
for _ in range(10):
    picture_round()
print(faults() - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="of glibc alone")
def test_freed_pictures_are_not_faulted_in_again() -> None:
    """Ten times four pictures of 14 MB take the pages of the first four: without it ten times 13,700 new ones."""
    done = subprocess.run([sys.executable, "-c", _ROUNDS], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 5_000


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no glibc nothing is called, and nothing is said."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", None)
    keep_freed_memory()
