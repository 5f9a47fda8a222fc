"""F1 by class, and scores by slice: rows grouped by a property of the picture, with 95 % intervals."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fer_data.shell.shown import printable
from fer_data.view.evaluation import Evaluation, at, number
from fer_data.view.material import Material
from fer_data.view.section import Section, chart, numbers
from fer_data.view.sections.evaluated.confusion import confusion_counts
from fer_data.view.sections.evaluated.pieces import (
    drawn_note,
    drawn_words,
    joined,
    note,
    side_by_side,
    units_by_class,
)
from fer_data.view.sections.evaluated.specs import answered_counts, dots
from fer_data.view.sections.evaluated.stated import float_of

__all__ = ["slice_charts", "slices"]

_MOST_CLASSES = 60
"""With a bar of their own."""

_OLD = "This evaluation states no intervals of slices: evaluate again to have them."


def slices(material: Material) -> Section | None:
    """Return F1 by class and macro F1 by slice; None where an evaluation has neither."""
    evaluation = material.evaluation
    if evaluation is None:
        return None
    by_class = side_by_side(_by_class(evaluation), _answered(evaluation)) + _note(evaluation)
    by_slice = slice_charts(evaluation, "slices.csv", "macro_f1_present", "macro F1 of the classes present")
    if not by_slice and not _by_class(evaluation):
        return None
    return Section("slices", "Classes and slices", joined(by_class, by_slice))


def _by_class(evaluation: Evaluation) -> Markup:
    specs, listed = {}, []
    for px in sorted(evaluation.stated_sides, key=lambda px: (px != evaluation.headline_px, -px)):
        scores = at(evaluation.scores, "resolutions", str(px))
        classes = at(scores, "per_class")
        if not isinstance(classes, Mapping) or not classes:
            continue
        points = []
        for name, one in classes.items():
            ends = [number(scores, "intervals", "f1", name, end) for end in ("low", "high")]
            points.append(
                {
                    "name": name,
                    "score": number(one, "f1"),
                    "low": ends[0],
                    "high": ends[1],
                    "rows": number(one, "rows"),
                }
            )
            more = [number(one, key) for key in ("precision", "recall", "rows", "videos")]
            listed.append([px, name, number(one, "f1"), *ends, *more])
        macro = number(scores, "macro_f1")
        specs[f"{px} px"] = dots(points, "F1", reference=None if macro is None else ("macro F1", macro))
    if not specs:
        return Markup()
    headings = ["px", "class", "F1", "from", "to", "precision", "recall", "rows", "videos"]
    drawn = drawn_words(at(evaluation.scores, "resolutions", str(evaluation.headline_px)))
    title = f"F1 by class, 95 % intervals{f' over {drawn}' if drawn else ''}; dashed: macro F1"
    return chart("f1-by-class", title, specs, numbers(headings, listed))


def _note(evaluation: Evaluation) -> Markup:
    """Return why some classes have no interval."""
    first = at(evaluation.scores, "resolutions", str(evaluation.headline_px))
    return note(drawn_note(first, units_by_class(first)))


def _answered(evaluation: Evaluation) -> Markup:
    """Return how many rows are of each class, and how many are answered so: which classes the model prefers."""
    specs, listed = {}, []
    for px, found in evaluation.answers().items():
        counts = confusion_counts(found)
        points = [
            {"name": printable(name), "what": what, "rows": rows}
            for what, sums in (("annotated", counts.sum(axis=1)), ("answered", counts.sum(axis=0)))
            for name, rows in zip(found.names, sums.tolist(), strict=True)
        ]
        if counts.any() and len(found.names) <= _MOST_CLASSES:
            specs[f"{px} px"] = answered_counts(points)
        pairs = zip(found.names, counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist(), strict=True)
        listed += [[px, name, actual, said] for name, actual, said in pairs]
    table = numbers(["px", "class", "annotated rows", "answered rows"], listed)
    return (
        chart("answered-classes", "Rows of each class, and answers of it", specs, table)
        if specs
        else Markup()
    )


def slice_charts(evaluation: Evaluation, file: str, score: str, called: str, *, least: float = 0.0) -> Markup:
    """Return a chart a property of a score by slice, at each resolution; nothing without the file.

    Args:
        evaluation: whose folder has the file.
        file: its name.
        score: the column.
        called: what the score is called.
        least: where the axis begins.
    """
    rows = [
        row
        for row in evaluation.table(file)
        if row.get("resolution_px", "").isdecimal() and row.get("property")
    ]
    if not rows:
        return Markup()
    found = []
    for name in dict.fromkeys(row["property"] for row in rows):
        own = [row for row in rows if row["property"] == name]
        found.append(_property(evaluation, own, (file, name), (score, called, least)))
    known = f"{score}_low" in rows[0]
    return joined(
        note("" if known else _OLD),
        note(
            "A slice of fewer than five videos or people has no interval. Slices of eye distance, sharpness and "
            "brightness hold about as many rows each; those that are “unknown” have no face."
            if known
            else ""
        ),
        side_by_side(*found),
    )


def _property(
    evaluation: Evaluation,
    rows: Sequence[Mapping[str, str]],
    named: tuple[str, str],
    about: tuple[str, str, float],
) -> Markup:
    file, name = named
    score, called, least = about
    specs: dict[str, Any] = {}
    sides = {int(row["resolution_px"]) for row in rows}
    for px in sorted(sides, key=lambda px: (px != evaluation.headline_px, -px)):
        points = [_point(row, score) for row in rows if int(row["resolution_px"]) == px]
        specs[f"{px} px"] = dots([one for one in points if one["rows"]], called, least=least)
    more = [one for one in ("classes", "accuracy") if one in rows[0]]
    listed = [
        [int(row["resolution_px"]), row.get("slice", ""), *_point(row, score, more).values()] for row in rows
    ]
    for row in listed:
        del row[2]
    headings = ["px", "slice", called, "from", "to", "rows", "videos", *more]
    word = re.sub(r"[^a-z]+", "-", f"{file.removesuffix('.csv')}-{name}".lower()).strip("-")
    return chart(word, f"By {name}", specs, numbers(headings, listed))


def _point(row: Mapping[str, str], score: str, more: Sequence[str] = ()) -> dict[str, Any]:
    name = row.get("slice", "")
    found: dict[str, Any] = {"name": name, "score": float_of(row.get(score))}
    for end in ("low", "high"):
        found[end] = float_of(row.get(f"{score}_{end}"))
    for key in ("rows", "videos"):
        value = float_of(row.get(key))
        found[key] = None if value is None else int(value)
    return found | {key: float_of(row.get(key)) for key in more}
