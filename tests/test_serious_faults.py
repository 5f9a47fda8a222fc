"""That what tests of pages call a serious fault is found: in one theme, at one width, in one of many rows."""

from pathlib import Path

import pytest
from browser import NARROW, opened_page, serious_faults
from playwright.sync_api import Browser
from playwright.sync_api import Error as PageError

STYLE = """
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } .night { color: #333 } }
.small { display: none } @media (max-width: 400px) { .small { display: inline } }
.box { height: 3em; overflow: auto }
"""
PALE = "style=background:#fff;color:#ddd"


def rows(odd: str) -> str:
    """Return twenty rows, the tenth with an odd cell."""
    cells = ["<td>number</td><td>text</td>"] * 20
    cells[10] = f"<td>number</td>{odd}"
    return "".join(f"<tr>{row}</tr>" for row in cells)


def texts(odd: str) -> str:
    """Return twenty texts of one look, each deeper than the one before it, the tenth odd."""
    lines = ["<p>text</p>"] * 20
    lines[10] = odd
    return "".join("<div>" * depth + one + "</div>" * depth for depth, one in enumerate(lines))


def page_file(folder: Path, body: str) -> Path:
    """Return the file of a page that is well but for its body."""
    path = folder / "page.html"
    head = f"<!doctype html><html lang=en><title>t</title><style>{STYLE}</style><main><h1>Title</h1>"
    path.write_text(f"{head}{body}</main></html>", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", "image-alt"),
        (f"<table>{rows('<td><button></button></td>')}</table>", "button-name"),
        (f"<table>{rows('<td style=color:#ddd>pale</td>')}</table>", "color-contrast"),
        (texts("<p style=color:#ddd>pale</p>"), "color-contrast"),
        (texts("<div style=background:#222><p>text</p></div>"), "color-contrast"),
        (texts("<div style=opacity:.2><p>text</p></div>"), "color-contrast"),
        (
            texts("<p style=color:#888>small</p>").replace("<p>", "<p style=color:#888;font-size:2em>"),
            "color-contrast",
        ),
        (texts(f"<button {PALE}>text</button>").replace("p>", f"button disabled {PALE}>"), "color-contrast"),
        (texts("<p style=color:#ddd>text</p>").replace("<p>text", "<p style=color:#ddd>t"), "color-contrast"),
        (texts("<p>text</p>"), None),
        (f"<div class=box>{'<p>line</p>' * 9}</div>", "scrollable-region-focusable"),
        (f"<table>{rows('<td>text</td>')}</table>", None),
    ],
)
def test_a_fault_is_found(browser: Browser, tmp_path: Path, body: str, rule: str | None) -> None:
    """Wherever it is; rows that are alike and well have none, and the page is afterwards as it was."""
    with opened_page(browser, page_file(tmp_path, body)) as page:
        before = page.content()
        found = serious_faults(page)
        assert [one.split(":")[0] for one in found][:1] == ([rule] if rule else [])
        assert page.content() == before


def test_a_fault_of_one_theme_is_found(browser: Browser, tmp_path: Path) -> None:
    """Dark text on a dark page alone, seen as a page is switched as well as when it opens so."""
    path = page_file(tmp_path, "<p class=night>pale at night</p>")
    with opened_page(browser, path) as page:
        assert serious_faults(page) == []
        page.emulate_media(color_scheme="dark")
        assert "color-contrast" in serious_faults(page, other_theme=True)[0]
    with opened_page(browser, path, scheme="dark") as page:
        assert "color-contrast" in serious_faults(page)[0]


def test_a_fault_of_one_width_is_found(browser: Browser, tmp_path: Path) -> None:
    """A button without a name that only a telephone shows."""
    path = page_file(tmp_path, "<span class=small><button></button></span>")
    with opened_page(browser, path) as page:
        assert serious_faults(page) == []
    with opened_page(browser, path, width=NARROW) as page:
        assert serious_faults(page)[0].startswith("button-name")


def test_parts_can_be_looked_at_alone(browser: Browser, tmp_path: Path) -> None:
    """A fault within them is found, one beside them is another test's."""
    body = "<section id=a><button></button></section><section id=b><p>text</p></section>"
    with opened_page(browser, page_file(tmp_path, body)) as page:
        assert serious_faults(page, within=["#b"]) == []
        assert serious_faults(page, within=["#b", "#a"])[0].startswith("button-name")


def test_texts_that_are_alike_are_looked_at_in_the_parts_alone(browser: Browser, tmp_path: Path) -> None:
    """Pale texts before and after a part take none of its own for looked at."""
    pale = "<p style=color:#ddd>pale</p>"
    body = f"<div>{pale * 3}</div><section>{pale}</section><div>{pale * 3}</div>"
    with opened_page(browser, page_file(tmp_path, body)) as page:
        assert "color-contrast" in serious_faults(page, within=["section"])[0]


def test_a_page_leaves_nothing_to_the_next(browser: Browser, tmp_path: Path) -> None:
    """Neither what it stored, nor the pointer, the medium or a theme; what one page logs is no fault of another."""
    state = (
        "[localStorage.length, sessionStorage.length, document.querySelectorAll('h1:hover').length, innerWidth,"
        " matchMedia('screen').matches, matchMedia('(prefers-color-scheme: light)').matches, location.hash]"
    )
    path = page_file(tmp_path, "<p>text</p>")

    def leave(end: str) -> None:
        with opened_page(browser, path, width=NARROW, scheme="dark", at="#there") as page:
            page.emulate_media(media="print")
            page.mouse.move(20, 40)
            page.evaluate("localStorage.a = sessionStorage.a = 1")
            assert all(one != other for one, other in zip(page.evaluate(state), fresh, strict=True))
            page.evaluate(end)

    with opened_page(browser, path) as page:
        fresh = page.evaluate(state)
    for end, message in (("console.error('loud')", "console: loud"), ("nothing()", "nothing is not defined")):
        with pytest.raises((AssertionError, PageError), match=message):
            leave(end)
        with opened_page(browser, path) as page:
            assert page.evaluate(state) == fresh
