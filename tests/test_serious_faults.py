"""That what tests of pages call a serious fault is found: in one theme, at one width, in one of many rows."""

from pathlib import Path

import pytest
from browser import NARROW, opened_page, serious_faults
from playwright.sync_api import Browser

STYLE = """
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } .night { color: #333 } }
.small { display: none } @media (max-width: 400px) { .small { display: inline } }
.box { height: 3em; overflow: auto }
"""


def rows(odd: str) -> str:
    """Return twenty rows, the tenth with an odd cell."""
    cells = ["<td>number</td><td>text</td>"] * 20
    cells[10] = f"<td>number</td>{odd}"
    return "".join(f"<tr>{row}</tr>" for row in cells)


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
