"""What a copy of a process, made by a fork, must not share with that one."""

import atexit
import sys

__all__ = ["forget_the_end", "open_own_streams"]


def open_own_streams() -> None:
    """Lead stdout and stderr of a copy, in which threads are missing that may hold locks of these, to the same files.

    Those of Python have a lock each; what is put into their place, such as that which prints above a bar, has more.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, f"__{name}__")
        if stream is not None:  # it was closed when this program began
            file, code, errors = stream.fileno(), stream.encoding, stream.errors
            own = open(file, "w", 1, encoding=code, errors=errors, closefd=False)  # noqa: SIM115 - as long as the copy
            setattr(sys, name, own)


def forget_the_end() -> None:
    """Forget what `atexit` was told before the copy was made: it would remove what is not the copy's."""
    atexit._clear()  # noqa: SLF001 - it has no public name
