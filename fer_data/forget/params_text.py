"""Write `sources.NAME.excluded` into the text of params.yaml, in which all else stays as it is, comments included."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import yaml

from fer_data.errors import ParamsError
from fer_data.shell.files.atomic import rewrite
from fer_data.shell.files.plain_yaml import load_plain
from fer_data.shell.sections.load import read_text

__all__ = ["exclude_in"]

_KEY = "excluded"
_WIDTH = 100


def exclude_in(path: Path, source: str, excluded: Sequence[str] | Literal["all"]) -> bool:
    """Write who is excluded into a params file in one step, and say whether anything was to be changed.

    Raises:
        ParamsError: the file writes the source in a way in which no line can be changed alone.
    """
    text = read_text(path)
    values = load_plain(text)
    if values["sources"][source].get(_KEY) == (excluded if excluded == "all" else list(excluded)):
        return False
    changed = changed_text(text, source, excluded)
    values["sources"][source][_KEY] = excluded if excluded == "all" else list(excluded)
    if changed is None or load_plain(changed) != values:
        raise ParamsError(
            f"{path}: sources.{source}.{_KEY} cannot be changed alone as it is written. Write it as a line of its own "
            f"(`{_KEY}: []`), and run the command again."
        )
    rewrite(path, changed.encode("utf-8"))
    return True


def changed_text(text: str, source: str, excluded: Sequence[str] | Literal["all"]) -> str | None:
    r"""Return the text with another list; None where it has no such key that stands in a line of its own.

    >>> changed_text("sources:\n  lab:\n    excluded: []  # who\n", "lab", ["a b", "7"])
    "sources:\n  lab:\n    excluded: [a b, '7']  # who\n"
    """
    found = _node(text, source)
    if found is None:
        return None
    key, value = found
    indent = " " * key.start_mark.column
    start, end = value.start_mark.index, value.end_mark.index
    if (
        isinstance(value, yaml.SequenceNode) and not value.flow_style
    ):  # a block ends where the next key begins
        start, end = _after_colon(text, key), value.value[-1].end_mark.index
        comment = text[start : value.start_mark.index].partition("#")[2].split("\n")[0]
        told = f"  #{comment}" if comment else ""
        if excluded == "all" or not excluded:
            return text[:start] + (" all" if excluded else " []") + told + text[end:]
        return text[:start] + told + _block(excluded, indent) + text[end:]
    flow = "all" if excluded == "all" else f"[{', '.join(map(_scalar, excluded))}]"
    if len(flow) <= _WIDTH:
        return text[:start] + flow + _moved(text[end:], len(flow) - (end - start))
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    return text[:start].rstrip(" ") + text[end:line_end].rstrip() + _block(excluded, indent) + text[line_end:]


def _block(excluded: Sequence[str], indent: str) -> str:
    return "".join(f"\n{indent}  - {_scalar(name)}" for name in excluded)


def _moved(rest: str, grown: int) -> str:
    """Return what follows a value that has grown, a comment beside it where it stood as far as there is room."""
    blank = len(rest) - len(rest.lstrip(" "))
    return " " * max(2, blank - grown) + rest[blank:] if blank and rest[blank:].startswith("#") else rest


def _node(text: str, source: str) -> tuple[yaml.Node, yaml.Node] | None:
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    found: tuple[yaml.Node, yaml.Node] | None = None
    for name in ("sources", source, _KEY):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((key, value) for key, value in pairs if key.value == name), None)
        if found is None:
            return None
        node = found[1]
    return found


def _after_colon(text: str, key: yaml.Node) -> int:
    return text.index(":", key.end_mark.index) + 1


def _scalar(name: str) -> str:
    """Return a name as YAML has it within a flow list, in quotes where it would read as something else."""
    written = yaml.safe_dump([name], default_flow_style=True, width=1 << 20, allow_unicode=True).strip()
    return written[1:-1]
