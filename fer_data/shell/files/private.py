"""Keep what shows people to whoever made it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["PRIVATE_FILE", "privately"]

_FOLDER, PRIVATE_FILE = 0o700, 0o600


@contextmanager
def privately(folder: Path, *, restricted: bool = True) -> Iterator[None]:
    """Let nobody else into a folder whose content may not be passed on, nor read its files once they are written."""
    if restricted:
        folder.chmod(_FOLDER)
    yield
    if restricted:
        for path in sorted(folder.rglob("*")):
            path.chmod(_FOLDER if path.is_dir() else PRIVATE_FILE)
