"""Where a model is wrong: the errors that it is surest of, and the videos or people that it does worst on."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from markupsafe import Markup

from fer_data.core.arrays import Int64
from fer_data.view.material import Material
from fer_data.view.predictions import Answers
from fer_data.view.section import Column, Section, records
from fer_data.view.sections.evaluated.pieces import joined, row_cell, timeline_cell
from fer_data.view.sections.evaluated.worst import Units, worst_units
from fer_data.view.words import counted, noun

__all__ = ["errors", "worst_first"]

MOST_ROWS = 2_000
_EACH_PAIR = 10
"""Errors of each pair of classes that are listed whatever their probability: every cell of the matrix has examples."""


def errors(material: Material) -> Section | None:
    """Return the most confident errors and the worst videos; None where no row of expressions has a label."""
    found = None if material.evaluation is None else next(iter(material.evaluation.answers().values()), None)
    if found is None or not (found.actual >= 0).any():
        return None
    wrong = (found.actual >= 0) & (found.actual != found.predicted)
    shown = worst_first(found)
    columns = [
        Column("row", "row", "link"),
        Column("video", "video"),
        Column("frame", "frame", "number"),
        *([Column("corpus", "corpus", "choice")] if "corpus" in found.rows.column_names else []),
        Column("expression", "annotated", "choice"),
        Column("predicted", "answered", "choice"),
        Column("confidence", "probability of the answer", "number", 3),
        Column("label_probability", "of the label", "number", 3),
        Column("loss", "loss (nats)", "number", 2),
        Column("timeline", "timeline", "link"),
    ]
    seen = int((wrong & ~np.isnan(_confidence(found))).sum())
    count = f"{len(shown):,} of {seen:,}" if len(shown) < seen else f"All {seen:,}"
    unseen = int((wrong & np.isnan(_confidence(found))).sum())
    also = (
        f" {counted(unseen, 'more wrong answer')} {noun(unseen, 'is', 'are')} to rows without a crop."
        if unseen
        else ""
    )
    said = (
        f"{count} wrong answers to pictures that the model saw at {found.resolution:,} px, those first whose answer it "
        "gives the highest probability (softmax, before the temperature). Some are errors of the label."
        f"{also}"
    )
    listed = list(_listed(material, found, shown))
    return Section("errors", "Errors", joined(
        records("confident-errors", "Most confident errors", columns, listed, note=said),
        _units(material, found),
    ))  # fmt: skip


def _confidence(found: Answers) -> Any:  # noqa: ANN401 - an array
    return np.full(len(found.actual), np.nan) if found.confidence is None else found.confidence


def worst_first(found: Answers) -> Int64:
    """Return the rows with a wrong answer by the model itself, the most confident first; at most those that are listed.

    Of each pair of classes a few are there, however many surer errors there are of other pairs.
    """
    confidence = _confidence(found)
    wrong = np.flatnonzero((found.actual >= 0) & (found.actual != found.predicted) & ~np.isnan(confidence))
    order = wrong[np.argsort(-confidence[wrong], kind="stable")]
    if len(order) <= MOST_ROWS:
        return order
    pair = found.actual[order].astype(np.int64) * len(found.names) + found.predicted[order]
    by_pair = np.argsort(pair, kind="stable")
    _, starts = np.unique(pair[by_pair], return_index=True)
    rank = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    examples = by_pair[rank < _EACH_PAIR][:MOST_ROWS]
    chosen = np.zeros(len(order), np.bool_)
    chosen[examples] = True
    chosen[: max(0, MOST_ROWS - len(examples))] = True
    return order[chosen]


def _listed(material: Material, found: Answers, shown: Int64) -> Iterator[list[object]]:
    rows = found.rows.take(pa.array(shown))
    texts = zip(*(rows[name].to_pylist() for name in ("row_id", "video_id", "frame_index")), strict=True)
    corpora = rows["corpus"].to_pylist() if "corpus" in rows.column_names else None
    figures = [_confidence(found), found.label_probability, found.loss]
    for index, (row_id, video, frame) in enumerate(texts):
        place = shown[index]
        numbers = [
            None if one is None or np.isnan(one[place]) else round(float(one[place]), 5) for one in figures
        ]
        yield [
            row_cell(material, row_id, index),
            video,
            frame,
            *([corpora[index]] if corpora is not None else []),
            found.names[found.actual[place]],
            found.names[found.predicted[place]],
            *numbers,
            timeline_cell(material, video, frame, source="" if corpora is None else corpora[index]),
        ]


def _units(material: Material, found: Answers) -> Markup:
    labelled = found.actual >= 0
    units = worst_units(found, np.where(labelled, found.actual != found.predicted, np.nan).astype(np.float64))
    mostly = _mostly(found, units)
    of_videos = units.kind == "video"
    columns = [
        Column("name", units.kind),
        Column("rows", "rows", "number"),
        Column("wrong", "wrong", "number"),
        Column("share", "wrong %", "number", 1),
        Column("mostly", "most often confused"),
        *([Column("timeline", "timeline", "link")] if of_videos else []),
    ]
    listed = [
        [name, int(rows), round(rows * mean), round(100 * mean, 2), mostly[index],
         *([timeline_cell(material, name)] if of_videos else [])]
        for index, (name, rows, mean) in enumerate(
            zip(units.names, units.rows.tolist(), units.means.tolist(), strict=True)
        )
    ]  # fmt: skip
    return records("worst-units", units.title, columns, listed, note=units.said)


def _mostly(found: Answers, units: Units) -> list[str]:
    """Return the pair of classes that each listed video or person is confused in most often; empty without errors."""
    count = len(found.names)
    wrong = (units.code >= 0) & (found.actual >= 0) & (found.actual != found.predicted)
    pair = found.actual[wrong].astype(np.int64) * count + found.predicted[wrong]
    cells, rows = np.unique(units.code[wrong] * count**2 + pair, return_counts=True)
    said = [""] * len(units.names)
    for index in np.argsort(rows, kind="stable").tolist():  # the most frequent pair is written last
        unit, cell = divmod(int(cells[index]), count**2)
        actual, predicted = (found.names[one] for one in divmod(cell, count))
        said[unit] = f"{actual} as {predicted} ({int(rows[index]):,})"
    return said
