"""Labels to look at: where something else that was given disagrees with a label."""

from collections import Counter

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.shell.page import rendered
from fer_data.view.material import Material
from fer_data.view.remedy import correction
from fer_data.view.section import Column, Section, card, cards, link_to, records
from fer_data.view.suspects import LISTED, Suspect
from fer_data.view.videos import timeline_link
from fer_data.view.words import noun

__all__ = ["suspects"]

LINKED = 150
"""Labels whose first row section `rows` shows, with its face where the page has faces."""

_KINDS = {
    "model": "the evaluated model answers another class; counted by its probabilities, which are not calibrated",
    "flip": "a class of one or two frames inside a span of another that is three times as long on either side",
    "valence and arousal": "they lie where another class' usually lie in these data, more than three robust "
    "standard deviations from their own class, or Happiness has a valence below -0.5",
    "noise": "fer-data noise lists it: what was learnt from other people's labels answers another class",
}


def suspects(material: Material) -> Section | None:
    """Return labels that something speaks against, those with the highest scores first; None without class labels."""
    rows = material.videos
    if EXPRESSION not in rows.columns or not (rows.columns[EXPRESSION] >= 0).any():
        return None
    found = material.suspects
    counts = Counter(signal.kind for one in found for signal in one.signals)
    body = rendered(
        _BODY,
        figures=cards(
            card(len(found), noun(len(found), "label to look at", "labels to look at")),
            *(
                card(counts[kind], kind, link=link_to("suspect-list", q=kind))
                for kind in _KINDS
                if counts[kind]
            ),
        ),
        correct=correction(material.origin if len(material.row_tables) == 1 else None),
        kinds=_KINDS.items(),
        missing=_missing(material),
        listed=_listed(material, found) if found else "",
    )
    return Section("suspects", "Labels to look at", body)


_BODY = """
<p>Something disagrees with these labels. Nothing proves one wrong: models err, faces do change for a frame. Look at the
frames before a label is changed.</p>
<p>{{ correct }}</p>
{{ figures }}
<details><summary>What speaks against a label</summary>
<ul>{% for kind, what in kinds %}<li><strong>{{ kind }}</strong>: {{ what }}.</li>
{% endfor %}</ul>{% if missing %}<p>{{ missing }}</p>{% endif %}</details>
{% if listed %}{{ listed }}{% else %}<p>Nothing speaks against a label.</p>{% endif %}
"""


def _missing(material: Material) -> str:
    """Return which signals there would be more of, and how."""
    said = material.evaluated
    lacks = []
    if said is None or said.classes is None:
        lacks.append("an evaluation (reports/evaluation)")
    if "noise" not in material.folders:
        lacks.append("a folder of fer-data noise")
    return f"Naming {' and '.join(lacks)} beside would say more." if lacks else ""


def _listed(material: Material, found: list[Suspect]) -> object:
    several = material.videos.several
    columns = [
        Column("rank", "rank", "number"),
        Column("video", "video", "link"),
        *([Column("source", "source", "choice")] if several else []),
        Column("person", "person"),
        Column("split", "split", "choice"),
        Column("frames", "frames", "link"),
        Column("label", "label", "choice"),
        Column("instead", "may be", "choice"),
        Column("signals", "signals", "choice"),
        Column("score", "score", "number", 1),
        Column("why", "why"),
    ]
    rows = []
    for rank, one in enumerate(found[:LISTED], 1):
        frames = str(one.first) if one.first == one.last else f"{one.first} to {one.last}"
        row = material.row_link(one.row_id) if rank <= LINKED else ""
        instead = next((signal.instead for signal in one.signals if signal.instead), "")
        rows.append([
            rank, [one.video.name, timeline_link(one.video, one.first)], *([one.video.source] if several else []),
            one.person, one.split, [frames, row], one.label, instead, ", ".join(signal.kind for signal in one.signals),
            one.score, "; ".join(signal.why for signal in one.signals),
        ])  # fmt: skip
    note = (
        "The score is about the logarithm of how much likelier another class is, at most 7 a signal, less for few "
        "frames; what several signals say adds up."
    )
    if len(found) > LISTED:
        note += f" The first {LISTED:,} of {len(found):,}."
    return records("suspect-list", "Labels, the most doubtful first", columns, rows, note=note)
