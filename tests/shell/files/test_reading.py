"""Only regular files are opened, and never more of them than a stated number of bytes is read."""

import hashlib
import os
import socket
from pathlib import Path

import pytest

from fer_data.errors import ReadingError
from fer_data.shell.files.reading import open_regular, read_head, read_json, read_regular, regular_sha256

READERS = {
    "read_regular": lambda path: read_regular(path, 100),
    "read_head": lambda path: read_head(path, 100),
    "read_json": read_json,
    "regular_sha256": regular_sha256,
    "open_regular": lambda path: open_regular(path).close(),
}


def pipe(path: Path) -> None:
    """Make a pipe that nobody writes to: opening it in the usual way waits for ever."""
    os.mkfifo(path)


def socket_file(path: Path) -> None:
    """Make a socket, as programs leave them."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


SPECIAL = {
    "pipe": (pipe, "not-a-regular-file", "a named pipe"),
    "socket": (socket_file, "not-a-regular-file", "a socket"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "not-a-regular-file", "a device"),
    "folder": (lambda path: path.mkdir(), "not-a-regular-file", "a folder"),
    "link to a pipe": (
        lambda path: (pipe(path.with_name("p")), path.symlink_to("p")), "not-a-regular-file", "a named pipe",
    ),
    "dangling link": (lambda path: path.symlink_to("nowhere"), "unreadable", "No such file"),
    "circle of links": (lambda path: path.symlink_to(path.name), "unreadable", "Too many levels"),
    "nothing": (lambda _: None, "unreadable", "No such file"),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("special", SPECIAL)
def test_what_is_no_regular_file_is_refused(tmp_path: Path, special: str, reader: str) -> None:
    """A pipe does not hang, a device does not fill the memory, a broken link is no traceback."""
    make, rule, said = SPECIAL[special]
    make(tmp_path / "x")
    with pytest.raises(ReadingError, match=said) as caught:
        READERS[reader](tmp_path / "x")
    assert caught.value.rule == rule


def test_a_name_with_a_null_character_is_refused(tmp_path: Path) -> None:
    """Python's ValueError becomes an error of ours."""
    with pytest.raises(ReadingError, match="null"):
        read_regular(tmp_path / "a\0b", 1)


@pytest.mark.parametrize("size", [0, 1, 99, 100])
def test_files_up_to_the_limit_are_read_whole(tmp_path: Path, size: int) -> None:
    """The limit itself is allowed."""
    (tmp_path / "x").write_bytes(bytes(size))
    assert read_regular(tmp_path / "x", 100) == bytes(size)


@pytest.mark.parametrize("size", [101, 2 << 30])
def test_files_beyond_the_limit_are_refused_by_their_size(tmp_path: Path, size: int) -> None:
    """A sparse file of 2 GB costs neither time nor memory."""
    with (tmp_path / "x").open("wb") as file:
        file.truncate(size)
    with pytest.raises(ReadingError, match=f"{size:,} bytes, and 100 are read") as caught:
        read_regular(tmp_path / "x", 100)
    assert caught.value.rule == "too-large"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux")
@pytest.mark.parametrize(
    "name", ["/proc/self/maps", "/proc/self/mem", "/proc/self/pagemap", "/proc/kmsg", "/proc/kcore"]
)
def test_answers_of_the_system_are_no_regular_files(tmp_path: Path, name: str) -> None:
    """Files of /proc call themselves regular and empty, and may wait or never end."""
    (tmp_path / "x").symlink_to(name)
    for reader in READERS.values():
        with pytest.raises(ReadingError) as caught:
            reader(tmp_path / "x")
        assert caught.value.rule in ("not-a-regular-file", "unreadable")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux")
def test_a_file_that_does_not_know_its_size_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where such a file is not known as one of the system's, the limit still holds."""
    monkeypatch.setattr("fer_data.shell.files.reading._system_devices", frozenset)
    assert len(read_regular(Path("/proc/self/maps"), 1 << 24)) > 100
    assert regular_sha256(Path("/proc/self/maps")) == hashlib.sha256().hexdigest()
    with pytest.raises(ReadingError, match="more bytes, and 100 are read"):
        read_regular(Path("/proc/self/maps"), 100)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"{", b"[" * 100_000, b"9" * 5000, b"\x00", b""],
    ids=["no-utf8", "cut", "deep", "long-integer", "null", "empty"],
)
def test_what_is_no_json_is_one_error(tmp_path: Path, content: bytes) -> None:
    """Whatever the parser stumbles over, callers handle one error."""
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ReadingError, match="It is no JSON") as caught:
        read_json(tmp_path / "x")
    assert caught.value.rule == "not-json"
