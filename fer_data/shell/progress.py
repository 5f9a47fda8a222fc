"""How far long work is, on stderr: a bar on a terminal, a line every 30 s in a log, nothing from worker processes.

What is shown never enters a file and never changes one. Work may begin inside other work; a log then has one line for
all of it.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from typing import Protocol

from fer_data.shell.copies import open_own_streams
from fer_data.shell.progress_text import amount_text, duration_text, line_text, rate_text
from fer_data.shell.shown import printable

__all__ = ["SECONDS", "Display", "Log", "Progress", "file_bytes", "progress", "say", "where"]

SECONDS = 30.0
"""Between two lines of a log, and before the first."""

_LINES = 10
"""A rate looks back over so many lines, so that time left follows what the work does now."""

_DUMB_TERMINALS = {"dumb", "unknown"}


@dataclass(slots=True, eq=False)
class Progress:
    """One piece of long work.

    Attributes:
        what: is done.
        total: amount of it; None where nobody knows.
        unit: of amounts, such as `frames`; `bytes` are shown as MB or GB.
        done: so far.
        earlier: the part of `done` that earlier runs did, which says nothing of how fast this one is.
        note: what else is worth knowing, such as a loss.
    """

    what: str
    total: int | None
    unit: str
    done: int = 0
    earlier: int = 0
    note: str = ""
    _changed: Callable[["Progress"], None] = field(default=lambda _: None, repr=False)

    def advance(self, amount: int = 1, note: str | None = None) -> None:
        """Count so much more as done, or less, when a crash undid it; a note replaces the last one."""
        self.done += amount
        self.note = self.note if note is None else note
        self._changed(self)

    def resume(self, done: int, total: int) -> None:
        """State how much there is, and how much of it earlier runs have done."""
        self.done, self.earlier, self.total = done, done, total
        self._changed(self)


class Display(Protocol):
    """Something that shows work."""

    def begin(self, work: Progress) -> None:
        """Show one more piece of work."""
        ...

    def change(self, work: Progress) -> None:
        """Show how far it is now."""
        ...

    def end(self, work: Progress, *, whole: bool) -> None:
        """Show it no longer; `whole` says that it came to its end."""
        ...

    def say(self, text: str) -> None:
        """Write a line that is no part of it."""
        ...


@dataclass(slots=True)
class _Told:
    """What a log knows of work: (seconds, done) at its begin and at the newest lines, and whether it has told of it."""

    samples: list[tuple[float, int]]
    began: float
    told: bool = False


class Log:
    """Lines for a log: at most one every 30 s, none in the first 30 s, and after those a last one.

    Args:
        write: takes a line.
        clock: seconds, rising.
    """

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._works: list[tuple[Progress, _Told]] = []
        self._said = self._active = float("-inf")

    def begin(self, work: Progress) -> None:
        """See `Display`; where work follows upon work the 30 s go on: many short pieces are long work too."""
        now = self._clock()
        if not self._works and now - self._active >= SECONDS:
            self._said = now
        self._works.append((work, _Told([(now, work.done)], now)))

    def change(self, work: Progress) -> None:
        """See `Display`; lines come by the clock alone."""

    def tick(self) -> None:
        """Write the line that is due, where one is."""
        now = self._clock()
        if not self._works or now - self._said < SECONDS:
            return
        self._said = now
        self._write("; ".join(_line(work, told, now) for work, told in self._works))
        for work, told in self._works:
            told.samples, told.told = [*told.samples[1 - _LINES :], (now, work.done)], True

    def end(self, work: Progress, *, whole: bool) -> None:
        """See `Display`; the last line is that of the outermost work, where an earlier one told of it."""
        self._active = now = self._clock()
        told = next(told for one, told in self._works if one is work)
        self._works = [(one, its) for one, its in self._works if one is not work]
        if told.told and whole and not self._works:
            rate = rate_text((work.done - work.earlier) / max(now - told.began, 1e-9), work.unit)
            done = amount_text(work.done, work.unit)
            earlier = f" ({work.earlier:,} of them earlier)" if work.earlier else ""
            self._write(f"{work.what}: {done} done{earlier} in {duration_text(now - told.began)}, {rate}")
            self._said = now

    def say(self, text: str) -> None:
        """See `Display`."""
        self._write(text)


def _line(work: Progress, told: _Told, now: float) -> str:
    since, before = told.samples[0]
    rate = max(0, work.done - max(before, work.earlier)) / max(now - since, 1e-9)
    seconds = now - told.began
    return line_text(
        work.what, (work.done, work.total), work.unit, rate=rate, seconds=seconds, note=work.note
    )


_works: list[Progress] = []
_display: Display | None = None


@contextmanager
def progress(
    what: str, total: int | None, unit: str, *, done: int = 0, shown: bool = True
) -> Iterator[Progress]:
    """Show long work while the block runs, and yield what its loop calls; `done` is what earlier runs did of it.

    In worker processes, and without `shown`, nothing is shown.
    """
    global _display  # noqa: PLW0603 - one stderr a process
    if not shown or parent_process() is not None:
        yield Progress(what, total, unit, done, done)
        return
    if not _works:
        _display = _bars() if _on_terminal() else _log()
    display = _display or _log()
    work = Progress(what, total, unit, done, done, _changed=display.change)
    _works.append(work)
    with _ticking(display) if len(_works) == 1 else nullcontext():
        display.begin(work)
        whole = False
        try:
            yield work
            whole = True
        finally:
            _works.remove(work)
            display.end(work, whole=whole)


def say(text: str) -> None:
    """Write a line to stderr, above a bar where one is shown."""
    (_display if _works and _display else _log()).say(printable(text))


def file_bytes(path: Path) -> int:
    """Return a file's size by what the system says of it, as a part of a total; 0 where it says nothing."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):  # ValueError: a null character in the name
        return 0


def where() -> str:
    """Return how far the work at hand is, in words; empty where none is shown."""
    told = (f"{work.what} at {amount_text(work.done, work.unit, work.total)}" for work in _works)
    return ", ".join(told)


def _begin_copy() -> None:
    """Show nothing in a copy of this process: what a thread of this one locks that shows work stays locked there."""
    global _display  # noqa: PLW0603 - see above
    if _works:
        _works.clear()
        _display = None
        open_own_streams()


os.register_at_fork(after_in_child=_begin_copy)


def _on_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") not in _DUMB_TERMINALS


def _bars() -> Display:
    from fer_data.shell.progress_bar import Bars

    return Bars()


@cache
def _log() -> Log:
    return Log(_write)


def _write(text: str) -> None:
    with suppress(OSError, ValueError):  # Nobody reads any more; that is no reason to end the work.
        print(text, file=sys.stderr, flush=True)


@contextmanager
def _ticking(display: Display) -> Iterator[None]:
    """Let a log have its line even while nothing is reported."""
    if not isinstance(display, Log):
        yield
        return
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(1.0):
            display.tick()

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        ended.set()
        ticker.join()
