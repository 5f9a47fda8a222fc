"""Every rule that a corpus can break is explained to the person who meets it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [
    *sorted((ROOT / "fer_data/corpora").rglob("*.py")),
    *sorted((ROOT / "fer_data/check").glob("*.py")),
    *sorted((ROOT / "fer_data/ingest").glob("*.py")),
]
PAGES = ("affwild2-folder.md", "your-corpus.md")
BUILDERS = {"Finding", "finding", "_finding", "_at"}


def rules() -> set[str]:
    """Return the rules that the code names: first arguments of findings, and `rule=` of errors."""
    found = {"frames-quarantined", "frames-differ"}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            named = [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in BUILDERS:
                named.extend(node.args[:1])
            found.update(str(value.value) for value in named if isinstance(value, ast.Constant))
    return {rule for rule in found if " " not in rule}  # labels have a rule as well, in words


@pytest.mark.parametrize("rule", sorted(rules()))
def test_every_rule_is_on_the_page(rule: str) -> None:
    """The pages "Your Aff-Wild2 folder" and "Your corpus" say of each rule what it means."""
    pages = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in PAGES)
    assert any(f"`{rule}`" in page for page in pages)


def test_rules_are_found() -> None:
    """The list of rules is not empty by a slip of this test."""
    assert {"label-header", "label-line", "stray-file", "expression-flip", "unreadable-video"} <= rules()
