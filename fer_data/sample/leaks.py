"""Write a corpus with planted leaks: one person under two names, a lookalike, one clip under another name.

::

    train       p000-1 p000-2   p001-1 p001-2   p002-1 p002-2   p003-1 p003-2   p004-1 ...
                   |               :               |               |
    validation  q000-1 q000-2   q001-1 q001-2   q002-1          q003-1 q003-2   q004-1 ...
                the same person  a lookalike    p002-1, encoded  the same person
                                                once more

Everybody has two clips in other light and before another backdrop, but q002. The layout is that of `corpus: videos`.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.core.sampling.seeds import seed_from
from fer_data.execution.engines import Report, Work, whole_results
from fer_data.execution.engines.local import LocalEngine
from fer_data.params.sample import SampleParams
from fer_data.sample.encode import write_video
from fer_data.sample.person import Person, build_person
from fer_data.sample.scene import Scene, film, stage_scene
from fer_data.sample.truth import TRUTH, FaceTruth, truth_table
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import progress
from fer_data.tables.origin import TRUTH_FILE
from fer_data.tables.schemas import write_table

__all__ = ["LIKENESS", "PLANTED", "lookalike", "write_leaks"]

LIKENESS = 0.6
"""How far the head of a lookalike is on the way to the other person's; skin, eyes and hair are its own."""

PLANTED = ("same_person", "lookalike", "copied_clip", "same_person")
"""What the first people of validation are to those of train with their number."""

_FPS, _SIZE_WH, _CLIPS = 25, (480, 360), 2
_COPY_WH, _COPY_STARTS, _COPY_CODEC = (368, 276), 5, "mpeg4"


@dataclass(frozen=True, slots=True)
class _Clip:
    """One clip to film.

    Attributes:
        name: of the file, without its suffix.
        subject: the name of the person.
        split: train or validation.
        person: number of who it really is.
        like: number of the person whose head is taken after; null: nobody's.
        copy_of: the clip that is encoded once more; null: it is filmed.
    """

    name: str
    subject: str
    split: str
    person: int
    like: int | None
    copy_of: str | None
    frames: int

    @property
    def path(self) -> str:
        """Return the file, relative to the root."""
        return f"clips/{self.name}.{'avi' if self.copy_of else 'mp4'}"


def write_leaks(
    root: Path, params: SampleParams, *, workers: int = 0, overwrite: bool = True
) -> dict[str, Any]:
    """Write rendered clips, `labels.csv` and `leaks.json`, which says what was planted, and return what there is.

    Beside them lies `truth.parquet` (see `sample.truth`), by which the faces are known to be rendered.

    Raises:
        OutputError: `root` must not be replaced.
    """
    clips = _clips(params)
    filmed = [clip for clip in clips if clip.copy_of is None]
    with new_folder(root, "corpus", name="DIRECTORY", overwrite=overwrite) as folder:
        (folder / "clips").mkdir()
        with progress("sample", len(filmed), "clips") as work:
            prepare = partial(_prepare, folder, params)
            results = whole_results(LocalEngine(workers), prepare, filmed, work.advance)
            faces = {filmed[index].name: found for index, found in results}
        for clip in clips:
            if clip.copy_of is not None:
                _encode_again(folder / f"clips/{clip.copy_of}.mp4", folder / clip.path)
                faces[clip.name] = _copied(faces[clip.copy_of], clip.subject)
        _write_labels(folder / "labels.csv", clips, faces)
        tables = (truth_table(clip.name, faces[clip.name]) for clip in sorted(clips, key=_name))
        write_table(folder / TRUTH_FILE, tables, TRUTH)
        planted = _planted(params)
        write_json(folder / "leaks.json", planted)
    people = {clip.person for clip in clips}
    return {"clips": len(clips), "subjects": len({clip.subject for clip in clips}), "people": len(people)}


def lookalike(own: Person, other: Person, share: float = LIKENESS) -> Person:
    """Return a person with a head `share` of the way to another's; skin, eyes and hair stay."""
    return replace(
        own,
        vertices=_between(own.vertices, other.vertices, share),
        pivot=_between(own.pivot, other.pivot, share),
        head_offset=_between(own.head_offset, other.head_offset, share),
    )


def _between(one: Float32, other: Float32, share: float) -> Float32:
    return np.asarray((1 - share) * one + share * other, np.float32)


def _planted(params: SampleParams) -> list[dict[str, str]]:
    return [
        {"kind": kind, "subject_a": f"p{number:03d}", "subject_b": f"q{number:03d}"}
        for number, kind in enumerate(PLANTED[: min(params.train_subjects, params.other_subjects)])
    ]


def _clips(params: SampleParams) -> list[_Clip]:
    kinds = {one["subject_b"]: one["kind"] for one in _planted(params)}
    found = []
    people = [("p", "train", number) for number in range(params.train_subjects)]
    people += [("q", "validation", number) for number in range(params.other_subjects)]
    for place, (letter, split, number) in enumerate(people):
        subject = f"{letter}{number:03d}"
        kind = kinds.get(subject)
        person = number if kind in {"same_person", "copied_clip"} else place
        for clip in range(1 if kind == "copied_clip" else _CLIPS):
            name = f"{subject}-{clip + 1}"
            rng = np.random.default_rng(seed_from("clip", params.seed, name))
            found.append(
                _Clip(
                    name,
                    subject,
                    split,
                    person,
                    like=number if kind == "lookalike" else None,
                    copy_of=f"p{number:03d}-1" if kind == "copied_clip" else None,
                    frames=int(rng.integers(params.min_frames, params.max_frames + 1)),
                )
            )
    return found


def _name(clip: _Clip) -> str:
    return clip.name


def _prepare(folder: Path, params: SampleParams) -> Work[_Clip, list[FaceTruth]]:
    cv2.setNumThreads(1)

    def work(clip: _Clip, report: Report) -> list[FaceTruth]:
        faces: list[FaceTruth] = []
        film_of_clip = film(_staged(clip, params.seed), params.supersampling)
        write_video(folder / clip.path, _recorded(film_of_clip, faces), _FPS)
        report(1)
        return faces

    return work


def _recorded(frames: Iterable[tuple[Image, list[FaceTruth]]], faces: list[FaceTruth]) -> Iterator[Image]:
    for frame, truths in frames:
        faces.extend(truths)
        yield frame


def _staged(clip: _Clip, seed: int) -> Scene:
    def number(person: int) -> int:
        return seed_from("leaks", seed, person)

    scene = stage_scene(
        seed_from("leaks scene", seed, clip.name), clip.frames, [(number(clip.person), clip.subject, "only")],
        size_wh=_SIZE_WH,
    )  # fmt: skip
    if clip.like is None:
        return scene
    (role,) = scene.roles
    other = build_person(seed_from("person", number(clip.like)))
    return replace(scene, roles=(replace(role, person=lookalike(role.person, other)),))


def _copied(faces: Sequence[FaceTruth], subject: str) -> list[FaceTruth]:
    """Return the truth of a clip that is encoded once more: later frames alone, all lengths smaller."""
    scale = np.divide(_COPY_WH, _SIZE_WH, dtype=np.float32)
    return [
        replace(
            face,
            frame_index=face.frame_index - _COPY_STARTS,
            subject_id=subject,
            box=None if face.box is None else face.box * np.tile(scale, 2),
            landmarks=None if face.landmarks is None else face.landmarks * scale,
        )
        for face in faces
        if face.frame_index >= _COPY_STARTS
    ]


def _encode_again(source: Path, target: Path) -> None:
    """Write a clip smaller, from a later frame on, and with another codec."""

    def frames() -> Iterator[Image]:
        with av.open(str(source)) as container:
            for index, frame in enumerate(container.decode(video=0)):
                if index >= _COPY_STARTS:
                    picture = frame.to_ndarray(format="rgb24")
                    yield np.asarray(cv2.resize(picture, _COPY_WH, interpolation=cv2.INTER_AREA), np.uint8)

    write_video(target, frames(), _FPS, _COPY_CODEC)


def _write_labels(path: Path, clips: Sequence[_Clip], faces: Mapping[str, Sequence[FaceTruth]]) -> None:
    """Write a line for each run of frames with one expression: from which second to before which."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["video", "start", "end", "label", "split", "subject"])
        for clip in clips:
            own = [face.expression for face in faces[clip.name]]
            edges = [0, *(np.flatnonzero(np.diff(own)) + 1).tolist(), len(own)]
            for first, end in pairwise(edges):
                word = SEVEN_CLASSES[own[first]]
                writer.writerow([clip.path, first / _FPS, end / _FPS, word, clip.split, clip.subject])
