"""The sections of a dataset's card on its people, its limits, who answers for it, how it is cited and verified."""

from collections.abc import Mapping, Sequence
from typing import Any

from fer_data.publish.card_facts import citation, is_rendered, known_corpora, known_limits, papers, stated
from fer_data.publish.card_tables import CardSplit, markdown_table
from fer_data.published.card_text import AI_ACT, NOT_FOR, fenced
from fer_data.shell.shown import markdown

__all__ = ["answering", "citing", "collection", "facts", "intended_use", "limits", "verifying"]

_INTENDED = """\
## Intended use

For research on facial expression recognition: training and scoring {row} classifiers on faces of people that were
not trained on. Labels are readings of a face, not what a person felt. {near} {not_for}

{ai_act}"""

_NAMES = {
    "controller": "Controller",
    "legal_basis": "Legal basis",
    "retention": "Retention",
    "contact": "Contact",
}
_VERIFY = """\
## Verify

`fer-data verify {folder}` holds every file against its hash in `provenance.json`. The dataset itself is known by its
hash over all values and decoded pixels, whatever its shards are:

- SHA-256 of rows and pixels: `{dataset_sha256}`
{splits}

`croissant.json` describes the files for programs (Croissant, with the RAI vocabulary): its record set `rows` is
`rows.parquet`, every row of the task with its labels and the state it ended in. No reader of Croissant knows Arrow
files, so pictures come through `datasets`, or from the Parquet form (`fer-data convert`, `fer-data push`), whose own
`croissant.json` has a record set a split, pictures included."""


def intended_use(words: Mapping[str, str]) -> str:
    """Return what the data are for and not for; `words` are those for its rows."""
    return _INTENDED.format(**words, not_for=NOT_FOR, ai_act=AI_ACT)


def collection(provenance: Mapping[str, Any]) -> str:
    """Return where pictures come from and what is known of the consent of those in them."""
    lines = [
        f"- `{one.name}` ({markdown(one.title)}): "
        + markdown(f"{one.record.collected} Consent: {one.record.consent}")
        for one in known_corpora(provenance)
    ]
    read = (
        ""
        if is_rendered(provenance)
        else "\n\nThis is what is known here of the corpora by their papers; it is no legal advice."
    )
    return "\n".join(["## Collection and consent", "", *lines]) + read


def limits(splits: Sequence[CardSplit], classes: Sequence[str], provenance: Mapping[str, Any]) -> str:
    """Return what is known to be missing or doubtful."""
    lines = [f"- {markdown(line)}" for line in known_limits(splits, classes, provenance)]
    return "\n".join(["## Known limits", "", *lines])


def answering(provenance: Mapping[str, Any]) -> str:
    """Return who answers for the processing of people's pictures; nothing of rendered faces where nobody is stated."""
    said = stated(provenance)
    if is_rendered(provenance):
        said = {name: text for name, text in said.items() if text is not None}
    if not said:
        return ""
    lines = [
        f"- {_NAMES[name]}: {'not stated' if text is None else markdown(text)}" for name, text in said.items()
    ]
    note = "\n\nWhat is not stated is for whoever holds the data to settle (`publish.card` of params.yaml)."
    return "\n".join(["## Who answers for it", "", *lines]) + (note if None in said.values() else "")


def citing(provenance: Mapping[str, Any]) -> str:
    """Return how the dataset is cited, and the papers of its corpora."""
    text = ["## How to cite", fenced(citation(provenance))]
    if found := papers(provenance):
        text += [
            "Cite the papers of the corpora as well:",
            "\n".join(f"- {markdown(paper)}" for paper in found),
        ]
    return "\n\n".join(text)


def verifying(provenance: Mapping[str, Any]) -> str:
    """Return how a copy of the dataset is held against what was published."""
    splits = "\n".join(f"- `{name}`: `{sha256}`" for name, sha256 in provenance["splits"].items())
    return _VERIFY.format(
        folder=provenance["resolution"], dataset_sha256=provenance["dataset_sha256"], splits=splits
    )


def facts(splits: Sequence[CardSplit], provenance: Mapping[str, Any]) -> str:
    """Return the few facts that a reader looks for first."""
    rows = [
        ("version", provenance["version"]),
        ("rows", f"{sum(split.rows for split in splits):,}"),
        (
            "picture",
            f"{provenance['resolution']} x {provenance['resolution']} px, geometry `{provenance['geometry']}`",
        ),
        (
            "licence class",
            f"`{provenance['licence']['kind']}`, under {markdown(provenance['licence']['pictures'])}",
        ),
        ("SHA-256 of rows and pixels", f"`{provenance['dataset_sha256']}`"),
    ]
    return markdown_table(["", ""], rows)
