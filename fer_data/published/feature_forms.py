"""How a published dataset states its features: in words that every version of `datasets` since 2.21 knows.

`datasets` 4.0 named its lists `List`, which no earlier version reads; every later one still reads `Sequence`, and takes
it for the same. What is written here is that older word, in all three places where features are stated.
"""

import json
from typing import Any

import pyarrow as pa
from datasets import Features

__all__ = ["OLDEST_DATASETS", "arrow_schema", "card_features", "features_document"]

OLDEST_DATASETS = "2.21"
"""The oldest version of `datasets` that reads and collates a published dataset beside numpy 2."""

_OLDER_TYPES = {"List": "Sequence"}
_OLDER_KEYS = {"list": "sequence"}


def features_document(features: Features) -> dict[str, Any]:
    """Return features as `dataset_info.json` states them."""
    document: dict[str, Any] = _older_types(features.to_dict())
    return document


def arrow_schema(features: Features) -> pa.Schema:
    """Return the Arrow schema of features, which states them in its metadata."""
    stated = {"info": {"features": features_document(features)}}
    return features.arrow_schema.with_metadata({"huggingface": json.dumps(stated)})


def card_features(stated: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the features of a card's front matter.

    >>> card_features([{"name": "box", "list": "float32", "length": 4}])
    [{'name': 'box', 'sequence': 'float32', 'length': 4}]
    """
    return [_older_keys(feature) for feature in stated]


def _older_types(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, the same kind out
    if not isinstance(value, dict):
        return value
    return {
        key: _OLDER_TYPES.get(item, item) if key == "_type" and isinstance(item, str) else _older_types(item)
        for key, item in value.items()
    }


def _older_keys(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, the same kind out
    if isinstance(value, list):
        return [_older_keys(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_OLDER_KEYS.get(key, key): _older_keys(item) for key, item in value.items()}
