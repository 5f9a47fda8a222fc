"""A page of tables and columns, from the schemas that every table is held against."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pyarrow as pa

from docs.tools.markdown import cell, code, table
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import EIGHT_CLASSES
from fer_data.published.croissant import record_set
from fer_data.published.feature_forms import arrow_schema
from fer_data.published.features import published_features
from fer_data.tables.label_fields import DETAILS

__all__ = ["tables_page"]

_MODULES = ("fer_data.tables.schemas", "fer_data.tables.pictures", "fer_data.tables.near_duplicates")
_NAMES = {
    "VIDEOS": "The catalog's videos",
    "ROWS": "The catalog's rows",
    "PICTURES": "The catalog's pictures",
    "FACE_ROWS": "Rows with faces and states",
    "CROPS": "Base crops",
    "VARIANT": "Crops of one resolution",
    "NEAR_DUPLICATES": "Near-duplicates",
    "PLAN": "The plan of copies",
    "COPIES": "Augmented copies",
    "PREDICTIONS": "Predictions of expressions",
}
_INTRODUCTION = """# Tables and columns

Made from the schemas that every table is held against when it is written and read. Which stage writes which file,
end to end: [the tables](../architecture/tables.md).
"""

_PUBLISHED = """What `datasets.load_from_disk` and `fer_data.open_dataset` give. What is missing is -1 in whole numbers,
NaN in others, an empty text.
"""


def tables_page() -> dict[str, str]:
    """Return the page by its path below docs/."""
    published = arrow_schema(published_features(list(EIGHT_CLASSES)))
    states = ", ".join(code(state.value) for state in RowState)
    parts = [
        _INTRODUCTION,
        "## A published dataset\n",
        _PUBLISHED,
        table(("column", "type", "is"), [_published(field) for field in published]),
        "## States of a row\n",
        f"Each annotated row ends in exactly one of them, in `data/faces/NAME/rows.parquet`: {states}.\n",
    ]
    for title, schema, said in _schemas():
        rows = [
            (code(field.name), code(_type(field.type)), "yes" if field.nullable else "") for field in schema
        ]
        parts += [f"## {title}\n", said + "\n", table(("column", "type", "may be null"), rows)]
    return {"reference/tables.md": "\n".join(parts)}


def _published(field: pa.Field) -> tuple[str, str, str]:
    said = cell(_meaning(field)) or ("See [labels](../labels.md)." if field.name in DETAILS else "")
    return code(field.name), code(_type(field.type)), said


def _meaning(field: pa.Field) -> str:
    """Return what a column is, as the Croissant file of a dataset says it; empty where it does not."""
    try:
        found: Any = record_set("rows", "", {}, pa.schema([field]))["field"]
    except KeyError:
        return ""
    return str(found[0].get("description", "")) if found else ""


def _type(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind):
        inner = {_type(kind.field(index).type) for index in range(kind.num_fields)}
        names = [kind.field(index).name for index in range(kind.num_fields)]
        return f"struct of {names[0]} ... {names[-1]}: {inner.pop()}" if len(inner) == 1 else "struct"
    return str(kind).replace("element: ", "").replace("item: ", "")


def _schemas() -> Iterator[tuple[str, pa.Schema, str]]:
    """Yield every schema that a module offers, with its title and the words that stand below it."""
    for module_name in _MODULES:
        module = importlib.import_module(module_name)
        words = _words_below(inspect.getsource(module))
        for name in module.__all__:
            if isinstance(found := getattr(module, name), pa.Schema):
                yield _NAMES.get(name, name), found, words.get(name, "")


def _words_below(source: str) -> dict[str, str]:
    """Return the text that stands below each assignment of a module, by the name that is assigned."""
    said = {}
    for statement, after in pairwise(ast.parse(source).body):
        match statement, after:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                said[name] = inspect.cleandoc(text)
    return said
