"""What is said of a command line that cannot be read: what is wrong, and the name that was meant."""

import re
from ast import literal_eval

import typer

from fer_data.shell.suggestions import closest, did_you_mean, ended, quoted

__all__ = ["usage_text"]

_CHOICE = re.compile(r"(?:Value error, )?(?P<value>'.*'|\".*\") is not one of (?P<names>'.*')\.?", re.DOTALL)
"""How typer refuses a value that is none of a few."""


def usage_text(error: typer.TyperException) -> str:
    """Return an error of usage as one sentence or two, with the option, command or value that is near."""
    context = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    if option is not None and context is not None and hasattr(error, "possibilities"):
        known = [name for one in context.command.params for name in (*one.opts, *one.secondary_opts)]
        return _with_near(
            f"Unknown option {quoted(option)}.", option, [n for n in known if n.startswith("-")]
        )
    said = str(getattr(error, "format_message", error.__str__)()).strip()
    refused = str(getattr(error, "message", ""))
    found = _CHOICE.fullmatch(refused)
    if found is None:
        return ended(said)
    value, names = literal_eval(found["value"]), re.findall(r"'([^']*)'", found["names"])
    return f"{said.removesuffix(refused)}{quoted(value)} is unknown. {did_you_mean(value, names)}"


def _with_near(said: str, name: str, known: list[str]) -> str:
    """Return a message with the name that is near; without one the help, which is named behind it, lists all."""
    meant = closest(name, known)
    return said if meant is None else f"{said} Did you mean {quoted(meant)}?"
