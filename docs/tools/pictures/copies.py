"""A training picture beside the augmented copies that were made of it, with the operations that made them."""

import json
import re
from typing import Any

from docs.tools.pictures.demo import Demo
from docs.tools.pictures.svg import document, line, photo, text

__all__ = ["copies"]

_PARENT = "105/00001"
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
    made = sorted(
        (row for row in rows.values() if row["parent_id"] == _PARENT), key=lambda row: row["row_id"]
    )[:3]
    parts = [
        photo((20, 62, 200, 200), rows[_PARENT]["image"]["bytes"]),
        text((120, 44), "parent", "strong", anchor="middle"),
    ]
    parts += [text((120, 294), rows[_PARENT]["class"], anchor="middle"), line([(234, 162), (264, 162)])]
    for number, row in enumerate(made):
        x = 282 + number * 244
        parts.append(photo((x, 62, 200, 200), row["image"]["bytes"]))
        parts.append(text((x + 100, 44), f"copy +{number + 1}", "strong", anchor="middle"))
        parts += [
            text(
                (
                    x + 100,
                    292 + 24 * k,
                ),
                said,
                "small",
                anchor="middle",
            )
            for k, said in enumerate(_words(row))
        ]
    return document((1000, 400), _TITLE, parts)


def _words(row: dict[str, Any]) -> list[str]:
    words = []
    for operation in json.loads(row["augmentation"])["operations"]:
        shown = _SHOWN.get(operation["name"])
        words.append(
            shown(operation["params"])
            if shown
            else re.sub(r"(?<!^)(?=[A-Z])", " ", operation["name"]).lower()
        )
    return [line for said in words for line in said.split(", ")][:5]
