"""What the pages for people say of the tree is true: the paths they name exist, their links lead somewhere."""

import re
from pathlib import Path

import pytest

from docs.tools.commands import command_pages
from docs.tools.params import params_pages
from docs.tools.tables import tables_page

ROOT = Path(__file__).parents[1]
NARROW = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [ROOT / "README.md", *NARROW]
MAX_COLUMNS = 160
STARTS = ("", "fer_data", "fer_data/core", "train", "train/evaluation")
"""Where a path on a page may begin: at the root, or in a package that the page is about."""

MADE = {ROOT / "docs" / page for page in (*command_pages(), *params_pages(), *tables_page())}
"""Pages that no file has: `make docs` makes them from the code."""

UNTRACKED = (".", "data/", "models/", "plots/", "reports/", "metrics/", "weights/", "tracks/")
MADE_UP = re.compile(r"[*<{~]|\.\.\.|^/")


def named(page: Path) -> list[str]:
    """Return the paths of Python files, and of what else is tracked, that a page names between backticks."""
    spans = re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))
    words = {word.rstrip(":,;") for span in spans for word in span.split()}
    tops = tuple(f"{path.name}/" for path in ROOT.iterdir() if path.is_dir())
    return sorted(
        word
        for word in words
        if "/" in word and (word.endswith(".py") or word.startswith(tops)) and not word.startswith(UNTRACKED)
        if not MADE_UP.search(word)
    )


def name_of(page: Path) -> str:
    """Return the page's path for the name of a test."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_paths_on_a_page_exist(page: Path) -> None:
    """A module that moves takes the pages that name it with it."""
    missing = [word for word in named(page) if not any((ROOT / start / word).exists() for start in STARTS)]
    assert not missing


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """A link without a scheme is a file beside the page, or a page of the reference, which is made when the site is."""
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    places = {link: (page.parent / link).resolve() for link in links if "://" not in link}
    assert not [link for link, place in places.items() if not place.exists() and place not in MADE]


@pytest.mark.parametrize("page", NARROW, ids=name_of)
def test_lines_are_no_wider_than_an_editor(page: Path) -> None:
    """Lines of more than 160 characters are read nowhere and reviewed by nobody."""
    wide = [line for line in page.read_text(encoding="utf-8").splitlines() if len(line) > MAX_COLUMNS]
    assert not wide
