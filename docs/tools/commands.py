"""Pages of the command line, from typer's own description of it."""

import re
from collections.abc import Iterator
from typing import Any

import typer

from docs.tools.markdown import cell, code, linked, table
from fer_data.commands.app import app

__all__ = ["command_pages"]

_FOLDER = "reference/commands"
_INTRODUCTION = """# Commands

Every command, as `fer-data COMMAND --help` has it: these pages are made from the code. Exit codes: 0 done, 1 findings,
2 wrong input (one line: parameter, value, rule, remedy). With `--json` a command prints one document for programs;
[json](../../json.md) names its keys. `fer-data --install-completion` has the shell complete commands and options.
"""


def command_pages() -> dict[str, str]:
    """Return the pages by their path below docs/: a list of the commands, then one a command."""
    commands = dict(_commands(typer.main.get_command(app), ()))
    rows = [
        (f"[`fer-data {name}`]({_file(name)})", linked(cell(_first_sentence(command)), "../../"))
        for name, command in commands.items()
    ]
    pages = {f"{_FOLDER}/index.md": _INTRODUCTION + "\n" + table(("command", "does"), rows)}
    pages.update({f"{_FOLDER}/{_file(name)}": _page(name, command) for name, command in commands.items()})
    return pages


def _commands(group: Any, before: tuple[str, ...]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*before, name))
        else:
            yield " ".join((*before, name)), command


def _file(name: str) -> str:
    return name.replace(" ", "-") + ".md"


def _first_sentence(command: Any) -> str:  # noqa: ANN401
    return str(command.help or "").split("\n\n", 1)[0]


def _page(name: str, command: Any) -> str:  # noqa: ANN401
    arguments = [param for param in command.params if not _is_option(param)]
    options = [param for param in command.params if _is_option(param)]
    parts = [
        f"# fer-data {name}",
        linked(_prose(command.help or ""), "../../"),
        f"```text\nfer-data {name}{_usage(arguments)}{' [OPTIONS]' if options else ''}\n```",
        table(("argument", "is"), [(code(_metavar(param)), _said(param)) for param in arguments]),
        table(("option", "does"), [(_flags(param), _said(param)) for param in options]),
        linked(_prose(command.epilog or ""), "../../"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _is_option(param: Any) -> bool:  # noqa: ANN401
    return any(name.startswith("-") for name in param.opts)


def _metavar(param: Any) -> str:  # noqa: ANN401
    return str(param.metavar or param.name).upper().rstrip(".") + ("..." if param.nargs == -1 else "")


def _usage(arguments: list[Any]) -> str:
    return "".join(f" {_metavar(p)}" if p.required else f" [{_metavar(p)}]" for p in arguments)


def _flags(param: Any) -> str:  # noqa: ANN401
    return ", ".join(code(name) for name in (*param.opts, *param.secondary_opts))


def _said(param: Any) -> str:  # noqa: ANN401
    said = [linked(cell(param.help or ""), "../../")]
    plain = isinstance(param.default, str | int | float) and not isinstance(param.default, bool)
    shown = str(param.default) if plain or hasattr(param.default, "parts") else ""
    if param.required and _is_option(param):
        said.append("*Required.*")
    elif shown:
        said.append(f"Default: {code(shown)}.")
    return " ".join(said)


def _prose(text: str) -> str:
    """Return the text of a help page as Markdown: paragraphs, and what is indented or an example as code."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\b", "").strip())
    return "\n\n".join(_paragraph(paragraph) for paragraph in paragraphs if paragraph.strip())


def _paragraph(text: str) -> str:
    lines = text.strip("\n").splitlines()
    if any(line.lstrip().startswith(("fer-data ", "$ ")) for line in lines):
        lines = [line.strip() for line in lines]
        words = [line for line in lines if not line.startswith(("fer-data ", "$ "))]
        commands = [line for line in lines if line.startswith(("fer-data ", "$ "))]
        return "\n\n".join(filter(None, [cell(" ".join(words)), "```sh\n" + "\n".join(commands) + "\n```"]))
    return text.replace("<", "&lt;")
