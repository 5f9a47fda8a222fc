"""A lease says who works on what, and ends with its holder."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_data.errors import StoreError
from fer_data.execution import leases as leases_module
from fer_data.execution.leases import Leases, exclusive

HOLD = """
    import sys, time
    from pathlib import Path
    from fer_data.execution.leases import exclusive
    with exclusive(Path(sys.argv[1]), "align"):
        print("held", flush=True)
        time.sleep(600)
"""
LEASE = """
    import sys, time
    from pathlib import Path
    from fer_data.execution.leases import Leases
    with Leases(Path(sys.argv[1])).hold("key", "trains") as name:
        print(name, flush=True)
        time.sleep(600)
"""


def start(code: str, folder: Path) -> "subprocess.Popen[str]":
    """Start a process that runs the code with the folder and prints a line when it stands."""
    command = [sys.executable, "-c", textwrap.dedent(code), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Start another process that holds the lock of `tmp_path`."""
    with start(HOLD, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_is_told_who_holds_the_store(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    """The message is one line with purpose, process, host and time; the file's content does not decide."""
    message = rf"in use by align, process {holder.pid} on \S+ since 20.*Wait"
    with pytest.raises(StoreError, match=message) as caught, exclusive(tmp_path, "prune"):
        pass
    assert "\n" not in str(caught.value)


def test_a_killed_run_gives_the_lock_back(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    """No lock outlives its process, so nobody has to remove a stale file."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with exclusive(tmp_path, "prune"):
        text = (tmp_path / "lock").read_text()
    assert re.search(rf'"process": {os.getpid()}\b', text)


def test_the_lock_is_free_after_the_block(tmp_path: Path) -> None:
    """Two runs one after the other do not see each other."""
    for _ in range(2):
        with exclusive(tmp_path, "align"):
            pass


@pytest.mark.parametrize("note", ["", "{", "[]", '{"process": 1}', "[" * 3000, "\x1b[31m"])
def test_a_scribbled_note_is_another_process(
    tmp_path: Path, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in a lock file is for people, and may be anything."""
    monkeypatch.setattr(leases_module, "_PATIENCE_SECONDS", 0.0)
    with exclusive(tmp_path, "align"):
        (tmp_path / "lock").write_text(note)
        with pytest.raises(StoreError, match="is in use by another process;"), exclusive(tmp_path, "prune"):
            pass


def test_storage_without_locks_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network mounts refuse locks."""

    def refuse(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StoreError, match=r"cannot be locked: Function not implemented\. Name a folder"):
        exclusive(tmp_path, "align").__enter__()


def test_a_lease_is_seen_by_others_with_its_holder(tmp_path: Path) -> None:
    """Key, purpose, process and host are told; two leases on one key are two."""
    leases = Leases(tmp_path)
    with leases.hold("key", "trains") as first, leases.hold("key", "writes a") as second:
        assert first != second
        held = {lease.name: lease for lease in leases.held()}
        assert set(held) == {first, second}
        assert {lease.key for lease in held.values()} == {"key"}
        assert re.fullmatch(
            rf"trains, process {os.getpid()} on {re.escape(socket.gethostname())} since 20\S+", held[first].by
        )
    assert leases.held() == []
    assert list(tmp_path.iterdir()) == []


def test_looking_and_sweeping_leave_a_held_lease_and_remove_a_dead_one(tmp_path: Path) -> None:
    """The lock decides, before and after SIGKILL; looking removes nothing."""
    leases = Leases(tmp_path)
    with start(LEASE, tmp_path) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        leases.sweep()
        assert [lease.name for lease in leases.held()] == [name]
        process.kill()
        process.wait()
    assert leases.held() == []
    assert leases.known(name)
    leases.sweep()
    assert not leases.known(name)


def test_a_lease_is_held_before_its_name_is_known_whoever_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who sweeps between making the file and locking it gets the file, and the holder takes another."""
    leases, real, swept = Leases(tmp_path), fcntl.flock, []

    def sweeping(file: int, operation: int) -> None:
        if not swept:
            swept.append(True)
            leases.sweep()
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", sweeping)
    with leases.hold("key", "trains") as name:
        monkeypatch.undo()
        assert [lease.name for lease in leases.held()] == [name]


def test_a_note_is_bounded_and_plain(tmp_path: Path) -> None:
    """A lease's file may be anybody's; only so much of it is read."""
    leases = Leases(tmp_path)
    with leases.hold("key", "trains") as name:
        (tmp_path / f"{name}.lease").write_text(json.dumps({"process": "x" * 10_000_000}))
        assert [lease.by for lease in leases.held()] == ["another process"]
