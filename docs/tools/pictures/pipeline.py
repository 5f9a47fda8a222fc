"""The pipeline on a strip of frames: what is found, whose face it is, the aligned crops, one published row."""

from typing import Any

from docs.tools.pictures.demo import Demo, encoded
from docs.tools.pictures.svg import box, document, dot, line, photo, text

__all__ = ["pipeline"]

_VIDEO, _PERSON, _OTHER = "batch1/video3.mp4", "video3_right", "video3_left"
_FRAMES = (1, 5, 9, 14, 21)
_WIDTH, _GAP = 192, 10
_TITLE = (
    "Five frames of a video of two rendered people with boxes, landmarks and tracks; the aligned crops of the person "
    "on the right with their labels; and one published row."
)


def pipeline(demo: Demo) -> str:
    """Return the picture."""
    parts = [text((0, 22), "Every face of every frame, and whose track it is on", "strong")]
    parts += _strip(demo)
    parts += _crops(demo)
    parts += _row(demo.published(128)[f"{_PERSON}/{_FRAMES[-1] + 1:05d}"])
    return document((1040, 690), _TITLE, [f'<g transform="translate(20 20)">{"".join(parts)}</g>'])


def _left(position: int) -> float:
    return position * (_WIDTH + _GAP)


def _strip(demo: Demo) -> list[str]:
    frames = demo.frames(_VIDEO)
    parts = []
    for position, index in enumerate(_FRAMES):
        frame = frames[index]
        scale = _WIDTH / frame.shape[1]
        parts.append(photo((_left(position), 38, _WIDTH, 144), encoded(frame, 2 * _WIDTH)))
        for subject, kind in ((_OTHER, "second"), (_PERSON, "first")):
            face = demo.faces_of(subject)[index]
            x_min, y_min, x_max, y_max = (value * scale for value in face["box"])
            parts.append(box((_left(position) + x_min, 38 + y_min, x_max - x_min, y_max - y_min), kind))
            parts += [dot((_left(position) + x * scale, 38 + y * scale), 1.7) for x, y in face["landmarks"]]
    return parts


def _crops(demo: Demo) -> list[str]:
    parts = [text((0, 248), "The annotated person, aligned, with the label of exactly that frame", "strong")]
    for position, index in enumerate(_FRAMES):
        row = demo.published(128)[f"{_PERSON}/{index + 1:05d}"]
        middle = _left(position) + _WIDTH / 2
        parts.append(line([(middle, 190), (middle, 218)]))
        parts.append(photo((middle - 64, 264, 128, 128), row["image"]["bytes"]))
        parts.append(text((middle, 420), row["class"], anchor="middle"))
    return parts


def _row(row: dict[str, Any]) -> list[str]:
    values = {
        "row_id": row["row_id"],
        "expression": row["class"],
        "valence, arousal": f"{row['valence']:.2f}, {row['arousal']:.2f}",
        "track_id, score": f"{row['track_id']}, {row['detector_score']:.2f}",
        "box": ", ".join(f"{value:.0f}" for value in row["box"]),
        "split": row["split"],
    }
    last = _left(len(_FRAMES) - 1) + _WIDTH / 2
    parts = [line([(last, 430), (last, 452)]), text((0, 478), "One row of a published dataset", "strong")]
    parts += [
        box((0, 494, 1000, 156), "panel", rounded=10),
        photo((14, 508, 128, 128), row["image"]["bytes"]),
    ]
    for number, (name, value) in enumerate(values.items()):
        x, y = 166 + 420 * (number // 3), 536 + 42 * (number % 3)
        parts += [text((x, y), name, "small"), text((x + 170, y), value, "mono")]
    return parts
