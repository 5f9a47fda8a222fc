"""Which classes of a dataset each of its corpora can give, as the metadata of tables state it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_data.core.labels.classes import in_dataset_order, likely_class, unknown_names
from fer_data.errors import DatasetError

__all__ = ["check_class_map", "corpus_classes", "joined_labels", "stated_labels"]

_BY_SOURCE = ("corpus_classes", "given_classes", "value_scale")


def corpus_classes(metadata: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the classes of the dataset that the corpus of each source can give; nothing where none is stated.

    >>> corpus_classes({"corpus_classes": '{"lab": ["Neutral", "Happiness"]}'}), corpus_classes({})
    ({'lab': ['Neutral', 'Happiness']}, {})
    """
    found = _stated(metadata, "corpus_classes")
    return {str(name): [str(one) for one in classes] for name, classes in found.items()}


def _stated(metadata: Mapping[str, str], key: str) -> dict[str, Any]:
    try:
        found = json.loads(metadata.get(key, "{}"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DatasetError(f"{key} in the metadata of a table is no mapping. Run `dvc repro` to rebuild it.")
    return found


def stated_labels(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return what the metadata of all sources state of their labels, by source, for a dataset's provenance."""
    return {key: _stated(metadata, key) for key in _BY_SOURCE}


def joined_labels(folders: Sequence[Path], stated: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return what the metadata of several sources say of labels together, by the folders that they lie in.

    A source whose corpus names no expression has no classes that could differ.

    Raises:
        DatasetError: two sources have other classes; the message has the list that all can be read with.
    """
    naming = [index for index, one in enumerate(stated) if any(corpus_classes(one).values())] or [0]
    first = naming[0]
    for index in naming:
        if stated[index].get("classes") != stated[first].get("classes"):
            together = in_dataset_order(name for place in naming for name in _classes(stated[place]))
            raise DatasetError(
                f"{folders[index]} has the expression classes {', '.join(_classes(stated[index]))}, but "
                f"{folders[first]} has {', '.join(_classes(stated[first]))}. All sources of a dataset need one list: "
                f"set dataset.classes to [{', '.join(together)}], or to those of them that you want."
                f"{_joining(together)}"
            )
    joined = {
        key: {name: value for one in stated for name, value in _stated(one, key).items()}
        for key in _BY_SOURCE
    }
    return {**stated[first], **{key: json.dumps(value) for key, value in joined.items() if value}}


def _joining(names: Sequence[str]) -> str:
    """Return how words that most likely mean one class become one."""
    found = ((name, likely_class(name, names)) for name in names)
    pairs = [f"{name}: {meant}" for name, meant in found if meant and meant != name]
    return f" Words for one class are joined by dataset.class_map: {{{', '.join(pairs)}}}." if pairs else ""


def _classes(metadata: Mapping[str, str]) -> list[str]:
    return [str(name) for name in json.loads(metadata.get("classes", "[]"))]


def check_class_map(metadata: Mapping[str, str]) -> None:
    """Refuse a class map that names a class which no source has, by the metadata of all sources.

    Raises:
        DatasetError: it does.
    """
    given = [str(name) for names in _stated(metadata, "given_classes").values() for name in names]
    if foreign := unknown_names(_stated(metadata, "class_map"), given):
        raise DatasetError(
            f"dataset.class_map names {', '.join(map(repr, foreign))}, a class that no source has. They have "
            f"{', '.join(in_dataset_order(given)) or 'none'}. Correct the name or take it out."
        )
