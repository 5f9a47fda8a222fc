"""How classes are spread over each split and corpus."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from fer_data.core.labels.tasks import EXPRESSION, LABELS, SPLITS
from fer_data.shell.page import rendered
from fer_data.shell.shown import printable, shown_people
from fer_data.stats import ClassSplit
from fer_data.tables.footage import VIDEOS, Footage
from fer_data.view.charts import SPLIT_COLOUR, bar_height, log_axis, room_for_text
from fer_data.view.material import Material
from fer_data.view.section import Figure, Section, Spec, chart, link_to, numbers, percent
from fer_data.view.words import counted

__all__ = ["imbalance", "rarest"]

_ANY_SPLIT = "#808890"
"""Colour in which a legend shows the kinds of rows: none of a split's."""

_KINDS = {"originals": "original", "augmented copies": "augmented copy"}
"""What the list of rows calls them."""

_BODY = """
{% for task in tasks %}{% if tasks|length > 1 %}<h3>{{ task.title }}</h3>{% endif %}
{% for line in task.lines %}<p>{{ line }}</p>{% endfor %}
{{ task.summary }}
{% if left %}<p class="quiet">{{ left }}</p>{% endif %}
<div class="charts">{% for one in task.charts %}{{ one }}{% endfor %}</div>
{{ task.given }}
{% endfor %}
<p class="quiet">The imbalance ratio is the largest class over the smallest, without augmented copies. The effective
number of n {{ rows }} is (1 - b^n) / (1 - b), b = {{ beta }} (Cui et al. 2019): many {{ rows }} of a class add less and
less.</p>
"""


def imbalance(material: Material) -> Section | None:
    """Return the classes of every split and corpus; None where no task of classes has rows."""
    found = material.labels
    if found is None:
        return None
    tasks = [
        _task(material, task)
        for task, spec in LABELS.items()
        if spec.kind == "classes" and _splits(material, task)
    ]
    if not tasks:
        return None
    body = rendered(_BODY, tasks=tasks, rows=found.footage.rows, beta=found.beta, left=_left(material))
    return Section("imbalance", "Class imbalance", body)


def _left(material: Material) -> str:
    """Return why the videos and people of all splits are fewer than all there are; empty where they are not."""
    left = material.counts.left_out() if material.row_tables else []
    if not left:
        return ""
    counts = material.counts
    whole = f"{counted(len(counts.videos), 'video')} with {shown_people(counts.people, counts.rows)} people"
    return f"Annotated are {whole}; of the videos, {' and '.join(left)}: these and their people are counted in no line."


def rarest(split: ClassSplit) -> str:
    """Return the name of the class with the fewest frames."""
    return min(split.classes, key=lambda one: one.frames).name


def _splits(material: Material, task: str) -> list[ClassSplit]:
    """Return the splits of a task in which there is a label."""
    splits = material.labels.splits.get(task, ()) if material.labels else ()
    return [one for one in splits if isinstance(one, ClassSplit) and one.frames]


def _task(material: Material, task: str) -> dict[str, Any]:
    found = material.labels
    if found is None:
        return {}
    parts = {name: one.splits.get(task, ()) for name, one in found.corpora.items()}
    every = {"all corpora": found.splits[task], **parts} if parts else {"": found.splits[task]}
    shown = {name: [one for one in splits if isinstance(one, ClassSplit)] for name, splits in every.items()}
    return {
        "title": LABELS[task].title.capitalize(),
        "lines": [_line(one, found.footage) for one in shown[next(iter(shown))] if one.frames],
        "summary": _summary(shown, found.footage),
        "charts": [
            _chart(
                f"classes-{task}-{index}",
                name,
                [one for one in splits if one.frames],
                _links(material, task, name),
            )
            for index, (name, splits) in enumerate(shown.items())
            if any(one.frames for one in splits)
        ],
        "given": _given(shown, found.footage),
    }


def _line(split: ClassSplit, footage: Footage) -> Markup:
    """Return in a sentence what a split has least and most of."""
    least = min(split.classes, key=lambda one: one.frames)
    most = max(split.classes, key=lambda one: one.frames)
    ratio = "" if split.imbalance_ratio is None else f", {split.imbalance_ratio:.1f} times as many"
    return rendered(
        "Rarest in {{ split }}: <strong>{{ least }}</strong>, {{ few }} ({{ share }}). Most frequent: "
        "{{ most }}, {{ many }}{{ ratio }}.",
        split=split.name,
        least=printable(least.name),
        few=footage.counted(least.frames),
        share=percent(least.share).text,
        most=printable(most.name),
        many=footage.counted(most.frames),
        ratio=ratio,
    )


def _summary(shown: dict[str, list[ClassSplit]], footage: Footage) -> Markup:
    several = len(shown) > 1
    copies = any(one.copies for splits in shown.values() for one in splits)
    headings = [
        *(["corpus"] if several else []),
        "split",
        f"labelled {footage.rows}",
        "without a label",
        "rarest class",
        "imbalance ratio",
        *(["augmented copies", "ratio with copies"] if copies else []),
        *([footage.clips] if footage.clips else []),
        "people",
    ]
    rows = [
        [
            *([name] if several else []),
            one.name,
            one.frames,
            one.unlabelled,
            rarest(one) if one.frames else None,
            _ratio(one.imbalance_ratio),
            *([one.copies, _ratio(one.imbalance_ratio_with_copies)] if copies else []),
            *([one.videos] if footage.clips else []),
            Figure(shown_people(one.subjects, one.frames + one.unlabelled), one.subjects),
        ]
        for name, splits in shown.items()
        for one in splits
    ]
    return numbers(headings, rows)


def _ratio(ratio: float | None) -> Figure | None:
    return None if ratio is None else Figure(f"{ratio:.2f}", ratio)


def _links(material: Material, task: str, corpus: str) -> "_Links":
    known = material.labels.corpora if material.labels else {}
    of_corpus = {"corpus": printable(corpus)} if corpus in known else {}
    footage = material.labels.footage if material.labels else VIDEOS
    return _Links(material.tasks == (task,) == (EXPRESSION,), of_corpus, footage)


@dataclass(frozen=True, slots=True)
class _Links:
    """Where a class of a split leads: its rows, where the page's rows are by the splits of this task."""

    known: bool
    corpus: Mapping[str, str]
    footage: Footage

    def to(self, split: str, name: str, kind: str = "originals") -> str:
        return (
            link_to("rows", expression=printable(name), split=split, kind=_KINDS[kind], **self.corpus)
            if self.known
            else ""
        )


def _chart(name: str, corpus: str, splits: Sequence[ClassSplit], links: _Links) -> Markup:
    counts, footage = list(_bars(splits, links)), links.footage
    height = bar_height(len(splits[0].classes), len(splits))
    specs: dict[str, Spec] = {
        "linear": _spec(counts, height, splits, title=footage.rows, scale={"type": "linear"}, axis={}),
        "log": _spec(
            counts, height, splits, title=footage.rows, scale={"type": "symlog"},
            axis=log_axis(max(one["to"] for one in counts)),
        ),
        "share": _spec(
            list(_shares(splits, links)), height, splits, title="share of the split's labels", scale={"type": "linear"},
            axis={"format": ".0%"},
        ),
    }  # fmt: skip
    title = f"{footage.rows.capitalize()} of each class" + (f": {corpus}" if corpus else "")
    return chart(name, title, specs, _table(splits, links))


def _bars(splits: Sequence[ClassSplit], links: _Links) -> Iterator[dict[str, Any]]:
    for split in splits:
        for one in split.classes:
            name = printable(one.name)
            ends = {"originals": (0, one.frames), "augmented copies": (one.frames, one.frames + one.copies)}
            for kind, (start, end) in ends.items():
                if end > start or kind == "originals":
                    text = f"{one.frames:,}" + (f" + {one.copies:,}" if one.copies else "")
                    last = kind == "augmented copies" or not one.copies
                    yield {
                        "class": name, "split": split.name, "kind": kind, "from": start, "to": end,
                        "count": end - start, "text": text if last else "",
                        "link": links.to(split.name, one.name, kind),
                    }  # fmt: skip


def _shares(splits: Sequence[ClassSplit], links: _Links) -> Iterator[dict[str, Any]]:
    for split in splits:
        for one in split.classes:
            yield {
                "class": printable(one.name), "split": split.name, "kind": "originals", "from": 0, "to": one.share,
                "count": one.share, "text": percent(one.share).text, "link": links.to(split.name, one.name),
            }  # fmt: skip


def _spec(
    values: list[dict[str, Any]],
    height: int,
    splits: Sequence[ClassSplit],
    *,
    title: str,
    scale: dict[str, Any],
    axis: dict[str, Any],
) -> Spec:
    place = {
        "y": {"field": "class", "type": "nominal", "sort": None, "title": None},
        "yOffset": {"field": "split", "sort": list(SPLITS)},
    }
    most, letters = max(one["to"] for one in values), max(len(one["text"]) for one in values)
    scale = {**scale, "domainMax": room_for_text(most, scale["type"], letters=letters)}
    several = len({one["kind"] for one in values}) > 1
    kinds = {"orient": "top", "symbolFillColor": _ANY_SPLIT, "symbolStrokeColor": _ANY_SPLIT}
    by_split = {
        "field": "split", "type": "nominal", "scale": SPLIT_COLOUR, "title": "split",
        "legend": {"values": [one.name for one in splits], "orient": "top"},
    }  # fmt: skip
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            **place,
            "tooltip": [{"field": name} for name in ("class", "split", "kind", "count")],
            **({"href": {"field": "link"}} if values[0]["link"] else {}),
            "x": {"field": "from", "type": "quantitative", "scale": scale, "title": title, "axis": axis},
            "x2": {"field": "to"},
            "color": by_split,
            "opacity": {
                "field": "kind", "type": "ordinal", "title": "kind",
                "scale": {"domain": ["originals", "augmented copies"], "range": [1, 0.45]},
                "legend": kinds if several else None,
            },
        },
    }  # fmt: skip
    return {"data": {"values": values}, "width": "container", "height": height, "layer": _layers(bars)}


def _layers(bars: Spec) -> list[Spec]:
    """Return bars between their outlines and their texts.

    The outline of a pale bar is as strong as that of others, on light and on dark paper.
    """
    encoding = bars["encoding"]
    place = {name: encoding[name] for name in ("y", "yOffset")}
    outlines = {
        "mark": {"type": "bar", "filled": False, "strokeWidth": 1},
        "encoding": {**place, **{name: encoding[name] for name in ("x", "x2", "color")}},
    }
    texts = {
        "mark": {"type": "text", "align": "left", "dx": 3, "fontSize": 10},
        "encoding": {**place, "x": {"field": "to", "type": "quantitative"}, "text": {"field": "text"}},
    }
    return [outlines, bars, texts]


def _table(splits: Sequence[ClassSplit], links: _Links) -> Markup:
    footage = links.footage
    copies = any(one.copies for one in splits)
    headings = ["split", "class", footage.rows, "share", *(["augmented copies"] if copies else [])]
    headings += [*([footage.clips] if footage.clips else []), "people", "effective number"]
    rows = [
        [
            split.name,
            one.name,
            Figure(f"{one.frames:,}", one.frames, links.to(split.name, one.name)),
            percent(one.share),
            *([one.copies] if copies else []),
            *([one.videos] if footage.clips else []),
            Figure(shown_people(one.subjects, one.frames), one.subjects),
            Figure(f"{one.effective_number:,.1f}", one.effective_number),
        ]
        for split in splits
        for one in split.classes
    ]
    return numbers(headings, rows)


def _given(shown: dict[str, list[ClassSplit]], footage: Footage) -> Markup | str:
    """Return a table of the corpus' own words for what is no class of the dataset; empty without any."""
    splits = next(iter(shown.values()))
    rows = [[split.name, word, count] for split in splits for word, count in split.given.items()]
    if not rows:
        return ""
    return numbers(
        ["split", "word", footage.rows], rows, caption="Not a class of the dataset, in the corpus' words"
    )
