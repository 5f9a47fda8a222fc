"""A warm child behaves as a Python of its own: what tests that start one rely on."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from warm_python import run_warm, started_warm

SHOW = """
import atexit, json, os, sys, threading
sys.stderr.write("to stderr\\n")
shown = {"argv": sys.argv, "cwd": os.getcwd(), "path": sys.path[:2], "name": __name__, "home": os.environ.get("MINE"),
    "threads": len(os.listdir("/proc/self/task")), "python threads": threading.active_count(),
    "files": len(os.listdir("/proc/self/fd")), "session": os.getsid(0) == os.getpid(), "stdin": sys.stdin.read()}
atexit.register(print, "at the end")
threading.Thread(target=lambda: print(json.dumps(shown))).start()
"""


def test_a_child_has_streams_arguments_variables_and_a_folder_of_its_own(tmp_path: Path) -> None:
    """One thread, three open files beside the folder that is listed; threads and `atexit` are waited for."""
    done = run_warm("-c", SHOW, "a", "b c", cwd=tmp_path, env={**os.environ, "MINE": "x", "PYTHONPATH": "/q"})
    text, last = done.stdout.splitlines()
    assert json.loads(text) == {
        "argv": ["-c", "a", "b c"], "cwd": str(tmp_path), "path": ["", "/q"], "name": "__main__", "home": "x",
        "threads": 1, "python threads": 1, "files": 4, "session": True, "stdin": "",
    }  # fmt: skip
    assert (last, done.stderr, done.returncode) == ("at the end", "to stderr\n", 0)


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "raise SystemExit(7)",
        "raise SystemExit('said')",
        "raise SystemExit",
        "import sys; sys.exit(300)",
        "1 / 0",
        "def f():\n    raise KeyError('x') from ValueError(1)\nf()",
        "import os; os._exit(3)",
        "import os; os.kill(os.getpid(), 9)",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "raise KeyboardInterrupt",
        "print('out'); import sys; print('err', file=sys.stderr); sys.stdout.write('no line end')",
        "syntax error",
    ],
)
def test_a_child_ends_as_a_python_of_its_own(code: str) -> None:
    """The same exit code, output and traceback, byte for byte."""
    mine, own = (
        run_warm("-c", code),
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False),
    )
    assert (mine.returncode, mine.stdout, mine.stderr) == (own.returncode, own.stdout, own.stderr)


def test_a_module_a_script_and_the_command_line_are_run_as_by_name(tmp_path: Path) -> None:
    """`-m`, a file and `fer-data`; each sees its folder first."""
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
    program = "print(beside.NAME, __name__, sys.argv[1:], sys.modules['__main__'].__dict__ is globals())"
    (tmp_path / "program.py").write_text(f"import sys, beside\n{program}\n")
    for words in (["-m", "program", "-x"], [str(tmp_path / "program.py"), "-x"]):
        done = run_warm(*words, cwd=tmp_path)
        assert done.stdout == "beside __main__ ['-x'] True\n", done.stderr
    assert run_warm("fer-data", "--version", cwd=tmp_path).stdout.startswith("fer-data ")
    assert run_warm("fer-data", "stats", "none", cwd=tmp_path).returncode == 2


def test_children_run_beside_each_other_and_are_stopped(tmp_path: Path) -> None:
    """A signal reaches one alone; what still runs at the end of a block is killed."""
    code = "import time; print('here', flush=True); time.sleep(60)"
    with started_warm("-c", code) as one, started_warm("-c", code) as other:
        assert (one.poll(), other.poll()) == (None, None)
        one.send_signal(signal.SIGTERM)
        assert one.wait() == -signal.SIGTERM
        assert other.poll() is None
    assert other.returncode == -signal.SIGKILL


def test_a_child_that_takes_too_long_is_killed() -> None:
    """The test fails with its name, and nothing goes on."""
    with pytest.raises(subprocess.TimeoutExpired, match=r"timed out after 0\.1 seconds"):
        run_warm("-c", "import time; time.sleep(60)", timeout=0.1)


def test_what_is_read_when_python_starts_cannot_be_changed() -> None:
    """Such a test needs a Python of its own."""
    with pytest.raises(ValueError, match="HF_HOME is read when Python starts: 'elsewhere', not None"):
        run_warm("-c", "pass", env={**os.environ, "HF_HOME": "elsewhere"})


def test_what_is_read_later_can_be_changed() -> None:
    """Also where a library wrote it into the process of the test."""
    assert run_warm("-c", "pass", env={**os.environ, "TORCHINDUCTOR_CACHE_DIR": "elsewhere"}).returncode == 0


def test_children_draw_other_numbers() -> None:
    """What depends on chance shall show, as between two Pythons."""
    code = "import random, numpy; print(random.random(), numpy.random.rand())"
    assert not {*run_warm("-c", code).stdout.split()} & {*run_warm("-c", code).stdout.split()}


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    """It leads a group, which is killed at the end of the block."""
    code = "import subprocess as s, time; print(s.Popen(['sleep', '60']).pid, file=open('pid', 'w')); time.sleep(60)"
    with started_warm("-c", code, cwd=tmp_path) as child, pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.5)
    psutil.wait_procs(started := [psutil.Process(int((tmp_path / "pid").read_text()))], timeout=5)
    assert not any(process.is_running() for process in started)


def test_the_libraries_are_there_and_none_has_started_a_thread() -> None:
    """One that has would wait in the child for a thread that only the server has."""
    code = "import sys; print(*({'torch', 'datasets', 'cv2', 'onnxruntime', 'ray'} & sys.modules.keys()))"
    assert set(run_warm("-c", code).stdout.split()) == {"torch", "datasets", "cv2"}
