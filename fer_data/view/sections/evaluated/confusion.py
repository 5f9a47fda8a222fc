"""Which class is answered for which: a table whose cells lead to their rows, as counts or as shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from markupsafe import Markup

from fer_data.core.arrays import Int64
from fer_data.shell.page import rendered
from fer_data.shell.shown import printable
from fer_data.view.evaluation import Evaluation
from fer_data.view.material import Material
from fer_data.view.predictions import Answers
from fer_data.view.section import Section, link_to, percent
from fer_data.view.sections.evaluated.about import split_of
from fer_data.view.sections.evaluated.pieces import joined, note

__all__ = ["confusion", "confusion_counts"]

_MOST_CLASSES = 40
"""Shown one by one; of more, those with the fewest rows stand together."""

_WORST = 5


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell as the page shows it; `shade` is in [0, 1], and an empty cell shows nothing."""

    count: int
    share: str
    shade: float
    right: bool
    link: str
    said: str


def confusion_counts(found: Answers) -> Int64:
    """Return the rows of each class by what was answered, (classes, classes); rows without a label are left out."""
    count, labelled = len(found.names), found.actual >= 0
    cells = found.actual[labelled].astype(np.int64) * count + found.predicted[labelled]
    return np.bincount(cells, minlength=count * count).reshape(count, count)


def confusion(material: Material) -> Section | None:
    """Return the confusion matrix at each resolution; None where no row of expressions has a label."""
    evaluation = material.evaluation
    if evaluation is None:
        return None
    answered = [one for one in evaluation.answers().values() if (one.actual >= 0).any()]
    if not answered:
        return None
    tables = [_table(material, evaluation, one, linked=one is answered[0]) for one in answered]
    sides = [one.resolution for one in answered]
    said = "Each row of the table is an annotated class, each column an answer; a cell leads to its rows. "
    if len(sides) > 1:
        said += f"Cells lead to rows at {sides[0]:,} px. "
    worst = _worst(material, evaluation, answered[0])
    body = joined(
        rendered(_CONTROLS, sides=sides, tables=tables, worst=worst),
        note(
            f"{said}Arrow keys go from cell to cell, Enter follows one. The shade is the share of the annotated class."
        ),
    )
    return Section("confusion", "Confusion", body)


_CONTROLS = """
<div class="confusion" data-confusion data-shown="counts">
<div class="controls">
{% if sides | length > 1 %}<span role="group" aria-label="Resolution">{% for px in sides %}
<button type="button" data-side="{{ px }}" aria-pressed="{{ 'true' if loop.first else 'false' }}">{{ px }} px</button>
{% endfor %}</span>{% endif %}
<span role="group" aria-label="What cells show">
<button type="button" data-show="counts" aria-pressed="true">rows</button>
<button type="button" data-show="shares" aria-pressed="false">% of the annotated class</button></span></div>
<div class="beside"><div>{% for table in tables %}{{ table }}{% endfor %}</div><div>{{ worst }}</div></div></div>
"""

_TABLE = """
<div class="wide matrix" data-side="{{ px }}"{% if hidden %} hidden{% endif %}><table>
<caption>{{ caption }}</caption>
<thead><tr><th scope="col">annotated</th>{% for name in names %}
<th scope="col" class="turned"><span>{{ name }}</span></th>{% endfor %}
<th scope="col" class="number">rows</th><th scope="col" class="number">recall</th></tr></thead>
<tbody>{% for row in rows %}<tr><th scope="row"><span>{{ row.name }}</span></th>{% for cell in row.cells %}
<td class="{{ 'hit' if cell.right else 'miss' }}" style="--shade: {{ cell.shade }}%">{% if cell.count %}
{% if cell.link %}<a href="{{ cell.link }}" aria-label="{{ cell.said }}">{% endif %}
<span class="counts">{{ '{:,}'.format(cell.count) }}</span><span class="shares">{{ cell.share }}</span>
{% if cell.link %}</a>{% endif %}{% else %}<span class="zero">0</span>{% endif %}</td>{% endfor %}
<td class="number">{{ '{:,}'.format(row.total) }}</td><td class="number">{{ row.recall }}</td></tr>
{% endfor %}</tbody>
<tfoot><tr><th scope="row">rows answered so</th>{% for one in totals %}<td class="number">{{ '{:,}'.format(one) }}</td>
{% endfor %}<td class="number">{{ '{:,}'.format(all) }}</td><td></td></tr>
<tr><th scope="row">precision</th>{% for one in precision %}<td class="number">{{ one }}</td>{% endfor %}
<td></td><td></td></tr></tfoot></table></div>
"""


def _table(material: Material, evaluation: Evaluation, found: Answers, *, linked: bool) -> Markup:
    counts, names, merged = _fitting(confusion_counts(found), [printable(name) for name in found.names])
    split, totals = split_of(evaluation), counts.sum(axis=1)
    rows = []
    for index, name in enumerate(names):
        cells = []
        for place, answer in enumerate(names):
            own = not merged or max(index, place) < len(names) - 1
            link = _link(material, split, (name, answer)) if linked and own else ""
            cells.append(_cell(int(counts[index, place]), int(totals[index]), (name, answer), link))
        recall = _share(int(counts[index, index]), int(totals[index]), 3)
        rows.append({"name": name, "cells": cells, "total": int(totals[index]), "recall": recall})
    said = counts.sum(axis=0)
    return rendered(
        _TABLE,
        px=found.resolution,
        hidden=not linked,
        caption=f"{found.resolution:,} px: {int(counts.sum()):,} annotated rows by what was answered",
        names=names,
        rows=rows,
        totals=said.tolist(),
        all=int(counts.sum()),
        precision=[_share(int(counts[one, one]), int(said[one]), 3) for one in range(len(names))],
    )


def _fitting(counts: Int64, names: list[str]) -> tuple[Int64, list[str], bool]:
    """Return a matrix of few enough classes, and whether its last one stands for several."""
    if len(names) <= _MOST_CLASSES:
        return counts, names, False
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    kept = np.sort(order[: _MOST_CLASSES - 1])
    place = np.full(len(names), len(kept))
    place[kept] = np.arange(len(kept))
    size = len(kept) + 1
    flat = np.bincount((place[:, None] * size + place[None]).ravel(), counts.ravel(), minlength=size * size)
    shown = [names[index] for index in kept]
    return (
        flat.astype(np.int64).reshape(size, size),
        [*shown, f"{len(names) - len(kept)} other classes"],
        True,
    )


def _cell(count: int, total: int, pair: tuple[str, str], link: str) -> _Cell:
    share = count / total if total else 0.0
    shown = f"{100 * share:.0f}" if share >= 0.005 else "<1"
    said = f"{count:,} {'row' if count == 1 else 'rows'}, {shown} % of {pair[0]}, answered {pair[1]}"
    return _Cell(count, shown, round(45 * sqrt(share), 1), pair[0] == pair[1], link, said)


def _share(part: int, whole: int, digits: int) -> str:
    return f"{part / whole:.{digits}f}" if whole else "\u2013"


def _link(material: Material, split: str, pair: tuple[str, str]) -> str:
    """Return the address of the rows of a cell; those of an evaluation alone have no split."""
    of_split = {"split": split} if split and material.row_tables else {}
    return link_to("rows", **of_split, expression=pair[0], predicted=pair[1])


def _worst(material: Material, evaluation: Evaluation, found: Answers) -> Markup:
    """Return the pairs of classes that are confused most often, in words."""
    counts = confusion_counts(found)
    totals, split = counts.sum(axis=1), split_of(evaluation)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts.ravel(), kind="stable")[:_WORST]
    shown = list(_pairs(counts, [int(one) for one in order], [printable(name) for name in found.names]))
    listed = [
        {"said": f"{pair[0]} answered as {pair[1]}: {count:,} rows, "
                 f"{percent(count / totals[place], 0).text} of {pair[0]}",
         "link": _link(material, split, pair)}
        for count, place, pair in shown
    ]  # fmt: skip
    return rendered(_LIST, px=found.resolution, listed=listed)


def _pairs(
    counts: Int64, order: Sequence[int], names: Sequence[str]
) -> Iterator[tuple[int, int, tuple[str, str]]]:
    for cell in order:
        row, column = divmod(cell, len(names))
        count: Any = counts[row, column]
        if count:
            yield int(count), row, (names[row], names[column])


_LIST = """
{% if listed %}<p>Most often confused, at {{ px }} px:</p>
<ol>{% for one in listed %}<li>
{% if one.link %}<a href="{{ one.link }}">{{ one.said }}</a>{% else %}{{ one.said }}{% endif %}</li>
{% endfor %}</ol>{% endif %}
"""
