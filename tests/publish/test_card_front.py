"""The front matter of a dataset's card, as the Hub and `datasets` read it."""

from pathlib import Path
from typing import Any

import datasets
import pytest
from cards import counted, provenance_of, written
from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard

from fer_data.published.licences import OPEN_LICENCES

TASK_CATEGORIES = {"image-classification", "other"}
TASK_IDS = {"multi-class-image-classification", "multi-label-image-classification"}
CREATORS = {"crowdsourced", "found", "expert-generated", "machine-generated", "no-annotation", "other"}
"""Source: the Hub's datasetcard.md; it checks them when a card is uploaded, which nothing here can ask it to."""


def read(provenance: dict[str, Any], **split: Any) -> dict[str, Any]:
    """Return the front matter of a dataset with a split of training rows, read by the Hub's own parser."""
    sources = list(provenance["params"]["sources"])
    return dict(DatasetCard(written(provenance, [counted("train", sources, **split)])).data.to_dict())


def test_the_library_reads_the_features_and_splits_that_are_there(published: Path) -> None:
    """What the Hub knows before it opens a file is what `load_from_disk` finds."""
    data = DatasetCard.load(published / "README.md").data
    info = DatasetInfosDict.from_dataset_card_data(data)["default"]
    loaded = datasets.load_from_disk(str(published))
    assert info.features == loaded["train"].features
    assert {name: split.num_examples for name, split in info.splits.items()} == {
        name: len(split) for name, split in loaded.items()
    }
    assert info.dataset_size == sum(path.stat().st_size for path in published.rglob("*.arrow"))
    configs = MetadataConfigs.from_dataset_card_data(data)
    assert [one["split"] for one in configs["default"]["data_files"]] == list(loaded)


def test_the_demo_has_every_field_that_the_hub_filters_by(published: Path) -> None:
    """Language, licence, size, tasks, tags and where labels and pictures come from."""
    data = DatasetCard.load(published / "README.md").data.to_dict()
    assert data["language"] == ["en"]
    assert data["license"] == "cc0-1.0"
    assert "license_name" not in data
    assert data["size_categories"] == ["n<1K"]
    assert data["task_categories"] == ["image-classification"]
    assert data["annotations_creators"] == ["machine-generated"]
    assert data["source_datasets"] == ["original"]
    assert "synthetic" in data["tags"]


@pytest.mark.parametrize("licence", [*sorted(OPEN_LICENCES), "CC-BY-4.0"])
def test_an_open_licence_has_the_hubs_name(licence: str) -> None:
    """In lower case, as the Hub lists them."""
    data = read(provenance_of({"lab": "pictures"}, licence=licence, stated={"lab": licence}))
    assert data["license"] == licence.lower()
    assert not {"license_name", "license_link"} & set(data)


@pytest.mark.parametrize(
    ("provenance", "name"),
    [
        (provenance_of({"web": "affwild2"}), "restricted"),
        (provenance_of({"lab": "pictures"}, licence="The lab's <terms>: v2"), "the-lab-s-terms-v2"),
        (provenance_of({"lab": "pictures"}, licence="条款"), "restricted"),
        (
            provenance_of({"sample": "affwild2"}, licence="cc0-1.0", rendered=True, detector="insightface"),
            "restricted",
        ),
    ],
    ids=["corpus", "own terms", "no latin letter", "open pictures, restricted detector"],
)
def test_what_is_restricted_has_no_open_name(provenance: dict[str, Any], name: str) -> None:
    """Nobody who filters by an open licence finds it; the link leads to a file beside the card."""
    data = read(provenance)
    assert (data["license"], data["license_name"], data["license_link"]) == ("other", name, "LICENSE.md")


@pytest.mark.parametrize(
    ("task", "category", "ids"),
    [
        ("expression", "image-classification", ["multi-class-image-classification"]),
        ("action_units", "image-classification", ["multi-label-image-classification"]),
        ("valence_arousal", "other", None),
        ("multi_task", "image-classification", sorted(TASK_IDS)),
    ],
)
def test_tasks_have_the_hubs_names(task: str, category: str, ids: list[str] | None) -> None:
    """Valence and arousal are a regression of pictures, for which the Hub has no name."""
    data = read(provenance_of({"lab": "videos"}, task=task))
    assert data["task_categories"] == [category]
    assert data.get("task_ids") == ids
    assert ("valence-arousal" in data["tags"]) == (task in {"valence_arousal", "multi_task"})
    assert set(data["annotations_creators"]) <= CREATORS


def test_several_corpora_are_named_as_what_they_extend() -> None:
    """Each once; a folder of a user's is no published dataset."""
    data = read(provenance_of({"one": "affwild2", "two": "rafdb", "three": "rafdb", "own": "pictures"}))
    assert data["source_datasets"] == ["extended|other-affwild2", "extended|other-rafdb", "original"]
