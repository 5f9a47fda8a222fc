"""720p clips for the alignment benchmark: cuts, moving and small faces, people who enter, cross and leave."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer_data.core.arrays import Image
from fer_data.core.sampling.seeds import seed_from
from fer_data.sample.encode import write_video
from fer_data.sample.motion import Performance
from fer_data.sample.scene import Scene, Side, film, stage_scene, walk_out
from fer_data.sample.truth import FaceTruth

__all__ = ["CALM", "MIXED", "ONE_FACE", "SIZE_WH", "clip_frames", "write_clip"]

SIZE_WH = (1280, 720)
_CAST: list[tuple[str | None, Side]] = [("clip", "only"), (None, "only"), (None, "only")]

Change = Callable[[Performance], Performance]
Shot = tuple[int, Change]
"""The number of people, and what the last of them (in a shot of small faces: all) does."""


def clip_frames(
    seed: int, shot_frames: int, shots: Sequence[Shot]
) -> Iterator[tuple[Image, list[FaceTruth]]]:
    """Yield the frames of shots, each of `shot_frames`, with the truth about everyone in them.

    The first person is the same in all shots; the others are strangers.
    """
    for number, (people, change) in enumerate(shots):
        scene = _shot(seed, number, shot_frames, people)
        roles = scene.roles
        changed = [replace(role, performance=change(role.performance)) for role in roles[-1:]]
        if change is _small:
            changed = [replace(role, performance=_small(role.performance)) for role in roles]
        yield from film(replace(scene, roles=(*roles[: len(roles) - len(changed)], *changed)))


def write_clip(path: Path, seed: int, shot_frames: int, shots: Sequence[Shot]) -> list[list[FaceTruth]]:
    """Write a clip as H.264 at 25 frames a second, and return the truth about every frame."""
    truth: list[list[FaceTruth]] = []

    def pictures() -> Iterator[Image]:
        for image, known in clip_frames(seed, shot_frames, shots):
            truth.append(known)
            yield image

    write_video(path, pictures(), 25)
    return truth


def _shot(seed: int, number: int, frames: int, people: int) -> Scene:
    members = [0, *range(10 * number + 1, 10 * number + people)]
    cast = [(seed_from("cast", seed, member), *_CAST[role]) for role, member in enumerate(members)]
    return stage_scene(seed_from("clip", seed, number), frames, cast, size_wh=SIZE_WH)


def _as_is(performance: Performance) -> Performance:
    return performance


def _fast(performance: Performance) -> Performance:
    """Sway by a quarter of the picture's width, and roll the head by 20 degrees."""
    phase = np.arange(len(performance.centre)) * 2 * np.pi / 50
    centre, angles = performance.centre.copy(), performance.angles.copy()
    centre[:, 0] += (np.sin(phase) * SIZE_WH[0] / 4).astype(np.float32)
    centre[:, 1] += (np.sin(2 * phase) * SIZE_WH[1] / 20).astype(np.float32)
    angles[:, 2] += (np.sin(phase) * np.deg2rad(20)).astype(np.float32)
    return replace(performance, centre=centre, angles=angles)


def _one_leaves(performance: Performance) -> Performance:
    return walk_out(performance, len(performance.centre) // 2, width=SIZE_WH[0])


def _small(performance: Performance) -> Performance:
    """Shrink a head to 80 px, and walk slowly."""
    centre = performance.centre.copy()
    centre[:, 0] += np.arange(len(centre), dtype=np.float32)
    return replace(performance, centre=centre, head_px=performance.head_px * np.float32(80 / 240))


def _enters(performance: Performance) -> Performance:
    """Come in from the left within half of the shot, growing a little."""
    steps = np.linspace(-1, 1, len(performance.centre)).clip(-1, 0).astype(np.float32)
    centre = performance.centre.copy()
    centre[:, 0] += steps * (centre[:, 0] + performance.head_px)
    return replace(performance, centre=centre, head_px=performance.head_px * (1 + steps / np.float32(5)))


CALM: tuple[Shot, ...] = ((1, _as_is), (1, _as_is), (1, _as_is))
"""One person who talks and nods, with cuts: what most of Aff-Wild2 is like."""

ONE_FACE: tuple[Shot, ...] = ((1, _as_is), (1, _fast), (1, _as_is))
"""One person, always in view, in calm and in quick motion, with cuts."""

MIXED: tuple[Shot, ...] = ((1, _as_is), (1, _fast), (2, _one_leaves), (3, _small), (1, _enters))
"""Everything that regions could get wrong; 1.6 faces a frame."""
