"""What a request to end does: SIGINT (Ctrl-C), SIGTERM or SIGHUP unwinds, so that nothing half-written stays.

Then one line says what was stopped and what a new run finds, and the process ends with 128 and the signal's number.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fer_data.shell.dvc_stage import STAGE_VARIABLE
from fer_data.shell.progress import where
from fer_data.shell.shown import printable

__all__ = ["deaf_to_interrupts", "end_while_starting", "keeping", "unwinding"]

_REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOTHING = "Nothing of this run is kept."
_RANK = "LOCAL_RANK"
"""Of several processes that train together, set in all but the first, or in all by `torchrun`."""

_kept: list[Callable[[], str]] = []
_owner = 0
"""Id of the process whose requests these are: a fork has a copy of all this."""

_asked: tuple[int, str] | None = None
"""The signal that asked this process to end, and what that stopped."""

_held: list[int] | None = None
"""The requests that came while a process was being started; None at other times."""


@contextmanager
def keeping(kept: Callable[[], str]) -> Iterator[None]:
    """Let `kept` say, in a sentence or two, what a new run finds of this one if it is stopped in this block."""
    _kept.append(kept)
    try:
        yield
    finally:
        _kept.remove(kept)


@contextmanager
def unwinding() -> Iterator[None]:
    """End the process when it is asked to in this block, once all is unwound and whatever error comes of that."""
    global _owner  # noqa: PLW0603 - a fork of this process is another
    _owner = os.getpid()
    before = {number: signal.getsignal(number) for number in _REQUESTS}
    for number, handler in before.items():
        if handler in (
            signal.SIG_DFL,
            signal.default_int_handler,
            _leave,
        ):  # `nohup` ignores SIGHUP, and that stays.
            signal.signal(number, _unwind)
    try:
        yield
    finally:
        if _asked is not None:
            _say(*_asked)
            sys.exit(128 + _asked[0])
        for number, handler in before.items():
            signal.signal(number, handler)


def end_while_starting() -> None:
    """Let a request to end this process at once until `unwinding` begins: there is nothing to clean up."""
    for number in _REQUESTS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _leave)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let processes that are started in this block never hear Ctrl-C, which a terminal sends to all that it runs.

    They end with the one that started them. A request to end this process is carried out when the block ends: a
    process that is left while it starts prints a traceback. To block the signal is not enough for that, since the
    kernel hands it to any other thread and Python then runs the handler here. The tracker that the first process of
    multiprocessing brings along lets interrupts in again, so it is started before.
    """
    global _held  # noqa: PLW0603 - the handler has no other way to know
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    held: list[int] = []
    _held = held
    try:
        yield
    finally:
        _held = None
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number in held[:1]:
            signal.raise_signal(number)


def _unwind(number: int, _frame: FrameType | None) -> None:
    global _asked  # noqa: PLW0603 - a process ends once
    if _owner != os.getpid():
        os._exit(128 + number)
    if _held is not None:
        _held.append(number)
        return
    for other in _REQUESTS:
        signal.signal(other, signal.SIG_IGN)
    kept = " ".join(sentence() for sentence in _kept) or _NOTHING
    _asked = number, f"{where() or _name()}. {kept}"
    sys.exit(128 + number)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    _say(number, f"{_name()}, while it started. {_NOTHING}")
    os._exit(128 + number)


def _say(number: int, what: str) -> None:
    if os.environ.get(_RANK, "0") != "0":
        return
    how = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    with suppress(OSError, ValueError):  # whoever read this may have ended first
        print(printable(f"{how}: {what}"), file=sys.stderr, flush=True)


def _name() -> str:
    """Return what a person calls this process: its stage as DVC names it, its module or its command."""
    if stage := os.environ.get(STAGE_VARIABLE):
        return stage
    if sys.argv[0] == "-m":  # as long as the package of a module is imported
        return sys.orig_argv[sys.orig_argv.index("-m") + 1].rpartition(".")[2]
    program = Path(sys.argv[0]).stem
    return " ".join([program, *sys.argv[1:2]]) if program == "fer-data" else program
