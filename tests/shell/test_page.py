"""A page holds what it is given as text, whatever that is."""

import pytest
from jinja2 import UndefinedError

from fer_data.shell.page import page

HOSTILE = "</title><script>alert(1)</script>\" onload='x'"


def test_nothing_given_becomes_markup() -> None:
    """Title, text and attributes are escaped."""
    text = page(HOSTILE, '<p title="{{ name }}">{{ name }}</p>', name=HOSTILE)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 3
    assert "onload='" not in text


def test_a_name_that_is_not_given_is_an_error() -> None:
    """A page never has a hole where a value should be."""
    with pytest.raises(UndefinedError, match="missing"):
        page("title", "{{ missing }}")
