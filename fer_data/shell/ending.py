"""What Python does at the end of a process, for one that ends without Python's own end."""

import atexit
import threading

__all__ = ["end_as_python_does"]


def end_as_python_does() -> None:
    """Wait for the threads of this process, then call what `atexit` was told."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - neither has a public name
    atexit._run_exitfuncs()  # noqa: SLF001
