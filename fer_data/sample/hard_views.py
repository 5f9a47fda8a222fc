"""Draw situations in which a face itself is hard to see or to follow: dancing, turned, rolled, blurred and dark."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fer_data.core.faces import Float32
from fer_data.sample.scene import Scene, Side
from fer_data.sample.shots import Shot
from fer_data.sample.staging import FRAMES, Rng, changed, draw_cast, moved, pair, stage_shot

__all__ = ["draw_blurred", "draw_dancing", "draw_dark", "draw_rolled", "draw_three_quarter", "draw_zoomed"]

_HOLD = 2
"""Frames for which a dancer's pose is held: a quick head changes it more often than a calm one."""
_RAMP_FRAMES = 4
_MAX_BLUR_PX = 12.0
_LEAST_LIGHT = 0.02


def draw_dancing(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A dancer: steps of 45 to 70 px to either side in 12 to 18 frames, the head turning and rolling with them.

    In every second act somebody annotated dances beside in the opposite direction, in every third one stands behind.
    """
    people = draw_cast(rng, 2)
    two, watched = seed % 2 == 1, seed % 3 == 0
    cast = pair(video_id, people) if two else _alone(video_id, people, watched=watched)
    heads = (0.3, 0.3) if two else (float(rng.uniform(0.3, 0.38)), 0.2)[: len(cast)]
    shot = stage_shot(rng, FRAMES, cast, heads)
    dancers = range(2 if two else 1)
    reach = (0.05 if two else 0.15) + float(rng.uniform(0, 0.03))
    phase = np.arange(FRAMES) * 2 * np.pi / float(rng.uniform(12, 18)) + float(rng.uniform(0, 2 * np.pi))
    for place in dancers:
        swing = phase + np.pi * place
        x = ((0.24, 0.76)[place] if two else 0.42) + reach * np.sin(swing)
        y = 0.46 + 0.05 * np.cos(2 * swing)
        turns = {0: 0.45 * np.cos(swing), 1: 0.15 * np.sin(2 * swing), 2: 0.4 * np.sin(swing)}
        shot = _turning(moved(shot, place, x.astype(np.float32), y.astype(np.float32)), place, turns, _HOLD)
    return [_aside(shot) if len(cast) > len(dancers) else shot]


def draw_three_quarter(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Two people who look at each other, or one who looks aside and back: yaw of 35 to 60 degrees."""
    people = draw_cast(rng, 2)
    two = seed % 2 == 1
    cast = pair(video_id, people) if two else _alone(video_id, people, watched=seed % 3 == 0)
    shot = stage_shot(rng, FRAMES, cast, (0.33, 0.33) if two else (0.36, 0.2)[: len(cast)])
    frames = np.arange(FRAMES)
    for place in range(2 if two else 1):
        yaw = float(np.deg2rad(rng.uniform(35, 60))) * (1 if place == 0 else -1)
        aside = np.interp(frames, [6, 14, 28, 36], [0, 1, 1, 1 if two else -1])
        shot = _turning(shot, place, {0: yaw * aside, 3: 0.5 * yaw * aside})
    return [_aside(shot) if not two and len(cast) > 1 else shot]


def draw_rolled(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A head that tilts to 25 to 45 degrees, stays and tilts to the other side; every second time beside another."""
    people = draw_cast(rng, 2)
    two = seed % 2 == 1
    cast = pair(video_id, people) if two else _alone(video_id, people, watched=seed % 3 == 0)
    shot = stage_shot(rng, FRAMES, cast, (0.33, 0.33) if two else (0.36, 0.2)[: len(cast)])
    roll = float(np.deg2rad(rng.uniform(25, 45)))
    tilt = roll * np.interp(np.arange(FRAMES), [4, 10, 22, 32, 40], [0, 1, 1, -1, -1])
    shot = _turning(shot, 0, {2: tilt}, _HOLD)
    return [_aside(shot) if not two and len(cast) > 1 else shot]


def draw_blurred(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """The picture is out of focus for a third of the video, up to sigma 12 px; two people in every second act."""
    shot = _plain(rng, video_id, seed)
    return [replace(shot, blur_px=(_MAX_BLUR_PX * _spell(rng)).astype(np.float32))]


def draw_dark(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """The light goes down to 2 % for a third of the video and comes back; two people in every second act."""
    shot = _plain(rng, video_id, seed)
    return [replace(shot, light=(_LEAST_LIGHT ** _spell(rng)).astype(np.float32))]


def draw_zoomed(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """One person alone, cut to a nearer shot and back, as talks are edited; in every second act by another camera."""
    person = draw_cast(rng, 1)
    near = 0.28 * float(rng.uniform(1.3, 1.7))
    shots = [
        stage_shot(rng, frames, _alone(video_id, person, watched=False), (head,))
        for frames, head in zip((16, 12, 16), (0.28, near, 0.28), strict=True)
    ]
    return [
        shot if place == 1 and seed % 2 else replace(shot, scene=_in_room(shot.scene, shots[0].scene))
        for place, shot in enumerate(shots)
    ]


def _plain(rng: Rng, video_id: str, seed: int) -> Shot:
    people = draw_cast(rng, 2)
    two = seed % 2 == 1
    cast = pair(video_id, people) if two else _alone(video_id, people, watched=False)
    return stage_shot(rng, FRAMES, cast, (0.33, 0.33) if two else (0.38,))


def _spell(rng: Rng) -> NDArray[np.float64]:
    """Return how far into it each frame is, (n,) in [0, 1]: none, within four frames all, and none again."""
    first, length = int(rng.integers(10, 16)), int(rng.integers(12, 16))
    times = [first, first + _RAMP_FRAMES, first + length - _RAMP_FRAMES, first + length]
    return np.interp(np.arange(FRAMES), times, [0.0, 1.0, 1.0, 0.0])


def _alone(video_id: str, people: list[int], *, watched: bool) -> list[tuple[int, int, str | None, Side]]:
    """Return one annotated person, and where `watched` somebody whom nobody annotates."""
    own: list[tuple[int, int, str | None, Side]] = [(0, people[0], video_id, "only")]
    return [*own, (1, people[1], None, "only")] if watched else own


def _in_room(scene: Scene, room: Scene) -> Scene:
    return replace(scene, lights=room.lights, backdrop=room.backdrop, gain=room.gain)


def _aside(shot: Shot) -> Shot:
    """Return the shot with its second person at the edge."""
    return moved(shot, 1, np.full(FRAMES, 0.9, np.float32), np.full(FRAMES, 0.3, np.float32))


def _turning(shot: Shot, place: int, added: dict[int, NDArray[np.float64]], hold: int = 4) -> Shot:
    """Return the shot with angles, by column, added to a role's, each pose held for some frames."""
    performance = shot.scene.roles[place].performance
    angles: Float32 = performance.angles.copy()
    held = np.arange(len(angles)) // hold * hold
    for column, values in added.items():
        angles[:, column] += values[held].astype(np.float32)
    return changed(shot, place, angles=angles)
