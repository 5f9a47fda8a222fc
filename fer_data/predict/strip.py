"""The strip below an annotated video: what was said of each person up to now, on one scale of time for the whole video.

Of classes it is a ribbon in the colour of the likeliest, as high as that is likely; of two values a line each; of units
a row each, bright where one is likely. A column shows the frame that stands there, so a gap is a gap.
"""

from itertools import pairwise

import numpy as np

from fer_data.core.arrays import Float64, Image, Int64
from fer_data.pictures.text import text_px
from fer_data.predict.colours import AXES, GROUND, INK, QUIET
from fer_data.predict.content import Bars, Columns, Content, Plane
from fer_data.predict.parts import Letters
from fer_data.predict.shapes import fill, path, write
from fer_data.predict.steady import Places

__all__ = ["Strip", "clock", "strip_px"]

_TRACK = (44, 44, 50)
_UNIT = (230, 159, 0)
_FEW = 3
"""People whose rows are high."""


def strip_px(content: Content, places: int, letters: Letters) -> int:
    """Return the height of a strip for so many places."""
    gap = letters.pad // 2
    return gap + places * (_row_px(content, places, letters) + gap) + letters.row


class Strip:
    """What came before, drawn once for the whole video and uncovered frame by frame."""

    def __init__(
        self,
        content: Content,
        places: Places,
        seconds: Float64,
        *,
        width: int,
        letters: Letters,
        foot: str = "",
    ) -> None:
        """Take what is drawn, who stands where, the times of frames, and a text that stands beside the clock."""
        self._places, self._seconds, self._letters = places, seconds, letters
        self._row = _row_px(content, places.rows.shape[1], letters)
        self._left = 2 * letters.pad + text_px("#00", letters.em)
        self._right = max(self._left + 1, width - letters.pad)
        self._height = strip_px(content, places.rows.shape[1], letters)
        self._length = float(seconds[-1]) if len(seconds) else 0.0
        self._blank = np.full((self._height, width, 3), GROUND, np.uint8)
        for place in range(places.rows.shape[1]):
            top = self._top(place)
            fill(self._blank, (self._left, top, self._right, top + self._row), _TRACK)
        ends = self._right - text_px(self._clock(self._length), letters.em) - letters.pad
        box = (letters.pad, self._height - letters.row, ends, self._height)
        write(self._blank, foot, box, size_px=letters.em, colour=QUIET)
        self._whole = self._drawn(content)

    def draw(self, image: Image, frame: int) -> None:
        """Draw the strip as it is at a frame into a part of a picture that has its size."""
        now = self._column(float(self._seconds[frame]))
        image[:] = self._blank
        image[:, self._left : now] = self._whole[:, self._left : now]
        ends = self._height - self._letters.row
        fill(image, (now, 0, now + max(2, self._letters.thin), ends), INK)
        said = self._clock(float(self._seconds[frame]))
        box = (self._left, ends, self._right, self._height)
        write(image, said, box, size_px=self._letters.em, colour=QUIET, align=1.0)
        for place, person in enumerate(self._places.people[frame].tolist()):
            if person >= 0:
                top, fresh = self._top(place), self._places.fresh[frame, place]
                label = (self._letters.pad, top, self._left, top + self._row)
                write(image, f"#{person}", label, size_px=self._letters.em, colour=INK if fresh else QUIET)

    def _clock(self, second: float) -> str:
        return f"{clock(second)} / {clock(self._length)}" + (" s" if self._length < 60 else "")

    def _top(self, place: int) -> int:
        gap = self._letters.pad // 2
        return gap + place * (self._row + gap)

    def _column(self, second: float) -> int:
        share = second / self._length if self._length else 1.0
        return self._left + round(share * (self._right - self._left - max(2, self._letters.thin)))

    def _drawn(self, content: Content) -> Image:
        image = self._blank.copy()
        faces = self._faces()
        for place in range(faces.shape[1]):
            top, of_place = self._top(place), faces[:, place]
            part = image[top : top + self._row, self._left : self._right]
            if content.bars is not None:
                _ribbon(part, content.bars, of_place)
            elif content.plane is not None:
                _lines(part, content.plane, of_place, self._letters)
            elif content.columns is not None:
                _heat(part, content.columns, of_place)
        return image

    def _faces(self) -> Int64:
        """Return the row of the face of each place in each column; -1 where there is none."""
        count = self._right - self._left
        if not len(self._seconds):
            return np.full((count, self._places.rows.shape[1]), -1, np.int64)
        times = np.arange(count) / max(1, count - 1) * self._length
        frames = np.searchsorted(self._seconds, times, side="right") - 1
        frames = np.clip(frames, 0, len(self._seconds) - 1)
        return np.where(self._places.fresh[frames], self._places.rows[frames], -1)


def clock(seconds: float) -> str:
    """Return a time in a video.

    >>> clock(3.24), clock(83.0), clock(3700.5)
    ('3.2', '1:23.0', '1:01:40.5')
    """
    tenths = round(10 * seconds)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    last = f"{rest // 10}.{rest % 10}"
    if hours:
        return f"{hours}:{minutes:02d}:{last:0>4}"
    return f"{minutes}:{last:0>4}" if minutes else last


def _row_px(content: Content, places: int, letters: Letters) -> int:
    """Return the height of a person's row: lines and rows of units need more than a ribbon."""
    if content.bars is None and content.columns is not None and content.plane is None:
        return max(letters.row, 3 * len(content.columns.names)) if places <= _FEW else letters.row
    if content.bars is None:
        return (2 if places <= _FEW else 1) * letters.row
    return round((1.6 if places <= _FEW else 1.0) * letters.em)


def _ribbon(part: Image, bars: Bars, faces: Int64) -> None:
    seen = np.flatnonzero(faces >= 0)
    best = bars.bar_of[bars.best[faces[seen]]]
    high = np.rint(bars.chances[faces[seen], best] * part.shape[0]).astype(np.int64)
    colours = np.array(bars.colours, np.uint8)[best]
    rows = np.arange(part.shape[0])[:, None]
    covered = rows >= part.shape[0] - high[None]
    part[:, seen] = np.where(covered[..., None], colours[None], part[:, seen])


def _lines(part: Image, plane: Plane, faces: Int64, letters: Letters) -> None:
    seen = np.flatnonzero(faces >= 0)
    fill(part, (0, part.shape[0] // 2, part.shape[1], part.shape[0] // 2 + letters.thin), (92, 92, 100))
    for run in np.split(seen, np.flatnonzero(np.diff(seen) > 1) + 1):
        for axis, colour in enumerate(AXES):
            height = (1 - plane.points[faces[run], axis]) / 2 * (part.shape[0] - 3) + 1
            spots = np.stack([run.astype(np.float64), height], axis=1)
            path(part, spots, [colour] * len(spots), letters.thin + 1)


def _heat(part: Image, columns: Columns, faces: Int64) -> None:
    seen = np.flatnonzero(faces >= 0)
    edges = np.linspace(0, part.shape[0], len(columns.names) + 1).round().astype(int)
    ground, bright = np.array(GROUND, np.float64), np.array(_UNIT, np.float64)
    for unit, (top, bottom) in enumerate(pairwise(edges)):
        share = columns.chances[faces[seen], unit][:, None]
        part[top:bottom, seen] = np.rint(ground + (bright - ground) * share).astype(np.uint8)
