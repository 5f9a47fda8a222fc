"""Pages of the parameters: values and words from params.yaml, limits from the models, differences from the profiles."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from docs.tools.markdown import cell, code, table
from fer_data.params.document import Params
from fer_data.params.profiles import FOLDER, demo_text, profile_names

__all__ = ["params_pages"]

_FOLDER = "reference/params"
_ITEM = re.compile(r"^(?P<indent> *)(?P<key>[a-z_0-9]+):(?P<value>[^#]*)(?:# *(?P<said>.*))?$")
_INTRODUCTION = """# Parameters

Everything that `params.yaml` may say, made from its own comments, from the models that check it, and from `profiles/`.
There are no defaults: the file states every value, and an unknown key, a missing one or a value out of range is refused
with its full name.
`fer-data init PROFILE` writes the file, `fer-data params` shows what is in force.
"""


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    value: str
    said: str


def params_pages() -> dict[str, str]:
    """Return the pages by their path below docs/: a list of the sections, then one a section."""
    keys = list(_keys(demo_text()))
    profiles = {
        name: _flat(yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))) for name in profile_names()
    }
    schema = Params.model_json_schema()
    sections = list(dict.fromkeys(key.name.split(".")[0] for key in keys))
    pages = {}
    rows = []
    for section in sections:
        own = [key for key in keys if key.name.split(".")[0] == section]
        node = _node(schema, schema["properties"][section])
        about = str(node.get("description", "")).split("\n\n")[0] or next((key.said for key in own), "")
        rows.append((f"[`{section}`]({section}.md)", cell(about)))
        pages[f"{_FOLDER}/{section}.md"] = _page(section, about, own, (schema, profiles))
    return {f"{_FOLDER}/index.md": _INTRODUCTION + "\n" + table(("section", "is"), rows), **pages}


def _page(
    section: str, about: str, keys: list[_Key], known: tuple[dict[str, Any], dict[str, dict[str, str]]]
) -> str:
    schema, profiles = known
    rows = [
        (
            code(_short(key.name)),
            code(key.value),
            cell(_limits(schema, key.name)),
            cell(key.said),
            _elsewhere(key.name, profiles),
        )
        for key in keys
    ]
    more = (
        "\nOther kinds of corpora have other keys: [your corpus](../../your-corpus.md).\n"
        if section == "sources"
        else ""
    )
    head = ("key", "demo", "may be", "is", "in profiles")
    return f"---\nhide: [toc]\n---\n\n# {section}\n\n{cell(about)}\n{more}\n{table(head, rows)}"


def _short(name: str) -> str:
    """Return a key without its section, and without the name that a source happens to have."""
    parts = name.split(".")
    return ".".join(parts[2:] if parts[0] == "sources" else parts[1:]) or name


def _keys(text: str) -> Iterator[_Key]:
    """Yield the keys of a params file that have a value, in its order, with the words beside them or above them."""
    above: list[str] = []
    path: list[tuple[int, str]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.strip().startswith("#"):
            above.append(line.strip().lstrip("# "))
            continue
        found = _ITEM.match(line)
        if found is None:
            above = above if line.strip() else []
            continue
        depth = len(found["indent"])
        path = [*(item for item in path if item[0] < depth), (depth, found["key"])]
        value, said = found["value"].strip(), found["said"] or ""
        listed = list(_items(lines[number + 1 :], depth))
        name = ".".join(key for _, key in path)
        if value or listed:
            yield _Key(name, value or f"[{', '.join(listed)}]", " ".join([*above, said]).strip())
        above = []


def _items(lines: list[str], depth: int) -> Iterator[str]:
    for line in lines:
        if not line.startswith(" " * (depth + 2) + "- "):
            return
        yield line.split("#")[0].strip().removeprefix("- ")


def _flat(values: object, before: str = "") -> dict[str, str]:
    if isinstance(values, Mapping):
        return {k: v for key, value in values.items() for k, v in _flat(value, f"{before}{key}.").items()}
    shown = (
        {True: "true", False: "false", None: "null"}.get(values, values)
        if not isinstance(values, list)
        else values
    )
    return {before.rstrip("."): str(shown)}


def _elsewhere(name: str, profiles: dict[str, dict[str, str]]) -> str:
    own = name.split(".")
    found = []
    for profile, values in profiles.items():
        for key, value in values.items():
            parts = key.split(".")
            same = (
                parts[2:] == own[2:] and len(parts) > 2 if own[0] == parts[0] == "sources" else parts == own
            )
            if same:
                found.append(f"{profile}: {code(value)}")
    return "<br>".join(found)


def _node(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    return schema["$defs"][Path(node["$ref"]).name] if "$ref" in node else node


def _limits(schema: dict[str, Any], name: str) -> str:
    """Return in words what a key may be, from the model's schema."""
    parts, node = name.split("."), schema
    if parts[0] == "sources":
        parts, node = parts[2:], schema["$defs"]["AffWild2Section"]
    for part in parts:
        node = _node(schema, _node(schema, node).get("properties", {}).get(part, {}))
    return _words(schema, node)


def _words(schema: dict[str, Any], node: dict[str, Any]) -> str:
    node = _node(schema, node)
    if "anyOf" in node:
        return " or ".join(filter(None, (_words(schema, option) for option in node["anyOf"])))
    if "enum" in node:
        return ", ".join(str(value) for value in node["enum"])
    if "const" in node:
        return str(node["const"])
    if node.get("type") == "array":
        return f"list of {_words(schema, node.get('items', {})) or 'values'}"
    plain = {
        "integer": "whole number",
        "number": "number",
        "string": "text",
        "boolean": "true, false",
        "null": "null",
    }
    kind = plain.get(str(node.get("type")), "mapping" if node.get("type") == "object" else "")
    return f"{kind}{_range(node)}"


def _range(node: dict[str, Any]) -> str:
    low = node.get("minimum", node.get("exclusiveMinimum"))
    high = node.get("maximum", node.get("exclusiveMaximum"))
    high = None if isinstance(high, int) and high >= 1 << 31 else high
    parts = [
        "" if low is None else f"{'above' if 'exclusiveMinimum' in node else 'from'} {low}",
        "" if high is None else f"{'below' if 'exclusiveMaximum' in node else 'to'} {high}",
        f"a multiple of {node['multipleOf']}" if "multipleOf" in node else "",
        "64 hexadecimal digits" if "0-9a-f" in str(node.get("pattern", "")) else "",
    ]
    said = " ".join(part for part in parts if part)
    return f", {said}" if said else ""
