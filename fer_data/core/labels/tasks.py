"""The tasks and the splits: their names, columns, label order and "no label", here and in a corpus' label files.

Every table, dataset, model and label file names them through this module. `LABELS` has one entry a task; what follows
from an entry alone (how label files are read and written, columns of tables and of published datasets, their ranges,
statistics, heads of a network, predictions) is made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, get_args

__all__ = [
    "ABAW_UNITS",
    "ACTION_UNITS",
    "DIMENSIONS",
    "EIGHT_CLASSES",
    "EXPRESSION",
    "KNOWN_CLASSES",
    "LABELS",
    "NO_LABEL",
    "SEVEN_CLASSES",
    "SPLITS",
    "TASKS",
    "UNITS",
    "VALENCE_AROUSAL",
    "AnnotatedTask",
    "Expression",
    "LabelSpec",
    "SplitName",
    "Task",
    "detail_columns",
    "first_of_kind",
    "label_columns",
    "split_column",
]

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)
"""The splits, in the order in which they are published."""

AnnotatedTask = Literal["expression", "valence_arousal", "action_units"]
TASKS: tuple[AnnotatedTask, ...] = get_args(AnnotatedTask)
"""The tasks of the challenge, each with splits of its own, in the order of their columns."""

Task = Literal[AnnotatedTask, "multi_task"]
"""What a dataset can be made for: one task, or all of them."""

EXPRESSION: Final = "expression"
VALENCE_AROUSAL: Final = "valence_arousal"
UNITS: Final = "action_units"

NO_LABEL = -1
"""What the Hub writes where a class is unknown; other whole numbers that are missing are -1 as well."""


class Expression(StrEnum):
    """An expression class that several corpora have, by the name that Aff-Wild2 or AffectNet gives it."""

    NEUTRAL = "Neutral"
    ANGER = "Anger"
    DISGUST = "Disgust"
    FEAR = "Fear"
    HAPPINESS = "Happiness"
    SADNESS = "Sadness"
    SURPRISE = "Surprise"
    CONTEMPT = "Contempt"
    OTHER = "Other"


KNOWN_CLASSES = tuple(Expression)
"""The order in which a dataset lists the classes that it has of these."""

SEVEN_CLASSES = KNOWN_CLASSES[:7]
"""The classes of ABAW1 and ABAW2, in the order of their header."""

EIGHT_CLASSES = (*SEVEN_CLASSES, Expression.OTHER)
"""The classes of ABAW3 and later, in the order of their header; none of them has Contempt."""

DIMENSIONS = ("valence", "arousal")
"""The dimensions of affect, in the order of the header and of a model's outputs."""

ACTION_UNITS = (
    "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12", "AU14", "AU15", "AU17", "AU20", "AU23",
    "AU24", "AU25", "AU26",
)  # fmt: skip
"""The action units that any corpus codes: Aff-Wild2's 13, DISFA's 12 and BP4D's 12."""

ABAW_UNITS = (
    "AU01", "AU02", "AU04", "AU06", "AU07", "AU10", "AU12", "AU15", "AU20", "AU23", "AU24", "AU25", "AU26",
)  # fmt: skip
"""The 13 of them that any edition of ABAW annotates (AU20 in ABAW1 alone)."""


@dataclass(frozen=True, slots=True)
class LabelSpec:
    """How one task is annotated.

    Attributes:
        kind: `classes` is one whole number a row, the index of a class; `values` a number a column; `units` a struct
            of 1 (present) and 0 (absent).
        title: what the labels are called in texts; of units in the plural.
        columns: of the tables and of a published dataset. There is no label where they are null in a table, and in a
            published dataset -1 (whole numbers) or NaN.
        details: columns of the tables and of a published dataset that say more of a label, and go where it goes.
        names: of the outputs of a head, in label order; empty where a dataset states them, as expression's header does.
            Of units a network has those that its training rows annotate.
        limits: lowest and highest label; of classes None where their number says it.
        missing: what a label file writes for "no annotation".
        words: that say the task in the names of a corpus' files and folders, in lower case.
        folder: of the label files that are written, in ABAW2's manner.
        schemes: the lists of names that a label file's header may have: of classes each whole, a longer one beginning
            with the shorter; of units one, of which a header has some; empty for values.
    """

    kind: Literal["classes", "values", "units"]
    title: str
    columns: tuple[str, ...]
    details: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None
    missing: int = NO_LABEL
    words: tuple[str, ...] = ()
    folder: str = ""
    schemes: tuple[tuple[str, ...], ...] = ()


LABELS: Mapping[str, LabelSpec] = {
    EXPRESSION: LabelSpec(
        "classes",
        "expression",
        columns=("expression",),
        details=(
            "expression_given",
            "expression_votes",
            "votes_outside",
            "votes_unknown",
            "votes_no_face",
            "raters",
            "expression_agreement",
            "expression_intended",
            "votes_voice",
            "votes_face",
        ),
        words=("expr", "expression", "expressions"),
        folder="EXPR_Set",
        schemes=(SEVEN_CLASSES, EIGHT_CLASSES),
    ),
    VALENCE_AROUSAL: LabelSpec(
        "values",
        "valence and arousal",
        columns=DIMENSIONS,
        names=DIMENSIONS,
        limits=(-1.0, 1.0),
        missing=-5,
        words=("va", "valence"),
        folder="VA_Set",
    ),
    UNITS: LabelSpec(
        "units",
        "action units",
        columns=("action_units",),
        details=("action_unit_intensity",),
        names=ACTION_UNITS,
        limits=(0, 1),
        words=("au", "aus", "action"),
        folder="AU_Set",
        schemes=(ABAW_UNITS,),
    ),
}


def first_of_kind(task: str) -> bool:
    """Say whether a task is the first of its kind of labels: its columns of predictions have the short names.

    >>> first_of_kind("action_units")
    True
    """
    return next(name for name in TASKS if LABELS[name].kind == LABELS[task].kind) == task


def split_column(task: str) -> str:
    """Return the column that says in which split a task has a row's subject.

    >>> split_column("expression")
    'split_expression'
    """
    return f"split_{task}"


def label_columns() -> tuple[str, ...]:
    """Return the columns of all labels, in their order.

    >>> label_columns()
    ('expression', 'valence', 'arousal', 'action_units')
    """
    return tuple(column for task in TASKS for column in LABELS[task].columns)


def detail_columns() -> tuple[str, ...]:
    """Return the columns that say more of the labels, task by task."""
    return tuple(column for task in TASKS for column in LABELS[task].details)
