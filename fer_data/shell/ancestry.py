"""The processes above this one, as the kernel knows them: who started it, and whether they still live."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Ancestor", "ancestors"]

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A living process above this one.

    Attributes:
        pid: its id, as it calls itself and as this process may signal it.
        started: when it began, in the system's own unit, so that a reused id is told apart; empty where it is unknown.
        command: its program and arguments now; empty where they cannot be read.
    """

    pid: int
    started: str
    command: tuple[str, ...] = field(compare=False)


def ancestors() -> list[Ancestor]:
    """Return the living processes above this one, the nearest first, as far up as they share its process ids.

    A parent that the system hides is named by its id alone and ends the list.
    """
    if sys.platform != "linux":
        return list(_by_psutil())
    try:
        return list(_by_proc())
    except OSError:
        return [Ancestor(os.getppid(), "", ())]


def _by_psutil() -> Iterator[Ancestor]:
    import psutil

    for process in psutil.Process().parents():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return
            yield Ancestor(process.pid, str(process.create_time()), tuple(process.cmdline()))
        except psutil.NoSuchProcess:
            return
        except psutil.AccessDenied:
            yield Ancestor(process.pid, "", ())


def _by_proc() -> Iterator[Ancestor]:
    """Walk up through /proc, which may count the processes of an outer namespace (`unshare --pid` without a mount)."""
    status = _status(_PROC / "self")
    own = status["NSpid"].split()
    foreign = own[0] != str(os.getpid())
    while (above := status["PPid"]) != "0":
        try:
            status = _status(_PROC / above)
            started, command = _started(_PROC / above), _command(_PROC / above)
        except OSError:
            if not foreign:
                yield Ancestor(int(above), "", ())
            return
        ids = status["NSpid"].split()
        if len(ids) != len(own) or status["State"].startswith(("Z", "X")):
            return
        yield Ancestor(int(ids[-1]), started, command)


def _status(folder: Path) -> dict[str, str]:
    """Return the fields that are needed; a kernel without namespaces has no `NSpid`, which is then the id itself.

    Source: proc_pid_status(5).
    """
    lines = (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    fields = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {"NSpid": fields["Pid"], **fields}


def _started(folder: Path) -> str:
    """Return field 22 of `stat`, counted behind the name, which may hold blanks. Source: proc_pid_stat(5)."""
    return (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]


def _command(folder: Path) -> tuple[str, ...]:
    text = (folder / "cmdline").read_text(encoding="utf-8", errors="replace")
    return tuple(text.removesuffix("\0").split("\0"))
