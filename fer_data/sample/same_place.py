"""Draw situations in which only the place says who it is, or not even that: nodding heads, reverse shots."""

from dataclasses import replace

import numpy as np

from fer_data.sample.lights import draw_lights
from fer_data.sample.scene import Scene, Side
from fer_data.sample.shots import Shot
from fer_data.sample.staging import FRAMES, SIZE_WH, Rng, changed, draw_cast, moved, stage_shot

__all__ = ["draw_alike", "draw_nodding", "draw_reverse"]

_NOD_FRAMES, _NOD_PX = 10, 30
_WALL_LIGHT, _WALL_DARK = 215.0, 40.0
_LENGTHS = (18, 9, 14, 9, 12)


def draw_nodding(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """A head that sways and nods by 30 px in ten frames before a plain wall; every second time the camera sways too.

    In every third act somebody smaller stands behind.
    """
    people = draw_cast(rng, 2)
    cast: list[tuple[int, int, str | None, Side]] = [(0, people[0], video_id, "only")]
    if seed % 3 == 0:
        cast.append((1, people[1], None, "only"))
    shot = stage_shot(rng, FRAMES, cast, (float(rng.uniform(0.34, 0.44)), 0.2)[: len(cast)])
    phase = np.arange(FRAMES) * 2 * np.pi / _NOD_FRAMES + float(rng.uniform(0, 2 * np.pi))
    x = 0.42 + np.sin(phase) * _NOD_PX / SIZE_WH[0]
    y = 0.48 + np.sin(2 * phase) * _NOD_PX / 2 / SIZE_WH[1]
    shot = moved(shot, 0, x.astype(np.float32), y.astype(np.float32))
    angles = shot.scene.roles[0].performance.angles.copy()
    angles[:, 1] += np.float32(0.25) * np.sin(2 * phase).astype(np.float32)
    shot = changed(shot, 0, angles=angles)
    if len(cast) > 1:
        aside = np.full(FRAMES, 0.88, np.float32)
        shot = moved(shot, 1, aside, np.full(FRAMES, 0.3, np.float32))
    scene = _before_wall(shot.scene, _WALL_LIGHT if seed % 4 < 2 else _WALL_DARK)
    if seed % 2:
        rise = scene.sway + (np.sin(phase + 1) * 10)[:, None].astype(np.float32)
        scene = replace(scene, sway=np.clip(rise, 0, 40))
    return [replace(shot, scene=scene)]


def draw_reverse(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """One annotated person and another one, filmed by turns in the same box; every second time before the same wall."""
    people = draw_cast(rng, 2)
    return _by_turns(rng, video_id, people, same_room=seed % 2 == 0)


def draw_alike(rng: Rng, video_id: str, seed: int) -> list[Shot]:
    """Reverse shots of two people in shirts of one colour, who never meet."""
    people = draw_cast(rng, 2)
    shots = _by_turns(rng, video_id, people, same_room=seed % 2 == 0)
    palette = shots[0].scene.roles[0].person.palette
    dressed = palette.shirt, palette.stripe, palette.pattern
    return [_dressed(shot, *dressed) for shot in shots]


def _by_turns(rng: Rng, video_id: str, people: list[int], *, same_room: bool) -> list[Shot]:
    own: tuple[int, int, str | None, Side] = (0, people[0], video_id, "only")
    other: tuple[int, int, str | None, Side] = (1, people[1], None, "only")
    head = float(rng.uniform(0.34, 0.44))
    shots = [
        stage_shot(rng, frames, [other if index % 2 else own], (head * (0.96 if index % 2 else 1.0),))
        for index, frames in enumerate(_LENGTHS)
    ]
    rooms = [shots[0].scene, _other_room(rng, shots[1].scene, shots[0].scene, same_room=same_room)]
    return [replace(shot, scene=_in_room(shot.scene, rooms[index % 2])) for index, shot in enumerate(shots)]


def _other_room(rng: Rng, scene: Scene, first: Scene, *, same_room: bool) -> Scene:
    return first if same_room else replace(scene, lights=draw_lights(rng))


def _in_room(scene: Scene, room: Scene) -> Scene:
    return replace(scene, lights=room.lights, backdrop=room.backdrop, gain=room.gain, grain=room.grain)


def _before_wall(scene: Scene, grey: float) -> Scene:
    return replace(scene, backdrop=np.full_like(scene.backdrop, grey))


def _dressed(shot: Shot, shirt: np.ndarray, stripe: np.ndarray, pattern: int) -> Shot:
    roles = tuple(
        replace(
            role,
            person=replace(
                role.person, palette=role.person.palette._replace(shirt=shirt, stripe=stripe, pattern=pattern)
            ),
        )
        for role in shot.scene.roles
    )
    return replace(shot, scene=replace(shot.scene, roles=roles))
