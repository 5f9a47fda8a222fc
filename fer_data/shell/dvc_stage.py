"""What DVC says of the stage that it runs: which process runs it, and which item of a matrix it is."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fer_data.shell.ancestry import Ancestor

__all__ = ["STAGE_VARIABLE", "runner", "stage_item"]

STAGE_VARIABLE = "DVC_STAGE"
"""Environment variable that DVC sets to a stage's name, such as `align` or `multires@128`. Source: dvc/env.py."""

_ROOT_VARIABLE = "DVC_ROOT"
_ATTEMPTS = 40
_ATTEMPT_SECONDS = 0.05
"""DVC rewrites its lock file in place, so that a reader may meet half of it for a moment."""

_MAX_BYTES = 1 << 24


def stage_item() -> str | None:
    """Return the item of a matrix stage, `128` of `multires@128`; None of another stage and without DVC."""
    _, at, item = os.environ.get(STAGE_VARIABLE, "").rpartition("@")
    return item if at else None


def runner(above: Sequence[Ancestor]) -> Ancestor | None:
    """Return the process above this one that DVC's lock file says runs the stage, or None when there is none.

    Where the file names a writer for paths of the command line, one of these writers is meant; else any writer.
    """
    for path in _lock_files():
        writers = _writers(path)
        own = [pid for written, pid in writers if _is_argument(written)]
        pids = own or [pid for _, pid in writers]
        found = next((ancestor for ancestor in above if ancestor.pid in pids), None)
        if found is not None or own:
            return found
    return None


def _lock_files() -> Iterator[Path]:
    """Yield the lock files that may know of this stage: that of the repository around it, then an outer run's.

    A queued experiment runs in a repository of its own, where `DVC_ROOT` still names the user's.
    """
    try:
        here = Path.cwd()
    except OSError:
        return
    roots = [folder for folder in (here, *here.parents) if (folder / ".dvc").is_dir()][:1]
    outer = os.environ.get(_ROOT_VARIABLE)
    for root in [*roots, *([Path(outer)] if outer else [])]:
        yield root / ".dvc" / "tmp" / "rwlock"


def _writers(path: Path) -> list[tuple[str, int]]:
    """Return each path that is being written, and the id of the process that runs it. Source: dvc/rwlock.py."""
    for _ in range(_ATTEMPTS):
        try:
            written = _read(path).get("write", {})
            return [(str(name), int(holder["pid"])) for name, holder in written.items()]
        except (AttributeError, KeyError, TypeError, ValueError):
            time.sleep(_ATTEMPT_SECONDS)
        except OSError:
            return []
    return []


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        document: dict[str, Any] = json.loads(file.read(_MAX_BYTES))
    return document


def _is_argument(written: str) -> bool:
    """Say whether a path is one of the command line's, or below one."""
    words = [os.path.abspath(word) for word in sys.argv[1:] if not word.startswith("-")]  # noqa: PTH100 - not resolved
    return any(written == word or written.startswith(word + os.sep) for word in words)
