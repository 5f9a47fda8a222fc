"""When Python looks for garbage: not while it loads what stays loaded, nor in that, nor before the process ends.

Each look goes through all that lives. While a stage loads, nothing of that is garbage, and so much lives afterwards
that one look takes a quarter of a second (`evaluate`).
"""

import atexit
import gc

__all__ = ["look_from_now", "look_later"]

_put_off = False


def look_later() -> None:
    """Look for no garbage until `look_from_now`, and for none when this process ends, which frees all memory."""
    global _put_off  # noqa: PLW0603 - as what it stands for, it is of the process
    _put_off = True
    gc.disable()
    atexit.register(gc.freeze)


def look_from_now() -> None:
    """Look for garbage among what is made from now on, where `look_later` has put it off."""
    global _put_off  # noqa: PLW0603 - see above
    if _put_off:
        _put_off = False
        gc.freeze()
        gc.enable()
