"""Scores of each corpus of a dataset, and the mean over several: no corpus counts more for being larger."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from fer_data.core.arrays import Float64
from fer_data.core.metrics.bootstrap import interval_note, interval_of
from fer_data.core.metrics.units import LOWER_BOUND
from fer_data.predictions.schemas import Predictions
from fer_data.terminal.table import TextTable, number, text
from train.evaluation.intervals import between, plain, stated_units, units_of
from train.evaluation.scored_rows import CorpusFacts

__all__ = ["MEAN", "CorpusScores", "Score", "by_corpus", "corpora_table", "over_corpora", "pooled_note"]

MEAN = "over_corpora"
"""The key of the mean over corpora, beside `corpora` with the scores of each."""


POOLED = "Rows of all corpora are pooled here; the headline is the mean over corpora, below."
"""What stands below a table of all rows, where there are several corpora."""

OPEN = "The corpus cannot give every class of the dataset; the headline is over its own classes, below."
"""What stands there where the only corpus lacks classes."""


@dataclass(frozen=True, slots=True, eq=False)
class CorpusScores:
    """What is said of the rows of one corpus.

    Attributes:
        scores: by name; numbers among them, and those under `closed`, have a mean over corpora.
        drawn: what each draw of units scores, (draws,), by name; empty where too few can say.
    """

    scores: Mapping[str, Any]
    drawn: Mapping[str, Float64] = field(default_factory=dict)


Score = Callable[[Predictions, CorpusFacts, int], CorpusScores]
"""Scores the rows of a corpus; the number is the seed of its draws, which no other corpus shares."""


def by_corpus(
    rows: Predictions, corpora: Mapping[str, CorpusFacts], task: str, score: Score, *, seed: int
) -> dict[str, Any]:
    """Return the scores of each corpus that has rows, and of several their mean, each with intervals.

    Nothing is said where nobody knows of which corpus the rows are. The one corpus of a dataset has no intervals of its
    own here, those of all rows are its, unless it lacks classes of the dataset.
    """
    mine = {name: facts for name, facts in corpora.items() if name and task in facts.splits}
    found, drawn = dict[str, dict[str, Any]](), list[Mapping[str, Float64]]()
    for name, facts in mine.items():
        own = rows if len(mine) == 1 else rows.take(rows.corpora == name)
        if len(own.frames):
            said = score(own, facts, seed if len(mine) == 1 else seed + crc32(name.encode()))
            head = {"split": facts.splits[task], "rows": len(own.frames), **_machine(facts, task)}
            apart = len(mine) > 1 or "lacks" in said.scores
            intervals = {"intervals": _intervals(own, said.drawn)} if apart else {}
            found[name] = {**head, **said.scores, **intervals}
            drawn.append(said.drawn)
    if len(found) < 2:
        return {"corpora": found} if found else {}
    bound = any("lower_bound" in one["intervals"] for one in found.values())
    return {
        "corpora": found,
        MEAN: {**_mean(list(found.values())), "intervals": _mean_intervals(drawn, bound)},
    }


def _machine(facts: CorpusFacts, task: str) -> dict[str, int]:
    return {"machine_labels": facts.machine[task]} if task in facts.machine else {}


def _intervals(rows: Predictions, drawn: Mapping[str, Float64]) -> dict[str, Any]:
    units, kind = rows.units()
    ends = {name: plain(interval_of(values)) for name, values in drawn.items()}
    return {**stated_units(len(np.unique(units)), kind), **ends}


def _mean(scores: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of each number that every corpus has, those under `closed` too."""
    numbers = [key for key, value in scores[0].items() if isinstance(value, float)]
    found: dict[str, Any] = {
        key: float(np.mean([one[key] for one in scores]))
        for key in numbers
        if all(key in one for one in scores)
    }
    if all("closed" in one for one in scores):
        found["closed"] = _mean([one["closed"] for one in scores])
    return found


def _mean_intervals(drawn: list[Mapping[str, Float64]], lower_bound: bool) -> dict[str, Any]:
    """Return the interval of the mean over corpora: each draw takes units within every corpus."""
    shared = [name for name in drawn[0] if all(name in one for one in drawn)]
    ends = {name: plain(interval_of(np.mean([one[name] for one in drawn], axis=0))) for name in shared}
    return {**({"lower_bound": True, "note": LOWER_BOUND} if lower_bound else {}), **ends}


def over_corpora(at: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - a score
    """Return a score of all together: the mean over corpora where there are several, else that of all rows.

    Where the only corpus lacks classes of the dataset it is its open score, over its own classes.
    """
    if MEAN in at:
        return at[MEAN][name]
    alone = [one for one in at.get("corpora", {}).values() if _lacks(one) and name in one]
    return alone[0][name] if alone else at[name]


def pooled_note(at: Mapping[str, Any]) -> str:
    """Return what stands below a table of all rows of a side where they are not the headline; empty where they are."""
    if MEAN in at:
        return POOLED
    return OPEN if any(map(_lacks, at.get("corpora", {}).values())) else ""


def corpora_table(
    title: str, columns: Mapping[str, Mapping[str, Any]], shown: Mapping[str, str]
) -> TextTable | None:
    """Return the shown scores of each corpus and their mean, a column a side; None where they say nothing new."""
    sides = list(columns.values())
    parts = sides[0].get("corpora", {})
    if MEAN not in sides[0] and not any(one.get("customary") or _lacks(one) for one in parts.values()):
        return None
    table = TextTable(
        title, text("score"), *(number(f"{px} px") for px in columns), note=" ".join(_notes(parts))
    )
    for name, one in parts.items():
        table.add(f"{name}: {one['rows']:,} rows of {one['split']}", style="bold")
        own = [at["corpora"][name] for at in sides]
        for line in (*_lines(own, shown), *_customary(own)):
            table.add(*line)
        table.end_group()
    if MEAN in sides[0]:
        table.add("mean over corpora", style="bold")
        for line in _lines([at[MEAN] for at in sides], shown):
            table.add(*line)
    return table


def _notes(parts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what stands below the table: what open and closed are, which intervals lack, and which say too little."""
    if any(map(_lacks, parts.values())):
        yield "Open: every class may be answered. Closed: those of the corpus alone."
    notes = dict[str, list[str]]()
    for name, one in parts.items():
        if "intervals" in one:
            count, drawn = units_of(one["intervals"])
            notes.setdefault(interval_note(count, {}, drawn), []).append(name)
    yield from (f"{', '.join(names)}: {note}" for note, names in notes.items() if note)


def _lacks(one: Mapping[str, Any]) -> bool:
    """Say whether a corpus cannot give every class of the dataset."""
    return bool(one.get("lacks"))


def _lines(columns: list[Mapping[str, Any]], shown: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the open scores, the interval of the first, and the closed ones where they are others."""
    first = next(iter(shown))
    for key, called in shown.items():
        if all(key in one for one in columns) and (
            key == first or any(one[key] != one[first] for one in columns)
        ):
            yield f"  {called}", *(f"{one[key]:.3f}" for one in columns)
            ends = [one.get("intervals", {}).get(key) for one in columns]
            if key == first and any(ends):
                yield f"  {called}, 95 %", *map(between, ends)
    for key, called in ((key, called) for key, called in shown.items() if key != f"{first}_present"):
        both = [one.get("closed", {}) for one in columns]
        if all(key in one for one in both) and any(
            closed[key] != one[key] for closed, one in zip(both, columns, strict=True)
        ):
            yield f"  {called}, closed", *(f"{one[key]:.3f}" for one in both)


def _customary(columns: list[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name, first in columns[0].get("customary", {}).items():
        rows = "" if first["rows"] == columns[0]["rows"] else f", {first['rows']:,} rows"
        yield f"  {name}{rows}", *(f"{one['customary'][name]['score']:.3f}" for one in columns)
