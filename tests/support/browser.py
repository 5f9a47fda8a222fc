"""A real browser for tests of pages: headless Chromium, where a machine has it (Debian's package `chromium`)."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

__all__ = ["NARROW", "WIDE", "launched", "opened_page", "serious_faults"]

WIDE, NARROW = 1440, 390
"""Widths in px of a desk's screen and of a telephone's."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_AXE = {"preload": False, "resultTypes": ["violations"], "selectors": False}
"""Axe would ask for the page's style sheets once more, which a browser refuses to pages from a disk."""
_OF_THE_THEME = ["color-contrast", "link-in-text-block"]
_OF_THE_LENGTH = ["scrollable-region-focusable"]
_FEW_ALIKE = """() => {
  // Texts and numbers differ from row to row; whatever else differs, as a class or a style does, is looked at.
  const own = new Set(["href", "id", "src", "title", "alt", "value", "aria-label", "data-value", "d", "transform",
    "x", "y", "x1", "x2", "y1", "y2", "width", "height"]);
  const kinds = new Map(); // a number for each, as the texts of what is inside would grow with every fold
  const number = (said) => kinds.get(said) ?? (kinds.set(said, kinds.size), kinds.size - 1);
  const put = (groups, key, one) => groups.set(key, [...groups.get(key) ?? [], one]);
  const kind = (one) => {
    const groups = new Map();
    const said = [...one.attributes].map(({name, value}) => [name, own.has(name) ? value.trim() !== "" : value]);
    const inner = [...one.childNodes].map((node) => {
      if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeType === Node.TEXT_NODE && node.data.trim() !== "";
      const found = kind(node);
      put(groups, found, node);
      return found;
    });
    for (const alike of groups.values()) for (const more of alike.slice(2, -1)) more.dataset.alike = "";
    return number(JSON.stringify([one.localName, said.sort(), inner]));
  };
  kind(document.body);
}"""

_DEMANDED = "FER_DATA_BROWSER"
"""Set to `required`, as CI does, a machine without a browser fails these tests instead of skipping them."""


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a browser of this machine, or skip the test where it has none."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        reason = f"no browser: none of {', '.join(_NAMES)} is installed (Debian: apt-get install chromium)"
        if os.environ.get(_DEMANDED) == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        # Chromium's own sandbox wants a kernel's leave that containers seldom have; the pages are our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened_page(
    browser: Browser,
    path: Path,
    *,
    width: int = WIDE,
    scheme: Literal["light", "dark"] = "light",
    at: str = "",
) -> Iterator[Page]:
    """Give a page of a file, at an address in it; fail at the end for what it logged, threw or fetched.

    All pages of a browser are opened in one context, as a new one costs as much as a page; what a page could leave to
    the next in it, storage and permissions, is taken away.
    """
    faults: list[str] = []
    context = browser.contexts[0] if browser.contexts else browser.new_context()
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.set_default_timeout(20_000)

    def logged(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            faults.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:", f"{path.parent.as_uri()}/")):
            faults.append(f"request: {request.url}")

    page.on("console", logged)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("request", asked)
    try:
        page.goto(path.as_uri() + at)
        yield page
        page.evaluate("localStorage.clear()")
    finally:
        page.close()
        context.clear_permissions()
    assert not faults, faults


def serious_faults(page: Page, *, other_theme: bool = False, within: list[str] | None = None) -> list[str]:
    """Return what axe-core finds on a page that is serious or critical, a line each with the elements.

    Of siblings that differ in texts and numbers alone, it looks at the first two and the last; a page that was looked
    at in one theme is looked at in the other for what depends on it. `within` are CSS selectors of the only parts that
    are looked at, where another test looks at the others.
    """
    found = [] if other_theme else _found(page, _OF_THE_LENGTH, within)
    page.evaluate(_FEW_ALIKE)
    style = page.add_style_tag(content="[data-alike] { display: none !important }")
    found += _found(page, _OF_THE_THEME if other_theme else None, within)
    style.evaluate("(one) => one.remove()")
    page.evaluate("document.querySelectorAll('[data-alike]').forEach((one) => delete one.dataset.alike)")
    return found


def _found(page: Page, rules: list[str] | None, within: list[str] | None) -> list[str]:
    options = _AXE | ({"runOnly": rules} if rules else {})
    context = {"include": [[selector] for selector in within]} if within else None
    found: list[dict[str, Any]] = Axe().run(page, context, options).response["violations"]
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
