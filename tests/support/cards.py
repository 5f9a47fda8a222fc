"""Dataset cards made without a dataset: what provenance states, and the counts of some splits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.publish.card_tables import CardSplit, LabelKind
from fer_data.publish.cards import card
from fer_data.published.features import published_features
from fer_data.published.licences import corpus_part, licence_of, weights_parts

__all__ = ["BALANCE", "NOBODY", "counted", "provenance_of", "written"]

NOBODY = dict.fromkeys(("controller", "legal_basis", "retention", "contact", "citation"))
BALANCE = {"strategy": "none"}


def provenance_of(
    sources: Mapping[str, str],
    *,
    licence: str = "other",
    rendered: bool = False,
    detector: str | None = "centerface",
    task: str = "expression",
    stated: Mapping[str, str] | None = None,
    card_params: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what a dataset of these sources (their kinds of corpus by name) states of itself."""
    parts = [
        corpus_part(name, {"corpus": kind}, rendered=rendered, stated=(stated or {}).get(name))
        for name, kind in sources.items()
    ]
    align = {"geometry": "similarity", "margin": 0.0, "size": 256, "pixel_aspect": "square"}
    found = licence_of(licence, [*parts, *weights_parts(detector, align)])
    return {
        "name": "lab-faces",
        "version": "0.2.0.dev1",
        "resolution": 32,
        "fer_data": "0.1.0",
        "dataset_sha256": "a" * 64,
        "splits": {"train": "b" * 64},
        "pictures": {"method": "area", "to_px": 32, "encoder": "png", "quality": 0},
        "origin": {"corpus": ", ".join(sources.values()), "rendered": rendered},
        "geometry": "similarity",
        "crops": {"own": 4, "given": 0, "enlarged": 0},
        "detector": {"name": detector, "weights_sha256": None},
        "licence": asdict(found),
        "left_out": {"rows": 0, "near_duplicates": 0, "classes": 0, "labels": {}},
        "near_duplicates": {},
        "leakage": {"confirmed_pairs": 0, "people_in_two_splits": 0},
        "code": {},
        "libraries": {},
        "params": {
            "dataset": {"task": task},
            "align": align,
            "sources": {name: {"corpus": kind} for name, kind in sources.items()},
            "publish": {"card": NOBODY | dict(card_params or {})},
        },
    }


def counted(name: str, sources: Sequence[str], width: int = len(SEVEN_CLASSES), **more: Any) -> CardSplit:
    """Return a split with two originals of each class of the first of its sources, unless `more` says otherwise."""
    counts = [2] * width
    values = {
        "originals": counts,
        "copies": [0] * width,
        "unlabelled": 0,
        "subjects": 2,
        "videos": 2,
        "num_bytes": 1000,
        "corpora": dict.fromkeys(sources, (2 * width, 2)),
        "classes": dict.fromkeys(sources, counts),
        "kinds": {LabelKind(one, "annotated", "frame", "video"): 2 * width for one in sources},
        "single": dict.fromkeys(sources, False),
    }
    return CardSplit(name, **(values | more))


def written(
    provenance: Mapping[str, Any],
    splits: Sequence[CardSplit],
    classes: Sequence[str] = SEVEN_CLASSES,
    pictures: Sequence[str] = (),
) -> str:
    """Return the card of such a dataset."""
    return card(splits, published_features(list(classes)), provenance, BALANCE, pictures=pictures)
