"""`~` in a path that a person wrote: on the command line, in params.yaml, in the environment."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["at_home", "with_homes"]

_OPTION = re.compile(r"(--[a-z][a-z-]*=)(~.*)", re.DOTALL)


def at_home(path: str | Path) -> Path:
    """Return a path with a leading `~` or `~user` replaced by that home folder; another one as it is.

    The written form stays in parameters, and so in all that records them: no output names a home folder.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser() raises where there is no such user


def with_homes(arguments: Iterable[str]) -> list[str]:
    """Return a command's arguments with `~` replaced in each that begins with it, as in the value of `--option=~/x`.

    A shell does so itself, but not inside quotes nor behind an equals sign.
    """
    found = []
    for argument in arguments:
        option, path = match.groups() if (match := _OPTION.fullmatch(argument)) else ("", argument)
        found.append(option + (os.path.expanduser(path) if path.startswith("~") else path))  # noqa: PTH111
    return found
