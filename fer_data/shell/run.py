"""Where errors become one line and an exit code, for `fer-data` and for the stages."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, NoReturn

import typer

from fer_data.errors import FerDataError
from fer_data.shell.ending import end_as_python_does
from fer_data.shell.faults import OneLine
from fer_data.shell.files.home import with_homes
from fer_data.shell.interruption import unwinding
from fer_data.shell.left_out import leave_pandas_out
from fer_data.shell.shown import printable
from fer_data.shell.usage import usage_text

__all__ = [
    "FAULT",
    "FINDINGS",
    "USAGE",
    "PathOption",
    "ReportOption",
    "SideOption",
    "SourceOption",
    "guarded",
    "run_stage",
]

PathOption = Annotated[Path, typer.Option()]
"""An option of a stage: where its metrics go, and the folder of all seals; of several items the folder of all."""

ReportOption = Annotated[Path | None, typer.Option(help="JSON file for the whole summary.")]

SourceOption = Annotated[str | None, typer.Option(help="Name of the source; `dvc` names it by itself.")]

SideOption = Annotated[int | None, typer.Option(help="Side of the variant; `dvc` names it by itself.")]

FINDINGS = 1
"""Exit code of a command that ran and found something."""

USAGE = 2
"""Exit code of wrong input or usage, and of what the machine lacks."""

FAULT = 70
"""Exit code of a fault in our own code. Source: EX_SOFTWARE of sysexits.h."""

UNREAD = 141
"""Exit code where nobody reads stdout to its end, as of `| head`: what a shell says of SIGPIPE. Nothing was found."""

_MESSAGE_LENGTH = 2000
"""Characters of an error; what is wrong may be a name of any length, and its remedy stands at the end."""

_WAIT_POLICY, _SPINS = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"

_SPINS_BEFORE_SLEEP = "3000"
"""Turns (about 0.1 ms) that a waiting thread of GNU OpenMP spins before it sleeps. Measured on training the demo on two
cores of an AMD EPYC: 20.3 s, of one that sleeps at once 38.9 s and that spins 30 times as long 19.0 s, the CPU seconds
alike; beside ten other busy processes 10.6, 12.8 and under 9 images/s.
"""

_OPENCV_LOG = "OPENCV_LOG_LEVEL"
"""Read when OpenCV is loaded. What it warns of, such as a picture cut short, we say ourselves, with its name."""

_REPORT = (
    "This is a fault in fer-data and not in what it was given. Please report it with the lines above, the command and "
    "what `fer-data doctor` prints, where CONTRIBUTING.md says."
)


def guarded(action: Callable[[], Any]) -> None:
    """Call `action`; an error of ours, of usage or of the machine ends the process with one line and exit code 2.

    Any other error is a fault of ours: its traceback is printed, and where to report it. A whole number that `action`
    returns is an exit code. A request to end unwinds, so that nothing half-written stays; `shell/interruption.py`.
    """
    _open_streams()
    _let_threads_sleep()
    os.environ.setdefault(_OPENCV_LOG, "ERROR")
    with unwinding():
        _guard(action)


def _guard(action: Callable[[], Any]) -> None:
    try:
        with _Reported(), OneLine():
            _flushed(action)
    except FerDataError as error:
        _fail(str(error))
    except typer.TyperException as error:
        _fail_usage(error)
    except BrokenPipeError:
        _silence()
        sys.exit(UNREAD)
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        sys.exit(130)


class _Reported:
    """A block whose unknown errors are faults of ours: shown whole, with what to do about them."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        known = FerDataError | typer.TyperException | typer.Abort | BrokenPipeError
        if not isinstance(error, Exception) or isinstance(error, known):
            return
        traceback.print_exception(error)
        print(_REPORT, file=sys.stderr)
        _silence()
        sys.exit(FAULT)


def _let_threads_sleep() -> None:
    """Let the threads of OpenMP sleep while they wait; on a busy machine those that spin take the cores of the others.

    Most waits of a small network are shorter than waking up takes, so threads spin for a moment first.
    Read when torch is loaded, and inherited by worker processes. What the user set stays.
    """
    if not {_WAIT_POLICY, _SPINS} & os.environ.keys():
        os.environ[_SPINS] = _SPINS_BEFORE_SLEEP
    os.environ.setdefault(_WAIT_POLICY, "PASSIVE")


def _open_streams() -> None:
    """Lead standard streams that are closed to nowhere, before a file of ours gets their number and what they say."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _flushed(action: Callable[[], Any]) -> None:
    """Call `action`, then write out what it printed, so that a full disk behind stdout is an error like any other."""
    try:
        code = action()
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # which typer makes an exit code of findings
            raise ended.__context__ from None
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    if isinstance(code, int):
        sys.exit(code)


def _fail_usage(error: typer.TyperException) -> NoReturn:
    """Say what is wrong with the command line, and which help to read; without any word print the help itself."""
    said = str(getattr(error, "format_message", error.__str__)())
    context = getattr(error, "ctx", None)
    if context is not None and said == context.get_help():
        print(said, file=sys.stderr)
        sys.exit(USAGE)
    _fail(f"{usage_text(error)}{'' if context is None else f' See `{context.command_path} --help`.'}")


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


def run_stage(main: Callable[..., None]) -> None:
    """Run a stage's `main` as a command, which ends when whoever started it ends: killing `dvc` kills its stage.

    Before it works, the whole of params.yaml is checked, what only later stages read included.
    """
    from fer_data.shell.lifetime import end_with_parent

    end_with_parent(gently=True)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(_foretold(main))
    guarded(lambda: app(with_homes(sys.argv[1:]), standalone_mode=False))
    if not _watched():
        _end()


def _watched() -> bool:
    """Say whether a profiler or debugger runs this process, and has work to do when we have done ours."""
    tools = getattr(sys, "monitoring", None)  # since Python 3.12, and its cProfile
    used = tools is not None and any(tools.get_tool(number) for number in range(6))
    return used or sys.getprofile() is not None or sys.gettrace() is not None


def _end() -> NoReturn:
    """End this process, which has done its work, without freeing one by one what the system frees as a whole.

    That takes a quarter of a second once torch is loaded.
    """
    end_as_python_does()
    _silence()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(0)


def _foretold(main: Callable[..., None]) -> Callable[..., None]:
    @wraps(main)
    def run(*arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as `main` has them
        foresight = import_module("fer_data.entry.foresight")
        leave_pandas_out()
        foresight.foretell(Path(sys.argv[0]).stem)
        main(*arguments, **options)

    return run
