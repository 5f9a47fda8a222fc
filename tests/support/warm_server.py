"""The program that `warm_python` starts: it imports modules once, and forks a fresh child of itself for each request.

What a child does ends this very program, so that threads, `atexit`, streams and uncaught exceptions end as in any other
Python. Nothing that this file imports may start a thread: a fork copies locks, and leaves their holders behind.
"""

import atexit
import gc
import json
import os
import random
import runpy
import selectors
import signal
import socket
import struct
import sys
import tempfile
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

NUMBER = struct.Struct("=i")
"""How the number of a child and its exit code are reported."""
_FDS = 4
"""Standard input, output and error of a child, and where to report its number and its end."""
_LIMIT = 1 << 20
"""Bytes of a request."""


def serve(control: socket.socket, modules: list[str], root: str) -> dict[str, Any]:
    """Fork a child for each request until nobody is left who could ask; return in each child, with its request."""
    sys.path[0] = root  # instead of the folder of this file
    for name in modules:
        import_module(name)
    del sys.path[0]  # a child has a path of its own
    gc.collect()
    gc.freeze()  # or the first collection of every child would copy all that it shares with this process
    control.send(b"ready")
    with selectors.DefaultSelector() as waiting:
        waiting.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is not control:
                    _report_end(waiting, key)
                    continue
                data, fds, _, _ = socket.recv_fds(control, _LIMIT, _FDS)
                if not data:
                    _end_all(waiting)
                if (pid := os.fork()) == 0:
                    _forget(waiting)
                    return _enter(json.loads(data), fds)
                for fd in fds[:-1]:
                    os.close(fd)
                os.write(fds[-1], NUMBER.pack(pid))
                waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, fds[-1]))


def _report_end(waiting: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    waiting.unregister(key.fileobj)
    os.close(key.fd)
    pid, report = key.data
    _, status = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):
        os.write(report, NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os.close(report)


def _forget(waiting: selectors.BaseSelector) -> None:
    """Close in a child what its parent waits for."""
    for key in list(waiting.get_map().values()):
        os.close(key.fd)
        if key.data:
            os.close(key.data[1])


def _end_all(waiting: selectors.BaseSelector) -> None:
    for key in list(waiting.get_map().values()):
        if key.data:
            os.kill(key.data[0], signal.SIGKILL)
            os.waitpid(key.data[0], 0)
    sys.exit()


def _enter(request: dict[str, Any], fds: list[int]) -> dict[str, Any]:
    """Give a child the streams, the folder and the variables that it was asked to have, and a session of its own."""
    os.setsid()
    for number, fd in enumerate(fds[:3]):
        os.dup2(fd, number)
    for fd in fds:
        os.close(fd)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None  # by TMPDIR of the child
    random.seed()
    sys.modules["numpy"].random.seed()
    path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [str(Path(folder).absolute()) for folder in path if folder]
    return request


def run(words: list[str]) -> None:
    """Run `-c CODE`, `-m MODULE`, `fer-data` or a script with the words behind it, as Python runs its command line."""
    kind, *rest = words
    if kind == "-m":
        sys.argv[:] = rest
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv[:] = ["-c", *rest[1:]]
        sys.path.insert(0, "")
        sys.modules["__main__"] = main = ModuleType("__main__")
        exec(compile(rest[0], "<string>", "exec"), main.__dict__)  # what `python -c` is
    elif kind == "fer-data":
        sys.argv[:] = words
        sys.modules["__main__"] = ModuleType("__main__")
        import_module("fer_data.commands.app").main()
    else:
        sys.argv[:] = words
        sys.path.insert(0, str(Path(kind).absolute().parent))
        runpy.run_path(kind, run_name="__main__")


def exit_code(words: list[str]) -> int:
    """Run a command line and return what Python would end with; an error is printed as Python prints it."""
    try:
        run(words)
    except SystemExit as request:
        if request.code is None or isinstance(request.code, int):
            return request.code or 0
        print(request.code, file=sys.stderr)
        return 1
    except BaseException as error:  # noqa: BLE001 - Python itself prints whatever a program raises
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename in {__file__, runpy.__file__}:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1
    return 0


def end(code: int) -> NoReturn:
    """Do what Python does at its end, but for taking apart every module: that takes a second where torch is one."""
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code & 0xFF)


if __name__ == "__main__":
    program = serve(socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2]), sys.argv[3])
    end(exit_code(program["words"]))
