"""The columns of labels in our tables, and of what is known of a label beside it."""

from collections.abc import Mapping

import pyarrow as pa

from fer_data.core.labels.tasks import ACTION_UNITS, LABELS, TASKS

__all__ = [
    "ACTION_UNITS_TYPE",
    "CHOICES",
    "DETAILS",
    "INTENSITIES_TYPE",
    "LABEL_METADATA",
    "detail_fields",
    "label_fields",
    "no_details",
]

LABEL_METADATA = ("classes", "corpus_classes", "given_classes", "class_map", "value_scale")
"""What the metadata of the catalog and the faces say of labels, each as JSON.

- `classes`: of the dataset, in label order. `class_map`: that of section `dataset`.
- By source: `corpus_classes`, those of the dataset that its corpus can give; `given_classes`, the corpus' own, in its
  order; `value_scale`, its lowest and highest valence and arousal, which are -1 and 1 in the tables.
"""

ACTION_UNITS_TYPE = pa.struct([(unit, pa.int8()) for unit in ACTION_UNITS])
INTENSITIES_TYPE = pa.struct([(unit, pa.float32()) for unit in ACTION_UNITS])

_VOTES = pa.list_(pa.int16())

DETAILS: Mapping[str, pa.DataType] = {
    "expression_given": pa.string(),
    "expression_votes": _VOTES,
    "votes_outside": pa.int16(),
    "votes_unknown": pa.int16(),
    "votes_no_face": pa.int16(),
    "raters": pa.int16(),
    "expression_agreement": pa.float32(),
    "label_rule": pa.string(),
    "action_unit_intensity": INTENSITIES_TYPE,
    "expression_intended": pa.int8(),
    "votes_voice": _VOTES,
    "votes_face": _VOTES,
    "label_source": pa.string(),
    "label_scope": pa.string(),
    "segment_id": pa.string(),
    "subject_source": pa.string(),
}
"""The type of each column that says more of a row's labels, in their order.

- `expression_given`: the corpus' own word, so that its label can always be read back, of a class that the dataset
  lacks too.
- `expression_votes`: raters by class, in label order; with `votes_outside` (classes that the dataset lacks),
  `votes_unknown` and `votes_no_face` they add up to `raters`. `votes_voice`, `votes_face`: of raters who heard or saw
  less than the whole.
- `expression_agreement`: share of the raters behind the label. `label_rule`: what made it of votes or intensities.
- `action_unit_intensity`: beside `action_units`, in the corpus' own scale (0 to 5).
- `expression_intended`: the class that an actor was to show.
- `label_source`, `label_scope`, `segment_id`, `subject_source`: who made the label (`annotated`, `voted`, `intended`,
  `machine`), what it is about (`frame`, `segment`, `clip`), which segment or clip that is, and whether subjects are
  people that the corpus names (`given`), one a video (`video`) or a picture each (`none`).
"""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "label_source": ("annotated", "voted", "intended", "machine"),
    "label_scope": ("frame", "segment", "clip"),
    "subject_source": ("given", "video", "none"),
}
"""What columns of words may say, by their names."""


def label_fields(classes: pa.DataType) -> list[pa.Field]:
    """Return the columns of all labels, null where there is none; the index of a class is of type `classes`."""
    found = []
    for task in TASKS:
        spec = LABELS[task]
        units = pa.struct([(unit, pa.int8()) for unit in spec.names])
        kind = {"classes": classes, "values": pa.float32(), "units": units}[spec.kind]
        found += [pa.field(name, kind, nullable=spec.kind != "units") for name in spec.columns]
    return found


def detail_fields() -> list[pa.Field]:
    """Return the columns that say more of the labels, null where there is nothing to say."""
    return [pa.field(name, kind) for name, kind in DETAILS.items()]


def no_details(rows: int) -> dict[str, pa.Array]:
    """Return the columns that say more of the labels, with nothing in them."""
    return {name: pa.nulls(rows, kind) for name, kind in DETAILS.items()}
