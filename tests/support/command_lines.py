"""Command lines read as the programs themselves read them, running nothing."""

import importlib
import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer
from dvc.cli.parser import DvcParserError, get_main_parser
from typer._click.exceptions import ClickException
from typer.main import get_command

from fer_data.commands.app import app
from fer_data.errors import FerDataError

__all__ = ["faults_of", "span_faults", "words_of"]

ROOT = Path(__file__).parents[2]
_OTHERS = """
    bash cat cd cp cut diff du echo export false git grep head hf jq kill ls mkdir mkdocs mv nvidia-cuda-mps-control
    open pip pre-commit printf pytest ray rm rsync sbatch scp sed set sha256sum sleep source split squeue srun ssh tail
    tar tee test touch true unzip uv wc xdg-open
"""
OTHERS = frozenset(shlex.split(_OTHERS))
"""Programs of others that a page may use. Anything else is a slip of the pen, or belongs here."""

_ENDS = {";", "&", "&&", "|", "||", "(", ")", "{", "}"}
_KEYWORDS = {"if", "then", "else", "do", "while", "!", "time", "nice", "nohup", "exec"}


def words_of(text: str) -> Iterator[list[str]]:
    """Yield the words of each simple command of a shell's text, without redirections and assignments before it."""
    for line in _logical_lines(text):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word not in _ENDS:
                words.append(word)
                continue
            if command := _bare(words):
                yield command
            words = []


def _logical_lines(text: str) -> list[str]:
    without_here_documents = re.sub(
        r"<<\s*'?(\w+)'?(.*?)\n.*?^\1$", r"\2", text, flags=re.MULTILINE | re.DOTALL
    )
    return without_here_documents.replace("\\\n", " ").splitlines()


def _bare(words: list[str]) -> list[str]:
    while words and (words[0] in _KEYWORDS or re.match(r"[A-Za-z_]\w*=", words[0])):
        words = words[1:]
    kept, skip = [], False
    for word in words:
        if skip or (set(word) <= set("<>&") and word):
            skip = not skip
        else:
            kept.append(word)
    return [] if kept[:1] and kept[0] in {"for", "done", "fi"} else kept


def faults_of(words: list[str]) -> str | None:
    """Return what the program that a command line starts would say against it, or nothing."""
    program = Path(words[0]).name
    if program in {"fer-data", "dvc", "make", "python"}:
        return {"fer-data": _ours, "dvc": _dvc, "make": _make, "python": _python}[program](words[1:])
    return None if program in OTHERS else f"no page uses the program '{program}' yet"


def span_faults(span: str) -> str | None:
    """Return what is wrong with a command in a line of prose, which may lack arguments and show what is optional."""
    words = re.sub(r"[\[\]]|\.\.\.", " ", span).replace("'", "").split()
    walk: Callable[[list[str]], str | None] | None = {
        "fer-data": lambda rest: _unknown(get_command(app), rest),
        "dvc": _dvc_unknown,
        "make": _make,
        "python": _python_unknown,
    }.get(words[0] if words else "")
    return walk(words[1:]) if walk and len(words) > 1 else None


def _ours(words: list[str]) -> str | None:
    if words in (["--install-completion"], ["--show-completion"]):
        return None  # reading them would do them
    return _click(get_command(app), words, "fer-data")


def _click(command: Any, words: list[str], name: str) -> str | None:
    try:
        context = command.make_context(name, list(words))
        while hasattr(command, "commands"):
            rest = [*context._protected_args, *context.args]
            if not rest:
                return None
            name, command, rest = command.resolve_command(context, rest)
            context = command.make_context(name, rest, parent=context)
    except typer.Exit:
        return None  # --help, --version
    except (ClickException, FerDataError) as error:
        return f"{error}" or type(error).__name__
    return None


def _unknown(command: Any, words: list[str]) -> str | None:
    options = {"--help", "-h"}
    for word in words:
        options |= {name for found in command.params for name in (*found.opts, *found.secondary_opts)}
        if word.startswith("-"):
            if word.split("=")[0] not in options:
                return f"no such option: {word}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"no such command: {word}"
            command = command.commands[word]
    return None


@cache
def _dvc_parser() -> Any:
    return get_main_parser()


def _dvc(words: list[str]) -> str | None:
    try:
        _dvc_parser().parse_args(words)
    except DvcParserError as error:
        return f"dvc {' '.join(words)}: {error}"
    except SystemExit as end:
        return None if not end.code else f"dvc {' '.join(words)}: exit {end.code}"
    return None


def _dvc_unknown(words: list[str]) -> str | None:
    parser = _dvc_parser()
    for word in words:
        under = next((action.choices for action in parser._actions if isinstance(action.choices, dict)), None)
        if word.startswith("-"):
            if word.split("=")[0] not in parser._option_string_actions:
                return f"no such option: {word}"
        elif under is not None:
            if word not in under:
                return f"no such command: {word}"
            parser = under[word]
    return None


def _make(words: list[str]) -> str | None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    variables = set(re.findall(r"^(\w+) \??:?=", text, re.MULTILINE))
    for word in words:
        name, _, value = word.partition("=")
        if word.startswith("-") or word in targets or (value and name in variables):
            continue
        return f"make has no target or variable '{word}'"
    return None


def _module(words: list[str]) -> tuple[Any, list[str]] | None:
    """Return the command line of the module of ours that `python -m` names, and its words."""
    if (
        len(words) < 2
        or words[0] != "-m"
        or words[1].split(".")[0] not in {"benchmarks", "experiments", "stages"}
    ):
        return None
    program = typer.Typer(add_completion=False)
    program.command()(importlib.import_module(words[1]).main)
    return get_command(program), words[2:]


def _python(words: list[str]) -> str | None:
    found = _module(words)
    return _click(found[0], found[1], words[1]) if found else None


def _python_unknown(words: list[str]) -> str | None:
    found = _module(words)
    return _unknown(found[0], found[1]) if found else None
