"""What a page says of a row: its columns without what is missing, and where box and landmarks are in its crop."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fer_data.core.vision.geometry import Matrix, apply_matrix, box_matrix, similarity_matrix
from fer_data.shell.shown import printable

__all__ = ["LISTS", "NUMBERS", "STRUCTS", "TEXTS", "columns_of", "crop_places", "operations"]

TEXTS = (
    "row_id", "subject_id", "person_id", "video_id", "parent_id", "segment_id", "expression_given", "label_rule",
    "label_source", "label_scope", "subject_source",
)  # fmt: skip
NUMBERS = (
    "frame_index", "pts_seconds", "track_id", "detector_score", "sharpness", "brightness", "face_blur",
    "face_brightness", "face_contrast", "outside_fraction", "native_px", "valence", "arousal", "expression_agreement",
    "raters", "votes_outside", "votes_unknown", "votes_no_face", "duplicate_group",
)  # fmt: skip
LISTS = ("box", "landmarks", "expression_votes", "votes_voice", "votes_face")
STRUCTS = ("action_units", "action_unit_intensity")

_DIGITS = 4
_PLACES = 3
"""Decimals of a place in a crop, whose side is 1."""


def columns_of(records: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return what is known of some rows, column by column; a column of which no row knows anything is left out."""
    found: dict[str, list[Any]] = {}
    for name in (*TEXTS, *NUMBERS, *LISTS, *STRUCTS):
        column = [_known(record.get(name)) for record in records]
        if any(value is not None for value in column):
            found[name] = column
    done = [operations(record.get("augmentation")) for record in records]
    return {**found, "augmentation": done} if any(done) else found


def _known(value: Any) -> Any:  # noqa: ANN401 - of any column
    """Return a value as a page has it; None where a table writes that there is none.

    >>> _known(float("nan")), _known(-1), _known(""), _known([0.123456, None]), _known({"AU01": 1, "AU02": -1})
    (None, None, None, None, {'AU01': 1})
    """
    if isinstance(value, str):
        return printable(value) or None
    if isinstance(value, Mapping):
        known = {name: found for name, one in value.items() if (found := _known(one)) is not None}
        return known or None
    if isinstance(value, list):
        found = [_known(one) for one in value]
        return None if any(one is None for one in found) else found
    if isinstance(value, float):
        return _rounded(value) if math.isfinite(value) else None
    return None if value == -1 else value


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}") if abs(value) < 1 else round(value, 2)


def operations(record: str | None) -> dict[str, Any] | None:
    """Return how a copy was made, from its record: what was drawn, in order, and what encoded it; None of an original.

    >>> operations('{"seed": 3, "operations": [{"name": "Flip", "params": {"p": 0.5}}]}')
    {'seed': 3, 'operations': [['Flip', 'p=0.5']]}
    """
    if not record:
        return None
    try:
        read = json.loads(record)
        done = [[printable(str(one["name"])), _drawn(one.get("params") or {})] for one in read["operations"]]
    except (ValueError, LookupError, TypeError, AttributeError):
        return {"operations": [], "unread": printable(record)[:400]}
    stated = {name: read.get(name) for name in ("seed", "encoder", "quality", "library")}
    return {
        **{name: value for name, value in stated.items() if isinstance(value, str | int)},
        "operations": done,
    }


def _drawn(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{printable(str(name))}={_short(value)}" for name, value in params.items())


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{printable(str(key))}: {_short(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]" if len(value) <= 8 else f"[{len(value)} values]"
    return printable(str(value))[:60]


def crop_places(record: Mapping[str, Any], crop: Mapping[str, Any]) -> dict[str, list[list[float]]] | None:
    """Return where the box's corners and the landmarks are in a row's crop, whose side is 1; None where nobody knows.

    Nobody does of a crop that was given, of an augmented copy, and where the crop's geometry is not stated.
    """
    box, landmarks = _known(record.get("box")), _known(record.get("landmarks"))
    if box is None or record.get("parent_id") or _known(record.get("detector_score")) is None:
        return None
    matrix = _matrix(np.array(box, np.float32), landmarks, crop)
    if matrix is None:
        return None
    x_min, y_min, x_max, y_max = box
    corners = np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]])
    found = {"box": _placed(matrix, corners, crop["size"])}
    return (
        found
        if landmarks is None
        else {**found, "landmarks": _placed(matrix, np.array(landmarks), crop["size"])}
    )


def _matrix(box: Any, landmarks: Any, crop: Mapping[str, Any]) -> Matrix | None:  # noqa: ANN401 - arrays
    size, margin = crop.get("size"), crop.get("margin")
    if not isinstance(size, int) or not isinstance(margin, int | float) or size < 1:
        return None
    if crop.get("geometry") == "similarity" and landmarks is not None:
        return similarity_matrix(np.array(landmarks, np.float32), size, margin)
    return box_matrix(box, size, margin) if crop.get("geometry") == "box" else None


def _placed(matrix: Matrix, points: Any, size: int) -> list[list[float]]:  # noqa: ANN401 - arrays
    places = (apply_matrix(matrix, points) + 0.5) / size
    return [[round(float(one), _PLACES) for one in point] for point in places]
