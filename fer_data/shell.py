"""Where our errors become one line and an exit code, for `fer-data` and for the stages."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

import typer

from fer_data.errors import FerDataError
from fer_data.shown import printable

__all__ = ["FINDINGS", "USAGE", "guarded", "run_stage"]

FINDINGS = 1
"""Exit code of a command that ran and found something."""

USAGE = 2
"""Exit code of wrong input or usage."""

_MESSAGE_LENGTH = 2000
"""Characters of an error; what is wrong may be a name of any length, and its remedy stands at the end."""

_ENVIRONMENT = {
    getattr(errno, name)
    for name in (
        "EACCES", "EBUSY", "EDQUOT", "EIO", "EMFILE", "ENAMETOOLONG", "ENFILE", "ENOMEM", "ENOSPC", "EPERM", "EROFS",
        "ESTALE", "EXDEV",
    )
    if hasattr(errno, name)
}  # fmt: skip
"""What the machine, not our code, is to blame for."""


_NO_MEMORY = (
    "The machine has too little memory for this, or allows too little of it. Make room or allow more."
)
_SAID_WITHOUT_MEMORY = (
    "can't start new thread", "can't allocate memory", "cannot allocate memory", "out of memory", "bad_alloc",
    "failed to allocate", "failed to map segment",
)  # fmt: skip
"""What Python, torch, onnxruntime and the loader say, in lower case, where no MemoryError is raised."""


def guarded(action: Callable[[], Any]) -> None:
    """Call `action`; an error of ours or of the machine ends the process with one line on stderr and exit code 2.

    A request to end, SIGTERM or SIGHUP, unwinds as an interrupt does, so that nothing half-written stays.
    """
    _open_streams()
    _unwind_on_request()
    try:
        _flushed(action)
    except FerDataError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno == errno.EPIPE:
            _silence()
            sys.exit(FINDINGS)
        if error.errno not in _ENVIRONMENT:
            raise
        where = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror or error}{where}. Make room or allow it, then run it again.")
    except (MemoryError, RuntimeError, ImportError) as error:
        if not _lacks_memory(error):
            raise
        _fail(_NO_MEMORY)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def _open_streams() -> None:
    """Lead standard streams that are closed to nowhere, before a file of ours gets their number and what they say."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _lacks_memory(error: Exception) -> bool:
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in _SAID_WITHOUT_MEMORY)


def _flushed(action: Callable[[], Any]) -> None:
    """Call `action`, then write out what it printed, so that a full disk behind stdout is an error like any other."""
    try:
        action()
    except SystemExit:
        sys.stdout.flush()
        raise
    sys.stdout.flush()


def _fail(message: str) -> NoReturn:
    text = printable(" ".join(message.split()))
    half = _MESSAGE_LENGTH // 2
    print(f"error: {text if len(text) <= 2 * half else f'{text[:half]} ... {text[-half:]}'}", file=sys.stderr)
    _silence()
    sys.exit(USAGE)


def _silence() -> None:
    """Leave what stdout still holds unwritten where it cannot be written; Python would try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unwind_on_request() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # `nohup` ignores SIGHUP, and that stays.
            signal.signal(number, _unwind)


def _unwind(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    print(f"ended by {signal.Signals(number).name}", file=sys.stderr)
    sys.exit(128 + number)


def run_stage(main: Callable[..., None]) -> None:
    """Run a stage's `main` as a command, which ends when whoever started it ends: killing `dvc` kills its stage."""
    from fer_data.lifetime import end_with_parent

    end_with_parent()
    guarded(lambda: typer.run(main))
