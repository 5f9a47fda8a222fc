"""What was given, in a few figures, each with the section that says more."""

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from fer_data.shell.files.findings import Severity
from fer_data.shell.shown import shown_people
from fer_data.stats import ClassSplit
from fer_data.tables.origin import origin_text
from fer_data.view.material import Material
from fer_data.view.section import Section, card, cards, link_to, percent
from fer_data.view.sections.imbalance import rarest
from fer_data.view.sections.states import LIST, main_loss, worst_first
from fer_data.view.words import counted, noun

__all__ = ["overview"]

_KINDS = {
    "corpus": "raw corpus",
    "catalog": "catalog",
    "faces": "aligned faces",
    "published": "published dataset",
}


def overview(material: Material) -> Section | None:
    """Return the headline figures; None of an evaluation alone that says nothing of its data."""
    shown = [*_identity(material)]
    if material.row_tables:
        shown += [*_amounts(material), *_classes(material), *_worst(material), *_doubts(material)]
    shown += _evaluation(material)
    return Section("overview", "Overview", cards(*shown)) if shown else None


def _identity(material: Material) -> Iterator[Markup]:
    if material.shards is None:
        kinds = " and ".join(_KINDS[kind] for kind in material.folders if kind in _KINDS)
        if kinds:
            names = ", ".join(sorted(name for name in material.counts.sources if name))
            yield card(
                kinds, f"of {names}" if names else "without rows", note=_origin(material), link="#provenance"
            )
        return
    stated = material.shards.documents.provenance
    name = " ".join(str(stated[key]) for key in ("name", "version") if stated.get(key))
    digest = str(stated.get("dataset_sha256") or "")[:12]
    licence = (stated.get("licence") or {}).get("pictures")
    facts = [
        f"{stated['resolution']} px" if stated.get("resolution") else "",
        digest,
        licence or "",
        _origin(material),
    ]
    yield card(
        name or "unnamed", "published dataset", note=", ".join(filter(None, facts)), link="#provenance"
    )


def _origin(material: Material) -> str:
    return f"from {origin_text(material.origin)}"


def _amounts(material: Material) -> Iterator[Markup]:
    counts = material.counts
    states: dict[str, int] = {}
    for (_, _, state), rows in next(iter(counts.cells.values()), {}).items():
        states[state] = states.get(state, 0) + rows
    yield card(
        counts.rows, f"annotated {counts.footage.rows}", note=_by_source(material), link=_to_states(material)
    )
    if material.has_states:
        kept = states.get("kept", 0)
        share = percent(kept / counts.rows).text if counts.rows else "none"
        yield card(share, f"of the {counts.footage.rows} kept", note=f"{kept:,} crops", link="#states")
    yield from _published(material)
    yield card(shown_people(counts.people, counts.rows), noun(counts.people, "person", "people"))
    if counts.videos:
        pictures = counts.clips - len(counts.videos)
        notes = [f"and {counted(pictures, 'picture')}"] if pictures else []
        left = counts.left_out()
        yield card(
            len(counts.videos),
            noun(len(counts.videos), "video"),
            note=", ".join([*notes, *left]),
            link="#videos",
        )


def _by_source(material: Material) -> str:
    rows: dict[str | None, int] = {}
    for (source, _, _), count in next(iter(material.counts.cells.values()), {}).items():
        rows[source] = rows.get(source, 0) + count
    return ", ".join(f"{name}: {count:,}" for name, count in rows.items()) if len(rows) > 1 else ""


def _to_states(material: Material) -> str:
    return "#states" if material.has_states and material.counts.rows else ""


def _published(material: Material) -> Iterator[Markup]:
    """Yield how many pictures a dataset holds: originals, and copies on top."""
    stated: Mapping[str, Any] = (material.shards.documents.provenance if material.shards else {}).get(
        "counts"
    ) or {}
    if stated:
        rows, copies = (sum(int(one.get(key, 0)) for one in stated.values()) for key in ("rows", "copies"))
        note = (
            f"{rows - copies:,} originals, {copies:,} augmented copies" if copies else "no augmented copies"
        )
        yield card(rows, "published pictures", note=note, link="#imbalance")


def _classes(material: Material) -> Iterator[Markup]:
    """Yield the rarest class of the first split that has labels, and how far the classes are out of balance."""
    for splits in material.labels.splits.values() if material.labels else ():
        for split in splits:
            if isinstance(split, ClassSplit) and split.frames:
                least = next(one for one in split.classes if one.name == rarest(split))
                footage = material.counts.footage
                note = f"{footage.counted(least.frames)}, {percent(least.share).text} of the labels"
                yield card(least.name, f"rarest class in {split.name}", note=note, link="#imbalance")
                if split.imbalance_ratio is not None:
                    yield card(f"{split.imbalance_ratio:.1f} : 1", f"imbalance of {split.name}",
                               note="largest class to smallest", link="#imbalance")  # fmt: skip
                return


def _worst(material: Material) -> Iterator[Markup]:
    """Yield the video that lost the largest share of its rows."""
    videos = worst_first(material.counts) if material.has_states else []
    if videos and videos[0].lost:
        one, rows = videos[0], material.counts.footage
        note = f"{one.lost:,} of {rows.counted(one.wanted)} lost, mostly as {main_loss(one)}"
        equals = sum(other.lost_share == one.lost_share for other in videos)
        if equals > 1:
            share = "every" if one.lost_share == 1 else "the same share of their"
            note += f"; {equals:,} videos lost {share} {rows.row if one.lost_share == 1 else rows.rows}"
        yield card(one.name, "video with the worst row states", note=note, link=link_to(LIST))


def _doubts(material: Material) -> Iterator[Markup]:
    """Yield what a person should look at: findings, doubtful assignments, suspect labels."""
    if {"corpus", "catalog", "faces"} & set(material.folders):
        for severity in (Severity.ERROR, Severity.WARNING):
            count = sum(one.severity == severity for one in material.findings)
            link = link_to("finding-list", severity=str(severity)) if count else "#findings"
            yield card(count, f"{noun(count, str(severity))} found", link=link)
    if material.decisions:
        doubtful = sum(one.doubtful for one in material.decisions)
        yield card(
            doubtful,
            noun(doubtful, "doubtful assignment"),
            note=f"of {len(material.decisions):,}",
            link="#people",
        )
    if material.suspects:
        yield card(
            len(material.suspects),
            noun(len(material.suspects), "label to look at", "labels to look at"),
            link="#suspects",
        )


def _evaluation(material: Material) -> Iterator[Markup]:
    found = material.evaluation
    stated = found.scores.get("dataset") if found and not material.row_tables else None
    if isinstance(stated, Mapping):
        name = " ".join(str(stated[key]) for key in ("name", "version") if stated.get(key))
        yield card(name or "unnamed", "dataset evaluated on", note=str(stated.get("dataset_sha256") or "")[:12],
                   link="#provenance")  # fmt: skip
