"""Where our errors become one line and an exit code, for `fer-data` and for the stages."""

import sys
from collections.abc import Callable
from typing import Any

import typer

from fer_data.errors import FerDataError
from fer_data.shown import printable

__all__ = ["FINDINGS", "USAGE", "guarded", "run_stage"]

FINDINGS = 1
"""Exit code of a command that ran and found something."""

USAGE = 2
"""Exit code of wrong input or usage."""


def guarded(action: Callable[[], Any]) -> None:
    """Call `action`; an error of ours ends the process with one line on stderr and exit code 2."""
    try:
        action()
    except FerDataError as error:
        print(f"error: {printable(' '.join(str(error).split()))}", file=sys.stderr)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def run_stage(main: Callable[..., None]) -> None:
    """Run a stage's `main` as a command, which ends when whoever started it ends: killing `dvc` kills its stage."""
    from fer_data.lifetime import end_with_parent

    end_with_parent()
    guarded(lambda: typer.run(main))
