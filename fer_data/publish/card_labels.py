"""What a dataset card says of labels: who made them, what they are of, and which corpus has which class."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fer_data.publish.card_tables import CardSplit, markdown_table, single_corpora
from fer_data.shell.shown import markdown
from fer_data.tables.footage import Footage

__all__ = ["labels_section", "other_labels"]

_SOURCES = {
    "annotated": "annotators",
    "voted": "votes",
    "intended": "the actor's task",
    "machine": "a program",
    "": "no label",
}
_SCOPES = {"frame": "a frame", "segment": "a segment", "clip": "a clip", "": "-"}
_PICTURES = {**_SCOPES, "frame": "a picture"}
_PEOPLE = {
    "given": "named by the corpus",
    "video": "one in a video",
    "none": "unknown: one a picture",
    "": "-",
}
_MEANING = """\
`expression_given` is the corpus' own word, of rows without a class here too. A label of a segment or a clip stands at
each of its rows (`label_scope`, `segment_id`) and counts once. Labels of a program are no votes and never score. Votes
are in `expression_votes`, by class; with `votes_outside`, `votes_unknown` and `votes_no_face` they add up to `raters`.
A unit that is not coded is -1, never 0."""


def labels_section(splits: Sequence[CardSplit], classes: Sequence[str], provenance: Mapping[str, Any]) -> str:
    """Return the section on labels; nothing where a dataset does not say who made them."""
    made: Counter[tuple[str, ...]] = Counter()
    for split in splits:
        made.update(
            {(kind.corpus, kind.source, kind.scope, kind.people): n for kind, n in split.kinds.items()}
        )
    if not made:
        return ""
    single = {name for name, pictures in single_corpora(splits).items() if pictures}
    rows = [
        [
            corpus,
            _SOURCES[source],
            (_PICTURES if corpus in single else _SCOPES)[scope],
            _PEOPLE[people],
            count,
        ]
        for (corpus, source, scope, people), count in sorted(made.items())
    ]
    table = markdown_table(["corpus", "labels by", "a label is of", "people", "originals"], rows)
    return "\n\n".join(
        ["## Labels", table, _MEANING, *_classes(splits, classes, provenance), *_scales(provenance)]
    )


def _classes(
    splits: Sequence[CardSplit], classes: Sequence[str], provenance: Mapping[str, Any]
) -> Iterator[str]:
    """Yield which corpus has which class, where there are several corpora or one lacks a class."""
    possible = provenance.get("corpus_classes") or {}
    corpora = sorted({name for split in splits for name in split.classes})
    if len(corpora) < 2 and all(name in possible.get(one, classes) for one in corpora for name in classes):
        return
    named = " / ".join(f"`{split.name}`" for split in splits)
    yield f"Originals of each class by corpus ({named}); - where a corpus has no such class."
    yield markdown_table(
        ["class", *corpora],
        (
            [
                markdown(name),
                *(
                    _cell(splits, one, place) if name in possible.get(one, classes) else "-"
                    for one in corpora
                ),
            ]
            for place, name in enumerate(classes)
        ),
    )


def _cell(splits: Sequence[CardSplit], corpus: str, place: int) -> str:
    counts = (split.classes[corpus][place] if corpus in split.classes else 0 for split in splits)
    return " / ".join(map(str, counts))


def _scales(provenance: Mapping[str, Any]) -> Iterator[str]:
    """Yield the scales of valence and arousal that were others in a corpus."""
    for name, (low, high) in (provenance.get("value_scale") or {}).items():
        if (low, high) != (-1, 1):
            yield f"Valence and arousal of `{name}` are {low:g} to {high:g} in the corpus and -1 to 1 here."


def other_labels(splits: Sequence[CardSplit], footage: Footage) -> Iterator[str]:
    """Yield tables of action units and of values by split, augmented copies left out; nothing without such labels."""
    coded = [split for split in splits if split.labels.units]
    if coded:
        names = dict.fromkeys(name for split in coded for name in split.labels.units)
        yield f"Action units: {footage.rows} in which a unit is present, of those coded for it (originals)."
        yield markdown_table(
            ["unit", *(split.name for split in coded)],
            ([name, *(_present(split, name) for split in coded)] for name in names),
        )
    valued = [(split, name, values) for split in splits for name, values in split.labels.values.items()]
    if valued:
        yield "Valence and arousal of the originals that have them, in [-1, 1]; the picture has their histograms."
        yield markdown_table(
            ["split and dimension", footage.rows, "mean", "standard deviation"],
            (
                [f"{split.name}, {name}", values.count, f"{values.mean:.3f}", f"{values.deviation:.3f}"]
                for split, name, values in valued
            ),
        )


def _present(split: CardSplit, unit: str) -> str:
    if unit not in split.labels.units:
        return "-"
    here, coded = split.labels.units[unit]
    return f"{here} of {coded} ({here / coded:.1%})"
