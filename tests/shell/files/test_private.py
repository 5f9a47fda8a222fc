"""Single files that only whoever made them may read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.files.private import write_private


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=["open", "usual", "read-only"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Set a umask for the test, and return it."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("content", ["Zoë\n", b"\xff\x00"], ids=["text", "bytes"])
def test_nobody_else_reads_it_whatever_the_umask(tmp_path: Path, umask: int, content: bytes | str) -> None:
    """It stays so when it is moved into place."""
    with atomic_file(tmp_path / "page") as temporary:
        write_private(temporary, content)

    assert mode(tmp_path / "page") == 0o600
    assert (tmp_path / "page").read_bytes() == (content if isinstance(content, bytes) else content.encode())


def test_nobody_else_reads_it_while_it_is_written(
    tmp_path: Path, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mode is that before its first byte."""
    modes = []
    write = Path.write_bytes

    def watched(path: Path, data: bytes) -> int:
        modes.append(mode(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", watched)
    write_private(tmp_path / "page", "text")

    assert modes == [0o600]


def test_what_is_open_has_the_mode_of_any_file(tmp_path: Path) -> None:
    """By the umask alone."""
    (tmp_path / "any").touch()
    write_private(tmp_path / "page", "text", restricted=False)

    assert mode(tmp_path / "page") == mode(tmp_path / "any")
