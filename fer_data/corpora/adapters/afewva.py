"""AFEW-VA: 600 clips of films as folders of pictures, valence and arousal of one actor in each frame.

::

    001/00000.png
    001/001.json      {"video_id": "001", "actor": "...", "frames": {"00000": {"valence": -10 to 10, "arousal": ...,
                       "landmarks": 68 times [x, y]}}}
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fer_data.core.labels.held_out import hold_out
from fer_data.core.labels.tasks import DIMENSIONS, VALENCE_AROUSAL, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.contents import corpus_error
from fer_data.corpora.given import CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.named_files import check_root, find_named, unknown_release
from fer_data.corpora.names import check_name
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.streamed import StreamedCorpus
from fer_data.errors import CorpusError, LabelFileError, ReadingError
from fer_data.params.source import AfewVaSection, SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import read_json

__all__ = ["AFEWVA"]

_PICTURE = re.compile(r"(\d{5})\.png", re.ASCII)
_CROPPED = re.compile(r".*_cropped\.png", re.ASCII | re.IGNORECASE)
_CLIP = re.compile(r"(\d{3})\.json", re.ASCII)
_FRAME = re.compile(r"\d{5}", re.ASCII)
_SCALE = (-10.0, 10.0)

_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Clip:
    """One clip: its annotations, read, and the actor they are about; None where the file names nobody."""

    name: str
    file: str
    actor: str | None
    frames: Mapping[str, Any]

    @property
    def folder(self) -> PurePosixPath:
        return PurePosixPath(self.file).parent


def _read_clip(root: Path, file: str) -> _Clip:
    """Return a clip's annotations.

    Raises:
        CorpusError: the file cannot be read, or has another shape.
    """
    try:
        content = read_json(root / file)
    except ReadingError as error:
        raise corpus_error(error, file) from error
    frames = content.get("frames") if isinstance(content, dict) else None
    if not isinstance(frames, dict) or not all(_FRAME.fullmatch(name) for name in frames):
        raise LabelFileError(
            'The file must have "frames", by names such as "00000". Restore the organisers\' file.',
            rule="label-format",
            file=file,
        )
    actor = content.get("actor")
    name = check_name(actor.strip(), file=file) if isinstance(actor, str) and actor.strip() else None
    return _Clip(PurePosixPath(file).stem, file, name, frames)


def _rows(clip: _Clip, split: SplitName, met: OddityCounts) -> list[GivenRow]:
    """Return a row for each frame that the file of a clip lists."""
    rows = []
    for name, values in sorted(clip.frames.items()):
        labels, box = _frame(values)
        if labels is None:
            message = f"Frame {name} has a valence or arousal that is no number from -10 to 10; it is not annotated."
            met.add(Finding("label-out-of-range", Severity.ERROR, message, clip.file))
        rows.append(
            GivenRow(
                str(clip.folder / f"{name}.png"),
                split,
                labels or GivenLabels(),
                person=clip.actor,
                clip=clip.name,
                frame_index=int(name),
                box=box,
            )
        )
    return rows


def _frame(values: object) -> tuple[GivenLabels | None, _Box | None]:
    """Return the labels of a frame, None where they are none, and the box around the actor's landmarks."""
    if not isinstance(values, dict):
        return None, None
    valence, arousal = (_number(values.get(name)) for name in DIMENSIONS)
    box = _box(values.get("landmarks"))
    if valence is None or arousal is None or not all(_SCALE[0] <= v <= _SCALE[1] for v in (valence, arousal)):
        return None, box
    return GivenLabels(valence=valence, arousal=arousal), box


def _box(points: object) -> _Box | None:
    """Return the box around landmarks; None unless they are points that span a face."""
    if not isinstance(points, list) or not all(
        isinstance(point, list) and len(point) == 2 for point in points
    ):
        return None
    xs, ys = ([_number(point[axis]) for point in points] for axis in (0, 1))
    numbers = [(x, y) for x, y in zip(xs, ys, strict=True) if x is not None and y is not None]
    if not numbers or len(numbers) < len(points):
        return None
    left, top = (min(point[axis] for point in numbers) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in numbers) for axis in (0, 1))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _clips(root: Path, files: Sequence[str], on_error: OnError) -> tuple[list[_Clip], list[Finding]]:
    """Return the clips in order of their folders; of two with one name the first."""
    clips: dict[str, _Clip] = {}
    findings = []
    for file in files:
        try:
            clip = _read_clip(root, file)
        except CorpusError as error:
            on_error(error)
            continue
        first = clips.setdefault(clip.name, clip)
        if first is not clip:
            message = (
                f"There are two clips {clip.name}: {first.file!a} is used and this one is not. Remove one."
            )
            findings.append(Finding("duplicate-clip", Severity.WARNING, message, file))
    return sorted(clips.values(), key=lambda clip: str(clip.folder)), findings


@dataclass(frozen=True, slots=True)
class _AfewVa:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> StreamedCorpus:
        """Return the folder, opened, with the annotations of all clips read."""
        check_root(root, source)
        files = find_named(root, {"clips": _CLIP, "pictures": _PICTURE, "cropped copies": _CROPPED})
        if not files.known["clips"]:
            raise unknown_release("AFEW-VA", root, files, "001/001.json, 001/00000.png and so on")
        clips, doubts = _clips(root, [path for path, _ in files.known["clips"]], on_error)
        splits = hold_out((_person(clip) for clip in clips), source.own(AfewVaSection).held_out)

        def read(met: OddityCounts) -> Iterator[Sequence[GivenRow]]:
            for clip in clips:
                yield _rows(clip, splits[_person(clip)], met)

        found = {"clips": len(clips), "frames": sum(len(clip.frames) for clip in clips)}
        found["pictures"] = len(files.known["pictures"])
        noted = (*files.findings, *doubts, *_unread(files.known["cropped copies"]), *_nameless(clips))
        return StreamedCorpus(read, found, noted=noted)


def _person(clip: _Clip) -> str:
    """Return whose split a clip has: the actor's, or its own where nobody is named."""
    return f"clip {clip.name}" if clip.actor is None else clip.actor


def _unread(copies: Sequence[tuple[str, object]]) -> Iterator[Finding]:
    if copies:
        message = f"{len(copies):,} picture(s) are cropped copies of others; they are not read."
        yield Finding("cropped-copies", Severity.INFO, message, copies[0][0])


def _nameless(clips: Sequence[_Clip]) -> Iterator[Finding]:
    if nameless := [clip for clip in clips if clip.actor is None]:
        message = (
            f"{len(nameless)} clip(s) name no actor; each counts as a person, who may be in both splits."
        )
        yield Finding("no-person", Severity.WARNING, message, nameless[0].file)


AFEWVA = _AfewVa(
    CorpusKind("afewva", "AFEW-VA", "pictures", (VALENCE_AROUSAL,), value_scale=_SCALE, totals={"clips": 600})
)
