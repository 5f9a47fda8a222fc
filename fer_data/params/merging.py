"""Merge a profile into a params file, key by key, with the comments of both: its lines take the place of the file's.

Sections are merged, and so is each entry of a map of sections (`sources`); a list, or a map from names to values
(`sources.NAME.layout.labels`), is replaced whole, and so is an entry by one of another kind (`sources.NAME.corpus`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import GenericAlias
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel

from fer_data.shell.sections.kinds import kind_key, kinds, section_for

__all__ = ["merge_text", "merge_values", "submodel"]


Model = type[BaseModel] | GenericAlias
"""A section, or a map from names to sections: `dict[str, SourceSection]`."""


def submodel(model: Model | None, name: str, value: object = None, other: object = None) -> Model | None:
    """Return the section, or the map of sections, that a key holds; None for values, lists and maps of values.

    Of a section of several kinds it is the one that `value` names, and None where `other` names another.
    """
    if get_origin(model) is dict:
        annotation = get_args(model)[1]
    else:
        field = getattr(model, "model_fields", {}).get(name)
        annotation = None if field is None else field.annotation
    if key := kind_key(annotation):
        named = [one[key] for one in (value, other) if isinstance(one, Mapping) and key in one]
        return section_for(annotation, value) if len(set(map(str, named))) == 1 else None
    parts = (annotation, *get_args(annotation))
    if get_origin(annotation) is dict:
        return annotation if _is_section(parts[-1]) else None
    return next((part for part in parts if _is_section(part)), None)


def _is_section(part: object) -> bool:
    return bool(kinds(part)) or (isinstance(part, type) and issubclass(part, BaseModel))


def merge_values(base: Mapping[str, Any], over: Mapping[str, Any], model: Model | None) -> dict[str, Any]:
    """Return `base` with the values of `over` in it; keys that `base` lacks are added, for a check to refuse.

    >>> merge_values({"a": 1, "b": [1, 2]}, {"b": [3]}, None)
    {'a': 1, 'b': [3]}
    """
    merged = dict(base)
    for key, value in over.items():
        below = base.get(key)
        inner = submodel(model, key, below, value)
        sections = inner is not None and isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = merge_values(below, value, inner) if sections else value  # type: ignore[arg-type]
    return merged


def merge_text(base: str, over: str, model: type[BaseModel]) -> str:
    """Return the text of `base` with the lines of `over` in the place of those that speak of the same keys.

    A key's comment, and the lines of comment above it, come with it; where it has none beside it, that of `base` stays.
    Both hold block mappings with one key a line; what is written otherwise merges into nothing that reads as it should,
    so callers hold the result against `merge_values`.
    """
    lines = base.splitlines()
    found = list(_replacements(_Text.of(base), _Text.of(over), model))
    for first, last, new in sorted(found, reverse=True):
        lines[first:last] = new
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=16)
def _composed(text: str) -> yaml.Node | None:
    """Return the nodes of a document, which nobody changes; a profile is merged with one document after the other."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return node


@dataclass(frozen=True, slots=True)
class _Text:
    """A mapping within a text: its lines, and the nodes of key and value by key."""

    lines: list[str]
    nodes: dict[str, tuple[yaml.Node, yaml.Node]]

    @classmethod
    def of(cls, text: str) -> "_Text":
        return cls(text.splitlines(), _pairs(_composed(text)))

    def below(self, key: str) -> "_Text":
        return _Text(self.lines, _pairs(self.nodes[key][1]))

    def span(self, key: str) -> tuple[int, int]:
        """Return the first line of a key and its value, and the one behind their last."""
        name, value = self.nodes[key]
        return name.start_mark.line, _last_line(value) + 1

    def comment(self, key: str) -> str:
        """Return the comment beside a key, with its sign, or ""."""
        name, value = self.nodes[key]
        block = isinstance(value, yaml.CollectionNode) and not value.flow_style
        end = name.end_mark if block else value.end_mark
        rest = self.lines[end.line][end.column :].lstrip(": ")
        return rest if rest.startswith("#") else ""

    def above(self, key: str) -> int:
        """Return the first of the lines of comment right above a key, or its own line."""
        line = self.nodes[key][0].start_mark.line
        while line > 0 and self.lines[line - 1].lstrip().startswith("#"):
            line -= 1
        return line


def _replacements(base: _Text, over: _Text, model: Model | None) -> Iterator[tuple[int, int, list[str]]]:
    for key, (name, value) in over.nodes.items():
        if key not in base.nodes:
            continue
        own, below = base.nodes[key]
        inner = submodel(model, key, _plain(below), _plain(value))
        if inner and isinstance(value, yaml.MappingNode) and isinstance(below, yaml.MappingNode):
            yield from _replacements(base.below(key), over.below(key), inner)
            continue
        first, last = over.span(key)
        new = over.lines[over.above(key) if name.start_mark.column else first : last]
        if not over.comment(key) and base.comment(key):
            index = first - last
            new[index] = f"{new[index]:<27} {base.comment(key)}"
        indent = " " * own.start_mark.column
        yield (*base.span(key), [f"{indent}{line[name.start_mark.column :]}" for line in new])


def _plain(node: yaml.Node) -> dict[str, str]:
    """Return the keys of a mapping whose values are written out, with these."""
    return {key: one.value for key, (_, one) in _pairs(node).items() if isinstance(one, yaml.ScalarNode)}


def _pairs(node: yaml.Node | None) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    found = node.value if isinstance(node, yaml.MappingNode) else []
    return {key.value: (key, value) for key, value in found}


def _last_line(node: yaml.Node) -> int:
    """Return the last line on which something of a node stands; block collections end where the next one begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.line)
