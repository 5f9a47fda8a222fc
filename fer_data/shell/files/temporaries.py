"""Temporary files and folders beside their target, held by a lock and swept by the next writer when nobody holds it."""

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

__all__ = ["beside", "in_temporary", "is_temporary", "made_and_locked", "put", "put_new", "remove"]

_LONGEST_NAME = 160
"""Bytes of a target's name that are kept in its temporary's; a file system's limit is 255."""

_OURS = re.compile(r"\..+\.[0-9a-f]{8}\.tmp|[0-9a-zA-Z]{64}-[0-9a-f]{8}")
"""Folders: beside a target, or what a resume store makes of a key, under the name of a lease."""

_PARTS = re.compile(r"\.(.+)\.([0-9a-f]{8})(?:\.lock|\.old)?\.tmp", re.DOTALL)
_UNFINISHED = re.compile(r"\..+\.(?:push|[0-9a-f]{8}(?:\.old)?)\.tmp", re.DOTALL)
"""Of whatever writer: also the folder that a push is staged in."""

_SHORTENED = re.compile(r"[0-9a-f]{32}")
"""Of a long name that was put aside only its own writer knows the whole."""

_AT_FDCWD = -100
_NO_REPLACE, _EXCHANGE = 1, 2
"""Source: renameat2(2)."""

_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EXDEV}


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` that does not exist yet; what is there when the block ends is removed.

    First, what killed writers of the same target left is swept. A lock file beside it is held meanwhile; process ids
    would mean nothing on storage that several machines share. Inside a temporary folder of ours neither is needed.
    """
    if in_temporary(target):
        temporary = target.with_name(_name(target, ""))
        try:
            yield temporary
        finally:
            remove(temporary)
        return
    sweep(target)
    with contextlib.ExitStack() as stack:
        closing = stack.enter_context(contextlib.ExitStack())  # last, behind what is cleared
        file = None
        while file is None:
            lock = target.with_name(_name(target, ".lock"))
            stack.callback(_clear, lock, target)  # before it is there: a signal may come in between
            file = made_and_locked(lock)
        closing.callback(file.close)
        yield _sibling(lock, "")


def in_temporary(path: Path) -> bool:
    """Say whether a path lies in a temporary folder of ours, which nobody reads before it is whole.

    >>> in_temporary(Path("out/.128.0123abcd.tmp/anna.arrow")), in_temporary(Path("out/.128.0123abcd.tmp"))
    (True, False)
    """
    return any(_OURS.fullmatch(parent.name) for parent in path.parents)


def is_temporary(name: str) -> bool:
    """Say whether a file or folder has a name that we give to what is not finished, or was put aside meanwhile.

    >>> [is_temporary(name) for name in (".128.push.tmp", ".out.0123abcd.tmp", ".notes.tmp", "out")]
    [True, True, False, False]
    """
    return _UNFINISHED.fullmatch(name) is not None


def _clear(lock: Path, target: Path) -> None:
    """Remove what stands beside a target under the name of a lock, the lock last."""
    remove(_sibling(lock, ""))
    _settle_aside(_sibling(lock, ".old"), target)
    remove(lock)


def put(temporary: Path, target: Path) -> None:
    """Move a file or folder to `target`, which takes its place in one step; the old one is then where it was.

    Where the file system cannot exchange two names, a folder is put aside first; when the process is killed between
    the two steps, the next writer puts it back.
    """
    if not target.is_dir() or target.is_symlink():
        temporary.replace(target)
    elif not _rename(temporary, target, _EXCHANGE):
        aside = temporary.with_name(temporary.name.removesuffix(".tmp") + ".old.tmp")
        try:
            target.rename(aside)
            temporary.rename(target)
        finally:
            _settle_aside(aside, target)


def put_new(temporary: Path, target: Path) -> None:
    """Move a file or folder to `target`, which must not exist.

    Raises:
        FileExistsError: it does.
    """
    if not _rename(temporary, target, _NO_REPLACE):
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        temporary.rename(target)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, as far as that is allowed; nothing there is no error."""
    try:
        kind = path.lstat().st_mode
    except OSError:
        return
    if stat.S_ISDIR(kind):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def sweep(target: Path) -> None:
    """Remove what killed writers left beside `target`; what they had put aside goes back to its place.

    Of other targets in the same folder as well, when their lock is there and nobody holds it.
    """
    try:
        names = {path.name for path in target.parent.iterdir()}
    except OSError:
        return
    parts = sorted({(found[1], found[2]) for name in names if (found := _PARTS.fullmatch(name))})
    for stem, token in parts:
        lock = target.with_name(f".{stem}.{token}.lock.tmp")
        if stem == _stem(target):
            _sweep_one(lock, target)
        elif lock.name in names and not (_SHORTENED.fullmatch(stem) and _sibling(lock, ".old").name in names):
            _sweep_one(lock, target.parent / stem)


def _sweep_one(lock: Path, target: Path) -> None:
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(lock.open("r+b"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            pass  # The lock is made first and removed last: without it the rest is nobody's.
        except OSError:
            return
        _clear(lock, target)


def _settle_aside(aside: Path, target: Path) -> None:
    """Put an old folder back when nothing took its place, else remove it."""
    if os.path.lexists(target):
        remove(aside)
    else:
        with contextlib.suppress(OSError):
            aside.rename(target)


def made_and_locked(path: Path) -> IO[bytes] | None:
    """Return a new file with a lock on it, or None when somebody looked or swept before the lock was taken."""
    file = path.open("x+b")
    taken = False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        taken = True
    except OSError:
        pass  # Locks are not supported here, so that nobody can take this one for free.
    if not taken and os.fstat(file.fileno()).st_nlink:
        return file
    file.close()
    return None


def _stem(target: Path) -> str:
    name = os.fsencode(target.name)
    return target.name if len(name) <= _LONGEST_NAME else hashlib.sha256(name).hexdigest()[:32]


def _name(target: Path, kind: str) -> str:
    return f".{_stem(target)}.{uuid4().hex[:8]}{kind}.tmp"


def _sibling(lock: Path, kind: str) -> Path:
    return lock.with_name(lock.name.removesuffix(".lock.tmp") + f"{kind}.tmp")


def _rename(old: Path, new: Path, flag: int) -> bool:
    """Rename with a flag of Linux and return True, or False where kernel or file system do not know it."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if sys.platform != "linux" or function is None:
        return False
    if function(_AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new), flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(new))
