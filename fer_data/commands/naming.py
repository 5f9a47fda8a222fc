"""Errors about a path name the argument that it was given as: functions know the path alone."""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, get_args

from typer.models import ArgumentInfo, OptionInfo

from fer_data.errors import FerDataError

__all__ = ["named", "naming"]

_GOES_ON = re.compile(r":|,| (?:must|is|does|has|holds|lacks|cannot|starts|ends|lies)\b")


def naming(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command whose errors about a path that was typed have the argument's name before it."""
    parameters = signature(command).parameters

    @wraps(command)
    def run(**given: Any) -> Any:  # noqa: ANN401 - as the command has them
        try:
            return command(**given)
        except FerDataError as error:
            error.args = (named(str(error), _paths(parameters, given)),)
            raise

    return run


def named(message: str, paths: Mapping[str, str]) -> str:
    """Return a message with the name of the argument before the path that it begins with, the longest of several.

    >>> named("a/b must be a model, but is a file.", {"a/b": "--model"})
    '--model (a/b) must be a model, but is a file.'
    >>> named("a/b/c is damaged.", {"a/b": "--model"})
    '--model: a/b/c is damaged.'
    >>> named("a/b:1: --model (a/b) must be one.", {"a/b": "--model"})
    'a/b:1: --model (a/b) must be one.'
    >>> named("a/b:1: --model (a/b) must be one.", {"a": "DATASET", "a/b": "--model"})
    'a/b:1: --model (a/b) must be one.'
    >>> named("a/b must be a model, but is a file.", {"a": "DATASET", "a/b": "--model"})
    '--model (a/b) must be a model, but is a file.'
    """
    for path, name in sorted(paths.items(), key=lambda one: len(one[0]), reverse=True):
        rest = message.removeprefix(path)
        if rest == message:
            continue
        if f"({path})" in message:
            return message
        if rest.startswith("/"):
            return f"{name}: {message}"
        if _GOES_ON.match(rest):
            return f"{name} ({path}){rest}"
    return message


def _paths(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, str]:
    """Return the name of the argument of each path that was typed, as it was and absolute; the first counts."""
    found: dict[str, str] = {}
    for key, value in given.items():
        if value == parameters[key].default:
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Path | str) and str(one):
                for path in (str(one), str(Path(one).absolute())):
                    found.setdefault(path, _name(key, parameters[key]))
    return found


def _name(key: str, parameter: Parameter) -> str:
    """Return what the help calls a parameter: `DATASET`, `--model`."""
    option = f"--{key.replace('_', '-')}"
    for info in get_args(parameter.annotation)[1:]:
        if isinstance(info, ArgumentInfo):
            return str(info.metavar or key.upper()).strip("[]").removesuffix("...")
        if isinstance(info, OptionInfo):
            declared = (str(one) for one in (info.default, *(info.param_decls or ())))
            return next((one for one in declared if one.startswith("--")), option)
    return option
