"""Annotated pictures and videos: boxes at faces, and beside the picture what the model says, steady over frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Image
from fer_data.errors import MediaError
from fer_data.media.x264 import X264_OPTIONS
from fer_data.model.files import Model
from fer_data.pictures.images import encode_jpeg
from fer_data.pictures.sheet import Colour
from fer_data.predict.canvas import canvas_for
from fer_data.predict.colours import GROUND, INK, QUIET
from fer_data.predict.content import content_of
from fer_data.predict.labels import Labels
from fer_data.predict.panel import letters_px, panel_for
from fer_data.predict.parts import Face, Letters, percent
from fer_data.predict.recognise import SourceFaces
from fer_data.predict.shapes import write
from fer_data.predict.sources import Source, open_frames
from fer_data.predict.steady import most_at_once, places_of, steadied, window_of
from fer_data.predict.strip import Strip, strip_px
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.progress import progress
from fer_data.tables.origin import RENDERED

__all__ = ["Drawn", "Scene", "annotate", "rising_seconds", "write_annotated"]

_TICKS = Fraction(1, 90_000)
_JPEG_QUALITY = 95

_LONGEST_STEP = 600.0
"""Seconds; a clock that steps further was set, or is damaged."""

_USUAL_STEP = 0.04
_TRAIL_SECONDS = 2.0
_TRAIL_POINTS = 50
_CLASS_LETTERS = 24
"""Of a class in a label, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What is kept of a source that was drawn.

    Attributes:
        frame: index of the frame that shows it best.
        size_wh: of its frames in px.
        still: that frame with boxes and labels, without what stands beside it; null: no picture is kept.
    """

    frame: int
    size_wh: tuple[int, int]
    still: Image | None = None


class Scene:
    """Draws the frames of a source, all alike: the parts stand where they stand, and people keep their places.

    Attributes:
        canvas: where the parts stand.
        size_wh: of the source's frames in px.
    """

    def __init__(
        self,
        found: SourceFaces,
        size_wh: tuple[int, int],
        *,
        is_video: bool,
        caution: str = "",
        window: int = 0,
    ) -> None:
        """Lay out a source whose frames have a size; the values in `found` are drawn as they are.

        `caution`, and the window of frames that the values were averaged over, stand at the foot.
        """
        self._found, self._content, self.size_wh = found, content_of(found.answers.values()), size_wh
        self._foot = _foot_text(caution, window)
        people = most_at_once(found)
        self.canvas = canvas_for(
            size_wh,
            panel_of=lambda wh: panel_for(self._content, wh, people),
            strip_px=lambda panel, wh: (
                strip_px(self._content, len(panel.corners), _letters(wh)) if is_video and panel else 0
            ),
            foot_px=lambda panel, wh: _letters(wh).row if self._foot and not (is_video and panel) else 0,
            limited=is_video,
        )
        self._places = places_of(found, len(self.canvas.panel.corners) if self.canvas.panel else 0)
        self._starts = np.searchsorted(found.frame_index, np.arange(len(found.pts_seconds) + 1))
        self._labels, self._ground = self._label_drawer(), self._drawn_ground()
        self._seconds = rising_seconds(found.pts_seconds)
        self._trail_step = max(1, round(self._trail_frames() / _TRAIL_POINTS))
        self._strip = self._drawn_strip()

    def draw(self, image: Image, frame: int) -> Image:
        """Return a frame drawn on."""
        drawn = self._ground.copy()
        left, top, right, bottom = self.canvas.picture
        picture = drawn[top:bottom, left:right]
        _resize(image, picture)
        start, end = int(self._starts[frame]), int(self._starts[frame + 1])
        self._draw_labels(picture, np.arange(start, end), (right - left) / image.shape[1])
        panel = self.canvas.panel
        if panel is not None:
            x, y = self.canvas.panel_at
            part = drawn[y : y + panel.size_wh[1], x : x + panel.size_wh[0]]
            alone = [int(person) in self._places.without for person in self._found.person_id[start:end]]
            panel.draw(part, self._faces(frame), sum(alone))
        if self._strip is not None and self.canvas.strip is not None:
            left, top, right, bottom = self.canvas.strip
            self._strip.draw(drawn[top:bottom, left:right], frame)
        return drawn

    def _faces(self, frame: int) -> list[Face | None]:
        """Return who stands in each place; None where nobody has been seen yet."""
        found: list[Face | None] = []
        for place, person in enumerate(self._places.people[frame].tolist()):
            row, fresh = int(self._places.rows[frame, place]), bool(self._places.fresh[frame, place])
            found.append(None if person < 0 else Face(person, row, fresh, self._trail(frame, place, person)))
        return found

    def _trail(self, frame: int, place: int, person: int) -> list[int]:
        """Return the rows of a person's faces in the last two seconds, oldest first."""
        if self._content.plane is None or frame == 0:
            return []
        since = int(np.searchsorted(self._seconds, self._seconds[frame] - _TRAIL_SECONDS))
        since = -(-since // self._trail_step) * self._trail_step  # the same points in the next frame
        frames = np.arange(since, frame, self._trail_step)
        own = self._places.fresh[frames, place] & (self._places.people[frames, place] == person)
        rows: list[int] = self._places.rows[frames[own], place].tolist()
        return rows

    def _trail_frames(self) -> int:
        """Return how many frames the usual two seconds have."""
        length = float(self._seconds[-1]) if len(self._seconds) else 0.0
        return round(len(self._seconds) * min(1.0, _TRAIL_SECONDS / length)) if length else 1

    def _draw_labels(self, picture: Image, rows: NDArray[np.int64], scale: float) -> None:
        bars, people = self._content.bars, self._found.person_id[rows].tolist()
        best = [-1 if bars is None else int(bars.best[row]) for row in rows]
        texts = [self._text(person, row) for person, row in zip(people, rows.tolist(), strict=True)]
        colours: list[Colour] = [INK if bars is None else bars.class_colours[index] for index in best]
        boxes = self._found.faces.boxes[rows] * np.float32(scale)
        self._labels.draw(picture, boxes, people, texts=texts, colours=colours)

    def _text(self, person: int, row: int) -> str:
        """Return what a label says: who, which class, and of people without a place how likely it is."""
        bars, said = self._content.bars, [f"#{person}"]
        if bars is not None:
            said.append(bars.classes[bars.best[row]][:_CLASS_LETTERS])
            if person in self._places.without:
                said.append(percent(bars.chances[row, bars.bar_of[bars.best[row]]]))
        return " ".join([*said, *filter(None, [self._content.note(row)])])

    def _label_drawer(self) -> Labels:
        scale = (self.canvas.picture[2] - self.canvas.picture[0]) / self.size_wh[0]
        widths = self._found.faces.boxes[:, 2] - self._found.faces.boxes[:, 0]
        usual = float(np.median(widths)) * scale if len(widths) else 0.0
        said = self._content.bars.classes if self._content.bars else ()
        texts = [f"#0 {name[:_CLASS_LETTERS]}" for name in said] or ["#00"]
        return Labels(texts, usual, letters_px(self.canvas.picture[2:]))

    def _drawn_ground(self) -> Image:
        ground = np.full((self.canvas.size_wh[1], self.canvas.size_wh[0], 3), GROUND, np.uint8)
        if (panel := self.canvas.panel) is not None:
            x, y = self.canvas.panel_at
            ground[y : y + panel.size_wh[1], x : x + panel.size_wh[0]] = panel.ground()
        if (foot := self.canvas.foot) is not None:
            letters = _letters(self.canvas.picture[2:])
            box = (letters.pad, foot[1], foot[2] - letters.pad, foot[3])
            write(ground, self._foot, box, size_px=letters.em, colour=QUIET)
        return ground

    def _drawn_strip(self) -> Strip | None:
        if self.canvas.strip is None:
            return None
        width, letters = self.canvas.size_wh[0], _letters(self.canvas.picture[2:])
        return Strip(
            self._content, self._places, self._seconds, width=width, letters=letters, foot=self._foot
        )


def _letters(picture_wh: tuple[int, int]) -> Letters:
    return Letters(letters_px(picture_wh))


def _foot_text(caution: str, window: int) -> str:
    averaged = f"values are means of {2 * window + 1} frames" if window else ""
    return " · ".join(filter(None, [caution, averaged]))


def _resize(image: Image, picture: Image) -> None:
    """Bring a frame to the size of the part of a canvas where it stands."""
    if image.shape == picture.shape:
        picture[:] = image
        return
    way = cv2.INTER_CUBIC
    if image.shape[0] > picture.shape[0]:  # down to a half linear shows no less, at a seventh of the time
        way = cv2.INTER_LINEAR if image.shape[0] <= 2 * picture.shape[0] else cv2.INTER_AREA
    picture[:] = cv2.resize(image, picture.shape[1::-1], interpolation=way)


def annotate(
    source: Source, found: SourceFaces, *, caution: str = "", smoothing_frames: int = 0
) -> Iterator[tuple[int, Image, Scene]]:
    """Yield the index and the picture of each decoded frame, drawn on, and the scene; a picture has one frame.

    Values of a video are averaged over some frames where no smoothing was asked for, so that they can be read; the foot
    of each frame says so.
    """
    window = window_of(found, smoothing_frames)
    steady = steadied(found, window, smoothing_frames)
    scene: Scene | None = None
    with progress(f"drawing {source.name}", found.decoded_frames, "frames") as work:
        for frame in open_frames(source).frames():
            scene = scene or Scene(
                steady, frame.size_wh, is_video=source.is_video, caution=caution, window=window
            )
            yield frame.index, scene.draw(frame.image, frame.index), scene
            work.advance()


def write_annotated(
    source: Source,
    found: SourceFaces,
    model: Model,
    path: Path,
    *,
    smoothing_frames: int = 0,
    still: tuple[int, bool] | None = None,
) -> Drawn | None:
    """Write the annotated source, H.264 in MP4 with the source's times or a JPEG, and return what is kept of it.

    `still` asks for that: of which frame, and whether its picture is kept.

    Raises:
        MediaError: it cannot be encoded.
    """
    caution = f"trained on {RENDERED}" if model.note else ""
    kept = _Kept(still)
    frames = kept.watching(annotate(source, found, caution=caution, smoothing_frames=smoothing_frames))
    if not source.is_video:
        with atomic_file(path) as temporary:
            temporary.write_bytes(encode_jpeg(next(frames)[1], _JPEG_QUALITY))
        return kept.drawn
    seconds = rising_seconds(found.pts_seconds)
    try:
        with atomic_file(path) as temporary:
            _encode(((seconds[index], image) for index, image in frames), temporary)
    except FFmpegError as error:
        raise MediaError(f"{path.name} cannot be encoded: {error.strerror}.") from error
    return kept.drawn


class _Kept:
    """Keeps of the frames that pass by the one that is asked for."""

    def __init__(self, still: tuple[int, bool] | None) -> None:
        self._still = still
        self.drawn: Drawn | None = None

    def watching(self, frames: Iterator[tuple[int, Image, Scene]]) -> Iterator[tuple[int, Image]]:
        """Yield index and picture of each frame."""
        for index, image, scene in frames:
            if self._still is not None and index == self._still[0]:
                left, top, right, bottom = scene.canvas.picture
                picture = image[top:bottom, left:right].copy() if self._still[1] else None
                self.drawn = Drawn(index, scene.size_wh, picture)
            yield index, image


def rising_seconds(pts_seconds: Float64) -> Float64:
    """Return times from 0 that rise, for a player: steps that go nowhere, back or far ahead become the usual step.

    >>> rising_seconds(np.array([5.0, 5.1, 5.1, 5.2, 2.0, 2.1])).round(3).tolist()
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    """
    steps = np.diff(pts_seconds)
    sound = (steps > float(_TICKS)) & (steps <= _LONGEST_STEP)
    if sound.all():
        return np.asarray(pts_seconds - pts_seconds[:1], np.float64)
    usual = float(np.median(steps[sound])) if sound.any() else _USUAL_STEP
    return np.concatenate([[0.0], np.cumsum(np.where(sound, steps, usual))])[: len(pts_seconds)]


def _encode(frames: Iterator[tuple[float, Image]], path: Path) -> None:
    """Write frames, all of one even size, at their times."""
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", options=X264_OPTIONS)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1  # the encoder's output depends on the number
        stream.codec_context.time_base = _TICKS
        begun = False
        for seconds, frame in frames:
            if not begun:
                stream.width, stream.height, begun = frame.shape[1], frame.shape[0], True
            image = av.VideoFrame.from_ndarray(frame, format="rgb24")
            image.pts, image.time_base = round(seconds / _TICKS), _TICKS
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
