"""Write annotations as the organisers do: one text file a subject and task, a header, one line a frame."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.sample.expressions import ACTION_UNITS_12, action_units, valence_arousal
from fer_data.sample.motion import Performance

__all__ = ["Annotations", "LabelTroubles", "annotate", "label_path", "write_labels"]

_FOLDERS = {"expression": "EXPR_Set", "valence_arousal": "VA_Set", "action_units": "AU_Set"}
_SPLIT_FOLDERS = {"train": "Train_Set", "validation": "Validation_Set"}
_HEADERS = {
    "expression": ",".join(SEVEN_CLASSES),
    "valence_arousal": "valence,arousal",
    "action_units": ",".join(ACTION_UNITS_12),
}
_MISSING = {
    "expression": "-1",
    "valence_arousal": "-5,-5",
    "action_units": ",".join(["-1"] * len(ACTION_UNITS_12)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """What annotators say of one person.

    Attributes:
        expression: (n,) int8, index in `SEVEN_CLASSES`.
        valence_arousal: (n, 2) float32 in [-1, 1].
        action_units: (n, 12) int8, 0 or 1.
    """

    expression: NDArray[np.int8]
    valence_arousal: Float32
    action_units: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class LabelTroubles:
    """What is wrong with one subject's label files.

    Attributes:
        extra_lines: label lines more than rendered frames; may be negative.
        unlabelled: first frame and end of each span without annotation.
    """

    subject_id: str
    extra_lines: int = 0
    unlabelled: tuple[tuple[int, int], ...] = ()


def annotate(performance: Performance) -> Annotations:
    """Return what annotators say of a performance."""
    weights = performance.weights
    return Annotations(performance.expression, valence_arousal(weights), action_units(weights))


def label_path(task: str, split: str, subject_id: str) -> str:
    """Return a label file's path relative to the corpus root, as in ABAW2.

    >>> label_path("expression", "train", "102_left")
    'annotations/EXPR_Set/Train_Set/102_left.txt'
    """
    return f"annotations/{_FOLDERS[task]}/{_SPLIT_FOLDERS[split]}/{subject_id}.txt"


def write_labels(
    root: Path, splits: Mapping[str, str], annotations: Annotations, troubles: LabelTroubles
) -> None:
    """Write one subject's label files; `splits` gives the split by task, and test subjects get none."""
    lines = {
        "expression": [f"{label}" for label in annotations.expression],
        "valence_arousal": [
            f"{valence:.3f},{arousal:.3f}" for valence, arousal in annotations.valence_arousal
        ],
        "action_units": [",".join(str(unit) for unit in units) for units in annotations.action_units],
    }
    for task, split in splits.items():
        if split != "test":
            path = root / label_path(task, split, troubles.subject_id)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join([_HEADERS[task], *_troubled(lines[task], task, troubles)]) + "\n")


def _troubled(lines: list[str], task: str, troubles: LabelTroubles) -> Iterable[str]:
    lines = list(lines)
    for first, end in troubles.unlabelled:
        lines[first:end] = [_MISSING[task]] * (end - first)
    return lines[: len(lines) + min(0, troubles.extra_lines)] + lines[-1:] * max(0, troubles.extra_lines)
