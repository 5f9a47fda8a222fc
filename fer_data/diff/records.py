"""What two datasets say differently of how they were made: params, code, libraries, everything else."""

from collections.abc import Mapping
from typing import Any

from fer_data.published.licences import stated_licence_of
from fer_data.versions.records import changed_values, flat_values

__all__ = ["Changes", "record_changes"]

Changes = dict[str, dict[str, Any]]
"""By full name: `old` and `new`; a value that one side lacks is left out."""

_APART = frozenset(
    {"params", "code", "libraries", "files", "splits", "dataset_sha256", "counts", "corpora", "licence"}
)
"""Keys of provenance.json that have a part of their own, or follow from the rows."""


def record_changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Changes]:
    """Return what differs between two documents `provenance.json`.

    >>> record_changes({"params": {"publish": {"version": "0.1.0"}}}, {"params": {}})["params"]
    {'publish.version': {'old': '0.1.0'}}
    """
    return {name: _changes(first, second, name) for name in ("params", "code", "libraries", "provenance")}


def _changes(first: Mapping[str, Any], second: Mapping[str, Any], name: str) -> Changes:
    old, new = (_others(one) if name == "provenance" else one.get(name) or {} for one in (first, second))
    found = changed_values(flat_values(old), flat_values(new))
    return {key: change.model_dump(exclude_unset=True) for key, change in found.items()}


def _others(provenance: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the other keys; of the licence its kind, that of the whole, and what each part is under."""
    licence = stated_licence_of(provenance)
    parts = {f"{part['role']} {part['name']}": part["licence"] for part in licence["parts"]}
    return {
        **{key: value for key, value in provenance.items() if key not in _APART},
        "licence": {"kind": licence["kind"], "pictures": licence.get("pictures"), "of": parts},
    }
