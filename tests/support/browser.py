"""A real browser for tests of pages: headless Chromium, where a machine has it (Debian's package `chromium`)."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from looked_at import EACH_CONTRAST, FEW_ALIKE
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

__all__ = ["NARROW", "WIDE", "launched", "opened_page", "resized", "serious_faults"]

WIDE, NARROW = 1440, 390
"""Widths in px of a desk's screen and of a telephone's."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_AXE = {"preload": False, "resultTypes": ["violations"], "selectors": False}
"""Axe would ask for the page's style sheets once more, which a browser refuses to pages from a disk."""
_CONTRAST = {"rules": [{"id": "color-contrast", "selector": "[data-contrast]"}]}
_OF_THE_THEME = ["color-contrast", "link-in-text-block"]
_OF_THE_LENGTH = ["scrollable-region-focusable"]
_DEMANDED = "FER_DATA_BROWSER"
"""Set to `required`, as CI does, a machine without a browser fails these tests instead of skipping them."""

_PATIENCE_MS = 20_000
"""How long a page may take to show what is looked for, on a busy machine."""

_LATE = """(width) => [
  ...(innerWidth === width ? [] : ["the page"]),
  ...[...document.querySelectorAll(".drawing")]
    .filter((one) => (one.querySelector("svg")?.clientWidth ?? 0) !== one.clientWidth).map(() => "a chart"),
  ...[...document.querySelectorAll("#timeline canvas")]
    .filter((one) => one.style.width !== `${one.parentElement.clientWidth}px`).map(() => "the timeline"),
]"""
"""What of a page is not yet as wide as its place."""

expect.set_options(timeout=_PATIENCE_MS)


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

    All pages of a browser are opened in one tab, which keeps the scripts that it has compiled: a new one costs as much
    as a page. What a page could leave to the next in it is taken away, and nothing goes on where a test
    failed.
    """
    faults: list[str] = []
    context = browser.contexts[0] if browser.contexts else browser.new_context()
    page = context.pages[0] if context.pages else context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media="null", color_scheme=scheme)
    page.set_default_timeout(_PATIENCE_MS)

    def logged(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            faults.append(f"console: {message.text}")

    def thrown(error: Error) -> None:
        faults.append(f"error: {error}")

    def asked(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:", f"{path.parent.as_uri()}/")):
            faults.append(f"request: {request.url}")

    page.on("console", logged)
    page.on("pageerror", thrown)
    page.on("request", asked)
    try:
        page.goto(path.as_uri() + at)
        yield page
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.mouse.move(-1, -1)
        page.goto("about:blank")
    except BaseException:
        context.close()
        raise
    context.clear_permissions()
    page.remove_listener("console", logged)
    page.remove_listener("pageerror", thrown)
    page.remove_listener("request", asked)
    assert not faults, faults


def resized(page: Page, *widths: int) -> Iterator[int]:
    """Make a page each width in turn, and give the width once charts and timeline have drawn themselves for it."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        end = time.monotonic() + _PATIENCE_MS / 1000
        while (late := page.evaluate(_LATE, width)) and time.monotonic() < end:
            page.wait_for_timeout(50)
        assert late == [], f"not drawn for {width} px"
        yield width


def serious_faults(page: Page, *, other_theme: bool = False, within: list[str] | None = None) -> list[str]:
    """Return what axe-core finds on a page that is serious or critical, a line each with the elements.

    Of siblings that differ in texts and numbers alone it looks at the first two and the last, and so it does for
    contrast at texts of the whole page that are alike in colour, size and ground; a page that was looked at in one
    theme is looked at in the other for what depends on it. `within` are CSS selectors of the only parts that are
    looked at, where another test looks at the others.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{Axe().axe_script}; axe.configure({json.dumps(_CONTRAST)})")
    found = [] if other_theme else _found(page, _OF_THE_LENGTH, within)
    page.evaluate(FEW_ALIKE)
    style = page.add_style_tag(content="[data-alike] { display: none !important }")
    page.evaluate(EACH_CONTRAST, within)
    found += _found(page, _OF_THE_THEME if other_theme else None, within)
    style.evaluate("(one) => one.remove()")
    for mark in ("alike", "contrast"):
        page.evaluate(
            f"document.querySelectorAll('[data-{mark}]').forEach((one) => delete one.dataset.{mark})"
        )
    return found


def _found(page: Page, rules: list[str] | None, within: list[str] | None) -> list[str]:
    options = _AXE | ({"runOnly": rules} if rules else {})
    context = {"include": [[selector] for selector in within]} if within else None
    found: list[dict[str, Any]] = page.evaluate(
        "async ([where, options]) => (await axe.run(where ?? document, options)).violations",
        [context, options],
    )
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
