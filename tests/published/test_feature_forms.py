"""Features that are stated without `datasets` are those that it would state."""

from typing import Any

import datasets
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCardData

from fer_data.published.feature_forms import arrow_schema, card_features, image, list_of, value
from fer_data.published.features import published_features

OURS = published_features(["Neutral", "Anger"])
THEIRS = datasets.Features.from_dict(OURS)


def test_the_columns_are_those_of_the_library() -> None:
    """Types and their order are the ones that it derives from the same features."""
    assert arrow_schema(OURS).equals(THEIRS.arrow_schema, check_metadata=False)


def test_every_form_means_what_the_library_means() -> None:
    """Each constructor of ours states the feature of its namesake there."""
    assert datasets.Features.from_dict({"a": image(), "b": list_of(value("int8"), 2)}) == datasets.Features(
        {"a": datasets.Image(), "b": datasets.List(datasets.Value("int8"), length=2)}
    )
    assert THEIRS["expression"] == datasets.ClassLabel(names=["Neutral", "Anger"])


def test_the_schema_says_the_features_to_the_library() -> None:
    """It finds them in the metadata, so a table alone gives pictures and class names."""
    assert datasets.Features.from_arrow_schema(arrow_schema(OURS)) == THEIRS


def test_a_card_says_what_the_library_would_write() -> None:
    """Only the word for a list is the older one."""
    data = DatasetCardData()
    DatasetInfosDict({"default": datasets.DatasetInfo(features=THEIRS)}).to_dataset_card_data(data)
    assert card_features(OURS) == _older(data["dataset_info"]["features"])


def _older(stated: Any) -> Any:
    if isinstance(stated, list):
        return [_older(one) for one in stated]
    if not isinstance(stated, dict):
        return stated
    return {{"list": "sequence"}.get(key, key): _older(one) for key, one in stated.items()}
