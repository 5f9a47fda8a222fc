"""What any command prints with `--json` while a test runs is held against the JSON Schema of its document."""

import sys
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from fer_data.commands import as_json
from fer_data.commands.documents import DOCUMENTS, schema_of

__all__ = ["checked_text", "faults_of"]

_GROUPS = {("store", "show"): "store show"}
_PLAIN_TEXT = as_json.json_text


@cache
def _validator(command: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(command))


def faults_of(command: str, document: Any) -> list[str]:
    """Return what of a document is not as its schema has it, a line each."""
    return [
        f"{error.json_path}: {error.message[:300]}" for error in _validator(command).iter_errors(document)
    ]


def checked_text(document: object) -> str:
    """Return a document as JSON text, as a command does.

    Raises:
        AssertionError: a key of it is unknown to its schema, missing, or of another type.
    """
    command = _command()
    if command is not None:
        faults = faults_of(command, as_json.plain(document))
        assert not faults, (
            f"`{command} --json` prints what fer_data/commands/documents does not have: {faults[:5]}"
        )
    return _PLAIN_TEXT(document)


def _command() -> str | None:
    """Return the name of the command that is printing, by the function that typer called."""
    frame, found = sys._getframe(1), None
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("fer_data.commands.") and module.rpartition(".")[2] not in {"app", "as_json"}:
            found = (module.rpartition(".")[2], frame.f_code.co_name)
        frame = frame.f_back
    if found is None:
        return None
    name = _GROUPS.get(found, found[1])
    return name if name in DOCUMENTS else None
