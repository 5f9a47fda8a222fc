"""What two datasets say differently of how they were made: params, code, libraries, everything else."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fer_data.published.licences import stated_licence_of

__all__ = ["Changes", "flat", "record_changes"]

Changes = dict[str, dict[str, Any]]
"""By full name: `old` and `new`; a value that one side lacks is left out."""

_APART = frozenset(
    {"params", "code", "libraries", "files", "splits", "dataset_sha256", "counts", "corpora", "licence"}
)
"""Keys of provenance.json that have a part of their own, or follow from the rows."""

_PEOPLE = "excluded"
"""Of a source: names of people who took their data back, which nothing repeats."""


def record_changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Changes]:
    """Return what differs between two documents `provenance.json`.

    >>> record_changes({"params": {"publish": {"version": "0.1.0"}}}, {"params": {}})["params"]
    {'publish.version': {'old': '0.1.0'}}
    """
    parts = {"params": _params, "code": _code, "libraries": _libraries, "provenance": _others}
    return {name: _changes(flat(part(first)), flat(part(second))) for name, part in parts.items()}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    return {
        key: {side: values[key] for side, values in (("old", old), ("new", new)) if key in values}
        for key in sorted({*old, *new})
        if (key in old) != (key in new) or _text(old[key]) != _text(new[key])
    }


def _text(value: object) -> str:
    """Return a value as JSON, in which `1`, `1.0` and `true` are three."""
    return json.dumps(value, sort_keys=True)


def _params(provenance: Mapping[str, Any]) -> Mapping[str, Any]:
    params = dict(provenance.get("params") or {})
    sources = params.get("sources")
    if isinstance(sources, Mapping):
        params["sources"] = {name: _without_people(source) for name, source in sources.items()}
    return params


def _without_people(source: object) -> object:
    """Return a source with the number of its excluded people in place of their names."""
    if not isinstance(source, Mapping) or not isinstance(source.get(_PEOPLE), list):
        return source
    return {**source, _PEOPLE: f"{len(source[_PEOPLE])} people"}


def _code(provenance: Mapping[str, Any]) -> Mapping[str, Any]:
    return provenance.get("code") or {}


def _libraries(provenance: Mapping[str, Any]) -> Mapping[str, Any]:
    return provenance.get("libraries") or {}


def _others(provenance: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the other keys; of the licence its kind, its reasons, and what each part is under."""
    licence = stated_licence_of(provenance)
    parts = {f"{part['role']} {part['name']}": part["licence"] for part in licence["parts"]}
    return {
        **{key: value for key, value in provenance.items() if key not in _APART},
        "licence": {"kind": licence["kind"], "pictures": licence.get("pictures"), "of": parts},
    }


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of nested maps by their full names; lists are values.

    >>> flat({"a": {"b": 1, "c": {}}, "d": [2]})
    {'a.b': 1, 'a.c': {}, 'd': [2]}
    """
    return dict(_leaves(document, ""))


def _leaves(value: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        name = f"{before}{key}"
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, f"{name}.")
        else:
            yield name, inner
