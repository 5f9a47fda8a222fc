"""Small corpus folders for tests, written in code."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.stream import Disposition
from pydantic import TypeAdapter

from fer_data.params.source import AffWild2Section, DatasetParams, SourceKeys, SourceParams, SourceSection

SEVEN = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise"
EIGHT = f"{SEVEN},Other"
VA = "valence,arousal"
AU12 = "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26"
AU8 = "AU1,AU2,AU4,AU6,AU12,AU15,AU20,AU25"
MTL = "image,valence,arousal,expression,aus"


def source(root: Path, **changes: Any) -> SourceParams:
    """Return the source parameters of a test corpus."""
    values = {
        "name": "own",
        "corpus": "affwild2",
        "prefix": "",
        "root": str(root),
        "edition": None,
        "layout": None,
        "crops": None,
        "decisions": "decisions.csv",
        "excluded": [],
        "task": "expression",
        "classes": "header",
        "class_map": {},
        "same_person": "same_person.csv",
        "frame_policy": {"tolerance_frames": 2, "holes": None},
        "overlap": "validation",
    }
    values |= changes
    dataset = DatasetParams.model_validate({key: values.pop(key) for key in DatasetParams.model_fields})
    return SourceParams(str(values.pop("name")), AffWild2Section.model_validate(values), dataset)


@cache
def _sections() -> TypeAdapter[SourceKeys]:
    """Return what reads a source of any kind; to make it takes longer than most tests that ask for one."""
    return TypeAdapter(SourceSection)


def source_of_kind(root: Path, corpus: str, *, task: str = "expression", **keys: Any) -> SourceParams:
    """Return the source parameters of a test corpus of any kind, with the keys of that kind."""
    values = {
        "corpus": corpus,
        "root": str(root),
        "prefix": "",
        "decisions": "decisions.csv",
        "excluded": [],
        **keys,
    }
    section: SourceKeys = _sections().validate_python(values)
    dataset = {"task": task, "classes": "header", "class_map": {}, "same_person": "same_person.csv"}
    return SourceParams("own", section, DatasetParams.model_validate(dataset))


TABLE = {
    "file": "labels.csv",
    "video": "video",
    "frame": None,
    "first_frame": 0,
    "start": None,
    "end": None,
    "label": "label",
    "valence": None,
    "arousal": None,
    "action_units": {},
    "split": None,
    "subject": None,
    "side": None,
}
"""Columns of a table of clips."""


def videos_source(root: Path, *, prefix: str = "", **columns: Any) -> SourceParams:
    """Return a source of videos with a table of these columns."""
    policy = {"tolerance_frames": 2, "holes": None}
    return source_of_kind(root, "videos", prefix=prefix, table={**TABLE, **columns}, frame_policy=policy)


def write_text(path: Path, header: str, rows: Iterable[object], end: str = "\n") -> Path:
    """Write a header and rows as a text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}{end}" for line in (header, *rows)).encode())
    return path


def write_video(path: Path, frames: int, ticks: Iterable[int] | None = None) -> Path:
    """Write a tiny video; `ticks` are the presentation times in 1/30 s, one after another without them.

    The grey level depends on the file's name, so that no two videos have the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = sum(path.stem.encode()) % 200
    times = list(range(frames) if ticks is None else ticks)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 30)
        for index in range(frames):
            picture = np.full((32, 32, 3), grey + index % 50, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = times[index], Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_streams(path: Path, kinds: Sequence[str]) -> Path:
    """Write a file of several videos of ten frames, by their encoders; `cover` is one picture beside them."""
    with av.open(str(path), "w") as container:
        codecs = ["mjpeg" if kind == "cover" else kind for kind in kinds]
        streams = [cast(av.VideoStream, container.add_stream(codec, rate=25)) for codec in codecs]
        for number, (kind, stream) in enumerate(zip(kinds, streams, strict=True)):
            stream.width, stream.height = 64 + 32 * number, 48
            stream.pix_fmt = "yuvj420p" if kind == "cover" else "yuv420p"
            stream.disposition = Disposition.attached_pic if kind == "cover" else Disposition(0)
        for kind, stream in zip(kinds, streams, strict=True):
            for _ in range(1 if kind == "cover" else 10):
                pixels = np.zeros((48, stream.width, 3), np.uint8)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=stream.pix_fmt)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def write_oblong(
    path: Path, pictures: Iterable[Any], aspect: Fraction | None = None, codec: str = "libx264"
) -> Path:
    """Write a video whose file states the aspect of its pixels."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        for index, image in enumerate(pictures):
            if not index:
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = "yuv420p"
                if aspect is not None:
                    stream.codec_context.sample_aspect_ratio = aspect
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path
