"""Files are whole or absent."""

import hashlib
from pathlib import Path

import pytest

from fer_data.errors import OutputError
from fer_data.shell.files.atomic import atomic_file, file_sha256, write_json
from fer_data.shell.files.outputs import new_folder


class InterruptedWriteError(Exception):
    """Stands for anything that ends a block early."""


def write_half(path: Path) -> None:
    """Write something and fail."""
    path.write_text("half")
    raise InterruptedWriteError("stop")


def test_an_interrupted_file_leaves_the_old_one(tmp_path: Path) -> None:
    """After an exception the old content stands and nothing lies beside it."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(InterruptedWriteError, match="stop"), atomic_file(path) as temporary:
        write_half(temporary)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


def test_a_link_or_folder_is_never_replaced(tmp_path: Path) -> None:
    """Metrics and plots are plain files; a link there would hide where they went."""
    (tmp_path / "m.json").symlink_to("elsewhere")
    (tmp_path / "d").mkdir()
    for name in ("m.json", "d"):
        with pytest.raises(OutputError, match="is no plain file"):
            write_json(tmp_path / name, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "m.json"]


def test_many_files_inside_a_temporary_folder_need_no_locks(tmp_path: Path) -> None:
    """What lies in a folder that is not there yet is as good as its folder."""
    with new_folder(tmp_path / "d", "faces") as folder:
        with atomic_file(folder / "a") as temporary:
            temporary.write_text("a")
            assert not list(folder.glob(".*.lock.tmp"))
        assert (folder / "a").read_text() == "a"


def test_json_refuses_what_json_cannot_say(tmp_path: Path) -> None:
    """NaN is no JSON; a metrics file with one would break its readers."""
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "m.json", {"f1": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    """The hash is the standard one, so that users can check it with sha256sum."""
    path = tmp_path / "x"
    path.write_bytes(b"fer" * 1_000_000)
    assert file_sha256(path) == hashlib.sha256(b"fer" * 1_000_000).hexdigest()
