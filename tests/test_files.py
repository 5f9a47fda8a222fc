"""Files are whole or absent."""

import hashlib
from pathlib import Path

import pytest

from fer_data.files import atomic_directory, atomic_file, file_sha256, write_json


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


def test_an_interrupted_directory_leaves_the_old_one(tmp_path: Path) -> None:
    """After an exception the old folder stands and nothing lies beside it."""
    path = tmp_path / "d"
    path.mkdir()
    (path / "a").write_text("old")
    with pytest.raises(InterruptedWriteError, match="stop"), atomic_directory(path) as temporary:
        write_half(temporary / "a")
    assert [p.name for p in tmp_path.iterdir()] == ["d"]
    assert (path / "a").read_text() == "old"


def test_a_finished_directory_replaces_the_old_one(tmp_path: Path) -> None:
    """The new folder has only what the block wrote."""
    path = tmp_path / "d"
    path.mkdir()
    (path / "stale").write_text("old")
    with atomic_directory(path) as temporary:
        (temporary / "fresh").write_text("new")
    assert [p.name for p in path.iterdir()] == ["fresh"]
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


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
