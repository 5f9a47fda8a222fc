"""A package imports what it offers when it is asked for it."""

import pytest

import fer_data
import fer_data.stats
from fer_data.shell.lazy import lazy_names


def test_a_name_comes_from_its_module() -> None:
    """The same object as in the module that defines it."""
    from fer_data.stats.report import stats

    assert fer_data.stats.stats is stats
    assert lazy_names("here", {"stats": "fer_data.stats.report"})("stats") is stats


def test_any_other_name_is_an_attribute_error() -> None:
    """As of every module, with the package's name, so that `hasattr` and typing errors read as usual."""
    assert not hasattr(fer_data, "no_such_name")
    with pytest.raises(AttributeError, match=r"module 'fer_data\.stats' has no attribute 'total'"):
        fer_data.stats.total  # noqa: B018
