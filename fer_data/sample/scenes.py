"""Draw the situations in which the wrong person is easily taken: crossings, posters, cuts, gaps, light."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.faces import Float32
from fer_data.core.seeds import seed_from
from fer_data.sample.lights import draw_lights
from fer_data.sample.motion import Performance, draw_timeline, perform
from fer_data.sample.person import Person, build_person
from fer_data.sample.scene import Role, Side, stage_scene
from fer_data.sample.shots import Act, Shot, hang_poster, held

__all__ = ["KINDS", "SIZE_WH", "draw_act"]

SIZE_WH = (384, 288)
_POOL = 24
"""People to draw from; each takes seconds to build."""
_FRAMES = 44
_WALK_FRAMES = 10

Rng = np.random.Generator
Places = tuple[float, ...]


def draw_act(kind: str, seed: int) -> Act:
    """Return the act of a kind, one of `KINDS`, that follows from a seed."""
    rng = np.random.default_rng(seed_from("act", kind, seed))
    video_id = f"{kind}-{seed}"
    shots = _DRAWN[kind](rng, video_id, seed)
    roles = [role for shot in shots for role in shot.scene.roles]
    sides = {role.subject_id: role.side for role in roles if role.subject_id is not None}
    return Act(video_id, kind, sides, tuple(shots))


@lru_cache(maxsize=_POOL)
def _person(number: int) -> Person:
    return build_person(seed_from("person of an act", number))


def _cast(rng: Rng, count: int) -> list[int]:
    """Return different people of the pool."""
    return [int(number) for number in rng.choice(_POOL, count, replace=False)]


def _shot(
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
    for place, ((_, pooled, subject_id, side), performance) in enumerate(zip(cast, staged, strict=True)):
        scale = np.float32(heads[place] * SIZE_WH[1] / performance.head_px.mean())
        sized = held(replace(performance, head_px=performance.head_px * scale))
        roles.append(Role(_person(pooled), sized, subject_id, side))
    return Shot(replace(scene, roles=tuple(roles)), tuple(number for number, *_ in cast))


def _performances(seed: int, frames: int, count: int) -> list[Performance]:
    rng = np.random.default_rng(seed_from("performances", seed))
    width, height = SIZE_WH
    return [
        perform(
            rng,
            draw_timeline(rng, frames),
            centre=(width * (place + 0.5) / count, height * float(rng.normal(0.46, 0.02))),
            head_px=0.33 * height,
        )
        for place in range(count)
    ]


def _changed(shot: Shot, place: int, **changes: NDArray[Any]) -> Shot:
    """Return the shot with arrays of one role's performance changed."""
    roles = list(shot.scene.roles)
    performance = replace(roles[place].performance, **changes)
    roles[place] = replace(roles[place], performance=performance)
    return replace(shot, scene=replace(shot.scene, roles=tuple(roles)))


def _moved(shot: Shot, place: int, x: Float32, y: Float32 | None = None) -> Shot:
    """Return the shot with one role's path across the picture changed to `x`, as shares of the width."""
    centre = shot.scene.roles[place].performance.centre.copy()
    centre[:, 0] += (x * SIZE_WH[0] - centre[:, 0].mean()).astype(np.float32)
    if y is not None:
        centre[:, 1] = (y * SIZE_WH[1]).astype(np.float32)
    return _changed(shot, place, centre=centre)


def _walk(frames: int, stops: Sequence[tuple[int, float]]) -> Float32:
    """Return a path through places at frames, walked within `_WALK_FRAMES` before each of them."""
    times, values = [0.0], [stops[0][1]]
    for frame, value in stops[1:]:
        times += [float(frame - _WALK_FRAMES), float(frame)]
        values += [values[-1], value]
    return np.interp(np.arange(frames), times, values).astype(np.float32)


def _pair(video_id: str, people: Sequence[int]) -> list[tuple[int, int, str | None, Side]]:
    return [
        (0, people[0], f"{video_id}_left", "left"),
        (1, people[1], f"{video_id}_right", "right"),
    ]


def _crossing(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Two people change places and change back; in every third act they stay so for the last quarter."""
    shot = _shot(rng, _FRAMES, _pair(video_id, _cast(rng, 2)), (0.36, 0.31) if seed % 2 else (0.31, 0.36))
    there = int(rng.integers(14, 20)) if seed % 3 else 36
    back = there + _WALK_FRAMES + int(rng.integers(1, 5))
    ends = [(there, 0.73), (back, 0.27)] if seed % 3 else [(there, 0.73)]
    x = _walk(_FRAMES, [(0, 0.27), *ends])
    return [_moved(_moved(shot, 0, x), 1, np.float32(1) - x)]


def _leaving(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """One of two people leaves and comes back, in every second act to another place on their side."""
    shot = _shot(rng, _FRAMES, _pair(video_id, _cast(rng, 2)), (0.33, 0.33))
    goes = seed // 2 % 2
    home, out, other = ((0.27, -0.35, 0.36), (0.73, 1.35, 0.64))[goes]
    back = int(rng.integers(30, 36))
    x = _walk(_FRAMES, [(0, home), (int(rng.integers(14, 18)), out), (back, other if seed % 2 else home)])
    shot = _moved(_moved(shot, 1 - goes, np.full(_FRAMES, (0.73, 0.27)[goes], np.float32)), goes, x)
    away = (x < -0.3) | (x > 1.3)
    return [_changed(shot, goes, present=~away)]


def _bystander(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Two people, and a third one smaller behind them: in the middle, or outermost, and for some time or always."""
    people = _cast(rng, 3)
    cast = [*_pair(video_id, people), (2, people[2], None, "only")]
    shot = _shot(rng, _FRAMES, cast, (0.33, 0.35, 0.22))
    outer = seed % 2 == 1
    places = (0.38, 0.76, 0.1) if outer else (0.24, 0.76, 0.5)
    for place, x in enumerate(places):
        shot = _moved(shot, place, np.full(_FRAMES, x, np.float32))
    y = np.full(_FRAMES, 0.34, np.float32)
    shot = _moved(shot, 2, np.full(_FRAMES, places[2], np.float32), y)
    frames = np.arange(_FRAMES)
    seen = frames >= (0 if seed % 3 == 0 else int(rng.integers(8, 24)))
    return [_changed(shot, 2, present=seen)]


def _poster(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A person, in every third act two, and a poster with a face as large; the camera moves in every second act."""
    people = _cast(rng, 3)
    two = seed % 3 == 2
    alone: list[tuple[int, int, str | None, Side]] = [(0, people[0], video_id, "only")]
    cast = _pair(video_id, people) if two else alone
    shot = _shot(rng, _FRAMES, cast, (0.34,) * len(cast))
    places = (0.42, 0.78) if two else (0.66,)
    for place, x in enumerate(places):
        shot = _moved(shot, place, np.full(_FRAMES, x, np.float32))
    if seed % 2 == 0:
        shot = replace(shot, scene=replace(shot.scene, sway=np.full_like(shot.scene.sway, 20)))
    if not two and seed % 4 == 1:
        shot = _changed(shot, 0, present=np.arange(_FRAMES) < 30)
    moment = shot.scene.roles[0].performance.moment(0)
    at = (0.14 * SIZE_WH[0] + 20, 0.36 * SIZE_WH[1] + 20)
    size = float(rng.uniform(0.26, 0.36)) * SIZE_WH[1]
    scene = hang_poster(
        shot.scene, _person(people[2]), replace(moment, centre=at, head_px=size), draw_lights(rng)
    )
    return [replace(shot, scene=scene)]


def _cut_swap(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Two people filmed from the other side for a third of the video: places and sizes are other ones."""
    people = _cast(rng, 2)
    cast = _pair(video_id, people)
    first = _shot(rng, int(rng.integers(18, 24)), cast, (0.33, 0.33))
    second = _shot(rng, int(rng.integers(10, 14)), cast[::-1], (0.28, 0.38) if seed % 2 else (0.38, 0.28))
    third = _shot(rng, int(rng.integers(8, 14)), cast, (0.36, 0.36))
    return [first, second, third] if seed % 3 else [first, second]


def _cut_away(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """One annotated person, and for a quarter of the video a shot of another one, in the same place or not."""
    people = _cast(rng, 2)
    own: tuple[int, int, str | None, Side] = (0, people[0], video_id, "only")
    other: tuple[int, int, str | None, Side] = (1, people[1], None, "only")
    head = float(rng.uniform(0.32, 0.4))
    first = _shot(rng, int(rng.integers(16, 22)), [own], (head,))
    second = _shot(rng, int(rng.integers(8, 12)), [other], (float(rng.uniform(0.3, 0.42)),))
    third = _shot(rng, int(rng.integers(10, 18)), [own], (head * (1.2 if seed % 2 else 1.0),))
    if seed % 3:
        lit = replace(third.scene, lights=first.scene.lights, gain=first.scene.gain)
        third = replace(third, scene=lit)
    return [first, second, third]


def _occluded(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A person goes behind a board and comes out on its other side; in every second act somebody stands behind."""
    people = _cast(rng, 2)
    cast: list[tuple[int, int, str | None, Side]] = [(0, people[0], video_id, "only")]
    if seed % 2:
        cast.append((1, people[1], None, "only"))
    shot = _shot(rng, _FRAMES, cast, (0.34, 0.2)[: len(cast)])
    x = np.interp(np.arange(_FRAMES), [8, 32], [0.25, 0.75]).astype(np.float32)
    shot = _moved(shot, 0, x)
    if seed % 2:
        y = np.full(_FRAMES, 0.3, np.float32)
        shot = _moved(shot, 1, np.full(_FRAMES, 0.9, np.float32), y)
    half = float(rng.uniform(0.1, 0.14))
    board = np.array([(0.5 - half) * SIZE_WH[0], 0, (0.5 + half) * SIZE_WH[0], SIZE_WH[1]], np.float32)
    return [replace(shot, board=np.tile(board, (_FRAMES, 1)))]


def _turned(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A person turns away for a while and moves meanwhile; in every second act somebody stands behind."""
    people = _cast(rng, 2)
    cast: list[tuple[int, int, str | None, Side]] = [(0, people[0], video_id, "only")]
    if seed % 2:
        cast.append((1, people[1], None, "only"))
    shot = _shot(rng, _FRAMES, cast, (0.36, 0.2)[: len(cast)])
    angles = shot.scene.roles[0].performance.angles.copy()
    frames = np.arange(_FRAMES) // 4 * 4
    turn = np.interp(frames, [12, 18, 26, 32], [0, 2.4, 2.4, 0]) * (1 if seed % 3 else -1)
    angles[:, 0] += turn
    angles[:, 3] += 0.9 * turn
    shot = _changed(shot, 0, angles=angles.astype(np.float32))
    shot = _moved(shot, 0, np.interp(np.arange(_FRAMES), [14, 30], [0.3, 0.6]).astype(np.float32))
    if seed % 2:
        y = np.full(_FRAMES, 0.3, np.float32)
        shot = _moved(shot, 1, np.full(_FRAMES, 0.88, np.float32), y)
    return [shot]


def _background(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A person who is away for a third of the video, and somebody smaller behind who is always there."""
    people = _cast(rng, 2)
    cast: list[tuple[int, int, str | None, Side]] = [
        (0, people[0], video_id, "only"),
        (1, people[1], None, "only"),
    ]
    shot = _shot(rng, _FRAMES, cast, (0.37, float(rng.uniform(0.16, 0.21))))
    away = int(rng.integers(10, 18))
    frames = np.arange(_FRAMES)
    shot = _changed(shot, 0, present=(frames < away) | (frames >= away + 14))
    x = np.where(frames < away, 0.36, 0.36 if seed % 2 else 0.5).astype(np.float32)
    y = np.full(_FRAMES, 0.3, np.float32)
    return [_moved(_moved(shot, 0, x), 1, np.full(_FRAMES, 0.82, np.float32), y)]


def _sizes(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A small face for the whole video, and a much larger passer-by; or two people, one near and one far."""
    people = _cast(rng, 2)
    if seed % 2:
        heads = (0.46, 0.22) if seed % 4 == 1 else (0.22, 0.46)
        return [_shot(rng, _FRAMES, _pair(video_id, people), heads)]
    cast: list[tuple[int, int, str | None, Side]] = [
        (0, people[0], video_id, "only"),
        (1, people[1], None, "only"),
    ]
    shot = _shot(rng, _FRAMES, cast, (0.24, 0.5))
    frames = np.arange(_FRAMES)
    passes = (frames >= 16) & (frames < 26)
    x = np.interp(frames, [16, 26], [1.15, 0.55]).astype(np.float32)
    return [_changed(_moved(_moved(shot, 0, np.full(_FRAMES, 0.3, np.float32)), 1, x), 1, present=passes)]


def _light(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Other lamps and another gain in mid-shot, in every third act also back; two people, or one and one behind."""
    people = _cast(rng, 2)
    alone: list[tuple[int, int, str | None, Side]] = [
        (0, people[0], video_id, "only"),
        (1, people[1], None, "only"),
    ]
    two = seed % 2 == 0
    shot = _shot(
        rng, _FRAMES, _pair(video_id, people) if two else alone, (0.33, 0.33) if two else (0.36, 0.24)
    )
    tint = rng.uniform(0.65, 1.15) * rng.normal(1, 0.08, 3)
    lit = replace(shot.scene, lights=draw_lights(rng), gain=(shot.scene.gain * tint).astype(np.float32))
    change = int(rng.integers(12, 20))
    back = int(rng.integers(30, 36)) if seed % 3 == 0 else _FRAMES
    parts = [(shot, 0, change), (replace(shot, scene=lit), change, back), (shot, back, _FRAMES)]
    return [_part(*part) for part in parts if part[1] < part[2]]


def _part(shot: Shot, first: int, end: int) -> Shot:
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


_DRAWN: dict[str, Callable[[Rng, str, int], list[Shot]]] = {
    "crossing": _crossing,
    "leaving": _leaving,
    "bystander": _bystander,
    "poster": _poster,
    "cut-swap": _cut_swap,
    "cut-away": _cut_away,
    "occluded": _occluded,
    "turned": _turned,
    "background": _background,
    "sizes": _sizes,
    "light": _light,
}
KINDS = tuple(_DRAWN)
