"""What a piece of code prints in a Python of its own, which has loaded nothing yet and keeps nothing of the test's."""

import subprocess
import sys
from pathlib import Path

__all__ = ["printed_by"]

_ROOT = Path(__file__).parents[2]
_SECONDS = 120


def printed_by(code: str) -> str:
    """Return what code prints, run in the root of the repository.

    Raises:
        subprocess.CalledProcessError: it fails.
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=_SECONDS, cwd=_ROOT
    )
    return done.stdout
