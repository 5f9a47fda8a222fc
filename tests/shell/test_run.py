"""Errors of ours and of the machine become one line, and a request to end cleans up."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from fresh_python import printed_by
from warm_python import run_warm

from fer_data.shell.run import _foretold

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
"""How long a busy machine may take to start Python; nothing here takes a second on a quiet one."""

OURS_UNLESS_SET = {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OPENCV_LOG_LEVEL"}

PROLOGUE = """
import errno, time
from pathlib import Path
import typer
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.run import guarded
"""

WRITER = """
def main() -> None:
    with new_folder(Path("x/d"), "faces", overwrite=True) as folder:
        (folder / "a").write_text("half")
        print("ready", flush=True)
        time.sleep(600)
guarded(lambda: typer.run(main))
"""

FULL = """
def main() -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "data/faces/a.arrow")
guarded(lambda: typer.run(main))
"""

PRINTER = """
def main() -> None:
    print("a table")
guarded(lambda: typer.run(main))
"""


def start(
    code: str, folder: Path, own: Mapping[str, str] = MappingProxyType({}), **options: object
) -> "subprocess.Popen[str]":
    """Start a program of ours in a folder, for a user who sets some variables of their own."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS_UNLESS_SET}
    return subprocess.Popen(
        [sys.executable, "-c", PROLOGUE + code],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT), **own},
        text=True,
        **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options),  # type: ignore[call-overload]
    )


def warm(code: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program of ours to its end, where nothing depends on what Python reads when it starts."""
    return run_warm("-c", PROLOGUE + code, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})


def line_for(error: str, folder: Path) -> str:
    """Return the one line with which a program of ours ends, by exit code 2, when its work raises an error."""
    done = warm(f"def main() -> None:\n    raise {error}\nguarded(lambda: typer.run(main))\n", folder)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    return done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_request_to_end_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    """Whoever asks the program to end finds the folder as it was, and a code that says so."""
    process = start(WRITER, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert list(tmp_path.iterdir()) == []
    assert process.returncode in (1, 130, 128 + number)
    assert "Traceback" not in errors


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["at the end", "at once"])
def test_a_reader_that_left_is_no_finding(tmp_path: Path, unbuffered: str) -> None:
    """Of `fer-data diff A B | head` nobody may take a closed pipe for data that differ (exit code 1)."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as nobody:
        process = start(PRINTER, tmp_path, {"PYTHONUNBUFFERED": unbuffered}, stdout=nobody)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (141, "")


def test_full_shared_memory_is_called_so(tmp_path: Path) -> None:
    """PyTorch says that a device is full; room on any disk would not help. A container has 64 MB of it."""
    said = "unable to allocate shared memory(shm) for file </torch_7>: No space left on device (28)"
    assert "(/dev/shm)" in line_for(f'RuntimeError("{said}")', tmp_path)


def test_a_long_error_is_cut_in_its_middle(tmp_path: Path) -> None:
    """A name may have any length; what is wrong and its remedy stay on the screen."""
    code = 'from fer_data.shell.run import _fail\n_fail("begin " + "x" * 100_000 + " end")'
    done = warm(code, tmp_path)
    error = done.stderr
    assert done.returncode == 2
    assert error.startswith("error: begin xxx")
    assert error.endswith("xxx end\n")
    assert len(error) < 2100


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """What the machine lacks is no fault of ours and has no traceback."""
    done = warm(FULL, tmp_path)
    errors = done.stderr
    assert done.returncode == 2
    assert errors.startswith("error: No space left on device (data/faces/a.arrow).")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    "error",
    [
        'FileNotFoundError(errno.ENOENT, "No such file or directory", "data/catalog/rows.parquet")',
        'IsADirectoryError(errno.EISDIR, "Is a directory", "x")',
        'OSError("Expected to be able to read 20544 bytes for message body, got 14628")',
        '__import__("pyarrow").ArrowInvalid("Invalid flatbuffers message.")',
        '__import__("safetensors").SafetensorError("I/O error: No space left on device (os error 28)")',
        '__import__("zipfile").BadZipFile("Bad magic number")',
        'UnicodeEncodeError("utf-8", "a\\udcff", 1, 2, "surrogates not allowed")',
        'ModuleNotFoundError("No module named \'ray\'", name="ray")',
        'ImportError("libGL.so.1: cannot open shared object file: No such file or directory")',
    ],
    ids=["absent", "folder", "arrow", "flatbuffers", "safetensors", "zip", "name", "package", "library"],
)
def test_what_the_machine_or_a_file_is_to_blame_for_is_one_line(tmp_path: Path, error: str) -> None:
    """Whatever library says it, nobody has to read our code to see what to do."""
    assert line_for(error, tmp_path).startswith("error: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Missing argument 'place'. See `"),
        ("a --number 0", "Invalid value for '--number'"),
        ("a --nubmer 1", "Unknown option '--nubmer'. Did you mean '--number'?"),
        ("a b", "unexpected extra argument"),
    ],
    ids=["missing", "value", "option", "argument"],
)
def test_a_usage_error_is_one_line(tmp_path: Path, words: str, said: str) -> None:
    """It says what is wrong and where the help is, without a box or the usage."""
    code = f"""
from typing import Annotated
import sys
from fer_data.shell.run import run_stage
sys.argv[1:] = {words.split()!r}
def main(place: str, number: Annotated[int, typer.Option(min=1)] = 1) -> None:
    pass
run_stage(main)
"""
    done = warm(code, tmp_path)
    errors = done.stderr
    assert (done.returncode, done.stdout) == (2, "")
    assert errors.startswith("error: ")
    assert said in errors
    assert errors.endswith("--help`.\n")
    assert errors.count("\n") == 1


def test_a_stage_that_has_worked_ends_at_once() -> None:
    """What was to be done at its end is, all that it printed is there, and nothing is freed one by one."""
    code = """
import atexit, sys, threading, time
from fer_data.shell.run import run_stage
class Freed:
    def __del__(self):
        print("freed")
held = Freed()
atexit.register(print, "ended")
sys.argv[1:] = []
def main() -> None:
    threading.Thread(target=lambda: (time.sleep(0.2), print("a thread ended"))).start()
    print("worked")
run_stage(main)
"""
    assert printed_by(code) == "worked\na thread ended\nended\n"


@pytest.mark.parametrize("tool", ["cProfile", "trace"])
def test_a_stage_is_watched_by_a_profiler_to_its_end(tmp_path: Path, tool: str) -> None:
    """It writes what it found after the stage has worked."""
    program = tmp_path / "program.py"
    program.write_text(
        "from fer_data.shell.run import run_stage\nrun_stage(lambda: print('worked'))\nprint('on')\n"
    )
    found = str(tmp_path / "found")
    options = {"cProfile": ["-o", found], "trace": ["--count", "-C", str(tmp_path), "-f", found]}[tool]
    done = subprocess.run(
        [sys.executable, "-m", tool, *options, program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.stdout.startswith("worked\non\n"), done.stderr
    assert Path(found).exists()


def test_without_a_word_the_command_line_prints_its_help(tmp_path: Path) -> None:
    """Who types the name alone asks what there is."""
    done = warm("from fer_data.commands.app import main\nmain()\n", tmp_path)
    errors = done.stderr
    assert done.returncode == 2
    assert errors.startswith("Usage: ")
    assert "predict" in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_stdout_is_one_line(tmp_path: Path) -> None:
    """A table that could not be written is not taken for written."""
    with Path("/dev/full").open("w") as full:
        process = start(PRINTER, tmp_path, stdout=full)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert errors.count("\n") == 1
    assert "No space left on device" in errors


@pytest.mark.parametrize(
    "error",
    [
        "MemoryError()",
        """RuntimeError("can't start new thread")""",
        """RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")""",
        """ImportError("x.so: failed to map segment from shared object")""",
    ],
    ids=["memory", "thread", "torch", "library"],
)
def test_a_lack_of_memory_is_one_line(tmp_path: Path, error: str) -> None:
    """It is the machine's, whatever a library makes of it."""
    assert line_for(error, tmp_path).startswith("error: The machine has too little memory")


def test_a_fault_of_ours_keeps_its_traceback(tmp_path: Path) -> None:
    """Its exit code is not that of findings, and it says what to do."""
    code = "def main() -> None:\n    raise RuntimeError('a fault')\nguarded(lambda: typer.run(main))\n"
    done = warm(code, tmp_path)
    errors = done.stderr
    assert done.returncode == 70
    assert errors.startswith("Traceback")
    assert "RuntimeError: a fault\n" in errors
    assert "Please report it" in errors.splitlines()[-1]


@pytest.mark.parametrize(
    ("own", "seen"),
    [
        ({}, "None,None PASSIVE,3000"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE,None ACTIVE,None"),
        ({"GOMP_SPINCOUNT": "7"}, "None,7 PASSIVE,7"),
    ],
)
def test_waiting_threads_sleep_unless_the_user_says_otherwise(
    tmp_path: Path, own: dict[str, str], seen: str
) -> None:
    """It is set before torch is loaded, worker processes inherit it, and importing the package sets nothing.

    They spin for a moment first; who chose a policy gets that alone, for a count of spins is stronger than a policy.
    """
    code = """
import fer_data, os, subprocess, sys
say = "import os; print(*(os.environ.get(name) for name in ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')), sep=',')"
exec(say)
guarded(lambda: (sys.stdout.flush(), subprocess.run([sys.executable, "-c", say], check=True))[0])
"""
    process = start(code, tmp_path, own)
    assert process.communicate(timeout=PATIENCE_SECONDS)[0].split() == seen.split()


@pytest.mark.parametrize(("own", "warnings"), [({}, 0), ({"OPENCV_LOG_LEVEL": "WARNING"}, 1)])
def test_opencv_is_quiet_unless_the_user_says_otherwise(
    tmp_path: Path, own: dict[str, str], warnings: int
) -> None:
    """We say ourselves which picture is damaged; its lines name the place in its own code."""
    code = """
def decode() -> None:
    import cv2, numpy as np
    noise = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    cv2.imdecode(cv2.imencode(".png", noise)[1][:300], cv2.IMREAD_COLOR)
guarded(decode)
"""
    process = start(code, tmp_path, own)
    assert process.communicate(timeout=PATIENCE_SECONDS)[1].count("WARN") == warnings


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_fault(tmp_path: Path, closed: str) -> None:
    """A service may start us without any; what is printed then never ends up in a file of ours."""
    code = "def main() -> None:\n    file = open('x', 'w')\n    os.write(1, b'said')\n    print('a table')\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    (tmp_path / "run.py").write_text(f"{PROLOGUE}import os\n{code}guarded(lambda: typer.run(main))\n")
    command = ["sh", "-c", f'"$0" run.py {closed}', sys.executable]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "x").read_text() == ""


def test_a_stage_leaves_pandas_out_before_it_reads_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is checked before the work reads tables as well."""
    order: list[str] = []
    monkeypatch.setattr("fer_data.shell.run.leave_pandas_out", lambda: order.append("left out"))
    monkeypatch.setattr("fer_data.entry.foresight.foretell", lambda _: order.append("checked"))
    _foretold(lambda: order.append("done"))()
    assert order == ["left out", "checked", "done"]
