"""Draw situations in which a face itself is hard to see or to follow: dancing, turned, rolled, blurred and dark."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.motion import Performance
from fer_data.sample.scene import Side
from fer_data.sample.shots import Shot
from fer_data.sample.staging import FRAMES, Rng, changed, draw_cast, moved, pair, part_of, stage_shot

__all__ = ["draw_blurred", "draw_dancing", "draw_dark", "draw_rolled", "draw_three_quarter", "draw_zoomed"]

_HOLD = 2
"""Frames for which a dancer's pose is held: a quick head changes it more often than a calm one."""
_MAX_YAW = float(np.deg2rad(60))
_RAMP_FRAMES = 8
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
    for role in dancers:
        swing = phase + np.pi * role
        x = ((0.24, 0.76)[role] if two else 0.42) + reach * np.sin(swing)
        y = 0.46 + 0.05 * np.cos(2 * swing)
        turns = {0: 0.45 * np.cos(swing), 1: 0.15 * np.sin(2 * swing), 2: 0.4 * np.sin(swing)}
        shot = _turning(moved(shot, role, x.astype(np.float32), y.astype(np.float32)), role, turns, _HOLD)
    return [_aside(shot) if len(cast) > len(dancers) else shot]


def draw_three_quarter(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Two people who look at each other, or one who looks aside and back: yaw of 35 to 60 degrees."""
    people = draw_cast(rng, 2)
    two = seed % 2 == 1
    cast = pair(video_id, people) if two else _alone(video_id, people, watched=seed % 3 == 0)
    shot = stage_shot(rng, FRAMES, cast, (0.33, 0.33) if two else (0.36, 0.2)[: len(cast)])
    frames = np.arange(FRAMES)
    for role in range(2 if two else 1):
        yaw = float(np.deg2rad(rng.uniform(35, 60))) * (1 if role == 0 else -1)
        aside = np.interp(frames, [4, 12, 24, 40], [0, 1, 1, 1 if two else -1])
        shot = _turning(shot, role, {0: yaw * aside, 3: 0.5 * yaw * aside}, _HOLD)
        angles = shot.scene.roles[role].performance.angles.copy()
        angles[:, 0] = np.clip(angles[:, 0], -_MAX_YAW, _MAX_YAW)
        shot = changed(shot, role, angles=angles)
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
    """The picture is out of focus for half of the video, up to sigma 12 px; two people in every second act."""
    shot = _plain(rng, video_id, seed)
    return [replace(shot, blur_px=(_MAX_BLUR_PX * _spell(rng)).astype(np.float32))]


def draw_dark(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """The light goes down to 2 % and comes back within half of the video; two people in every second act."""
    shot = _plain(rng, video_id, seed)
    return [replace(shot, light=(_LEAST_LIGHT ** _spell(rng)).astype(np.float32))]


def draw_zoomed(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """One person alone who talks on while the picture is cut to nearer views and back, as talks are edited.

    In every second act some frames are left out at the cuts; in every third one somebody stands behind.
    """
    people = draw_cast(rng, 2)
    shot = stage_shot(
        rng, FRAMES + 12, _alone(video_id, people, watched=seed % 3 == 0), (0.28, 0.16)[: 2 - (seed % 3 > 0)]
    )
    if len(shot.people) > 1:
        shot = moved(shot, 1, np.full(FRAMES + 12, 0.68, np.float32), np.full(FRAMES + 12, 0.34, np.float32))
    near, left_out = float(rng.uniform(1.3, 1.7)), 6 * (seed % 2)
    starts = (0, 14 + left_out, 26 + 2 * left_out)
    views = [part_of(shot, start, start + frames) for start, frames in zip(starts, (14, 12, 18), strict=True)]
    return [views[0], _nearer(views[1], near), views[2]]


def _plain(rng: Rng, video_id: str, seed: int) -> Shot:
    people = draw_cast(rng, 2)
    two = seed % 2 == 1
    cast = pair(video_id, people) if two else _alone(video_id, people, watched=False)
    return stage_shot(rng, FRAMES, cast, (0.33, 0.33) if two else (0.38,))


def _spell(rng: Rng) -> NDArray[np.float64]:
    """Return how far into it each frame is, (n,) in [0, 1]: none, within eight frames all, and none again."""
    first, length = int(rng.integers(8, 13)), int(rng.integers(20, 24))
    times = [first, first + _RAMP_FRAMES, first + length - _RAMP_FRAMES, first + length]
    return np.interp(np.arange(FRAMES), times, [0.0, 1.0, 1.0, 0.0])


def _alone(video_id: str, people: list[int], *, watched: bool) -> list[tuple[int, int, str | None, Side]]:
    """Return one annotated person, and where `watched` somebody whom nobody annotates."""
    own: list[tuple[int, int, str | None, Side]] = [(0, people[0], video_id, "only")]
    return [*own, (1, people[1], None, "only")] if watched else own


def _nearer(shot: Shot, factor: float) -> Shot:
    """Return the shot as a lens of a longer focal length shows it, about the first person's head."""
    scene = shot.scene
    middle = scene.roles[0].performance.centre.mean(0)
    roles = tuple(
        replace(role, performance=_enlarged(role.performance, middle, factor)) for role in scene.roles
    )
    height, width = scene.backdrop.shape[:2]
    at = middle + 20
    zoom = np.array([[factor, 0, at[0] * (1 - factor)], [0, factor, at[1] * (1 - factor)]], np.float64)
    backdrop = np.asarray(
        cv2.warpAffine(scene.backdrop, zoom, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    return replace(shot, scene=replace(scene, backdrop=backdrop, roles=roles))


def _enlarged(performance: Performance, middle: Float32, factor: float) -> Performance:
    centre = middle + (performance.centre - middle) * np.float32(factor)
    return replace(
        performance, centre=centre.astype(np.float32), head_px=performance.head_px * np.float32(factor)
    )


def _aside(shot: Shot) -> Shot:
    """Return the shot with its second person at the edge."""
    return moved(shot, 1, np.full(FRAMES, 0.9, np.float32), np.full(FRAMES, 0.3, np.float32))


def _turning(shot: Shot, role: int, added: dict[int, NDArray[np.float64]], hold: int = 4) -> Shot:
    """Return the shot with angles, by column, added to a role's, each pose held for some frames."""
    performance = shot.scene.roles[role].performance
    angles: Float32 = performance.angles.copy()
    held = np.arange(len(angles)) // hold * hold
    for column, values in added.items():
        angles[:, column] += values[held].astype(np.float32)
    return changed(shot, role, angles=angles)
