"""What came out of a file never steers a terminal, a table or a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.shell.shown import markdown, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.mp4", "plain name.mp4"),
        ("Grüße 表情 эмоция.mp4", "Grüße 表情 эмоция.mp4"),
        ("\x1b]0;owned\x07\x1b[2J", r"\x1b]0;owned\x07\x1b[2J"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x9b31m", r"\x9b31m"),
        ("gpj.\u202efdp", r"gpj.\u202efdp"),
        ("a\u2028b\u200bc\ufeff", r"a\u2028b\u200bc\ufeff"),
        ("a\udcffb", r"a\xffb"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_texts_are_shown_on_one_line_without_control(text: str, shown: str) -> None:
    """Letters of every script stay; whatever a terminal would obey stands as its code."""
    assert printable(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_what_is_shown_can_be_printed_anywhere(text: str) -> None:
    """The result is printable, encodes as UTF-8 and stays as it is when shown again."""
    shown = printable(text)
    assert shown.isprintable()
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("[a](javascript:b)", r"\[a\](javascript:b)"),
        ("a|b`c`", r"a\|b\`c\`"),
        ("&lt;", r"&amp;lt;"),
    ],
)
def test_pages_show_texts_as_they_are(text: str, shown: str) -> None:
    """No tag, link, code or table cell comes out of a name."""
    assert markdown(text) == shown
