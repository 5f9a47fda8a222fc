"""The front matter of a dataset's card: YAML by which the Hub, and `load_dataset`, know what a folder holds."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huggingface_hub import DatasetCardData

from fer_data.core.labels.tasks import EXPRESSION, TASKS, UNITS, VALENCE_AROUSAL
from fer_data.publish.card_facts import is_rendered, known_corpora
from fer_data.publish.card_tables import CardSplit
from fer_data.published.card_text import LICENCE_FILE
from fer_data.published.feature_forms import Features, card_features
from fer_data.published.licences import OPEN_LICENCES

__all__ = ["front_matter", "licence_slug", "size_category"]

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)
"""Source: the Hub's size_categories (huggingface/hub-docs, datasetcard.md)."""

_TASK_IDS = {EXPRESSION: "multi-class-image-classification", UNITS: "multi-label-image-classification"}
_TAGS = {VALENCE_AROUSAL: "valence-arousal", UNITS: "action-units"}
_ANNOTATORS = {
    "annotated": "found",  # they came with the corpus; whether these were experts nobody says
    "voted": "crowdsourced",
    "intended": "other",
    "machine": "machine-generated",
    "": "no-annotation",
}


def front_matter(splits: Sequence[CardSplit], features: Features, provenance: Mapping[str, Any]) -> str:
    """Return the YAML of a published dataset; a licence is named only where the class of the whole is open."""
    stated = provenance["params"]["dataset"]["task"]
    tasks = [task for task in TASKS if stated in (task, "multi_task")]
    licence = provenance["licence"]
    known = licence["kind"] == "open" and licence["pictures"].lower() in OPEN_LICENCES
    data = DatasetCardData(
        language=["en"],  # of the names of classes, and of this text
        license=licence["pictures"].lower() if known else "other",
        license_name=None if known else licence_slug(licence),
        license_link=None if known else LICENCE_FILE,
        annotations_creators=_annotators(splits, provenance),
        source_datasets=list(dict.fromkeys(_sources(provenance))),
        size_categories=[size_category(sum(split.rows for split in splits))],
        pretty_name=f"{provenance['name']} {provenance['resolution']} px",
        task_categories=["image-classification" if {EXPRESSION, UNITS} & set(tasks) else "other"],
        task_ids=[_TASK_IDS[task] for task in tasks if task in _TASK_IDS] or None,
        tags=[
            "facial-expression-recognition",
            *(_TAGS[task] for task in tasks if task in _TAGS),
            "fer-data",
            *(["synthetic"] if is_rendered(provenance) else []),
        ],
        configs=[
            {
                "config_name": "default",
                "data_files": [{"split": s.name, "path": f"{s.name}/data-*.arrow"} for s in splits],
            }
        ],
    )
    data["dataset_info"] = {
        "features": card_features(features),
        "splits": [{"name": s.name, "num_bytes": s.num_bytes, "num_examples": s.rows} for s in splits],
        "download_size": sum(s.num_bytes for s in splits),
        "dataset_size": sum(s.num_bytes for s in splits),
    }
    return str(data.to_yaml())


def licence_slug(licence: Mapping[str, Any]) -> str:
    """Return what the Hub shows as the name of a licence that it does not know: lower case, no blanks.

    The name of an open licence is not repeated where the whole is restricted, since a reader would take it for that.

    >>> licence_slug({"pictures": "The lab's  terms: v2!"}), licence_slug({"pictures": "other"})
    ('the-lab-s-terms-v2', 'restricted')
    """
    slug = re.sub(r"[^a-z0-9.]+", "-", licence["pictures"].lower()).strip("-.")[:60].strip("-.")
    return "restricted" if slug in {"", "other", *OPEN_LICENCES} else slug


def size_category(rows: int) -> str:
    """Return the Hub's name of a number of rows.

    >>> size_category(999), size_category(1000), size_category(2_000_000_000)
    ('n<1K', '1K<n<10K', '1B<n<10B')
    """
    return next((name for limit, name in _SIZES if rows < limit), "1B<n<10B")


def _annotators(splits: Sequence[CardSplit], provenance: Mapping[str, Any]) -> list[str] | None:
    if is_rendered(provenance):
        return ["machine-generated"]
    sources = dict.fromkeys(kind.source for split in splits for kind in split.kinds)
    found = [_ANNOTATORS[source] for source in sources if source] or [
        _ANNOTATORS[source] for source in sources
    ]
    return list(dict.fromkeys(found)) or None


def _sources(provenance: Mapping[str, Any]) -> Iterator[str]:
    for corpus in known_corpora(provenance):
        yield "original" if corpus.published_as is None else f"extended|other-{corpus.published_as}"
