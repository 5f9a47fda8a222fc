"""A section of the page, and the pieces that sections are written with: cards, charts, tables, lists of records.

A section is a function of what was given: it returns None where that has nothing of its kind. All that it shows goes
through `rendered` or one of these pieces, which escape; nothing else becomes markup.

An address `#records?key=value&...` leads to a list of records with these filters set: a bar, a cell of the confusion
matrix or another record links to what it counts that way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from fer_data.shell.page import json_block, rendered
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.view.faces import Faces

__all__ = [
    "Column",
    "Figure",
    "Section",
    "Spec",
    "card",
    "cards",
    "chart",
    "link_to",
    "numbers",
    "percent",
    "records",
]

Spec = Mapping[str, Any]
"""A Vega-Lite specification with its data inside: width "container" fits it to the page, height is a number of px.
Colours of text, axes and paper follow the page, light or dark."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page.

    Attributes:
        anchor: its address on the page, a word; `#anchor` leads to it.
        title: its heading, and its name in the navigation.
        body: what stands below the heading, by `rendered` and the pieces of this module; no picture of anybody.
        with_faces: gives what stands there instead on a page that may show faces; None: the same.
    """

    anchor: str
    title: str
    body: Markup
    with_faces: "Callable[[Faces], Markup] | None" = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list of records.

    Attributes:
        key: of the records' values, and of the address that filters by it.
        title: its heading.
        kind: how it is shown, sorted and filtered; `choice` offers its values in a list, `link` shows [text, address].
        digits: behind the point, of a number; None: as it is.
    """

    key: str
    title: str
    kind: Literal["text", "number", "choice", "link"] = "text"
    digits: int | None = None


class Figure(NamedTuple):
    """A number of a table as it is shown, the value that it is sorted by, and where it leads."""

    text: str
    value: float
    link: str = ""


def percent(share: float, digits: int = 1) -> Figure:
    """Return a share as a percentage of a table.

    >>> percent(0.0671)
    Figure(text='6.7 %', value=0.0671, link='')
    """
    return Figure(f"{100 * share:.{digits}f} %", share)


def link_to(anchor: str, **filters: object) -> str:
    """Return the address of a section, or of a list of records with filters set.

    >>> link_to("rows", expression="Anger", split="train")
    '#rows?expression=Anger&split=train'
    """
    return f"#{anchor}?{urlencode(filters)}" if filters else f"#{anchor}"


def card(value: object, label: str, *, note: str = "", link: str = "") -> Markup:
    """Return one headline figure: the value large, what it is below, and where it leads."""
    return rendered(_CARD, value=_shown(value), label=printable(label), note=printable(note), link=link)


_CARD = """
<div class="card"><div class="value{{ ' words' if value|length > 10 else '' }}">{{ value }}</div>
<div>{% if link %}<a href="{{ link }}">{{ label }}</a>{% else %}{{ label }}{% endif %}</div>
{% if note %}<div class="quiet">{{ note }}</div>{% endif %}</div>
"""


def cards(*shown: Markup) -> Markup:
    """Return cards side by side."""
    return rendered('<div class="cards">{% for one in shown %}{{ one }}{% endfor %}</div>', shown=shown)


def numbers(headings: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "") -> Markup:
    """Return a table of a few rows, each sortable by its heading; numbers are set right, other values are text.

    A `Figure` is a number that is shown in its own words: a percentage, say.
    """
    return rendered(
        _NUMBERS,
        headings=[printable(one) for one in headings],
        right=[
            all(isinstance(row[index], int | float | Figure | None) for row in rows)
            for index in range(len(headings))
        ],
        rows=[
            [(_shown(one), _value(one), one.link if isinstance(one, Figure) else "") for one in row]
            for row in rows
        ],
        caption=printable(caption),
    )


_NUMBERS = """
<div class="wide" tabindex="0"><table class="numbers">{% if caption %}<caption>{{ caption }}</caption>{% endif %}
<thead><tr>{% for one in headings %}<th scope="col"{% if right[loop.index0] %} class="number"{% endif %}>{{ one }}</th>
{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr>{% for text, value, link in row %}
<td{% if right[loop.index0] %} class="number"{% endif %} data-value="{{ value }}">
{%- if link %}<a href="{{ link }}">{{ text }}</a>{% else %}{{ text }}{% endif %}</td>
{% endfor %}</tr>
{% endfor %}</tbody></table></div>
"""


def chart(name: str, title: str, specs: Mapping[str, Spec], table: Markup) -> Markup:
    """Return a chart with its numbers below it; of several specifications one is shown, by buttons with their names.

    Args:
        name: a word of our own, of no other chart on the page.
        title: what it shows, in words; also what a screen reader says of it.
        specs: Vega-Lite by what the button says, the first one is shown first; one alone has no button.
        table: its numbers, by `numbers`.
    """
    return rendered(_CHART, name=name, title=printable(title), block=json_block(f"chart-{name}", dict(specs)),
                    table=table, names=list(specs) if len(specs) > 1 else [])  # fmt: skip


_CHART = """
<figure class="chart" id="{{ name }}"><figcaption>{{ title }}
{% if names %}<span role="group" aria-label="scale of: {{ title }}">{% for one in names %}
<button type="button" data-spec="{{ one }}" aria-pressed="{{ 'true' if loop.first else 'false' }}">{{ one }}</button>
{% endfor %}</span>{% endif %}</figcaption>
<div class="drawing" data-chart="chart-{{ name }}" role="img"
 aria-label="{{ title }}; its numbers are in the table below"></div>
{{ block }}<details><summary>Numbers</summary>{{ table }}</details></figure>
"""


def records(
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
    *,
    note: str = "",
    shown: int = 15,
) -> Markup:
    """Return a list of many records, shown a page at a time, with search, filters and sorting in the browser.

    Args:
        name: a word of our own; `#name?key=value` leads here with filters set. No section has it.
        title: what the records are.
        columns: of each record.
        rows: the values of each record in the columns' order: text, number, None; of a `link` column [text, address].
        note: what a reader must know of them: how they were sampled, say.
        shown: of them at a time.
    """
    block = {
        "shown": shown,
        "columns": [{"key": one.key, "title": one.title, "kind": one.kind, "digits": one.digits} for one in columns],
        "rows": [[printable(one) if isinstance(one, str) else one for one in row] for row in rows],
    }  # fmt: skip
    return rendered(_RECORDS, name=name, title=printable(title), note=printable(note),
                    block=json_block(f"records-{name}", block))  # fmt: skip


_RECORDS = """
<div class="records" id="{{ name }}" data-records="records-{{ name }}" role="region" aria-label="{{ title }}"
 tabindex="-1">
<h3>{{ title }}</h3>{% if note %}<p class="quiet">{{ note }}</p>{% endif %}
{{ block }}</div>
"""


def _value(shown: object) -> int | float | str:
    value = shown.value if isinstance(shown, Figure) else shown
    return value if isinstance(value, int | float) else ""


def _shown(value: object) -> str:
    if value is None:
        return "\u2013"
    if isinstance(value, Figure):
        return printable(value.text)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else printable(str(value))
