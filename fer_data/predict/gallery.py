"""What the gallery of a folder shows of each source: its answer, person by person, a still, and what came when.

A page holds no more than so many sources and pictures, evenly spaced over all of them in the order of their names, and
says so.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import cv2
import numpy as np

from fer_data.core.arrays import Image, Int64
from fer_data.core.labels.tasks import LABELS
from fer_data.core.metrics.head_outputs import THRESHOLD
from fer_data.predict.answers import TaskAnswers
from fer_data.predict.drawing import Drawn
from fer_data.predict.recognise import SourceFaces

__all__ = ["MAX_SOURCES", "MAX_STILLS", "Gallery", "evenly_spaced", "still_frame"]

MAX_SOURCES: Final = 4000
MAX_STILLS: Final = 500
"""Of a page; with these it stays below 15 MB."""

_STILLS_BYTES, _ENTRIES_BYTES = 7_500_000, 6_500_000
"""Of base64 and of JSON, at most, whatever pictures, names and people are like."""

_MAX_PEOPLE, _MAX_BARS, _BINS = 6, 12, 60
_SIDE_PX, _QUALITY = 320, 72


@dataclass(slots=True)
class Gallery:
    """Collects what a page shows while sources are predicted, one after another.

    Attributes:
        count: of all sources.
        with_stills: keep pictures; without, the page has none.
        entries: what the page shows, by the position of the source.
        stills: pictures as base64 of WebP, by the same.
        left: bytes of base64 that there is room for.
    """

    count: int
    with_stills: bool
    entries: dict[int, dict[str, Any]] = field(default_factory=dict)
    stills: dict[int, str] = field(default_factory=dict)
    left: int = _STILLS_BYTES

    def wants_still(self, position: int) -> bool:
        """Say whether the picture of a source is kept."""
        return self.with_stills and evenly_spaced(position, self.count, MAX_STILLS)

    def add(
        self,
        position: int,
        found: SourceFaces,
        drawn: Drawn | None,
        *,
        drawings: Sequence[str],
        is_video: bool,
    ) -> None:
        """Take a source; `drawings` are their paths below the folder: what is annotated, then timelines."""
        if not evenly_spaced(position, self.count, MAX_SOURCES):
            return
        self.entries[position] = {"video": is_video, **_entry(found, drawn, drawings)}
        if drawn is not None and drawn.still is not None:
            text = _encoded(drawn.still)
            if len(text) <= self.left:
                self.left -= len(text)
                self.stills[position] = text

    def shown(self) -> list[int]:
        """Return the positions of the sources that fit onto the page, evenly spaced over all."""
        positions, most = sorted(self.entries), len(self.entries)
        sizes = {at: len(json.dumps(self.entries[at], ensure_ascii=False).encode()) for at in positions}
        while True:
            kept = [at for index, at in enumerate(positions) if evenly_spaced(index, len(positions), most)]
            total = sum(sizes[at] for at in kept)
            if total <= _ENTRIES_BYTES or most <= 1:
                return kept
            most = max(1, min(most - 1, most * _ENTRIES_BYTES // total))


def evenly_spaced(position: int, count: int, most: int) -> bool:
    """Say whether the item at a position is one of at most so many that are evenly spaced over all.

    >>> [position for position in range(10) if evenly_spaced(position, 10, 4)]
    [0, 3, 5, 8]
    """
    return count <= most or (position * most) // count != ((position - 1) * most) // count


def still_frame(found: SourceFaces) -> int | None:
    """Return the frame that shows a source best: most faces, then the largest ones; the middle where there is none."""
    if not len(found.frame_index):
        return found.decoded_frames // 2 if found.decoded_frames else None
    frames, index, counts = np.unique(found.frame_index, return_inverse=True, return_counts=True)
    sides = found.faces.boxes[:, 2:] - found.faces.boxes[:, :2]
    areas = np.bincount(index, weights=sides.prod(axis=1), minlength=len(frames))
    return int(frames[np.lexsort((-areas, -counts))[0]])


def _entry(found: SourceFaces, drawn: Drawn | None, drawings: Sequence[str]) -> dict[str, Any]:
    people, counts = np.unique(found.person_id, return_counts=True)
    ordered = people[np.lexsort((people, -counts))].tolist()
    times = found.pts_seconds[np.isfinite(found.pts_seconds)]
    return {
        "name": found.name,
        "frames": found.decoded_frames,
        "seconds": round(float(np.ptp(times)), 2) if len(times) else 0.0,
        "people": [_person(found, person, drawn) for person in ordered[:_MAX_PEOPLE]],
        "more": max(0, len(ordered) - _MAX_PEOPLE),
        "error": found.error,
        "size": None if drawn is None else list(drawn.size_wh),
        "annotated": quote(drawings[0]) if drawings else None,
        "timelines": [quote(path) for path in drawings[1:]],
    }


def _person(found: SourceFaces, person: int, drawn: Drawn | None) -> dict[str, Any]:
    """Return the mean answer for a person, where the face is in the still, and the likeliest class over time."""
    rows = np.flatnonzero(found.person_id == person)
    said: dict[str, Any] = {"id": person, "faces": len(rows)}
    for one in found.answers.values():
        kind, mean = LABELS[one.task].kind, one.values[rows].mean(axis=0)
        if kind == "classes" and "classes" not in said:
            kept = np.sort(np.argsort(-mean, kind="stable")[:_MAX_BARS])
            said["classes"] = [[int(at), round(1000 * float(mean[at]))] for at in kept]
            said["best"] = int(mean.argmax())
            said["confidence"] = round(1000 * float(mean.max()))
            if found.decoded_frames > 1:
                said["line"] = _line(one, rows, found.frame_index[rows], len(found.pts_seconds))
        elif kind == "values" and "values" not in said:
            said["values"] = [round(float(value), 3) for value in mean]
        elif kind == "units" and "units" not in said:
            said["units"] = np.flatnonzero(mean >= THRESHOLD).tolist()
    if drawn is not None:
        here = rows[found.frame_index[rows] == drawn.frame]
        said["box"] = [round(float(edge), 1) for edge in found.faces.boxes[here[0]]] if len(here) else None
    return said


def _line(found: TaskAnswers, rows: Int64, frames: Int64, length: int) -> list[list[int]]:
    """Return the likeliest class of each part of a video, -1 where the person is not seen, and how likely it is."""
    bins = min(_BINS, length)
    at = frames * bins // max(1, length)
    sums = np.zeros((bins, found.values.shape[1]))
    np.add.at(sums, at, found.values[rows])
    counts = np.bincount(at, minlength=bins)
    means = sums / np.maximum(counts, 1)[:, None]
    best = np.where(counts > 0, means.argmax(axis=1), -1)
    return [best.tolist(), np.rint(1000 * means.max(axis=1)).astype(int).tolist()]


def _encoded(image: Image) -> str:
    """Return a small picture as base64 of WebP."""
    factor = _SIDE_PX / max(image.shape[:2])
    if factor < 1:
        size_wh = tuple(max(1, round(side * factor)) for side in image.shape[1::-1])
        image = np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    return base64.b64encode(encoded.tobytes()).decode()
