"""Draw the situations in which the wrong person is easily taken: crossings, posters, cuts, gaps, light, motion."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fer_data.core.sampling.seeds import seed_from
from fer_data.sample.hard_views import (
    draw_blurred,
    draw_dancing,
    draw_dark,
    draw_rolled,
    draw_three_quarter,
    draw_zoomed,
)
from fer_data.sample.lights import draw_lights
from fer_data.sample.same_place import draw_alike, draw_nodding, draw_reverse
from fer_data.sample.scene import Side
from fer_data.sample.shots import Act, Shot, hang_poster
from fer_data.sample.staging import (
    FRAMES,
    SIZE_WH,
    WALK_FRAMES,
    Rng,
    changed,
    draw_cast,
    moved,
    pair,
    part_of,
    person_of,
    stage_shot,
    walk,
)

__all__ = ["KINDS", "SIZE_WH", "draw_act"]


def draw_act(kind: str, seed: int) -> Act:
    """Return the act of a kind, one of `KINDS`, that follows from a seed."""
    rng = np.random.default_rng(seed_from("act", kind, seed))
    video_id = f"{kind}-{seed}"
    shots = _DRAWN[kind](rng, video_id, seed)
    roles = [role for shot in shots for role in shot.scene.roles]
    sides = {role.subject_id: role.side for role in roles if role.subject_id is not None}
    return Act(video_id, kind, sides, tuple(shots))


def _crossing(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Two people change places and change back; in every third act they stay so for the last quarter."""
    shot = stage_shot(
        rng, FRAMES, pair(video_id, draw_cast(rng, 2)), (0.36, 0.31) if seed % 2 else (0.31, 0.36)
    )
    there = int(rng.integers(14, 20)) if seed % 3 else 36
    back = there + WALK_FRAMES + int(rng.integers(1, 5))
    ends = [(there, 0.73), (back, 0.27)] if seed % 3 else [(there, 0.73)]
    x = walk(FRAMES, [(0, 0.27), *ends])
    return [moved(moved(shot, 0, x), 1, np.float32(1) - x)]


def _leaving(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """One of two people leaves and comes back, in every second act to another place on their side."""
    shot = stage_shot(rng, FRAMES, pair(video_id, draw_cast(rng, 2)), (0.33, 0.33))
    goes = seed // 2 % 2
    home, out, other = ((0.27, -0.35, 0.36), (0.73, 1.35, 0.64))[goes]
    back = int(rng.integers(30, 36))
    x = walk(FRAMES, [(0, home), (int(rng.integers(14, 18)), out), (back, other if seed % 2 else home)])
    shot = moved(moved(shot, 1 - goes, np.full(FRAMES, (0.73, 0.27)[goes], np.float32)), goes, x)
    away = (x < -0.3) | (x > 1.3)
    return [changed(shot, goes, present=~away)]


def _bystander(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Two people, and a third one smaller behind them: in the middle, or outermost, and for some time or always."""
    people = draw_cast(rng, 3)
    cast = [*pair(video_id, people), (2, people[2], None, "only")]
    shot = stage_shot(rng, FRAMES, cast, (0.33, 0.35, 0.22))
    outer = seed % 2 == 1
    positions = (0.38, 0.76, 0.1) if outer else (0.24, 0.76, 0.5)
    for role, x in enumerate(positions):
        shot = moved(shot, role, np.full(FRAMES, x, np.float32))
    y = np.full(FRAMES, 0.34, np.float32)
    shot = moved(shot, 2, np.full(FRAMES, positions[2], np.float32), y)
    frames = np.arange(FRAMES)
    seen = frames >= (0 if seed % 3 == 0 else int(rng.integers(8, 24)))
    return [changed(shot, 2, present=seen)]


def _poster(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A person, in every third act two, and a poster with a face as large; the camera moves in every second act."""
    people = draw_cast(rng, 3)
    two = seed % 3 == 2
    alone: list[tuple[int, int, str | None, Side]] = [(0, people[0], video_id, "only")]
    cast = pair(video_id, people) if two else alone
    shot = stage_shot(rng, FRAMES, cast, (0.34,) * len(cast))
    positions = (0.42, 0.78) if two else (0.66,)
    for role, x in enumerate(positions):
        shot = moved(shot, role, np.full(FRAMES, x, np.float32))
    if seed % 2 == 0:
        shot = replace(shot, scene=replace(shot.scene, sway=np.full_like(shot.scene.sway, 20)))
    if not two and seed % 4 == 1:
        shot = changed(shot, 0, present=np.arange(FRAMES) < 30)
    moment = shot.scene.roles[0].performance.moment(0)
    at = (0.14 * SIZE_WH[0] + 20, 0.36 * SIZE_WH[1] + 20)
    size = float(rng.uniform(0.26, 0.36)) * SIZE_WH[1]
    scene = hang_poster(
        shot.scene, person_of(people[2]), replace(moment, centre=at, head_px=size), draw_lights(rng)
    )
    return [replace(shot, scene=scene)]


def _cut_swap(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Two people filmed from the other side for a third of the video: places and sizes are other ones."""
    people = draw_cast(rng, 2)
    cast = pair(video_id, people)
    first = stage_shot(rng, int(rng.integers(18, 24)), cast, (0.33, 0.33))
    second = stage_shot(
        rng, int(rng.integers(10, 14)), cast[::-1], (0.28, 0.38) if seed % 2 else (0.38, 0.28)
    )
    third = stage_shot(rng, int(rng.integers(8, 14)), cast, (0.36, 0.36))
    return [first, second, third] if seed % 3 else [first, second]


def _cut_away(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """One annotated person, and for a quarter of the video a shot of another one, in the same place or not."""
    people = draw_cast(rng, 2)
    own: tuple[int, int, str | None, Side] = (0, people[0], video_id, "only")
    other: tuple[int, int, str | None, Side] = (1, people[1], None, "only")
    head = float(rng.uniform(0.32, 0.4))
    first = stage_shot(rng, int(rng.integers(16, 22)), [own], (head,))
    second = stage_shot(rng, int(rng.integers(8, 12)), [other], (float(rng.uniform(0.3, 0.42)),))
    third = stage_shot(rng, int(rng.integers(10, 18)), [own], (head * (1.2 if seed % 2 else 1.0),))
    if seed % 3:
        lit = replace(third.scene, lights=first.scene.lights, gain=first.scene.gain)
        third = replace(third, scene=lit)
    return [first, second, third]


def _one_of_at_most_two(rng: Rng, video_id: str, seed: int, *, head: float) -> Shot:
    """Return a shot of one annotated person, behind whom in every second act somebody smaller stands."""
    people = draw_cast(rng, 2)
    cast: list[tuple[int, int, str | None, Side]] = [(0, people[0], video_id, "only")]
    if seed % 2:
        cast.append((1, people[1], None, "only"))
    return stage_shot(rng, FRAMES, cast, (head, 0.2)[: len(cast)])


def _occluded(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A person goes behind a board and comes out on its other side; in every second act somebody stands behind."""
    shot = _one_of_at_most_two(rng, video_id, seed, head=0.34)
    x = np.interp(np.arange(FRAMES), [8, 32], [0.25, 0.75]).astype(np.float32)
    shot = moved(shot, 0, x)
    if seed % 2:
        y = np.full(FRAMES, 0.3, np.float32)
        shot = moved(shot, 1, np.full(FRAMES, 0.9, np.float32), y)
    half = float(rng.uniform(0.1, 0.14))
    board = np.array([(0.5 - half) * SIZE_WH[0], 0, (0.5 + half) * SIZE_WH[0], SIZE_WH[1]], np.float32)
    return [replace(shot, board=np.tile(board, (FRAMES, 1)))]


def _turned(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A person turns away for a while and moves meanwhile; in every second act somebody stands behind."""
    shot = _one_of_at_most_two(rng, video_id, seed, head=0.36)
    angles = shot.scene.roles[0].performance.angles.copy()
    frames = np.arange(FRAMES) // 4 * 4
    turn = np.interp(frames, [12, 18, 26, 32], [0, 2.4, 2.4, 0]) * (1 if seed % 3 else -1)
    angles[:, 0] += turn
    angles[:, 3] += 0.9 * turn
    shot = changed(shot, 0, angles=angles.astype(np.float32))
    shot = moved(shot, 0, np.interp(np.arange(FRAMES), [14, 30], [0.3, 0.6]).astype(np.float32))
    if seed % 2:
        y = np.full(FRAMES, 0.3, np.float32)
        shot = moved(shot, 1, np.full(FRAMES, 0.88, np.float32), y)
    return [shot]


def _background(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A person who is away for a third of the video, and somebody smaller behind who is always there."""
    people = draw_cast(rng, 2)
    cast: list[tuple[int, int, str | None, Side]] = [
        (0, people[0], video_id, "only"),
        (1, people[1], None, "only"),
    ]
    shot = stage_shot(rng, FRAMES, cast, (0.37, float(rng.uniform(0.16, 0.21))))
    away = int(rng.integers(10, 18))
    frames = np.arange(FRAMES)
    shot = changed(shot, 0, present=(frames < away) | (frames >= away + 14))
    x = np.where(frames < away, 0.36, 0.36 if seed % 2 else 0.5).astype(np.float32)
    y = np.full(FRAMES, 0.3, np.float32)
    return [moved(moved(shot, 0, x), 1, np.full(FRAMES, 0.82, np.float32), y)]


def _sizes(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A small face for the whole video, and a much larger passer-by; or two people, one near and one far."""
    people = draw_cast(rng, 2)
    if seed % 2:
        heads = (0.46, 0.22) if seed % 4 == 1 else (0.22, 0.46)
        return [stage_shot(rng, FRAMES, pair(video_id, people), heads)]
    cast: list[tuple[int, int, str | None, Side]] = [
        (0, people[0], video_id, "only"),
        (1, people[1], None, "only"),
    ]
    shot = stage_shot(rng, FRAMES, cast, (0.24, 0.5))
    frames = np.arange(FRAMES)
    passes = (frames >= 16) & (frames < 26)
    x = np.interp(frames, [16, 26], [1.15, 0.55]).astype(np.float32)
    return [changed(moved(moved(shot, 0, np.full(FRAMES, 0.3, np.float32)), 1, x), 1, present=passes)]


def _light(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Other lamps and another gain in mid-shot, in every third act also back; two people, or one and one behind."""
    people = draw_cast(rng, 2)
    alone: list[tuple[int, int, str | None, Side]] = [
        (0, people[0], video_id, "only"),
        (1, people[1], None, "only"),
    ]
    two = seed % 2 == 0
    shot = stage_shot(
        rng, FRAMES, pair(video_id, people) if two else alone, (0.33, 0.33) if two else (0.36, 0.24)
    )
    tint = rng.uniform(0.65, 1.15) * rng.normal(1, 0.08, 3)
    lit = replace(shot.scene, lights=draw_lights(rng), gain=(shot.scene.gain * tint).astype(np.float32))
    change = int(rng.integers(12, 20))
    back = int(rng.integers(30, 36)) if seed % 3 == 0 else FRAMES
    parts = [(shot, 0, change), (replace(shot, scene=lit), change, back), (shot, back, FRAMES)]
    return [part_of(*part) for part in parts if part[1] < part[2]]


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
    "nodding": draw_nodding,
    "reverse": draw_reverse,
    "alike": draw_alike,
    "dancing": draw_dancing,
    "three-quarter": draw_three_quarter,
    "rolled": draw_rolled,
    "blurred": draw_blurred,
    "dark": draw_dark,
    "zoomed": draw_zoomed,
}
KINDS = tuple(_DRAWN)
