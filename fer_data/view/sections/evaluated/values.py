"""How valence and arousal are answered: concordance with intervals, agreement, the rows and videos that are worst."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from markupsafe import Markup

from fer_data.core.labels.tasks import VALENCE_AROUSAL
from fer_data.view.evaluation import Evaluation, number
from fer_data.view.material import Material
from fer_data.view.predictions import Answers, answers
from fer_data.view.section import Column, Section, chart, numbers
from fer_data.view.sections.evaluated.curve_specs import agreement
from fer_data.view.sections.evaluated.measured import (
    Measured,
    headlines,
    sides_of,
    worst_rows,
    worst_videos,
)
from fer_data.view.sections.evaluated.pieces import joined, side_by_side
from fer_data.view.sections.evaluated.sliced import slice_charts

__all__ = ["value_scores"]

_SHOWN = {"ccc": "CCC, mean", "ccc_valence": "CCC valence", "ccc_arousal": "CCC arousal"}
_BINS = 40
_WIDE_BINS = 10


def value_scores(material: Material) -> Section | None:
    """Return the concordance of valence and arousal; None where an evaluation has no head for them."""
    evaluation, found = material.evaluation, answers(material, task=VALENCE_AROUSAL)
    if evaluation is None or found is None:
        return None
    least = _least(evaluation)
    columns = [
        column
        for name in found.names
        for column in (
            Column(name, f"annotated {name}", "number", 3),
            Column(f"predicted_{name}", f"answered {name}", "number", 3),
        )
    ]

    def row(place: int) -> list[object]:
        pairs = zip(found.actual[place].tolist(), found.predicted[place].tolist(), strict=True)
        values = [None if np.isnan(one) else round(one, 4) for pair in pairs for one in pair]
        return [*values, round(float(found.loss[place]), 4)]

    error = Column("error", "mean error", "number", 3)
    file = f"{VALENCE_AROUSAL}/slices.csv"
    return Section(
        f"scores-{VALENCE_AROUSAL}",
        "Valence and arousal scores",
        joined(
            headlines(Measured(evaluation, VALENCE_AROUSAL, _SHOWN, least)),
            side_by_side(*_agreements(found)),
            slice_charts(evaluation, file, "ccc", "mean CCC", least=least),
            worst_rows(material, found, [*columns, error], row),
            worst_videos(material, found, "mean error", largest=2.0, shares=False),
        ),
    )


def _least(evaluation: Evaluation) -> float:
    """Return where axes begin: at 0, or below the lowest concordance and end of an interval."""
    ends = [
        value
        for one in sides_of(evaluation, VALENCE_AROUSAL).values()
        for name in _SHOWN
        for value in (number(one, name), number(one, "intervals", name, "low"))
        if value is not None
    ]
    lowest = min(ends, default=0.0)
    return 0.0 if lowest >= 0 else max(-1.0, np.floor(lowest * 5) / 5)


def _agreements(found: Answers) -> Iterator[Markup]:
    """Yield how annotated and answered values agree, a chart a dimension."""
    for index, name in enumerate(found.names):
        known = ~np.isnan(found.actual[:, index])
        actual, said = found.actual[known, index], found.predicted[known, index]
        if not len(actual):
            continue
        counts, edges, _ = np.histogram2d(actual, said, bins=_BINS, range=[[-1, 1], [-1, 1]])
        place = [round(float(one), 3) for one in edges]
        cells = [
            {"x": place[x], "x2": place[x + 1], "y": place[y], "y2": place[y + 1], "rows": int(counts[x, y])}
            for x, y in np.argwhere(counts).tolist()
        ]
        headings = [f"annotated {name}, from", "to", "rows", "mean answer", "mean error"]
        title = f"Answered against annotated {name}, {found.resolution:,} px"
        table = numbers(headings, list(_binned(actual, said)))
        yield chart(f"agreement-{name}", title, {"density": agreement(cells, name)}, table)


def _binned(actual: Any, said: Any) -> Iterator[list[object]]:  # noqa: ANN401 - arrays
    place = np.clip(((actual + 1) / 2 * _WIDE_BINS).astype(np.int64), 0, _WIDE_BINS - 1)
    for one in np.unique(place).tolist():
        own = place == one
        ends = [round(-1 + 2 * (one + step) / _WIDE_BINS, 2) for step in (0, 1)]
        error = float(np.abs(actual[own] - said[own]).mean())
        yield [*ends, int(own.sum()), round(float(said[own].mean()), 4), round(error, 4)]
