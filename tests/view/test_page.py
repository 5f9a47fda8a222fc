"""The page as a browser shows it: nothing is fetched, nothing fails, and what is shown can be reached."""

from pathlib import Path

import numpy as np
import pytest
from browser import NARROW, WIDE, opened_page, resized, serious_faults
from markupsafe import Markup
from playwright.sync_api import Browser, expect

from fer_data.view import Faces, opened, view_page
from fer_data.view.report import composed
from fer_data.view.section import Section


@pytest.fixture(scope="module")
def written(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a published dataset of 32 px."""
    path = tmp_path_factory.mktemp("page") / "view.html"
    with opened([published]) as material:
        path.write_text(view_page(material), encoding="utf-8")
    return path


def test_a_page_has_no_serious_fault(browser: Browser, written: Path) -> None:
    """It loads without errors or requests, fits either screen, and axe-core finds nothing serious in either theme.

    It is opened wide and made narrow, other pages the other way.
    """
    with opened_page(browser, written, width=WIDE) as page:
        for width in resized(page, WIDE, NARROW):
            page.emulate_media(color_scheme="light")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert serious_faults(page) == []
            page.emulate_media(color_scheme="dark")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert serious_faults(page, other_theme=True) == []


def test_the_navigation_leads_to_each_section(browser: Browser, written: Path) -> None:
    """A link of the navigation gives its section's heading the focus, for the keyboard and for screen readers."""
    with opened_page(browser, written) as page:
        page.get_by_role("navigation").get_by_role("link", name="Overview").press("Enter")
        expect(page.get_by_role("heading", name="Overview")).to_be_focused()


def test_the_theme_can_be_switched(browser: Browser, written: Path) -> None:
    """The button turns a light page dark."""
    with opened_page(browser, written) as page:
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Light or dark").click()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_a_page_with_faces_says_so_on_every_screen(browser: Browser, tmp_path: Path) -> None:
    """The note of the licence stays in sight wherever one scrolls to; a page without faces shows other bodies."""
    body = Section("first", "First", Markup("<p style='height: 4000px'>without</p>"), with_faces=_picture)
    restricted = composed("title", [body], "Pass nothing on.", faces=Faces())
    assert (
        "<figure" not in composed("title", [body], "Pass nothing on.").split("<main")[1].split("<script")[0]
    )
    path = tmp_path / "view.html"
    path.write_text(restricted, encoding="utf-8")
    with opened_page(browser, path) as page:
        page.mouse.wheel(0, 2000)
        expect(page.get_by_text("Contains faces.")).to_be_in_viewport()
        expect(page.get_by_role("img", name="a face")).to_be_attached()


def _picture(faces: Faces) -> Markup:
    space = Markup("<p style='height: 4000px'></p>")
    return space + faces.figure(np.zeros((8, 8, 3), np.uint8), "a face", side_px=8)
