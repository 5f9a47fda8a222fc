"""The page as a whole: its sections in order, navigation, licence, scripts."""

from collections.abc import Callable, Sequence
from importlib.resources import files

from fer_data.shell.page import page
from fer_data.shell.shown import printable
from fer_data.view.material import Material
from fer_data.view.section import Section
from fer_data.view.sections.overview import overview

__all__ = ["SECTIONS", "composed", "view_page"]

SECTIONS: Sequence[Callable[[Material], Section | None]] = (overview,)
"""In the order of the page; one that has nothing to show is left out."""

_SCRIPTS = ("page.js", "charts.js", "records.js")
"""Run in this order; the first makes `fer`, which the others share."""

_HEAD = """
<a class="skip" href="#main">Skip to the content</a>
<header><h1>{{ title }}</h1>
<nav aria-label="Sections"><ul>{% for one in sections %}<li><a href="#{{ one.anchor }}">{{ one.title }}</a></li>
{% endfor %}</ul></nav>
<button type="button" id="theme" aria-label="Switch between light and dark">Light or dark</button></header>
{% if licence %}<p class="licence" role="note">{{ licence }}</p>{% endif %}
"""

_BODY = """
{% for one in sections %}
<section id="{{ one.anchor }}" aria-labelledby="{{ one.anchor }}-title">
<h2 id="{{ one.anchor }}-title" tabindex="-1">{{ one.title }}</h2>
{{ one.body }}
</section>
{% endfor %}
"""


def view_page(material: Material) -> str:
    """Return the page of what was given, as HTML that needs nothing else."""
    sections = [found for one in SECTIONS if (found := one(material))]
    title = " and ".join(printable(str(path)) for path in material.folders.values())
    return composed(title, sections, " ".join(material.reasons))


def composed(title: str, sections: Sequence[Section], licence: str = "") -> str:
    """Return the page of these sections under a title, with the licence on every screen where there is one."""
    import vl_convert

    return page(
        f"{title}: fer-data",
        _BODY,
        head=_HEAD,
        style=_asset("view.css"),
        scripts=[
            vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"),
            *(_asset(name) for name in _SCRIPTS),
        ],
        title=title,
        sections=sections,
        licence=licence,
    )


def _asset(name: str) -> str:
    return (files("fer_data.view") / "assets" / name).read_text(encoding="utf-8")
