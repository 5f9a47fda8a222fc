"""What is known of a dataset and its corpora in plain sentences, for its card and for its Croissant file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fer_data.publish.card_tables import CardSplit, single_corpora
from fer_data.published.corpus_records import CORPUS_RECORDS, OWN_RECORD, SAMPLE_RECORD, CorpusRecord
from fer_data.published.licence_records import OWN, SAMPLE

__all__ = ["KnownCorpus", "citation", "is_rendered", "known_corpora", "known_limits", "papers", "stated"]

_WITHOUT_RECORD = CorpusRecord((), "How it was collected is not recorded here.", "Not recorded here.")

STATED = ("controller", "legal_basis", "retention", "contact")
"""What `publish.card` says of who answers for a dataset, in this order."""


@dataclass(frozen=True, slots=True)
class KnownCorpus:
    """A corpus in a dataset.

    Attributes:
        name: of the source.
        title: of the corpus.
        published_as: value of `sources.NAME.corpus` of a published one; None of rendered faces and of a user's folder.
        record: what is known of it.
    """

    name: str
    title: str
    published_as: str | None
    record: CorpusRecord


def known_corpora(provenance: Mapping[str, Any]) -> list[KnownCorpus]:
    """Return what is known of each corpus in a dataset, in the order of its licence's parts."""
    sources = provenance["params"].get("sources") or {}
    return [
        _known(part["name"], part["title"], (sources.get(part["name"]) or {}).get("corpus"))
        for part in provenance["licence"]["parts"]
        if part["role"] == "corpus"
    ]


def _known(name: str, title: str, kind: str | None) -> KnownCorpus:
    own = {SAMPLE.title: SAMPLE_RECORD, OWN.title: OWN_RECORD}.get(title)
    if own is not None or kind is None:
        return KnownCorpus(name, title, None, own or _WITHOUT_RECORD)
    return KnownCorpus(name, title, kind, CORPUS_RECORDS.get(kind, _WITHOUT_RECORD))


def is_rendered(provenance: Mapping[str, Any]) -> bool:
    """Say whether no camera saw any of the faces."""
    return bool((provenance.get("origin") or {}).get("rendered"))


def stated(provenance: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what `publish.card` says of who answers for a dataset, None where it says nothing."""
    card = provenance["params"]["publish"].get("card") or {}
    return {name: card.get(name) for name in STATED}


def citation(provenance: Mapping[str, Any]) -> str:
    """Return how a dataset is cited: as `publish.card.citation` says, else by what makes it this one and no other."""
    card = provenance["params"]["publish"].get("card") or {}
    if card.get("citation"):
        return str(card["citation"])
    titles = ", ".join(dict.fromkeys(corpus.title for corpus in known_corpora(provenance)))
    made_of = "Rendered faces" if is_rendered(provenance) else f"Faces of {titles}"
    return (
        f"{provenance['name']}, version {provenance['version']}, {provenance['resolution']} px. {made_of}, "
        f"made with fer-data {provenance['fer_data']}. SHA-256 of rows and pixels: {provenance['dataset_sha256']}."
    )


def papers(provenance: Mapping[str, Any]) -> list[str]:
    """Return the papers of all corpora that a dataset is made of."""
    return list(dict.fromkeys(paper for one in known_corpora(provenance) for paper in one.record.papers))


def known_limits(
    splits: Sequence[CardSplit], classes: Sequence[str], provenance: Mapping[str, Any]
) -> list[str]:
    """Return what a user must know before trusting the data, one sentence or two each, as plain text."""
    return [
        *_unverified(provenance),
        *_labels(splits, classes),
        *_people(splits, provenance),
        *_pictures(splits, provenance),
    ]


def _unverified(provenance: Mapping[str, Any]) -> Iterator[str]:
    untried = [f"{one.title} ({one.name})" for one in known_corpora(provenance) if not one.record.verified]
    if untried:
        yield (
            f"How {', '.join(untried)} is read was never tried on a real copy by the authors of fer-data: hold "
            "fer-data check of your copy, and the counts here, against its papers."
        )


def _labels(splits: Sequence[CardSplit], classes: Sequence[str]) -> Iterator[str]:
    machine = sum(n for split in splits for kind, n in split.kinds.items() if kind.source == "machine")
    if machine:
        yield f"{machine:,} originals have labels that a program made (label_source); they never score."
    for split in (split for split in splits if any(split.originals)):
        empty = [name for name, n in zip(classes, split.originals, strict=True) if not n]
        if empty:
            yield f"No row of {split.name} is {' or '.join(empty)}: F1 of such a class says nothing."
    bare = [split.name for split in splits if _is_bare(split)]
    if bare:
        yield f"{' and '.join(bare).capitalize()} has no labels at all: nothing can be scored on it."


def _is_bare(split: CardSplit) -> bool:
    return not (any(split.originals) or split.labels.units or split.labels.values)


def _people(splits: Sequence[CardSplit], provenance: Mapping[str, Any]) -> Iterator[str]:
    for one in known_corpora(provenance):
        yield f"Who is missing, {one.name}: {one.record.who}"
    unknown = sorted({kind.corpus for split in splits for kind in split.kinds if kind.people == "none"})
    if unknown:
        yield (
            f"Nobody says whom the pictures of {', '.join(unknown)} show: one person may stand in several splits, and "
            "intervals over them are too narrow."
        )
    across = provenance["leakage"]["people_in_two_splits"]
    if across:
        yield f"{across:,} people with several names are in two splits: scores flatter a model trained on them."
    if not is_rendered(provenance):
        yield (
            "People are told apart by the names that the corpora give them; one who has two names, or stands in two "
            "corpora, may be in two splits. fer-data leaks compares faces and says what it finds."
        )


def _pictures(splits: Sequence[CardSplit], provenance: Mapping[str, Any]) -> Iterator[str]:
    videos = [name for name, single in single_corpora(splits).items() if not single]
    thinned = provenance["params"]["align"].get("quality", {}).get("min_difference")
    if videos:
        how = "only training frames were thinned" if thinned else "and were not thinned"
        yield f"Frames of one video are near copies of each other, {how} ({', '.join(sorted(videos))})."
    if provenance["crops"]["enlarged"]:
        yield (
            f"{provenance['crops']['enlarged']:,} originals have fewer pixels in their source than here: they are "
            "enlarged, and blurred."
        )
    if provenance["crops"]["given"]:
        yield (
            f"{provenance['crops']['given']:,} crops came as they are: their field of view is that of their makers."
        )
    if any(sum(split.copies) for split in splits):
        yield "Augmented copies repeat the people and labels of their parents: they are no further data."
