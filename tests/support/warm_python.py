"""Fresh Python processes that have the libraries imported already, for tests that start many.

A server, one for each process of pytest, imports them once and forks; a child costs some hundredths of a second instead
of the second or more that torch, pyarrow and `datasets` take. A child shares nothing else with the test: its variables,
folder, streams and arguments are its own, it has one thread, and its end is that of any Python.

Where a test is about what is imported, about variables that Python or a library reads when it starts, about a terminal
or about the process above, it starts a Python of its own, as do the tests that hold that a command starts at all.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from warm_server import NUMBER

__all__ = ["WarmProcess", "WarmPython", "run_warm", "started_warm"]

ROOT = Path(__file__).parents[2]
SECONDS = 120.0
"""How long a child may take, where a test says nothing else; a busy machine included."""

_READ_AT_START = (
    "CUDA_", "GOMP_", "HF_", "HOME", "HUGGING", "LANG", "LC_", "MKL_", "MPL", "NUMBA_", "OMP_", "OPENBLAS_", "OPENCV_",
    "PYTHON", "TORCH", "XDG_",
)  # fmt: skip
"""What names of variables begin with that Python or a library reads when it starts or is imported."""

_READ_LATER = {"HF_TOKEN", "PYTHONBREAKPOINT", "PYTHONPATH", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"}
"""Those of them that are read when they are used, or that a child is given by other means; Ray and torch's compiler
write some of them into the test's own process."""

_GUARDED = {"GOMP_SPINCOUNT": "3000", "OMP_WAIT_POLICY": "PASSIVE", "OPENCV_LOG_LEVEL": "ERROR"}
"""What every command of ours sets before anything is imported (`shell/run.py`)."""

LIBRARIES = (
    "albumentations", "av", "cv2", "datasets", "dvc.cli", "dvc.data_cloud", "dvc.repo.index", "dvc.stage.run",
    "numba", "onnx", "pyarrow.dataset", "pyarrow.parquet", "rich.console", "scipy.optimize", "scipy.spatial.distance",
    "torch", "yaml", "fer_data.balance", "fer_data.check.folder", "fer_data.commands.app",
    "fer_data.commands.documents", "fer_data.convert.conversion", "fer_data.multires", "fer_data.params.document",
    "fer_data.predict.drawer", "fer_data.publish.stage", "fer_data.view.report",
)  # fmt: skip


class WarmProcess:
    """A child that runs; what it prints goes into files, so that it never waits for a reader.

    Attributes:
        pid: its number; it leads a session and a group of its own.
        returncode: as `subprocess.Popen` has it; None while it runs.
    """

    def __init__(self, words: list[str], report: int, streams: tuple[IO[str], IO[str]]) -> None:
        """Read the number of a child that was asked for."""
        self.args, self._report, (self._stdout, self._stderr) = words, report, streams
        self.pid, self.returncode = self._reported(), None

    returncode: int | None

    def _reported(self) -> int:
        if not (data := os.read(self._report, NUMBER.size)):
            raise RuntimeError("the server of warm children has ended; what it said to stderr tells why")
        return int(NUMBER.unpack(data)[0])

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self.wait(0) if select.select([self._report], [], [], 0)[0] else self.returncode

    def wait(self, timeout: float = SECONDS) -> int:
        """Return the exit code, negative for a signal.

        Raises:
            subprocess.TimeoutExpired: it runs for longer.
        """
        if self.returncode is None:
            if not select.select([self._report], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = self._reported()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it alone, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once, and what it started, if it runs."""
        if self.poll() is not None:
            return
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:  # no group of its own yet, so it has started nothing, or it has just ended
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def communicate(self, timeout: float = SECONDS) -> tuple[str, str]:
        """Wait until it ends, and return what it printed and what it said to stderr."""
        self.wait(timeout)
        for stream in (self._stdout, self._stderr):
            stream.seek(0)
        return self._stdout.read(), self._stderr.read()


class WarmPython:
    """A server with some modules imported, under some variables; started when the first child is asked for.

    Attributes:
        variables: what it was started with.
    """

    def __init__(self, modules: tuple[str, ...], variables: Mapping[str, str]) -> None:
        """Remember what to import, and all variables to have while it is imported."""
        self._modules, self.variables = modules, {**variables, **_GUARDED}
        self._server: subprocess.Popen[bytes] | None = None

    def _started(self) -> socket.socket:
        if self._server is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            program = Path(__file__).with_name("warm_server.py")
            words = [sys.executable, str(program), str(theirs.fileno()), json.dumps(self._modules), str(ROOT)]
            self._server = subprocess.Popen(
                words,
                pass_fds=[theirs.fileno()],
                env={name: value for name, value in self.variables.items() if name != "PYTHONPATH"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            theirs.close()
            atexit.register(self.close)
            if not self._control.recv(16):
                raise RuntimeError("the server of warm children could not import its modules")
        return self._control

    def close(self) -> None:
        """End the server and all its children."""
        if self._server is not None:
            self._control.close()
            self._server.wait()
            self._server = None

    def _check(self, environment: Mapping[str, str]) -> None:
        """Hold that a child asks for nothing that was settled when the server started.

        Raises:
            ValueError: a variable is another one.
        """
        for name in sorted({*environment, *self.variables}):
            if name.startswith(_READ_AT_START) and name not in _READ_LATER:
                known = self.variables.get(name)
                if environment.get(name, _GUARDED.get(name)) != known:
                    raise ValueError(
                        f"{name} is read when Python starts: {environment.get(name)!r}, not {known!r}"
                    )

    @contextmanager
    def started(
        self, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Iterator[WarmProcess]:
        """Start a child and yield it; it is killed at the end of the block if it still runs."""
        control, environment = self._started(), dict(os.environ if env is None else env)
        self._check(environment)
        request = {"words": words, "cwd": str(cwd or Path.cwd()), "environment": environment}
        read, write = os.pipe()
        with (
            os.fdopen(read, "rb") as report,
            Path(os.devnull).open("rb") as stdin,
            tempfile.TemporaryFile("w+", encoding="utf-8") as stdout,
            tempfile.TemporaryFile("w+", encoding="utf-8") as stderr,
        ):
            streams = [file.fileno() for file in (stdin, stdout, stderr)]
            socket.send_fds(control, [json.dumps(request).encode()], [*streams, write])
            os.close(write)
            child = WarmProcess(list(words), report.fileno(), (stdout, stderr))
            try:
                yield child
            finally:
                child.kill()
                child.wait()

    def run(
        self,
        *words: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = SECONDS,
    ) -> "subprocess.CompletedProcess[str]":
        """Run a child to its end, as `subprocess.run` runs `python WORDS` with its output captured as text.

        Args:
            words: `-c CODE`, `-m MODULE`, `fer-data` or a script, and what comes behind it.
            cwd: the working folder; that of the test where it is None.
            env: all its variables; those of the test where it is None.
            timeout: seconds that it may take.

        Raises:
            subprocess.TimeoutExpired: it took longer, and was killed.
            ValueError: a variable is another one than the server was started with, and is read by then.
        """
        with self.started(*words, cwd=cwd, env=env) as child:
            printed, said = child.communicate(timeout)
            return subprocess.CompletedProcess(list(words), child.wait(), printed, said)


_WARM = WarmPython(LIBRARIES, os.environ)  # as they are before any test changes them
run_warm, started_warm = _WARM.run, _WARM.started
