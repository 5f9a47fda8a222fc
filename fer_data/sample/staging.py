"""Stage the shots of acts: people of a pool side by side, and changes of their places and of what they do."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.sampling.seeds import seed_from
from fer_data.sample.motion import Performance, draw_timeline, perform
from fer_data.sample.person import Person, build_person
from fer_data.sample.scene import Role, Side, stage_scene
from fer_data.sample.shots import Shot, held

__all__ = [
    "FRAMES",
    "SIZE_WH",
    "WALK_FRAMES",
    "Cast",
    "Places",
    "Rng",
    "changed",
    "draw_cast",
    "moved",
    "pair",
    "part_of",
    "person_of",
    "stage_shot",
    "walk",
]

SIZE_WH = (384, 288)
FRAMES = 44
WALK_FRAMES = 10
_POOL = 24
"""People to draw from; each takes seconds to build."""

Rng = np.random.Generator
Places = tuple[float, ...]
Cast = list[tuple[int, int, str | None, Side]]
"""Number in the act, number in the pool, subject and side of each person."""


@lru_cache(maxsize=_POOL)
def person_of(number: int) -> Person:
    """Return a person of the pool."""
    return build_person(seed_from("person of an act", number))


def draw_cast(rng: Rng, count: int) -> list[int]:
    """Return different people of the pool."""
    return [int(number) for number in rng.choice(_POOL, count, replace=False)]


def stage_shot(
    rng: Rng,
    frames: int,
    cast: Sequence[tuple[int, int, str | None, Side]],
    heads: Places,
) -> Shot:
    """Return a shot of people side by side; `cast` holds number in the act, number in the pool, subject and side.

    `heads` are shares of the frame's height.
    """
    seed = int(rng.integers(2**31))
    scene = stage_scene(seed, frames, [], size_wh=SIZE_WH)
    staged = _performances(seed, frames, len(cast))
    roles = []
    for role, ((_, pooled, subject_id, side), performance) in enumerate(zip(cast, staged, strict=True)):
        scale = np.float32(heads[role] * SIZE_WH[1] / performance.head_px.mean())
        sized = held(replace(performance, head_px=performance.head_px * scale))
        roles.append(Role(person_of(pooled), sized, subject_id, side))
    return Shot(replace(scene, roles=tuple(roles)), tuple(number for number, *_ in cast))


def _performances(seed: int, frames: int, count: int) -> list[Performance]:
    rng = np.random.default_rng(seed_from("performances", seed))
    width, height = SIZE_WH
    return [
        perform(
            rng,
            draw_timeline(rng, frames),
            centre=(width * (role + 0.5) / count, height * float(rng.normal(0.46, 0.02))),
            head_px=0.33 * height,
        )
        for role in range(count)
    ]


def changed(shot: Shot, role: int, **changes: NDArray[Any]) -> Shot:
    """Return the shot with arrays of one role's performance changed."""
    roles = list(shot.scene.roles)
    performance = replace(roles[role].performance, **changes)
    roles[role] = replace(roles[role], performance=performance)
    return replace(shot, scene=replace(shot.scene, roles=tuple(roles)))


def moved(shot: Shot, role: int, x: Float32, y: Float32 | None = None) -> Shot:
    """Return the shot with one role's path across the picture changed to `x`, as shares of the width."""
    centre = shot.scene.roles[role].performance.centre.copy()
    centre[:, 0] += (x * SIZE_WH[0] - centre[:, 0].mean()).astype(np.float32)
    if y is not None:
        centre[:, 1] = (y * SIZE_WH[1]).astype(np.float32)
    return changed(shot, role, centre=centre)


def walk(frames: int, stops: Sequence[tuple[int, float]]) -> Float32:
    """Return a path through places at frames, walked within `WALK_FRAMES` before each of them."""
    times, values = [0.0], [stops[0][1]]
    for frame, value in stops[1:]:
        times += [float(frame - WALK_FRAMES), float(frame)]
        values += [values[-1], value]
    return np.interp(np.arange(frames), times, values).astype(np.float32)


def pair(video_id: str, people: Sequence[int]) -> Cast:
    """Return two annotated people, left and right."""
    return [
        (0, people[0], f"{video_id}_left", "left"),
        (1, people[1], f"{video_id}_right", "right"),
    ]


def part_of(shot: Shot, first: int, end: int) -> Shot:
    """Return the frames of a shot from `first` to before `end`."""
    roles = tuple(
        replace(
            role,
            performance=replace(
                role.performance,
                **{name: getattr(role.performance, name)[first:end] for name in Performance.__slots__},
            ),
        )
        for role in shot.scene.roles
    )
    return replace(shot, scene=replace(shot.scene, roles=roles, sway=shot.scene.sway[first:end]))
