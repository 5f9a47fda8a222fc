"""One module names the tasks, their columns, label order and "no label"."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_data.core.labels.tasks import DIMENSIONS, LABELS, TASKS, label_columns, split_column
from fer_data.published.features import published_features
from fer_data.tables.schemas import FACE_ROWS, ROWS

ROOT = Path(__file__).parents[3]
MODULES = sorted(
    path
    for folder in ("fer_data", "stages", "train")
    for path in (ROOT / folder).rglob("*.py")
    if path != ROOT / "fer_data/core/labels/tasks.py"
)


def test_each_task_has_labels() -> None:
    """A task without an entry is a task without columns."""
    assert tuple(LABELS) == TASKS


def test_label_columns_are_those_of_the_tables_and_of_published_datasets() -> None:
    """Tables and datasets take their columns of labels from this module, in its order."""
    for names in (ROWS.names, FACE_ROWS.names, list(published_features([]))):
        assert [name for name in names if name in label_columns()] == list(label_columns())
    for schema in (ROWS, FACE_ROWS):
        assert [name for name in schema.names if name.startswith("split_")] == list(map(split_column, TASKS))


def test_no_module_spells_a_task_in_a_comparison() -> None:
    """A task has its name from this module, so that a misspelt one is found by the type checker and not by a user."""
    assert [f"{path.relative_to(ROOT)}: {said}" for path in MODULES for said in spelt(path)] == []


def spelt(path: Path) -> Iterator[str]:
    """Yield the tasks that a module compares with, and each list of its own of the dimensions."""
    text = path.read_text(encoding="utf-8")
    if not any(name in text for name in (*TASKS, *DIMENSIONS)):
        return  # most modules, whose trees would take seconds
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            parts = (node.left, *node.comparators)
            yield from (str(p.value) for p in parts if isinstance(p, ast.Constant) and p.value in TASKS)
        elif isinstance(node, ast.Tuple | ast.List) and _texts(node) == DIMENSIONS:
            yield f"line {node.lineno}"


@pytest.mark.parametrize("folder", ["corpora", "predict", "stats"])
def test_what_is_made_of_labels_follows_from_their_kind(folder: str) -> None:
    """No task and no column of labels is spelt there, so that a further task needs no line in these folders.

    Adapters spell the columns of the files that they read.
    """
    spelt = {
        f"{path.name}: {node.value}"
        for path in (ROOT / "fer_data" / folder).rglob("*.py")
        if "adapters" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in {*TASKS, *label_columns()}
    }
    assert spelt == set()


def _texts(node: ast.Tuple | ast.List) -> tuple[object, ...]:
    return tuple(part.value for part in node.elts if isinstance(part, ast.Constant))
