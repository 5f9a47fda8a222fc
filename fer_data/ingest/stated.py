"""What a catalog says of itself, whatever corpus it was read from."""

import json
from collections.abc import Mapping, Sequence
from typing import get_args

from fer_data.core.labels.tasks import SplitName
from fer_data.corpora.given import Medium
from fer_data.corpora.labelling import Labelling, label_metadata
from fer_data.params.source import SourceParams
from fer_data.tables.origin import Origin, named_source, prefix_metadata

__all__ = ["catalog_metadata", "labelled_frames"]


def catalog_metadata(
    source: SourceParams,
    labelling: Labelling,
    origin: Origin,
    *,
    medium: Medium,
    action_units: Sequence[str],
    sparse_series: Sequence[str] | bool,
) -> dict[str, str]:
    """Return the metadata of `rows.parquet`; `sparse_series` are those whose rows list some frames only, True: all."""
    return {
        **label_metadata(source.name, labelling, source.dataset.class_map),
        "action_units": json.dumps(action_units),
        "sparse_series": json.dumps(sparse_series),
        "medium": medium,
        **origin.metadata(),
        **named_source(source.name),
        **prefix_metadata({source.name: source.prefix}),
    }


def labelled_frames(
    counts: Mapping[tuple[str, int], int], classes: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Return the rows of each class in each split, out of counts by split and index of a class."""
    return {
        split: {name: counts.get((split, index), 0) for index, name in enumerate(classes)}
        for split in get_args(SplitName)
    }
