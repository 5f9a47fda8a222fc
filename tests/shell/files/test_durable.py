"""What is brought to the disk, and when."""

import errno
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from fer_data.errors import OutputError
from fer_data.execution.store import Store
from fer_data.shell.files.atomic import atomic_file, write_json
from fer_data.shell.files.durable import sync
from fer_data.shell.files.outputs import new_file, new_folder


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the paths that are brought to the disk, as they are called at that moment."""
    paths: list[Path] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        paths.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return paths


def test_a_folder_is_on_the_disk_before_it_appears(tmp_path: Path, synced: list[Path]) -> None:
    """Each file and folder once, whoever wrote it; files that appear with the folder are not waited for before."""
    with new_folder(tmp_path / "out", "test") as folder:
        write_json(folder / "own.json", {})
        (folder / "below").mkdir()
        (folder / "below" / "by_a_library").write_bytes(b"1")
        assert synced == []
        unfinished = folder
    below = [unfinished / "below", unfinished / "below" / "by_a_library"]
    own = [unfinished / name for name in (".fer-data.json", ".gitignore", "own.json")]
    assert sorted(synced) == sorted([unfinished, *own, *below])


def test_an_entry_of_a_store_is_on_the_disk_before_it_appears(tmp_path: Path, synced: list[Path]) -> None:
    """Each file and folder once, whoever wrote it, and then the entry's name: a short video has twenty files."""
    store, key = Store(tmp_path / "store"), "0" * 64
    with store.writing(key, {}) as unfinished:
        write_json(unfinished / "own.json", {})
        (unfinished / "by_a_library").write_bytes(b"1")
        assert synced == []
    entry = store.get(key)
    assert entry is not None
    own = [unfinished / name for name in ("by_a_library", "entry.json", "own.json")]
    assert (sorted(synced[:-1]), synced[-1]) == (sorted([unfinished, *own]), entry.parent)


def test_very_many_files_are_brought_there_at_once(
    tmp_path: Path, synced: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one, pictures of a whole corpus would take hours on a slow disk."""
    all_at_once: list[bool] = []
    monkeypatch.setattr(os, "sync", lambda: all_at_once.append((tmp_path / "out").exists()))
    with new_folder(tmp_path / "out", "test") as folder:
        for number in range(1000):
            (folder / str(number)).touch()
    assert (synced, all_at_once) == ([], [False])


@pytest.mark.parametrize("writing", [atomic_file, new_file])
def test_a_file_is_on_the_disk_before_it_appears(
    tmp_path: Path, synced: list[Path], writing: Callable[[Path], AbstractContextManager[Path]]
) -> None:
    """Where it appears by itself, and nobody brings it there later."""
    with writing(tmp_path / "out") as temporary:
        temporary.write_bytes(b"1")
    assert synced == [temporary]


def test_a_disk_that_fails_last_leaves_the_older_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems say only then that they are full."""
    with new_folder(tmp_path / "out", "test") as folder:
        (folder / "file").write_text("old")

    def fsync(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with (
        pytest.raises(OutputError, match=r"output .*cannot be written: No space left"),
        new_folder(tmp_path / "out", "test", overwrite=True) as folder,
    ):
        (folder / "file").write_text("new")
    assert (tmp_path / "out" / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_a_file_system_that_cannot_is_no_error_and_one_that_fails_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Some of networks refuse to bring a folder to the disk."""

    def fsync(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    if number == errno.EINVAL:
        sync(tmp_path)
        return
    with pytest.raises(OSError, match="Input/output"):
        sync(tmp_path)
