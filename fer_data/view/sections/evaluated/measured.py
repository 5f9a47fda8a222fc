"""What the sections of tasks whose answers are numbers share: headline scores, the rows and videos that are worst."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from markupsafe import Markup

from fer_data.view.evaluation import Evaluation, at, number
from fer_data.view.material import Material
from fer_data.view.predictions import Answers
from fer_data.view.section import Column, card, cards, chart, numbers, percent, records
from fer_data.view.sections.evaluated.corpora import by_corpus
from fer_data.view.sections.evaluated.pieces import (
    drawn_note,
    drawn_words,
    headline_scores,
    joined,
    note,
    row_cell,
    score_of,
    timeline_cell,
)
from fer_data.view.sections.evaluated.specs import by_side
from fer_data.view.sections.evaluated.worst import worst_units

__all__ = ["Measured", "headlines", "sides_of", "worst_rows", "worst_videos"]

_MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One task of an evaluation.

    Attributes:
        evaluation: what it says.
        task: its name.
        shown: the scores, the headline first, and what they are called.
        least: where axes begin: a concordance may lie below 0.
    """

    evaluation: Evaluation
    task: str
    shown: Mapping[str, str]
    least: float = 0.0


def sides_of(evaluation: Evaluation, task: str) -> dict[int, Any]:
    """Return the scores of a task by resolution, the headline's first."""
    found = {px: at(evaluation.scores, "resolutions", str(px), task) for px in evaluation.stated_sides}
    order = sorted(found, key=lambda px: (px != evaluation.headline_px, -px))
    return {px: found[px] for px in order if isinstance(found[px], Mapping)}


def headlines(told: Measured) -> Markup:
    """Return the headline scores as cards, and the scores at every resolution."""
    sides = sides_of(told.evaluation, told.task)
    if not sides:
        return note("The evaluation states no scores of this task.")
    first = next(iter(sides.values()))
    lines = [[called, *values] for called, values in _lines(list(sides.values()), told.shown)]
    table = numbers(
        ["score", *(f"{px:,} px" for px in sides)], lines, caption="Scores of every annotated row"
    )
    holding = at(first, "intervals", "videos_present") or at(first, "intervals", "people_present")
    named = holding if isinstance(holding, Mapping) else {}
    counts = {str(name): one for name, one in named.items() if isinstance(one, int)}
    return joined(
        cards(*_cards(first, told.shown)),
        _by_side(sides, told, table) if len(sides) > 1 else table,
        note(drawn_note(first, counts)),
        by_corpus(first, told.shown),
    )


def _cards(first: object, shown: Mapping[str, str]) -> Iterator[Markup]:
    head, drawn = headline_scores(first), drawn_words(first)
    for name, called in shown.items():
        one, chance = score_of(head, name), number(first, "always_present", name)
        if one.value is not None:
            words = f"{one.words} over {drawn}" if one.words and drawn else one.words
            against = "" if chance is None else f"always present: {chance:.3f}"
            yield card(f"{one.value:.3f}", called, note="; ".join(filter(None, (words, against))))
    coverage = number(first, "coverage")
    if coverage is not None:
        yield card(
            percent(coverage).text, "of the rows have a crop", note="the others are scored all the same"
        )


def _by_side(sides: Mapping[int, Any], told: Measured, table: Markup) -> Markup:
    specs, dashed = {}, ""
    for name, called in told.shown.items():
        rows = []
        for px in sorted(sides):
            one, chance = score_of(sides[px], name), number(sides[px], "always_present", name)
            if one.value is not None:
                rows.append(
                    {"px": str(px), "score": one.value, "low": one.low, "high": one.high, "chance": chance}
                )
            dashed = "; dashed: always present" if chance is not None else dashed
        if rows:
            specs[called] = by_side(rows, called, least=told.least)
    title = f"Score by resolution, 95 % intervals{dashed}"
    return chart(f"sides-{told.task.replace('_', '-')}", title, specs, table) if specs else table


def _lines(sides: Sequence[object], shown: Mapping[str, str]) -> Iterator[tuple[str, list[float | None]]]:
    """Yield what the table says of each score; those that no resolution has are left out."""
    places: list[tuple[str, ...]] = []
    for name, called in shown.items():
        places.append((called, name))
        for end, word in (("low", "from"), ("high", "to")):
            places.append((f"{called}, 95 % {word}", "intervals", name, end))
    first = next(iter(shown))
    places += [
        (f"{shown[first]}, always present", "always_present", first),
        ("share of rows with a crop", "coverage"),
        (f"{shown[first]} of rows with a crop", "covered", first),
        ("smoothing, frames to either side", "smoothing", "window_frames"),
        (f"{shown[first]}, smoothed", "smoothing", first),
        ("gain of smoothing", "smoothing", "gain", "difference"),
        ("correlation of errors within videos", "errors", "correlation"),
        ("design effect of errors", "errors", "design_effect"),
        ("effective rows", "errors", "effective_rows"),
    ]
    for called, *where in places:
        values = [number(one, *where) for one in sides]
        if any(value is not None for value in values):
            yield called, values


def worst_rows(
    material: Material, found: Answers, columns: Sequence[Column], values: Callable[[int], Sequence[object]]
) -> Markup:
    """Return the rows with the largest errors as a list.

    Args:
        material: what was given.
        found: the answers.
        columns: of what the task says of a row.
        values: their values, of a row by its place.
    """
    known = np.flatnonzero(~np.isnan(found.loss) & (found.loss > 0))
    shown = known[np.argsort(-found.loss[known], kind="stable")][:_MOST_ROWS]
    rows = found.rows.take(pa.array(shown))
    names = ("row_id", "video_id", "frame_index", "source")
    texts = zip(*(rows[name].to_pylist() for name in names), strict=True)
    listed = [
        [
            row_cell(material, row_id, index), video, frame, source, *values(place),
            timeline_cell(material, video, frame),
        ]
        for index, (place, (row_id, video, frame, source)) in enumerate(zip(shown.tolist(), texts, strict=True))
    ]  # fmt: skip
    heads = [
        Column("row", "row", "link"),
        Column("video", "video"),
        Column("frame", "frame", "number"),
        Column("source", "answer of", "choice"),
        *columns,
        Column("timeline", "timeline", "link"),
    ]
    left = f"The {len(shown):,} worst of {len(known):,}" if len(shown) < len(known) else f"All {len(known):,}"
    said = f"{left} rows with an error, the largest first, at {found.resolution:,} px."
    name = f"worst-rows-{found.task.replace('_', '-')}"
    return records(name, "Rows with the largest errors", heads, listed, note=said)


def worst_videos(material: Material, found: Answers, called: str, *, largest: float, shares: bool) -> Markup:
    """Return the videos, or people, with the largest mean error as a list.

    Args:
        material: what was given.
        found: the answers.
        called: what the mean error is called.
        largest: possible error.
        shares: shows it as a percentage.
    """
    units = worst_units(found, found.loss.astype(np.float64), largest=largest)
    scale = 100 if shares else 1
    linked = units.kind == "video"
    columns = [
        Column("name", units.kind),
        Column("rows", "rows", "number"),
        Column("error", called, "number", 1 if shares else 3),
        *([Column("timeline", "timeline", "link")] if linked else []),
    ]
    listed = [
        [
            name,
            rows,
            round(scale * mean, 4),
            *([timeline_cell(material, name)] if linked else []),
        ]
        for name, rows, mean in zip(units.names, units.rows.tolist(), units.means.tolist(), strict=True)
    ]
    name = f"worst-units-{found.task.replace('_', '-')}"
    return records(name, units.title, columns, listed, note=units.said)
