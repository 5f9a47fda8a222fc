"""Scores of each corpus, of several their mean."""

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from fer_data.view.evaluation import at, number, text
from fer_data.view.section import chart, numbers
from fer_data.view.sections.evaluated.pieces import MEAN, score_of
from fer_data.view.sections.evaluated.specs import dots

__all__ = ["by_corpus"]


def by_corpus(scores: object, shown: Mapping[str, str]) -> Markup:
    """Return the scores of each corpus at one resolution; nothing where one corpus says no more than all rows do."""
    corpora = at(scores, "corpora")
    parts = {str(name): one for name, one in corpora.items()} if isinstance(corpora, Mapping) else {}
    mean = at(scores, MEAN)
    if not parts or (
        mean is None and not any(at(one, "lacks") or at(one, "customary") for one in parts.values())
    ):
        return Markup()
    known = [name for name in shown if any(number(one, name) is not None for one in parts.values())]
    headings = ["corpus", "split", "rows"]
    for name in known:
        headings += [shown[name], "from", "to"]
    rows = [
        [name, text(one, "split"), number(one, "rows"), *_triples(one, known)] for name, one in parts.items()
    ]
    if mean is not None:
        rows.append(["mean over corpora", "", None, *_triples(mean, known)])
    table = numbers(headings, rows, caption="Scores of each corpus, 95 % intervals")
    figures = list(_figures(parts, shown))
    more = numbers(["corpus", "figure", "score", "rows"], figures, caption="Closed, and as papers report it")
    if len(parts) < 2:
        return table + (more if figures else Markup())
    first = known[0]
    points = [_point(name, one, first) for name, one in parts.items()]
    points += [] if mean is None else [_point("mean over corpora", mean, first)]
    ends = [value for point in points for key in ("score", "low") if isinstance(value := point[key], float)]
    spec = dots(points, shown[first], least=min([0.0, *ends]))
    name = f"corpora-{first.replace('_', '-')}"
    return chart(name, f"{shown[first]} of each corpus, 95 % intervals", {"points": spec}, table) + (
        more if figures else Markup()
    )


def _point(name: str, scores: object, first: str) -> dict[str, float | str | None]:
    one = score_of(scores, first)
    rows = number(scores, "rows")
    return {"name": name, "score": one.value, "low": one.low, "high": one.high, "rows": rows}


def _triples(scores: object, known: list[str]) -> Iterator[float | None]:
    for name in known:
        one = score_of(scores, name)
        yield from (one.value, one.low, one.high)


def _figures(parts: Mapping[str, object], shown: Mapping[str, str]) -> Iterator[list[object]]:
    """Yield the closed scores where the corpus lacks classes, and the figures that papers report of it."""
    for name, one in parts.items():
        lacks = at(one, "lacks")
        if isinstance(lacks, list) and lacks:
            for key, called in shown.items():
                if number(one, "closed", key) is not None:
                    yield [
                        name,
                        f"{called}, closed (without {', '.join(map(str, lacks))})",
                        number(one, "closed", key),
                        None,
                    ]
        customary = at(one, "customary")
        for called, figure in customary.items() if isinstance(customary, Mapping) else ():
            yield [name, str(called), number(figure, "score"), number(figure, "rows")]
