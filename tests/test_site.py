"""The documentation site is whole, works without a network, and says what the code says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import typer
import yaml
from browser import NARROW, WIDE, launched, opened_page, serious_faults
from playwright.sync_api import Browser

from docs.tools.commands import command_pages
from docs.tools.outside import pictures_of, with_links
from docs.tools.params import params_pages
from docs.tools.pictures.demo import Demo
from docs.tools.pictures.svg import document, text
from docs.tools.tables import tables_page
from fer_data.commands.app import app
from fer_data.errors import DatasetError
from fer_data.params.document import Params

ROOT = Path(__file__).parents[1]
LOOKED_AT = ("index", "tutorial", "how-to", "troubleshooting", "reference/python", "reference/params/align")
MAX_PICTURES = 1_500_000


def nav_pages(nav: object) -> Iterator[str]:
    """Yield the pages that a navigation names."""
    if isinstance(nav, str):
        yield nav
    for below in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from nav_pages(below)


def commands(group: object, before: str = "fer-data") -> Iterator[tuple[str, object]]:
    """Yield every command by the words that start it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_each_page_is_in_the_navigation() -> None:
    """A page that nothing leads to is not read."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=loader)
    named = [page for page in nav_pages(config["nav"]) if not page.endswith("/*")]
    written = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert written <= set(named)
    assert len(named) == len(set(named))


def test_each_command_and_option_is_in_the_reference() -> None:
    """It is made from the command line itself, as `--help` is."""
    pages = command_pages()
    for words, command in COMMANDS.items():
        name = words.removeprefix("fer-data ").replace(" ", "-")
        page = pages[f"reference/commands/{name}.md"]
        assert f"({name}.md)" in pages["reference/commands/index.md"]
        options = [name for param in command.params for name in param.opts if name.startswith("-")]
        assert [name for name in options if f"`{name}`" not in page] == []


def test_each_command_is_on_the_page_of_questions() -> None:
    """Who has a question finds the command that answers it."""
    page = (ROOT / "docs/how-to.md").read_text(encoding="utf-8")
    assert [words for words in COMMANDS if f"`{words}" not in page] == []


def test_the_page_about_view_names_its_sections() -> None:
    """A section that is renamed or gone takes the page with it."""
    named = re.findall(r"\*\*([^*]+)\*\*", (ROOT / "docs/view.md").read_text(encoding="utf-8"))
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "fer_data/view").rglob("*.py"))
    assert len(named) > 8
    assert [name for name in named if f'"{name}"' not in code] == []


def test_each_parameter_is_in_the_reference() -> None:
    """Of the demo's file every key with its value, of the models every section."""
    pages = params_pages()
    assert {f"reference/params/{section}.md" for section in Params.model_fields} < set(pages)
    balance = pages["reference/params/balance.md"]
    assert (
        "| `strategy` | `augment` | augment, weights, sampler, none | augment, weights, sampler or none |"
        in balance
    )
    assert "number, above 0.0 to 1.0" in balance
    assert "pictures: `weights`" in balance
    assert "`frame_policy.tolerance_frames`" in pages["reference/params/sources.md"]


def test_each_column_is_in_the_reference() -> None:
    """With its type, and what the Croissant file of a dataset says of it."""
    page = tables_page()["reference/tables.md"]
    assert "| `perceptual_hash` | `int64` |" in page
    assert "| `landmarks` | `fixed_size_list<fixed_size_list<float>[2]>[5]` |" in page
    assert "## The catalog's rows\n" in page


def test_links_out_of_the_pages_lead_into_the_site() -> None:
    """Pages and pictures of the repository come along; of other files the name is left; code is not looked at."""
    text = (
        "[a](../README.md) [b](../sample/README.md#x) ![c](../experiments/r.png) [d](e.md) [f](../Makefile)\n"
    )
    fenced = "```\n[a](../README.md)\n```\n"
    said = with_links(text + fenced, "docs/scale.md", "scale.md")
    assert said == (
        "[a](index.md) [b](sample.md#x) ![c](repository/experiments/r.png) [d](e.md) `Makefile`\n" + fenced
    )
    assert pictures_of(text, "docs/scale.md") == {"repository/experiments/r.png": Path("experiments/r.png")}
    assert "[s](../scale.md)" in with_links("[s](../scale.md)", "docs/architecture/x.md", "architecture/x.md")


def test_pictures_are_few_and_small() -> None:
    """Whoever opens the README waits for all of them."""
    pictures = [path for path in (ROOT / "docs/pictures").iterdir() if path.is_file()]
    assert {path.suffix for path in pictures} <= {".svg", ".png", ".jpg"}
    assert sum(path.stat().st_size for path in pictures) < MAX_PICTURES


@pytest.mark.parametrize("rendered", [None, False], ids=["no demo", "another corpus"])
def test_pictures_are_of_rendered_people_alone(tmp_path: Path, rendered: bool | None) -> None:
    """A face of somebody who exists must not come into the README by a run of `make pictures`."""
    if rendered is not None:
        (tmp_path / "published/128").mkdir(parents=True)
        stated = json.dumps({"origin": {"corpus": "affwild2", "rendered": rendered}})
        (tmp_path / "published/128/provenance.json").write_text(stated, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"must not be in a picture|run `make demo` first"):
        Demo(tmp_path)


def test_what_is_drawn_is_text_and_no_markup() -> None:
    """Names of rows and classes come from data."""
    said = document((10, 10), "<b>", [text((0, 0), "a<script>&")])
    assert "<b>" not in said
    assert "a&lt;script&gt;&amp;" in said


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does, and return its folder."""
    pytest.importorskip("mkdocs", reason="the extra `docs` is not installed (make docs)")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give one browser to the tests of this module."""
    with launched() as started:
        yield started


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "dark"), (NARROW, "light")])
def test_pages_work_from_a_disk(
    site: Path, browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    """Opened from a file: no request, nothing on the console, no serious fault for a screen reader, no wide page."""
    with opened_page(browser, site / "index.html", width=width, scheme=scheme) as page:
        for name in LOOKED_AT:
            page.goto((site / f"{name}.html").as_uri())
            assert serious_faults(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.slow
def test_search_works_from_a_disk(site: Path, browser: Browser) -> None:
    """Browsers start no worker for a file; a frame of ours stands in for it."""
    with opened_page(browser, site / "index.html") as page:
        page.keyboard.press("/")
        page.keyboard.type("tolerance_frames")
        page.locator('.md-search-result__link[href*="params/sources"]').first.click()
        page.wait_for_url("**/reference/params/sources.html*")
