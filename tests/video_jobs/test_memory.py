"""Worker processes keep the memory of pictures that are through for those that follow."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from video_corpora import source_params

from fer_data import align
from fer_data.params.document import load_params
from fer_data.video_jobs.memory import keep_freed_memory, large_pages

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


_SAY = "import os; print(os.environ.get('GLIBC_TUNABLES'))"


@pytest.mark.parametrize(
    ("own", "seen"), [(None, "glibc.malloc.hugetlb=1"), ("glibc.malloc.perturb=0", "glibc.malloc.perturb=0")]
)
def test_processes_of_a_block_have_large_pages_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, own: str | None, seen: str
) -> None:
    """A process that starts within the block has the setting, one behind it has what the user set, or none."""
    if own is None:
        monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    else:
        monkeypatch.setenv("GLIBC_TUNABLES", own)
    with large_pages():
        done = subprocess.run([sys.executable, "-c", _SAY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == seen
    assert os.environ.get("GLIBC_TUNABLES") == own


class _OpenedError(Exception):
    """The engine was asked for; nothing more is done."""


def test_align_opens_its_engine_with_large_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers inherit the setting from `align`, which takes it back when it ends."""
    seen = []

    def opened(*_: object, **__: object) -> None:
        seen.append(os.environ.get("GLIBC_TUNABLES"))
        raise _OpenedError

    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    monkeypatch.setattr("fer_data.align.stage.open_engine", opened)
    monkeypatch.setattr("fer_data.align.stage.read_table", lambda *_: None)
    params, root = load_params(), tmp_path / "root"
    root.mkdir()
    compute = params.compute.model_copy(update={"store": str(tmp_path / "store")})
    outputs = tmp_path / "faces", tmp_path / "reports"
    with pytest.raises(_OpenedError):
        align.align(
            tmp_path / "catalog",
            root,
            *outputs,
            source=source_params(),
            align=params.align,
            compute=compute,
        )
    assert seen == ["glibc.malloc.hugetlb=1"]
    assert "GLIBC_TUNABLES" not in os.environ
