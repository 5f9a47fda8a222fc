"""State the features of a published dataset in the words of `datasets`, without that library, which takes a second.

They are those that every version since 2.21 knows: `datasets` 4.0 named its lists `List`, which no earlier version
reads; every later one still reads `Sequence`, and takes it for the same.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

__all__ = [
    "OLDEST_DATASETS",
    "Feature",
    "Features",
    "arrow_schema",
    "card_features",
    "class_label",
    "image",
    "list_of",
    "value",
]

OLDEST_DATASETS = "2.21"
"""The oldest version of `datasets` that reads and collates a published dataset beside numpy 2."""

Feature = dict[str, Any]
"""One column as `dataset_info.json` states it: a form below, or such forms by the name of a struct's field."""

Features = Mapping[str, Feature]
"""All columns, in their order."""


def image() -> Feature:
    """Return the feature of a column of encoded pictures."""
    return {"_type": "Image"}


def value(kind: str) -> Feature:
    """Return the feature of a column of numbers or texts: `float32`, `int8`, `string`."""
    return {"dtype": kind, "_type": "Value"}


def class_label(names: Sequence[str]) -> Feature:
    """Return the feature of a column of classes with these names, in label order."""
    return {"names": [str(name) for name in names], "_type": "ClassLabel"}


def list_of(feature: Feature, length: int) -> Feature:
    """Return the feature of a column of lists of one length."""
    return {"feature": feature, "length": length, "_type": "Sequence"}


def arrow_schema(features: Features) -> pa.Schema:
    """Return the Arrow schema of features, which states them in its metadata."""
    fields = [(name, _arrow_type(feature)) for name, feature in features.items()]
    return pa.schema(fields, {"huggingface": json.dumps({"info": {"features": features}})})


def _arrow_type(feature: Feature) -> pa.DataType:
    match feature:
        case {"_type": "Image"}:
            return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        case {"_type": "ClassLabel"}:
            return pa.int64()
        case {"_type": "Sequence", "feature": inner, "length": length}:
            return pa.list_(_arrow_type(inner), length)
        case {"_type": "Value", "dtype": kind}:
            return pa.type_for_alias(kind)
    return pa.struct([(name, _arrow_type(inner)) for name, inner in feature.items()])


def card_features(features: Features) -> list[dict[str, Any]]:
    """Return the features as a dataset card's front matter states them.

    >>> card_features({"box": list_of(value("float32"), 4)})
    [{'name': 'box', 'sequence': 'float32', 'length': 4}]
    """
    return [{"name": name, **_card_form(feature)} for name, feature in features.items()]


def _card_form(feature: Feature) -> dict[str, Any]:
    match feature:
        case {"_type": "Image"}:
            return {"dtype": "image"}
        case {"_type": "ClassLabel", "names": names}:
            return {"dtype": {"class_label": {"names": {str(i): name for i, name in enumerate(names)}}}}
        case {"_type": "Sequence", "feature": inner, "length": length}:
            form = _card_form(inner)
            return {"sequence": form.get("dtype", form), "length": length}
        case {"_type": "Value", "dtype": kind}:
            return {"dtype": kind}
    return {"struct": card_features(feature)}
