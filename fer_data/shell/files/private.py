"""Keep what shows people, or names them, to whoever made it: whole folders, and single files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_data.shell.files.atomic import write_new

__all__ = ["privately", "write_private"]

_FOLDER, _FILE = 0o700, 0o600


@contextmanager
def privately(folder: Path, *, restricted: bool = True) -> Iterator[None]:
    """Let nobody else into a folder whose content may not be passed on, nor read its files once they are written."""
    if restricted:
        folder.chmod(_FOLDER)
    yield
    if restricted:
        for path in sorted(folder.rglob("*")):
            path.chmod(_FOLDER if path.is_dir() else _FILE)


def write_private(path: Path, content: bytes | str, *, restricted: bool = True) -> None:
    """Write a new file which nobody else may read, not even while it is written; one that is open as any other.

    Meant for the path of `new_file` or `atomic_file`, which keeps its mode when it is moved into place.

    Raises:
        FileExistsError: something is there, a link included: whoever has it open would read what is written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    write_new(path, data, mode=_FILE if restricted else None)
