"""A training picture beside the augmented copies that were made of it, with the operations that made them."""

import json
import re
from typing import Any

from docs.tools.pictures.demo import Demo
from docs.tools.pictures.svg import document, line, photo, text

__all__ = ["copies"]

_PARENT = "13-30-640x480/00016"
_LINE = 24
_TITLE = "A rendered face and three augmented copies of it, each with the operations that made it."
_SHOWN = {
    "HorizontalFlip": lambda _: "mirrored",
    "Affine": lambda p: (
        f"turned by {p['rotate']:.1f}°, scaled by {p['scale']['x']:.2f}" if "rotate" in p else "sheared"
    ),
    "RandomBrightnessContrast": lambda p: f"contrast x {p['alpha']:.2f}, light {p['beta']:+.0f}",
    "RandomGamma": lambda p: f"gamma {p['gamma']:.2f}",
    "HueSaturationValue": lambda p: f"hue {p['hue_shift']:+.0f}, saturation {p['sat_shift']:+.0f}",
}


def copies(demo: Demo) -> str:
    """Return the picture."""
    rows = demo.published(128)
    of_parent = (row for row in rows.values() if row["parent_id"] == _PARENT)
    made = sorted(of_parent, key=lambda row: row["row_id"])[:3]
    parts = [*_face(20, "parent", rows[_PARENT], [rows[_PARENT]["class"]]), line([(234, 162), (264, 162)])]
    for number, row in enumerate(made):
        parts += _face(282 + number * 244, f"copy +{number + 1}", row, _words(row))
    height = 284 + _LINE * max(len(_words(row)) for row in made)
    return document((1000, height), _TITLE, parts)


def _face(left: int, head: str, row: dict[str, Any], words: list[str]) -> list[str]:
    said = [
        text((left + 100, 290 + _LINE * k), word, "small", anchor="middle") for k, word in enumerate(words)
    ]
    image = photo((left, 62, 200, 200), row["image"]["bytes"])
    return [text((left + 100, 44), head, "strong", anchor="middle"), image, *said]


def _words(row: dict[str, Any]) -> list[str]:
    words = []
    for operation in json.loads(row["augmentation"])["operations"]:
        shown = _SHOWN.get(operation["name"])
        words.append(
            shown(operation["params"])
            if shown
            else re.sub(r"(?<!^)(?=[A-Z])", " ", operation["name"]).lower()
        )
    return [line for said in words for line in said.split(", ")]
