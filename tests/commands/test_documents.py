"""Every document of `--json` has a JSON Schema, and docs/json.md names its keys.

tests/support/documents.py holds whatever any test prints against it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.documents import faults_of
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.commands.documents import DOCUMENTS, schema_of

KEYS = Path(__file__).parents[2] / "docs" / "json.md"
ROOT = Path(__file__).parents[2]


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every part of a schema that is an object with keys of its own."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def top(schema: dict[str, Any]) -> set[str]:
    """Return the keys at the top of a document, those of all its forms; none of a list or a map."""
    forms = [schema, *schema.get("anyOf", [])]
    forms = [schema["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in forms]
    return {key for one in forms for key in one.get("properties", {})}


def section(command: str) -> str:
    """Return what docs/json.md says of a command."""
    return KEYS.read_text("utf-8").split(f"## `{command}`")[1].split("\n## ")[0]


@pytest.mark.parametrize("command", DOCUMENTS)
def test_a_schema_admits_no_other_key(command: str) -> None:
    """It is valid itself, and every object in it lists its keys."""
    schema = schema_of(command)
    Draft202012Validator.check_schema(schema)
    assert [one["title"] for one in objects(schema) if one.get("additionalProperties") is not False] == []


@pytest.mark.parametrize("command", DOCUMENTS)
def test_docs_name_the_keys_of_a_document(command: str) -> None:
    """Those at its top in its own table, no more and no fewer; those below wherever the page explains them."""
    schema, said = schema_of(command), section(command)
    cells = [line.split("|")[1] for line in said.splitlines() if line.startswith("| `")]
    listed = {key for cell in cells for key in cell.split("`")[1::2]}
    if top(schema) and command != "release":
        assert listed == top(schema)
    everywhere = set(re.findall(r"`([^`]+)`", KEYS.read_text("utf-8")))
    assert {key for one in objects(schema) for key in one["properties"]} - everywhere == set()


def test_every_documented_command_has_a_schema() -> None:
    """And each schema is of a command that takes `--json`."""
    headings = re.findall(r"^## `([^`]+)`", KEYS.read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(DOCUMENTS)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("stats", ["stats", "{published}", "--task", "multi_task"]),
        ("verify", ["verify", "{published}"]),
        ("replay", ["replay", "{published}", "b/00009+1"]),
        ("diff", ["diff", "{published}", "{published}"]),
        ("doctor", ["doctor", "--params", str(ROOT / "params.yaml")]),
        ("check", ["check", "--params", str(ROOT / "params.yaml")]),
    ],
)
def test_a_command_prints_what_its_schema_says(
    command: str, words: list[str], published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more key, one fewer, or a value of another type would be refused."""
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, [*(word.format(published=published) for word in words), "--json"])
    assert done.exit_code in (0, 1), done.exception
    document = json.loads(done.stdout)
    assert faults_of(command, document) == []
    entry = document[0] if isinstance(document, list) else document
    key, value = next(iter(entry.items()))
    for change in ({"something_else": 1}, {key: [value]}):
        changed = entry | change
        assert faults_of(command, [changed] if isinstance(document, list) else changed) != []
    del entry[key]
    assert faults_of(command, document) != []
