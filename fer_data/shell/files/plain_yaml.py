"""YAML as plain values, within stated bounds: no document costs much more than its own text."""

import re
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "PlainYamlError", "load_plain"]

MAX_BYTES = 1 << 18
"""Of a file; our own have 11 kB."""

MAX_DEPTH = 32
"""Of mappings and lists within each other; our own have 4."""

MAX_VALUES = 20_000
"""Keys, values and items, those behind an alias counted each time, a long text as several; our own have 300."""

_TEXT_LENGTH = 64
_MESSAGE_LENGTH = 300
_MAX_DIGITS = 20
_WHOLE = re.compile(rf"[-+]?(0|[1-9][0-9]{{0,{_MAX_DIGITS - 1}}})")
_INTEGER, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_BOOLEAN, _TEXT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_UNUSED = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary", "tag:yaml.org,2002:value"}


class PlainYamlError(ValueError):
    """YAML that is broken, ambiguous or beyond the bounds; the message has the line, the value, rule and remedy."""


def load_plain(text: str) -> Any:  # noqa: ANN401 - YAML can be anything
    """Return the values of one YAML document: mappings with text keys, lists, text, numbers, booleans and None.

    Anchors and aliases are read, each alias as often as it stands. The caller may change what it gets.

    Raises:
        PlainYamlError: it is no YAML, or not of this kind.
    """
    return deepcopy(_read(text))


@lru_cache(maxsize=16)
def _read(text: str) -> Any:  # noqa: ANN401 - YAML can be anything
    """Return the values of a document; a command reads params.yaml and dvc.yaml several times, 20 ms each."""
    try:
        loader = _BoundedLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())[:_MESSAGE_LENGTH]
        tab = " Indent with spaces, not tabs." if "'\\t'" in said else ""
        raise PlainYamlError(f"is not valid YAML: {said}.{tab}") from error


@dataclass(slots=True)
class _Count:
    """How many values stand in what is open, and behind each anchor."""

    open: list[tuple[str | None, int]] = field(default_factory=list)
    behind: dict[str, int] = field(default_factory=dict)
    values: int = 0


class _BoundedLoader(yaml.SafeLoader):
    """Refuses what is too deep or too much while it is read, before any of it is built."""

    def __init__(self, text: str) -> None:
        """Begin to count."""
        super().__init__(text)
        self._count = _Count()

    def get_event(self) -> Any:  # noqa: ANN401 - PyYAML's own signature
        """Return the next event once it is counted; whatever is built comes through here."""
        event = super().get_event()  # type: ignore[no-untyped-call]
        count = self._count
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = count.open.pop()
            _remember(count, anchor, count.values - before)
        elif isinstance(event, yaml.NodeEvent):
            _enter(count, event)
        return event


def _enter(count: _Count, event: yaml.NodeEvent) -> None:
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in count.behind:
            raise _refused(
                event, f"alias {_cut(str(event.anchor))}", "must follow what it stands for", "Write it out"
            )
        count.values += count.behind[event.anchor]
    else:
        _check_tag(event)
        if isinstance(event, yaml.CollectionStartEvent):
            count.open.append((event.anchor, count.values))
        weight = 1 + len(event.value) // _TEXT_LENGTH if isinstance(event, yaml.ScalarEvent) else 1
        count.values += weight
        if isinstance(event, yaml.ScalarEvent):
            _remember(count, event.anchor, weight)
    if len(count.open) > MAX_DEPTH:
        raise _refused(event, "nesting", f"must be at most {MAX_DEPTH} deep", "Flatten it")
    if count.values > MAX_VALUES:
        raise _refused(event, "the values up to here", f"must be at most {MAX_VALUES}", "Use fewer aliases")


def _remember(count: _Count, anchor: str | None, values: int) -> None:
    if anchor is not None:
        count.behind[anchor] = values


def _check_tag(event: yaml.NodeEvent) -> None:
    tag = getattr(event, "tag", None)
    if tag is not None and not (tag == _TEXT and isinstance(event, yaml.ScalarEvent)):
        raise _refused(event, f"tag {_cut(tag)}", "must be left out", "Write a plain value, or quote a text")


def _check(node: yaml.Node) -> None:
    """Refuse values and keys that two readers of YAML understand differently, or that are no plain values."""
    todo, seen = [node], set[int]()
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            _check_scalar(node)
        elif isinstance(node, yaml.MappingNode):
            _check_keys(node)
            todo.extend(part for pair in node.value for part in pair)
        else:
            todo.extend(node.value)


def _check_scalar(node: yaml.ScalarNode) -> None:
    value, shown = node.value, _cut(node.value)
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise _refused(node, shown, "must not hold the character 0 or half of a surrogate pair", "Remove it")
    if node.tag in _UNUSED:
        raise _refused(node, shown, "must be a number, a text, true, false or null", "Quote a text")
    if node.tag == _BOOLEAN and value.lower() not in {"true", "false"}:
        raise _refused(node, shown, "must be true or false, or a text", "Quote a text")
    if node.tag == _INTEGER and not _WHOLE.fullmatch(value):
        raise _refused(
            node, shown, f"must be a whole number of at most {_MAX_DIGITS} decimal digits", "Quote a text"
        )
    if node.tag == _FLOAT and (len(value) > 2 * _MAX_DIGITS or set(value) & set(":_")):
        raise _refused(
            node, shown, f"must be a number of at most {_MAX_DIGITS} decimal digits", "Quote a text"
        )


def _check_keys(node: yaml.MappingNode) -> None:
    names = set[str]()
    for key, _ in node.value:
        if key.tag not in {_TEXT, _MERGE}:
            name = _cut(key.value) if isinstance(key, yaml.ScalarNode) else "a mapping or list"
            raise _refused(key, f"key {name}", "must be text", "Quote it")
        if key.value in names:
            raise _refused(key, f"key {_cut(key.value)}", "must not stand twice in one mapping", "Remove one")
        names.add(key.value)


def _cut(value: str) -> str:
    return repr(value if len(value) <= 40 else f"{value[:40]}...")


def _refused(position: Any, value: str, rule: str, remedy: str) -> PlainYamlError:  # noqa: ANN401 - event or node
    return PlainYamlError(f"line {position.start_mark.line + 1}: {value} {rule}. {remedy}.")
