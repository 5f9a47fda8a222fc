"""The option `--json`, and the one document that it prints on stdout; docs/json.md names its keys."""

import math
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["AsJson", "json_text", "plain", "print_json"]

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout instead; docs/json.md has its keys.")
]


def print_json(document: object) -> None:
    """Print a document of plain values as JSON that every parser reads; warnings and notes belong on stderr."""
    typer.echo(json_text(document))


def json_text(document: object) -> str:
    """Return a document of plain values as JSON text."""
    import json

    return json.dumps(plain(document), indent=2, allow_nan=False)


def plain(value: Any) -> Any:  # noqa: ANN401 - plain values of any depth
    """Return values as JSON has them: paths as text, and null for a number that is not finite.

    >>> plain({"a": [1.5, float("nan")], "b": (Path("x"),)})
    {'a': [1.5, None], 'b': ['x']}
    """
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
