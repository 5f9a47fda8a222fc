"""What a published dataset holds, in numbers: for its provenance, and for DVC's tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_data.publish.card_tables import CardSplit, footage_of_all
from fer_data.publish.label_bars import label_bars, write_label_bars
from fer_data.shell.files.atomic import write_metrics
from fer_data.tables.origin import origin_text

__all__ = ["counts_by_split", "headlines", "summary_of", "write_figures"]


def counts_by_split(cards: Sequence[CardSplit], classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return by split how much there is of what."""
    return {
        split.name: {
            "rows": split.rows,
            "copies": sum(split.copies),
            "subjects": split.subjects,
            "videos": split.videos,
            "bytes": split.num_bytes,
            "classes": dict(zip(classes, split.originals, strict=True)),
        }
        for split in cards
    }


def summary_of(
    cards: Sequence[CardSplit], classes: Sequence[str], record: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the summary of the stage."""
    return {
        "corpus": origin_text(record["origin"]),
        "resolution": record["resolution"],
        "dataset_sha256": record["dataset_sha256"],
        "splits": counts_by_split(cards, classes),
        "labels": label_bars(cards, classes, record["params"]["dataset"]["task"]),
        "footage": footage_of_all(cards).clips or "pictures",
        "left_out": record["left_out"],
        "near_duplicates": record["near_duplicates"],
        "leakage": record["leakage"],
    }


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show; the card and `provenance.json` have the rest.

    Single pictures are counted once, as `pictures`; frames as `rows` of `videos`; of both, rows of `clips`.
    """
    splits, footage = summary["splits"], summary["footage"]
    counts = {
        footage: "videos",
        "subjects": "subjects",
        **({} if footage == "pictures" else {"rows": "rows"}),
    }
    return {
        "corpus": summary["corpus"],
        "dataset": summary["dataset_sha256"][:12],
        **{
            name: sum(one[key] for one in splits.values())
            for name, key in {**counts, "copies": "copies", "bytes": "bytes"}.items()
        },
        "people_in_two_splits": summary["leakage"]["people_in_two_splits"],
    }


def write_figures(summary: Mapping[str, Any], metrics: Path, labels: Path) -> None:
    """Write what DVC shows of the stage: the headlines, and the rows of each label."""
    write_metrics(metrics, headlines(summary))
    write_label_bars(labels, summary["labels"])
