"""How far a model's probabilities can be trusted: reliability before and after the temperature."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fer_data.shell.shown import printable
from fer_data.view.evaluation import Evaluation, at, number
from fer_data.view.material import Material
from fer_data.view.section import Section, chart, numbers
from fer_data.view.sections.evaluated.curve_specs import calibration_errors, reliability_counts
from fer_data.view.sections.evaluated.curve_specs import reliability as drawn_reliability
from fer_data.view.sections.evaluated.pieces import joined, note, side_by_side
from fer_data.view.sections.evaluated.stated import float_of

__all__ = ["reliability"]

_NAMES = {"raw": "as trained", "scaled": "after temperature"}
_COLUMNS = ("bin_from", "bin_to", "confidence", "frequency", "rows", "resolution_px")
_MOST_CLASSES = 12
"""Classes with a chart of their own."""

Points = Sequence[Mapping[str, Any]]


def reliability(material: Material) -> Section | None:
    """Return reliability, calibration error and rows by probability; None where an evaluation states none."""
    evaluation = material.evaluation
    points = [] if evaluation is None else _points(evaluation)
    if evaluation is None or not points:
        return None
    sides = sorted({one["px"] for one in points}, key=lambda px: (px != evaluation.headline_px, -px))
    top = {f"{px} px": [one for one in points if (one["px"], one["class"]) == (px, "top")] for px in sides}
    top = {name: own for name, own in top.items() if own}
    pieces = [note(_said(evaluation)), _errors(evaluation)]
    if top:
        pieces.append(side_by_side(
            chart("reliability-top", "Probability of the answer, and how often it is right",
                  {name: drawn_reliability(own) for name, own in top.items()}, _table(top)),
            chart("reliability-rows", "Rows by the probability of their answer",
                  {name: reliability_counts(own) for name, own in top.items()}, _table(top)),
        ))  # fmt: skip
    own = [one for one in points if one["px"] == sides[0]]
    pieces.append(side_by_side(_classes(own, sides[0]), _class_errors(evaluation)))
    return Section("reliability", "Reliability", joined(*pieces))


def _points(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the filled bins of `reliability.csv`, as charts have them; rows of it that are damaged are left out."""
    found = []
    for row in evaluation.table("reliability.csv"):
        low, high, confidence, frequency, rows, px = (float_of(row.get(name)) for name in _COLUMNS)
        if None in (low, high, confidence, frequency, rows, px) or row.get("probabilities") not in _NAMES:
            continue
        found.append(
            {
                "px": int(px or 0),
                "class": printable(row.get("class", "")),
                "probabilities": _NAMES[row["probabilities"]],
                "bin": f"{low:.2f}\u2013{high:.2f}",
                "confidence": confidence,
                "frequency": frequency,
                "rows": int(rows or 0),
            }
        )
    return sorted(found, key=lambda one: (one["bin"], one["probabilities"]))


def _said(evaluation: Evaluation) -> str:
    """Return where the temperature comes from, in words."""
    first = at(evaluation.scores, "resolutions", str(evaluation.headline_px), "calibration")
    temperature, rows = number(first, "temperature"), number(first, "development_rows")
    if temperature is None:
        return ""
    meaning = "too sure of itself" if temperature > 1 else "less sure than it could be"
    fitted = (
        f"The logits are divided by a temperature of {temperature:.3f}, fitted on {rows:,.0f} rows of the development "
        f"people: there the model, as trained, is {meaning}."
        if rows
        else "There were no development rows to fit a temperature on, so it is 1."
    )
    return f"{fitted} ECE is the mean gap between probability and frequency over rows."


def _errors(evaluation: Evaluation) -> Markup:
    """Return the calibration errors at every resolution, and of each class at the headline's."""
    rows = []
    for px in evaluation.stated_sides:
        own = at(evaluation.scores, "resolutions", str(px), "calibration")
        values = [number(own, name, key) for key in ("ece", "nll") for name in _NAMES]
        if any(value is not None for value in values):
            rows.append([px, number(own, "temperature"), *values])
    headings = ["resolution (px)", "temperature", "ECE, as trained", "ECE, after temperature",
                "log loss, as trained", "log loss, after temperature"]  # fmt: skip
    return (
        numbers(headings, rows, caption="Expected calibration error (15 bins) and log loss in nats")
        if rows
        else Markup()
    )


def _class_errors(evaluation: Evaluation) -> Markup:
    """Return the calibration error of the probability of each class, at each resolution."""
    specs, listed = {}, []
    for px in sorted(evaluation.stated_sides, key=lambda px: (px != evaluation.headline_px, -px)):
        own = at(evaluation.scores, "resolutions", str(px), "calibration")
        stated = at(own, "raw", "class_ece")
        names = list(stated) if isinstance(stated, Mapping) else []
        found = {name: [number(own, one, "class_ece", name) for one in _NAMES] for name in names}
        listed += [[px, name, *errors] for name, errors in found.items()]
        points = [
            {"name": name, "probabilities": said, "error": error}
            for name, errors in found.items()
            for said, error in zip(_NAMES.values(), errors, strict=True)
            if error is not None
        ]
        if points:
            specs[f"{px} px"] = calibration_errors(points)
    if not specs:
        return Markup()
    table = numbers(["px", "class", *(f"ECE, {said}" for said in _NAMES.values())], listed)
    return chart("calibration-classes", "Calibration error of the probability of each class", specs, table)


def _table(points: Mapping[str, Points]) -> Markup:
    rows = [
        [side, one["probabilities"], one["bin"], one["rows"], one["confidence"], one["frequency"]]
        for side, own in points.items()
        for one in own
    ]
    return numbers(["resolution", "probabilities", "bin", "rows", "mean probability", "came true"], rows)


def _classes(points: Points, px: int) -> Markup:
    """Return the reliability of the probability of each class, one by one."""
    names = list(dict.fromkeys(one["class"] for one in points if one["class"] != "top"))[:_MOST_CLASSES]
    own = {name: [one for one in points if one["class"] == name] for name in names}
    if not own:
        return Markup()
    specs = {name: drawn_reliability(found) for name, found in own.items()}
    return chart(
        "reliability-classes", f"Reliability of the probability of one class, {px} px", specs, _table(own)
    )
