"""Single files that only whoever made them may read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from file_states import every_state

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


def test_nobody_else_reads_it_while_it_is_written(tmp_path: Path, umask: int) -> None:
    """Its mode is that before its first byte, and before that nobody else may open it either."""
    with every_state(tmp_path) as seen, atomic_file(tmp_path / "page") as temporary:
        write_private(temporary, "text")

    assert {found for found, size in seen if size} == {0o600}
    assert all(found & 0o077 == 0 for found, _ in seen)


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("there", ["file", "link", "link-to-nothing"])
def test_what_is_there_is_never_written_to(tmp_path: Path, there: str, restricted: bool) -> None:
    """Somebody may have it open since it was everybody's; a link leads elsewhere."""
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "link-to-nothing").symlink_to("nothing")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / there, "text", restricted=restricted)

    assert (tmp_path / "file").read_bytes() == b"old"
    assert not (tmp_path / "nothing").exists()


def test_what_is_open_has_the_mode_of_any_file(tmp_path: Path) -> None:
    """By the umask alone."""
    (tmp_path / "any").touch()
    write_private(tmp_path / "page", "text", restricted=False)

    assert mode(tmp_path / "page") == mode(tmp_path / "any")
