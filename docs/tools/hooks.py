"""What mkdocs calls while it builds the site: pages that are made from the code, and links that leave docs/."""

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.tools.commands import command_pages
from docs.tools.outside import PAGES, pictures_of, with_links
from docs.tools.params import params_pages
from docs.tools.tables import tables_page

__all__ = ["on_config", "on_files", "on_page_markdown", "on_post_page"]

_MADE: dict[str, str] = {}
_SOURCES = {page: source for source, page in PAGES.items() if page != "index.md"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Make the pages of the reference, and name them where the navigation has `reference/NAME/*`."""
    _MADE.clear()
    for pages in (command_pages(), params_pages(), tables_page()):
        _MADE.update(pages)
    config.nav = _filled(config.nav)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages, those of the repository that the site has, and the pictures that pages show."""
    for place, text in _MADE.items():
        files.append(File.generated(config, place, content=text))
    for page, source in _SOURCES.items():
        files.append(File.generated(config, page, content=Path(source).read_text(encoding="utf-8")))
    shown: dict[str, Path] = {}
    for file in files.documentation_pages():
        shown.update(pictures_of(file.content_string, _source(file.src_uri)))
    for place, path in sorted(shown.items()):
        files.append(File.generated(config, place, abs_src_path=str(path.resolve())))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Return a page whose links lead to places in the site."""
    place = page.file.src_uri
    return markdown if place in _MADE else with_links(markdown, _source(place), place)


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001
    """Return a page with the name that the theme does not give its search, for those who hear it read."""
    return output.replace(
        'data-md-component="search" role="dialog"',
        'data-md-component="search" role="dialog" aria-label="Search"',
    )


def _source(page: str) -> str:
    return _SOURCES.get(page, f"docs/{page}")


def _filled(nav: Any) -> Any:  # noqa: ANN401 - lists, mappings and texts, as YAML has them
    if isinstance(nav, dict):
        return {title: _filled(below) for title, below in nav.items()}
    if isinstance(nav, list):
        return [new for item in nav for new in _items(item)]
    return nav


def _items(item: Any) -> list[Any]:  # noqa: ANN401
    if isinstance(item, str) and item.endswith("/*"):
        return [place for place in _MADE if place.startswith(item[:-1])]
    return [_filled(item)]
