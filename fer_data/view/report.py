"""The page as a whole: its sections in order, navigation, licence, scripts."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from fer_data.shell.page import page
from fer_data.shell.shown import printable
from fer_data.view.faces import Faces
from fer_data.view.material import Material
from fer_data.view.section import Section
from fer_data.view.sections.evaluated.calibrated import reliability
from fer_data.view.sections.evaluated.confusion import confusion
from fer_data.view.sections.evaluated.errors import errors
from fer_data.view.sections.evaluated.scores import scores
from fer_data.view.sections.evaluated.sliced import slices
from fer_data.view.sections.evaluated.units import unit_scores
from fer_data.view.sections.evaluated.values import value_scores
from fer_data.view.sections.findings import findings
from fer_data.view.sections.imbalance import imbalance
from fer_data.view.sections.overview import overview
from fer_data.view.sections.people import people
from fer_data.view.sections.provenance import provenance
from fer_data.view.sections.quality import quality
from fer_data.view.sections.rows import rows
from fer_data.view.sections.states import states
from fer_data.view.sections.suspects import suspects
from fer_data.view.sections.timelines import timelines
from fer_data.view.sections.units import units
from fer_data.view.sections.values import values
from fer_data.view.sections.videos import videos

__all__ = ["SECTIONS", "built", "composed", "view_page"]

SECTIONS: Sequence[Callable[[Material], Section | None]] = (
    overview,
    imbalance,
    values,
    units,
    videos,
    states,
    quality,
    timelines,
    suspects,
    people,
    findings,
    scores,
    confusion,
    errors,
    reliability,
    slices,
    value_scores,
    unit_scores,
    rows,
    provenance,
)
"""In the order of the page; one that has nothing to show is left out."""

_SHOWN_PARTS = 3
"""Of a path in the page's title."""

_STYLES = ("view.css", "timeline.css", "rows.css", "evaluated.css")
_SCRIPTS = (
    "page.js",
    "charts.js",
    "records.js",
    "confusion.js",
    "lanes.js",
    "opening.js",
    "timeline.js",
    "copy.js",
    "rows.js",
    "face.js",
)
"""Run in this order; the first makes `fer`, which the others share."""

_HEAD = """
<a class="skip" href="#main">Skip to the content</a>
<header><h1>{{ title }}</h1>
<button type="button" id="theme">Light or dark</button>
<nav aria-label="Sections"><ul>{% for one in sections %}<li><a href="#{{ one.anchor }}">{{ one.title }}</a></li>
{% endfor %}</ul></nav></header>
{% if paths %}<p class="quiet">{{ paths }}</p>{% endif %}
{% if licence and not warning %}<p class="licence" role="note">{{ licence }}</p>{% endif %}
{% if warning %}<p class="licence every" role="note" tabindex="0"><strong>{{ warning }}</strong> {{ licence }}</p>
{% endif %}
"""

_BODY = """
{% for one in sections %}
<section id="{{ one.anchor }}" aria-labelledby="{{ one.anchor }}-title">
<h2 id="{{ one.anchor }}-title" tabindex="-1">{{ one.title }}</h2>
{{ bodies[loop.index0] }}
</section>
{% endfor %}
"""


def built(material: Material) -> list[Section]:
    """Return the sections of what was given: `view_page` makes one page or two of them.

    Of a corpus that `ingest` refuses there is one: what is wrong with it.
    """
    if material.refused:
        return [section for section in [findings(material)] if section]
    found = {one: one(material) for one in SECTIONS if one is not rows}
    found[rows] = rows(material)  # last: it has the rows that others link to
    return [section for one in SECTIONS if (section := found[one]) is not None]


def view_page(
    material: Material, sections: Sequence[Section] | None = None, *, faces: Faces | None = None
) -> str:
    """Return the page of what was given, as HTML that needs nothing else.

    Args:
        material: what was given.
        sections: of it, where they are built already.
        faces: makes it the page that may show faces. Without it restricted data show none, and open data do.
    """
    sections = built(material) if sections is None else sections
    title, paths = _titles(material)
    if faces is None and not material.reasons:
        return composed(title, sections, faces=Faces(), paths=paths)
    return composed(title, sections, " ".join(material.reasons), faces=faces, paths=paths)


def composed(
    title: str,
    sections: Sequence[Section],
    licence: str = "",
    *,
    faces: Faces | None = None,
    paths: str = "",
) -> str:
    """Return the page of these sections under a title, with the licence on every screen where there is one.

    The paths of what was given stand below the header, where the title does not say them.

    No picture gets onto it but through `faces`.
    """
    return page(
        f"{title}: fer-data",
        _BODY,
        head=_HEAD,
        style="".join(map(_asset, _STYLES)),
        scripts=[_vega(), *(_asset(name) for name in _SCRIPTS)],
        title=title,
        paths=paths,
        sections=sections,
        bodies=[_body(one, faces) for one in sections],
        licence=licence,
        warning=faces.warning if faces and licence else "",
    )


def _titles(material: Material) -> tuple[str, str]:
    """Return the page's title: name and version of a dataset, and the paths; without one the paths alone."""
    paths = " and ".join(_name(path) for path in material.folders.values())
    stated = material.shards.documents.provenance if material.shards else {}
    named = " ".join(str(stated[key]) for key in ("name", "version") if stated.get(key))
    return (printable(named), paths) if named else (paths, "")


def _name(path: Path) -> str:
    """Return the end of a path, which tells folders of one project apart."""
    shown = path.parts[-_SHOWN_PARTS:]
    return printable("/".join(shown) if len(path.parts) <= _SHOWN_PARTS else "/".join(("\u2026", *shown)))


def _body(section: Section, faces: Faces | None) -> Markup:
    return section.body if faces is None or section.with_faces is None else section.with_faces(faces)


@cache
def _vega() -> str:
    """Return the script that draws charts: bundling it takes a second of the processor, and two pages may want it."""
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def _asset(name: str) -> str:
    return (files("fer_data.view") / "assets" / name).read_text(encoding="utf-8")
