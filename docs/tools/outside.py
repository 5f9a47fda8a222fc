"""Links of pages to what lies outside docs/: pages and pictures of the repository come along, other files are named."""

import posixpath
import re
from pathlib import Path

__all__ = ["PAGES", "pictures_of", "with_links"]

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "sample/README.md": "sample.md",
    "fer_data/sample/rig/LICENSE.md": "rig-licence.md",
}
"""Pages of the repository, and what each is called in the site; the README's place is that of the site's first page."""

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]\n]*)\]\((?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")
_PICTURES = (".png", ".jpg", ".jpeg", ".svg", ".gif")
_BESIDE = "repository"
"""The folder of the site that has pictures of the repository."""


def with_links(text: str, source: str, page: str) -> str:
    """Return the text of a page whose links lead to places in the site.

    Args:
        text: of the page, Markdown.
        source: where the page lies in the repository, such as `docs/scale.md`.
        page: where it lies in the site, such as `scale.md`.
    """
    parts = re.split(r"(^```.*?^```\n?|^~~~.*?^~~~\n?)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith(("```", "~~~")) else _linked(part, source, page) for part in parts)


def pictures_of(text: str, source: str) -> dict[str, Path]:
    """Return the pictures outside docs/ that a page shows, by their place in the site."""
    found = {}
    for link in _LINK.finditer(text):
        place = _place(link["target"], source)
        if place.endswith(_PICTURES) and not place.startswith("docs/"):
            found[f"{_BESIDE}/{place}"] = Path(place)
    return found


def _place(target: str, source: str) -> str:
    """Return the place in the repository that a link leads to; empty of links to elsewhere and within the page."""
    if not target or "://" in target or target.startswith("mailto:"):
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def _linked(text: str, source: str, page: str) -> str:
    def replaced(link: re.Match[str]) -> str:
        place = _place(link["target"], source)
        new = _in_site(place)
        if not place:
            return link[0]
        if new is None:
            return link["text"] if "`" in link["text"] else f"`{place}`"
        target = posixpath.relpath(new, posixpath.dirname(page) or ".")
        return f"{link['image']}[{link['text']}]({target}{link['anchor'] or ''})"

    return _LINK.sub(replaced, text)


def _in_site(place: str) -> str | None:
    if place in PAGES:
        return PAGES[place]
    if place.startswith("docs/") and not place.startswith("docs/tools/"):
        return place.removeprefix("docs/")
    return f"{_BESIDE}/{place}" if place.endswith(_PICTURES) else None
