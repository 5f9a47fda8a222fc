r"""A picture of how rows go from one column of groups to the next: bands as broad as there are rows in them.

Vega-Lite has no such picture, so it is drawn here, as an SVG that stretches to the width of the page under labels that
are text of the page: they keep their size on a telephone, can be searched, read out and followed as links.

    source       split        state
    +----+  band  +---+  band  +---+ kept  1,842
    |    |========|   |========|   |
    +----+        +---+   \____+---+ no_face  14

Every group has as many rows as come in and go out; what does not add up is refused.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fer_data.errors import ConservationError
from fer_data.shell.page import rendered
from fer_data.shell.shown import printable
from fer_data.view.section import percent

__all__ = ["Group", "flow"]

_SCALE_PX = 260.0
"""Height of all rows together, in px."""
_LABEL_PX = 22.0
"""Height that each group's label needs."""
_WIDTH, _BAR = 1000.0, 12.0
"""Of the drawing, in its own units, and of a group."""
_LAST = 700.0
"""Where the last column stands: labels of it need the rest."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of rows in a column of the picture.

    Attributes:
        name: of no other group in its column.
        tone: a class of the style sheet, which colours it: `plain`, `good`, `idle` or `lost`.
        link: where its label leads; empty: nowhere.
    """

    name: str
    tone: str = "plain"
    link: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    group: Group
    rows: int
    x: float
    y: float
    height: float
    slot: float


_Band = tuple[str, str, int]
"""From a group of one column to a group of the next, and how many rows."""


def flow(
    title: str, columns: Sequence[Sequence[Group]], bands: Sequence[Sequence[_Band]], table: Markup
) -> Markup:
    """Return the picture with its numbers below it; groups without rows are left out.

    Args:
        title: what it shows, in words.
        columns: of groups, from the left.
        bands: between each column and the next one.
        table: its numbers, by `numbers`.

    Raises:
        ConservationError: a group in the middle has more or fewer rows coming in than going out.
    """
    places = [_placed(column, bands, index, len(columns)) for index, column in enumerate(columns)]
    total = sum(one.rows for one in places[0].values())
    height = max(one.y + one.slot for column in places for one in column.values())
    return rendered(
        _FLOW,
        title=printable(title),
        table=table,
        width=_WIDTH,
        height=f"{height:.1f}",
        bands=[one for pair in zip(places, places[1:], bands, strict=False) for one in _bands(*pair)],
        bars=[
            {"tone": one.group.tone, "x": one.x, "y": f"{one.y:.1f}", "height": f"{max(one.height, 1.5):.1f}"}
            for column in places
            for one in column.values()
        ],
        labels=[_label(one, total) for column in places for one in column.values()],
        bar=_BAR,
    )


_FLOW = """
<figure class="flow"><figcaption>{{ title }}</figcaption>
<div class="banks"><svg viewBox="0 0 {{ width }} {{ height }}" preserveAspectRatio="none" style="height:{{ height }}px"
 role="img" aria-label="{{ title }}; its numbers are in the table below">
{% for one in bands %}<path class="band {{ one.tone }}" d="{{ one.path }}"><title>{{ one.title }}</title></path>
{% endfor %}
{% for one in bars %}
<rect class="{{ one.tone }}" x="{{ one.x }}" y="{{ one.y }}" width="{{ bar }}" height="{{ one.height }}"/>
{% endfor %}</svg>
{% for one in labels %}<span class="bank" style="left:{{ one.left }}%;top:{{ one.top }}px">
{% if one.link %}<a href="{{ one.link }}">{{ one.name }}</a>{% else %}{{ one.name }}{% endif %}
 <b>{{ one.rows }}</b> <span class="spare">{{ one.share }}</span></span>
{% endfor %}</div>
<details><summary>Numbers</summary>{{ table }}</details></figure>
"""


def _placed(
    column: Sequence[Group], bands: Sequence[Sequence[_Band]], index: int, count: int
) -> dict[str, _Place]:
    """Return the groups of a column that have rows, one below the other."""
    into = _sums(bands[index - 1], 1) if index else None
    out = _sums(bands[index], 0) if index < len(bands) else None
    if into is not None and out is not None and into != out:
        raise ConservationError(f"Rows that come in ({into}) must go out ({out}); please report this fault.")
    rows: Mapping[str, int] = out if out is not None else into or {}
    total, y, found = sum(rows.values()), 0.0, {}
    for group in column:
        if rows.get(group.name):
            height = _SCALE_PX * rows[group.name] / total
            slot = max(height, _LABEL_PX)
            x = index * _LAST / (count - 1)
            found[group.name] = _Place(group, rows[group.name], x, y, height, slot)
            y += slot + 4.0
    return found


def _sums(bands: Sequence[_Band], end: int) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for band in bands:
        if band[2]:
            found[str(band[end])] += band[2]
    return dict(found)


def _bands(
    left: Mapping[str, _Place], right: Mapping[str, _Place], bands: Sequence[_Band]
) -> Iterator[dict[str, str]]:
    """Yield the bands between two columns; those of a group lie below each other in the order of the other side."""
    leaving = {name: place.y for name, place in left.items()}
    coming = {name: place.y for name, place in right.items()}
    order = {name: index for index, name in enumerate((*left, *right))}
    for start, end, rows in sorted(bands, key=lambda one: (order.get(one[0], 0), order.get(one[1], 0))):
        if not rows:
            continue
        begin, finish = left[start], right[end]
        up, down = begin.height * rows / begin.rows, finish.height * rows / finish.rows
        yield {
            "tone": finish.group.tone,
            "title": printable(f"{start} to {end}: {rows:,}"),
            "path": _band(begin.x + _BAR, finish.x, (leaving[start], up), (coming[end], down)),
        }
        leaving[start] += up
        coming[end] += down


def _band(left: float, right: float, start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return the outline of a band from one edge, given by its top and height, to another."""
    middle, (a, high), (b, low) = (left + right) / 2, start, end
    return (
        f"M{left:.0f} {a:.1f}C{middle:.0f} {a:.1f} {middle:.0f} {b:.1f} {right:.0f} {b:.1f}V{b + low:.1f}"
        f"C{middle:.0f} {b + low:.1f} {middle:.0f} {a + high:.1f} {left:.0f} {a + high:.1f}Z"
    )


def _label(place: _Place, total: int) -> dict[str, str]:
    return {
        "name": printable(place.group.name),
        "rows": f"{place.rows:,}",
        "share": percent(place.rows / total).text,
        "left": f"{100 * (place.x + _BAR) / _WIDTH:.2f}",
        "top": f"{place.y + max(0.0, min(place.height, place.slot) - _LABEL_PX) / 2:.1f}",
        "link": place.group.link,
    }
