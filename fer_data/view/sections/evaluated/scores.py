"""How good a model is: its headline scores with intervals beside chance, at every resolution and of every corpus."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fer_data.core.labels.tasks import EXPRESSION, UNITS, VALENCE_AROUSAL
from fer_data.view.evaluation import Evaluation, at, number, text
from fer_data.view.material import Material
from fer_data.view.predictions import Answers
from fer_data.view.section import Section, card, cards, chart, numbers, percent
from fer_data.view.sections.evaluated.about import facts_of, mismatch
from fer_data.view.sections.evaluated.corpora import by_corpus
from fer_data.view.sections.evaluated.learning import learning_curve
from fer_data.view.sections.evaluated.pieces import (
    MEAN,
    Score,
    drawn_note,
    drawn_words,
    facts,
    headline_scores,
    joined,
    note,
    score_of,
    side_by_side,
    units_by_class,
    warning,
)
from fer_data.view.sections.evaluated.specs import by_side

__all__ = ["scores"]

_SHOWN = {
    "macro_f1": "macro F1",
    "macro_f1_present": "macro F1, classes present",
    "accuracy": "accuracy",
    "combined": "0.67 F1 + 0.33 accuracy",
}
_TASKS = {VALENCE_AROUSAL: ("ccc", "mean CCC"), UNITS: ("mean_f1", "mean F1 of units")}


def scores(material: Material) -> Section | None:
    """Return what was evaluated and how well it did; None without an evaluation."""
    evaluation = material.evaluation
    if evaluation is None or not evaluation.tasks:
        return None
    found = next(iter(evaluation.answers(evaluation.tasks[0]).values()))
    sides = {px: at(evaluation.scores, "resolutions", str(px)) for px in evaluation.stated_sides}
    stated = [
        warning(mismatch(material, evaluation, found)),
        cards(*_cards(evaluation, found)),
        facts(facts_of(evaluation, found)),
    ]
    if EXPRESSION in evaluation.tasks and sides:
        stated += _expression(evaluation, sides)
    else:
        stated.append(side_by_side(learning_curve(evaluation)))
    if EXPRESSION in evaluation.tasks and not _has_labels(evaluation):
        stated.append(_answered(evaluation))
    return Section("scores", "Scores", joined(*stated))


def _has_labels(evaluation: Evaluation) -> bool:
    return any((one.actual >= 0).any() for one in evaluation.answers().values())


def _expression(evaluation: Evaluation, sides: Mapping[int, Any]) -> Iterator[Markup]:
    """Yield what is said of expressions at every resolution."""
    first = at(evaluation.scores, "resolutions", str(evaluation.headline_px))
    pooled = (
        "Rows of all corpora are pooled here; the headline is the mean over corpora."
        if at(first, MEAN)
        else ""
    )
    largest = text(evaluation.scores, "largest_class")
    table = numbers(
        ["score", *(f"{px:,} px" for px in sides)], list(_lines(list(sides.values()), largest)),
        caption="Scores of every annotated row",
    )  # fmt: skip
    yield side_by_side(_chart(sides, largest, table), learning_curve(evaluation)) if len(sides) > 1 else table
    if len(sides) < 2:
        yield side_by_side(learning_curve(evaluation))
    yield note(
        " ".join(filter(None, (pooled, _errors_note(first), drawn_note(first, units_by_class(first)))))
    )
    yield by_corpus(first, _SHOWN)


def _errors_note(scores: object) -> str:
    """Return what the errors of one video have in common, in a sentence."""
    effect, effective = number(scores, "errors", "design_effect"), number(scores, "errors", "effective_rows")
    if effect is None or effective is None:
        return ""
    correlation = number(scores, "errors", "correlation") or 0.0
    return (
        f"Rows of one video share their errors: intraclass correlation {correlation:.3f}, design effect {effect:.2f}, "
        f"so they say as much as {effective:,.0f} independent rows. That is why intervals draw whole videos or people."
    )


def _cards(evaluation: Evaluation, found: Answers) -> Iterator[Markup]:
    first = at(evaluation.scores, "resolutions", str(evaluation.headline_px))
    head = headline_scores(first)
    mean = "mean over corpora" if head is at(first, MEAN) and at(first, MEAN) else ""
    drawn = drawn_words(head) or drawn_words(first)
    largest = text(evaluation.scores, "largest_class")
    for name, called in _SHOWN.items():
        score = score_of(head, name) if number(head, name) is not None else score_of(first, name)
        if score.value is None or (name == "macro_f1_present" and not at(first, "absent")):
            continue
        chance = number(first, "always_largest", name)
        against = f"always {largest}: {chance:.3f}" if chance is not None and not mean else ""
        yield _card(score, called, drawn, (mean, against), link="#slices" if name == "macro_f1" else "")
    for task, (name, called) in _TASKS.items():
        own = headline_scores(at(first, task))
        if number(own, name) is not None:
            yield _card(score_of(own, name), called, drawn_words(at(first, task)), (), link=f"#scores-{task}")
    challenge = number(first, "multi_task", "score")
    if challenge is not None:
        yield card(f"{challenge:.3f}", "multi-task sum", note="macro F1 + mean CCC + mean F1 of units")
    yield from _expression_cards(evaluation, first)
    if not evaluation.scores:
        yield card(len(found.rows), "rows answered", note="predictions without scores")


def _card(score: Score, called: str, drawn: str, notes: Sequence[str], *, link: str) -> Markup:
    interval = f"{score.words}{f' over {drawn}' if drawn else ''}" if score.words else ""
    return card(f"{score.value:.3f}", called, note="; ".join(filter(None, (interval, *notes))), link=link)


def _expression_cards(evaluation: Evaluation, first: object) -> Iterator[Markup]:
    found = next(iter(evaluation.answers().values()), None)
    if found is None:
        return
    labelled = found.actual >= 0
    wrong = int((labelled & (found.actual != found.predicted)).sum())
    if labelled.any():
        yield card(wrong, "rows answered wrongly", note=f"of {int(labelled.sum()):,}", link="#errors")
    raw, scaled = (number(first, "calibration", name, "ece") for name in ("raw", "scaled"))
    if raw is not None and scaled is not None:
        yield card(f"{raw:.3f}", "calibration error (ECE)", note=f"{scaled:.3f} after the temperature",
                   link="#reliability")  # fmt: skip
    coverage = number(first, "coverage")
    if coverage is not None:
        yield card(
            percent(coverage).text, "of the rows have a crop", note="the others are scored all the same"
        )


def _lines(sides: Sequence[object], largest: str) -> Iterator[list[object]]:
    """Yield a line a score, a column a resolution; those that no resolution has are left out."""
    for called, *where in _places(largest):
        values = [number(one, *where) for one in sides]
        if any(value is not None for value in values):
            yield [called, *values]


def _places(largest: str) -> Iterator[tuple[str, ...]]:
    """Yield what the table says, and where `scores.json` has it."""
    for name, called in _SHOWN.items():
        yield called, name
        for end, word in (("low", "from"), ("high", "to")):
            yield f"{called}, 95 % {word}", "intervals", name, end
    for name in ("macro_f1", "accuracy"):
        yield f"{_SHOWN[name]} of always {largest or 'the largest class'}", "always_largest", name
    yield "share of rows with a crop", "coverage"
    yield "macro F1 of rows with a crop", "covered", "macro_f1"
    yield "smoothing, frames to either side", "smoothing", "window_frames"
    yield "macro F1, smoothed", "smoothing", "macro_f1"
    yield "gain of smoothing", "smoothing", "gain", "macro_f1", "difference"
    for end, word in (("low", "from"), ("high", "to")):
        yield f"gain, 95 % {word}", "smoothing", "gain", "macro_f1", "interval", end
    yield "temperature", "calibration", "temperature"
    for name, word in (("raw", "as trained"), ("scaled", "after temperature")):
        yield f"ECE, {word}", "calibration", name, "ece"
        yield f"log loss (nats), {word}", "calibration", name, "nll"
    for name, called in (
        ("correlation", "correlation of errors within videos"),
        ("design_effect", "design effect of errors"),
        ("effective_rows", "effective rows"),
    ):
        yield called, "errors", name


def _chart(sides: Mapping[int, Any], largest: str, table: Markup) -> Markup:
    """Return the scores by resolution, one by one."""
    specs = {}
    for name, called in _SHOWN.items():
        rows = [
            {"px": f"{px}", "score": one.value, "low": one.low, "high": one.high,
             "chance": number(sides[px], "always_largest", name)}
            for px in sorted(sides)
            if (one := score_of(sides[px], name)).value is not None
        ]  # fmt: skip
        same = name == "macro_f1_present" and not any(at(one, "absent") for one in sides.values())
        if rows and not same:
            specs[called] = by_side(rows, called)
    title = f"Score by resolution, 95 % intervals; dashed: always {largest or 'the largest class'}"
    return chart("scores-by-resolution", title, specs, table) if specs else table


def _answered(evaluation: Evaluation) -> Markup:
    """Return how often each class is answered, where no row has a label to hold that against."""
    found = next(iter(evaluation.answers().values()))
    counts = np.bincount(found.predicted, minlength=len(found.names))
    rows = [
        [name, int(count), count / max(1, len(found.rows))]
        for name, count in zip(found.names, counts, strict=False)
    ]
    return joined(
        note("No row has a label, so nothing is scored."),
        numbers(["class", "rows answered so", "share"], rows, caption="Answers"),
    )
