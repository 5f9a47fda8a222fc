"""Frames with a box, the class and its probability around every face."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.error import FFmpegError
from matplotlib import colormaps
from numpy.typing import NDArray

from fer_data.core.answers import THRESHOLD
from fer_data.core.faces import Image
from fer_data.errors import MediaError
from fer_data.files import atomic_file
from fer_data.images import encode_jpeg
from fer_data.model_files import Model
from fer_data.origin import RENDERED
from fer_data.prediction.recognise import SourceFaces
from fer_data.prediction.sources import Source, open_frames
from fer_data.progress import progress
from fer_data.x264 import X264_OPTIONS

__all__ = ["annotate", "class_colours", "draw_faces", "rising_seconds", "write_annotated"]

_TICKS = Fraction(1, 90_000)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK = (255, 255, 255)
_JPEG_QUALITY = 95
_LONGEST_STEP = 600.0
"""Seconds; a clock that steps further was set, or is damaged."""

_USUAL_STEP = 0.04


def class_colours(count: int) -> list[tuple[int, int, int]]:
    """Return an RGB colour a class, the same wherever a class is drawn."""
    palette = colormaps["tab10"]
    return [
        cast("tuple[int, int, int]", tuple(int(255 * v) for v in palette(i % 10)[:3])) for i in range(count)
    ]


def draw_faces(
    image: Image,
    boxes: NDArray[np.float32],
    probability: NDArray[np.float64],
    classes: Sequence[str],
    *,
    track_ids: NDArray[np.int64],
    notes: Sequence[str] = (),
) -> Image:
    """Return a copy with a box, a track and a class at every face, and the bars of all classes for the largest one.

    `notes`, one a face, say the rest; without classes they stand alone.
    """
    drawn = image.copy()
    if not len(boxes):
        return drawn
    scale = max(0.4, image.shape[0] / 720)
    colours = class_colours(max(1, len(classes)))
    noted = notes or [""] * len(boxes)
    for box, chances, track, note in zip(boxes, probability, track_ids, noted, strict=True):
        best = int(chances.argmax()) if len(classes) else 0
        corner, opposite = ((int(box[i]), int(box[i + 1])) for i in (0, 2))
        cv2.rectangle(drawn, corner, opposite, colours[best], max(1, round(2 * scale)))
        said = [f"{classes[best]} {chances[best]:.2f}"] if len(classes) else []
        text = " ".join([f"#{track}", *said, *([note] if note else [])])
        _label(drawn, text, corner, colour=colours[best], scale=scale)
    if not len(classes):
        return drawn
    largest = int((boxes[:, 2:] - boxes[:, :2]).prod(axis=1).argmax())
    _bars(drawn, probability[largest], classes, title=f"face #{track_ids[largest]}", scale=scale)
    return drawn


def _label(
    image: Image, text: str, corner: tuple[int, int], *, colour: tuple[int, int, int], scale: float
) -> None:
    (width, height), below = cv2.getTextSize(text, _FONT, 0.7 * scale, max(1, round(1.5 * scale)))
    x = int(np.clip(corner[0], 0, max(0, image.shape[1] - width)))
    y = max(corner[1], height + below + 2)
    cv2.rectangle(image, (x, y - height - below - 2), (x + width, y), colour, cv2.FILLED)
    cv2.putText(
        image, text, (x, y - below), _FONT, 0.7 * scale, _INK, max(1, round(1.5 * scale)), cv2.LINE_AA
    )  # fmt: skip


def _bars(
    image: Image, chances: NDArray[np.float64], classes: Sequence[str], *, title: str, scale: float
) -> None:
    """Draw one bar a class in the lower left corner, on a darkened ground."""
    size, thick = 0.55 * scale, max(1, round(scale))
    widest = max(cv2.getTextSize(name, _FONT, size, thick)[0][0] for name in (title, *classes))
    row, pad, full = round(24 * scale), round(8 * scale), round(120 * scale)
    height, width = row * (len(classes) + 1) + 2 * pad, widest + full + 3 * pad
    top = max(0, image.shape[0] - height)
    image[top:, :width] = (image[top:, :width] * 0.4).astype(np.uint8)
    cv2.putText(image, title, (pad, top + row), _FONT, size, _INK, thick, cv2.LINE_AA)
    colours = class_colours(len(classes))
    for place, (name, chance, colour) in enumerate(zip(classes, chances, colours, strict=True), 2):
        line = top + pad + place * row
        cv2.putText(image, name, (pad, line - pad), _FONT, size, _INK, thick, cv2.LINE_AA)
        left, right = widest + 2 * pad, widest + 2 * pad + round(full * float(chance))
        cv2.rectangle(image, (left, line - row + pad // 2), (right, line - pad // 2), colour, cv2.FILLED)


def annotate(
    source: Source,
    found: SourceFaces,
    classes: Sequence[str],
    units: Sequence[str] = (),
    *,
    caution: str = "",
) -> Iterator[tuple[int, Image]]:
    """Yield the index and the picture of each decoded frame, drawn on; a picture is a video of one frame.

    `caution` stands in the lower right corner of each.
    """
    starts = np.searchsorted(found.frame_index, np.arange(len(found.pts_seconds) + 1))
    with progress(f"drawing {source.name}", found.decoded_frames, "frames") as work:
        for frame in open_frames(source).frames():
            start, end = int(starts[frame.index]), int(starts[frame.index + 1])
            shown = slice(start, end)
            drawn = draw_faces(
                frame.image,
                found.faces.boxes[shown],
                found.probability[shown],
                classes,
                track_ids=found.track_id[shown],
                notes=[_note(found, face, units) for face in range(start, end)],
            )
            yield frame.index, _cautioned(drawn, caution) if caution else drawn
            work.advance()


def _cautioned(image: Image, text: str) -> Image:
    """Return a copy with a small text in the lower right corner, as large as it fits."""
    drawn = image.copy()
    size, thick = max(0.3, image.shape[0] / 720) * 0.6, max(1, round(image.shape[0] / 720))
    width, _ = cv2.getTextSize(text, _FONT, size, thick)[0]
    size *= min(1.0, 0.95 * image.shape[1] / width)
    (width, height), below = cv2.getTextSize(text, _FONT, size, thick)
    left, bottom = max(0, image.shape[1] - width - below), image.shape[0] - below
    drawn[max(0, bottom - height - below) :, max(0, left - below) :] //= 3
    cv2.putText(drawn, text, (left, bottom), _FONT, size, _INK, thick, cv2.LINE_AA)
    return drawn


def _note(found: SourceFaces, face: int, units: Sequence[str]) -> str:
    """Return valence, arousal and the units that are present of one face, as far as the model says them."""
    affect = [f"{name}{value:+.2f}" for name, value in zip("VA", found.valence_arousal[face], strict=False)]
    present = [unit for unit, one in zip(units, found.units[face], strict=False) if one >= THRESHOLD]
    return " ".join([*affect, *present])


def write_annotated(source: Source, found: SourceFaces, model: Model, path: Path) -> None:
    """Write the annotated source: H.264 in MP4 with the source's times, or a JPEG.

    Raises:
        MediaError: it cannot be encoded.
    """
    caution = f"trained on {RENDERED}" if model.note else ""
    frames = annotate(source, found, model.classes, model.units, caution=caution)
    if not source.is_video:
        with atomic_file(path) as temporary:
            temporary.write_bytes(encode_jpeg(next(frames)[1], _JPEG_QUALITY))
        return
    seconds = rising_seconds(found.pts_seconds)
    try:
        with atomic_file(path) as temporary:
            _encode(((seconds[index], image) for index, image in frames), temporary)
    except FFmpegError as error:
        raise MediaError(f"{path.name} cannot be encoded: {error.strerror}.") from error


def rising_seconds(pts_seconds: NDArray[np.float64]) -> NDArray[np.float64]:
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
    """Write frames at their times; one that differs in size is brought to the first one's."""
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", options=X264_OPTIONS)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1  # the encoder's output depends on the number
        stream.codec_context.time_base = _TICKS
        size_wh: tuple[int, int] | None = None
        for seconds, frame in frames:
            if size_wh is None:
                size_wh = _even_size(frame, path)
                stream.width, stream.height = size_wh
            even = frame[: size_wh[1], : size_wh[0]]
            if even.shape[1::-1] != size_wh:
                even = np.asarray(cv2.resize(frame, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
            picture.pts, picture.time_base = round(seconds / _TICKS), _TICKS
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _even_size(frame: Image, path: Path) -> tuple[int, int]:
    """Return width and height without an odd last column or row, as H.264 has them."""
    width, height = frame.shape[1] // 2 * 2, frame.shape[0] // 2 * 2
    if not width or not height:
        raise MediaError(
            f"{path.name} cannot be encoded: a picture of {frame.shape[1]} x {frame.shape[0]} px is too small."
        )
    return width, height
