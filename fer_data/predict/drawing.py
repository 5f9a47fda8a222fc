"""Frames with a box, the person and the class at every face, and the bars of all classes beside the picture."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from fer_data.core.arrays import Image
from fer_data.core.labels.tasks import LABELS
from fer_data.errors import MediaError
from fer_data.media.x264 import X264_OPTIONS
from fer_data.model.files import Model
from fer_data.pictures.images import encode_jpeg
from fer_data.predict.answers import TaskAnswers, kind_of
from fer_data.predict.label_places import place_labels
from fer_data.predict.panel import Bars, above_text, beside, class_colours
from fer_data.predict.recognise import SourceFaces
from fer_data.predict.sources import Source, open_frames
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.progress import progress
from fer_data.tables.origin import RENDERED

__all__ = ["annotate", "draw_faces", "drawing_scale", "rising_seconds", "write_annotated"]

_TICKS = Fraction(1, 90_000)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK = (255, 255, 255)
_JPEG_QUALITY = 95
_LEAST_SCALE, _LEAST_LABEL = 0.65, 0.55
"""Of lines and letters, and of labels: smaller ones cannot be read."""

_OVER_FACE = 1.7
"""Widths of a face that its label may have before it becomes smaller."""

_LEAST_PX, _MOST_PX = 240, 2048
"""Shorter side that a picture is enlarged to, and the longer one that it may then have."""

_LONGEST_STEP = 600.0
"""Seconds; a clock that steps further was set, or is damaged."""

_USUAL_STEP = 0.04


def draw_faces(
    image: Image,
    boxes: NDArray[np.float32],
    probability: NDArray[np.float64],
    classes: Sequence[str],
    *,
    people: NDArray[np.int64],
    notes: Sequence[str] = (),
    face_px: float | None = None,
) -> Image:
    """Return a copy with a box, the person's number and a class at every face; no label covers another.

    `notes`, one a face, say the rest; without classes they stand alone. Labels are of a size for faces `face_px` wide;
    None: for the picture's own. Where there is no room they become smaller, then shorter, and last are left out.
    """
    drawn = image.copy()
    if not len(boxes):
        return drawn
    scale = drawing_scale(image)
    colours = class_colours(max(1, len(classes)))
    best = probability.argmax(axis=1) if len(classes) else np.zeros(len(boxes), np.int64)
    said = [f"{classes[b]} {probability[face, b]:.2f}" if len(classes) else "" for face, b in enumerate(best)]
    texts = [f"#{person}" for person in people]
    classed = [" ".join(filter(None, pair)) for pair in zip(texts, said, strict=True)]
    full = [" ".join(filter(None, pair)) for pair in zip(classed, notes or [""] * len(boxes), strict=True)]
    for box, index in zip(boxes, best, strict=True):
        corner, opposite = ((round(float(box[i])), round(float(box[i + 1]))) for i in (0, 2))
        cv2.rectangle(drawn, corner, opposite, colours[index], max(2, round(2 * scale)))
    size = _label_scale(boxes if face_px is None else np.array([[0, 0, face_px, face_px]]), full, scale)
    labels, corners, size = _laid_out(boxes, (full, classed, texts), image.shape[1::-1], scale=size)
    for box, text, at, index in zip(boxes, labels, corners, best, strict=True):
        if at is not None:
            _label(drawn, text, at, box=box, colour=colours[index], scale=size)
    return drawn


def drawing_scale(image: Image) -> float:
    """Return the size of lines and letters: 1 for a picture whose shorter side has 720 px."""
    return max(_LEAST_SCALE, int(min(image.shape[:2])) / 720)


def _label_scale(boxes: NDArray[np.floating], texts: Sequence[str], scale: float) -> float:
    """Return the size of labels that are not much wider than the usual face, as far as they can be read."""
    usual = float(np.median(boxes[:, 2] - boxes[:, 0]))
    widest = max(_text_size(text, 1.0)[0] for text in texts)
    return min(scale, max(_LEAST_LABEL, _OVER_FACE * usual / widest))


def _laid_out(
    boxes: NDArray[np.floating], versions: Sequence[list[str]], image_wh: tuple[int, int], *, scale: float
) -> tuple[list[str], list[tuple[int, int] | None], float]:
    """Return texts, places and size of the labels: the longest and largest of which every one finds a place."""
    for texts in versions:
        for size in (scale, max(_LEAST_LABEL, 0.75 * scale)):
            sizes = [_text_size(text, size) for text in texts]
            corners = place_labels(boxes, sizes, image_wh)
            if None not in corners and max(width for width, _ in sizes) <= image_wh[0]:
                return texts, corners, size
    return texts, corners, size


def _text_size(text: str, scale: float) -> tuple[int, int]:
    (width, height), below = cv2.getTextSize(text, _FONT, 0.7 * scale, max(1, round(1.5 * scale)))
    return width + 2, height + below + 2


def _label(
    image: Image,
    text: str,
    corner: tuple[int, int],
    *,
    box: NDArray[np.floating],
    colour: tuple[int, int, int],
    scale: float,
) -> None:
    """Draw a label, and a line to its box where it does not touch it."""
    (x, y), (width, height) = corner, _text_size(text, scale)
    own = np.clip(box.reshape(2, 2).mean(0), corner, (x + width, y + height))
    target = np.clip(own, box[:2], box[2:])
    if np.abs(own - target).max() > 2:
        ends = [(round(float(point[0])), round(float(point[1]))) for point in (own, target)]
        cv2.line(image, ends[0], ends[1], colour, max(1, round(2 * scale)), cv2.LINE_AA)
    cv2.rectangle(image, corner, (x + width - 1, y + height - 1), colour, cv2.FILLED)
    base = cv2.getTextSize(text, _FONT, 0.7 * scale, max(1, round(1.5 * scale)))[1]
    cv2.putText(
        image, text, (x + 1, y + height - base), _FONT, 0.7 * scale, _INK, max(1, round(1.5 * scale)), cv2.LINE_AA
    )  # fmt: skip


def annotate(source: Source, found: SourceFaces, *, caution: str = "") -> Iterator[tuple[int, Image]]:
    """Yield the index and the picture of each decoded frame, drawn on; a picture is a video of one frame.

    Small pictures are enlarged, so that labels can be read and leave the face free. The bars of all classes of the
    first task that has some stand beside the picture, on ground of their own; what the model says for other tasks
    stands at the face. `caution` stands below each.
    """
    charted, noted = _by_place(found)
    classes = charted.names if charted else ()
    probability = charted.values if charted else np.zeros((len(found.frame_index), 0))
    starts = np.searchsorted(found.frame_index, np.arange(len(found.pts_seconds) + 1))
    widths = found.faces.boxes[:, 2] - found.faces.boxes[:, 0]
    usual = float(np.median(widths)) if len(widths) else 0.0
    with progress(f"drawing {source.name}", found.decoded_frames, "frames") as work:
        for frame in open_frames(source).frames():
            start, end = int(starts[frame.index]), int(starts[frame.index + 1])
            shown = slice(start, end)
            factor, image = _enlarged(frame.image)
            boxes = found.faces.boxes[shown] * np.float32(factor)
            drawn = draw_faces(
                image,
                boxes,
                probability[shown],
                classes,
                people=found.person_id[shown],
                notes=[_note(noted, face) for face in range(start, end)],
                face_px=usual * factor,
            )
            areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
            rows = Bars(found.person_id[shown], probability[shown], areas)
            scale = drawing_scale(image)
            yield frame.index, above_text(beside(drawn, rows, classes, scale=scale), caution, scale)
            work.advance()


def _enlarged(image: Image) -> tuple[int, Image]:
    """Return by how much a picture is enlarged so that labels fit around a face, and the picture."""
    shorter, longer = min(image.shape[:2]), max(image.shape[:2])
    factor = max(1, min(-(-_LEAST_PX // shorter), _MOST_PX // longer))
    if factor == 1:
        return 1, image
    size_wh = image.shape[1] * factor, image.shape[0] * factor
    return factor, np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_CUBIC), np.uint8)


def _by_place(found: SourceFaces) -> tuple[TaskAnswers | None, list[TaskAnswers]]:
    """Return the answers whose bars stand beside the picture, if any, and those that stand at the faces."""
    charted = next((one for one in found.answers.values() if LABELS[one.task].kind == "classes"), None)
    return charted, [one for one in found.answers.values() if one is not charted]


def _note(noted: Sequence[TaskAnswers], face: int) -> str:
    return " ".join(word for one in noted for word in kind_of(one.task).note(one, face))


def write_annotated(source: Source, found: SourceFaces, model: Model, path: Path) -> None:
    """Write the annotated source: H.264 in MP4 with the source's times, or a JPEG.

    Raises:
        MediaError: it cannot be encoded.
    """
    caution = f"trained on {RENDERED}" if model.note else ""
    frames = annotate(source, found, caution=caution)
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
            image = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
            image.pts, image.time_base = round(seconds / _TICKS), _TICKS
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))


def _even_size(frame: Image, path: Path) -> tuple[int, int]:
    """Return width and height without an odd last column or row, as H.264 has them."""
    width, height = frame.shape[1] // 2 * 2, frame.shape[0] // 2 * 2
    if not width or not height:
        raise MediaError(
            f"{path.name} cannot be encoded: a picture of {frame.shape[1]} x {frame.shape[0]} px is too small."
        )
    return width, height
