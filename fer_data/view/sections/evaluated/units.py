"""How action units are answered: F1 of each with its interval and base rate, the rows and videos that are worst."""

from typing import Any

from markupsafe import Markup

from fer_data.core.labels.tasks import UNITS
from fer_data.core.metrics.head_outputs import THRESHOLD
from fer_data.view.evaluation import Evaluation, number
from fer_data.view.material import Material
from fer_data.view.predictions import Answers, answers
from fer_data.view.section import Column, Section, chart, numbers
from fer_data.view.sections.evaluated.measured import (
    Measured,
    headlines,
    sides_of,
    worst_rows,
    worst_videos,
)
from fer_data.view.sections.evaluated.pieces import joined, note
from fer_data.view.sections.evaluated.sliced import slice_charts
from fer_data.view.sections.evaluated.specs import dots

__all__ = ["unit_scores"]

_SHOWN = {"mean_f1": "mean F1 of units"}
_COLUMNS = [
    Column("missed", "missed"),
    Column("invented", "answered though absent"),
    Column("error", "wrong %", "number", 1),
]


def unit_scores(material: Material) -> Section | None:
    """Return F1 of each action unit; None where an evaluation has no head for them."""
    evaluation, found = material.evaluation, answers(material, task=UNITS)
    if evaluation is None or found is None:
        return None

    def row(place: int) -> list[object]:
        present = found.predicted[place] >= THRESHOLD
        told = list(zip(found.names, found.actual[place].tolist(), present.tolist(), strict=True))
        missed = ", ".join(name for name, label, one in told if label == 1 and not one)
        invented = ", ".join(name for name, label, one in told if label == 0 and one)
        return [missed, invented, round(100 * float(found.loss[place]), 2)]

    return Section(
        f"scores-{UNITS}",
        "Action unit scores",
        joined(
            headlines(Measured(evaluation, UNITS, _SHOWN)),
            _by_unit(evaluation, found),
            slice_charts(evaluation, f"{UNITS}/slices.csv", "mean_f1", "mean F1 of units"),
            worst_rows(material, found, _COLUMNS, row),
            worst_videos(material, found, "wrong %", largest=1.0, shares=True),
        ),
    )


def _by_unit(evaluation: Evaluation, found: Answers) -> Markup:
    """Return F1 of each unit with its interval, its base rate, and what answering it always would score."""
    specs, listed = {}, []
    for px, scores in sides_of(evaluation, UNITS).items():
        points = [
            _point(scores, found, unit) for unit in found.names if number(scores, "f1", unit) is not None
        ]
        if not points:
            continue
        specs[f"{px} px"] = dots(points, "F1")
        for one in points:
            videos = number(scores, "intervals", "videos_present", one["name"])
            rate = one["present"] / one["rows"] if one["rows"] else None
            known = [one[key] for key in ("name", "score", "low", "high", "chance", "rows", "present")]
            listed.append([px, *known, rate, videos])
    if not specs:
        return Markup()
    headings = ["px", "unit", "F1", "from", "to", "F1, always present", "annotated rows", "present",
                "base rate", "videos with it"]  # fmt: skip
    title = "F1 by action unit, 95 % intervals; orange: answering it present always"
    said = (
        f"A unit is answered present from a probability of {THRESHOLD} on; its base rate is the share of annotated "
        "rows that have it."
    )
    return chart("f1-by-unit", title, specs, numbers(headings, listed)) + note(said)


def _point(scores: object, found: Answers, unit: str) -> dict[str, Any]:
    labels = found.actual[:, found.names.index(unit)]
    return {
        "name": unit,
        "score": number(scores, "f1", unit),
        "low": number(scores, "intervals", unit, "low"),
        "high": number(scores, "intervals", unit, "high"),
        "chance": number(scores, "always_present", "f1", unit),
        "rows": int((labels >= 0).sum()),
        "present": int((labels == 1).sum()),
    }
