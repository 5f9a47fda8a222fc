"""A package imports what it offers when it is asked for it."""

import ast
import importlib
from pathlib import Path

import pytest

import fer_data
import fer_data.stats
from fer_data.shell.lazy import lazy_names

PACKAGE = Path(fer_data.__file__).parent
LAZY = [
    path.parent.name for path in sorted(PACKAGE.glob("*/__init__.py")) if "lazy_names(" in path.read_text()
]


def test_a_name_comes_from_its_module() -> None:
    """The same object as in the module that defines it."""
    from fer_data.stats.report import stats

    assert fer_data.stats.stats is stats
    assert lazy_names("here", {"fer_data.stats.report": ["stats"]})("stats") is stats


def test_any_other_name_is_an_attribute_error() -> None:
    """As of every module, with the package's name, so that `hasattr` and typing errors read as usual."""
    assert not hasattr(fer_data, "no_such_name")
    with pytest.raises(AttributeError, match=r"module 'fer_data\.stats' has no attribute 'total'"):
        fer_data.stats.total  # noqa: B018


@pytest.mark.parametrize("name", LAZY)
def test_a_package_gives_what_type_checkers_see(name: str) -> None:
    """The imports below `if TYPE_CHECKING` are those that run, one for each name on offer."""
    package = importlib.import_module(f"fer_data.{name}")
    (seen,) = [
        node
        for node in ast.parse((PACKAGE / name / "__init__.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.If)
    ]
    imports = [node for node in seen.body if isinstance(node, ast.ImportFrom)]
    named = {alias.name: node.module for node in imports for alias in node.names}
    assert sorted(named) == sorted(package.__all__)
    for one, module in named.items():
        assert getattr(package, one) is getattr(importlib.import_module(str(module)), one)
