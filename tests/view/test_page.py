"""The page as a browser shows it: nothing is fetched, nothing fails, and what is shown can be reached."""

from pathlib import Path

import pytest
from browser import NARROW, WIDE, opened_page, serious_faults
from playwright.sync_api import Browser, expect

from fer_data.view import opened, view_page


@pytest.fixture(scope="module")
def written(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a published dataset of 32 px."""
    path = tmp_path_factory.mktemp("page") / "view.html"
    with opened([published]) as material:
        path.write_text(view_page(material), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_page_has_no_serious_fault(browser: Browser, written: Path, width: int, scheme: str) -> None:
    """It loads without errors or requests, fits the screen, and axe-core finds nothing serious."""
    with opened_page(browser, written, width=width, scheme=scheme) as page:
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert serious_faults(page) == []


def test_the_navigation_leads_to_each_section(browser: Browser, written: Path) -> None:
    """A link of the navigation gives its section's heading the focus, for the keyboard and for screen readers."""
    with opened_page(browser, written) as page:
        page.get_by_role("navigation").get_by_role("link", name="Overview").press("Enter")
        expect(page.get_by_role("heading", name="Overview")).to_be_focused()


def test_the_theme_can_be_switched(browser: Browser, written: Path) -> None:
    """The button turns a light page dark."""
    with opened_page(browser, written) as page:
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Switch between light and dark").click()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
