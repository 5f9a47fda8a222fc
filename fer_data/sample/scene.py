"""Stage a scene and film it: people before a backdrop, frame by frame, with the truth about every face.

A scene is plain arrays per person and frame, so a new kind of scene (people who cross, a cut, a poster on the wall) is
a matter of changing the arrays of `Performance`, the backdrop, or of filming several scenes one after another.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image
from fer_data.core.sampling.seeds import seed_from
from fer_data.sample.backdrop import draw_backdrop
from fer_data.sample.camera import Layer, photograph
from fer_data.sample.exposure import expose, lay_over
from fer_data.sample.lights import Lights, draw_lights
from fer_data.sample.motion import Moment, Performance, draw_timeline, drift, perform
from fer_data.sample.pan import pan
from fer_data.sample.person import Person, build_person
from fer_data.sample.truth import FaceTruth, Side

__all__ = ["Camera", "Role", "Scene", "Side", "film", "render_clip", "stage_scene", "walk_out"]

Camera = Callable[[Person, Moment, Lights], Layer]
"""Takes a person's picture in a frame of its own size."""

_SWAY_PX = 20
_GRAIN_SPARE_PX = 64
_VISIBLE_FROM = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """A person in a scene; `subject_id` is None for one whom nobody annotates."""

    person: Person
    performance: Performance
    subject_id: str | None
    side: Side


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that a film depends on.

    Attributes:
        size_wh: frame size in px.
        backdrop: (h + 2 * sway, w + 2 * sway, 3) float32 in 0-255.
        sway: (n, 2) float32, shift of the backdrop in px.
        gain: (3,) float32, of the camera, per channel.
        grain: standard deviation of its noise, in 0-255.
        seed: of the noise.
    """

    size_wh: tuple[int, int]
    lights: Lights
    backdrop: Float32
    sway: Float32
    gain: Float32
    grain: float
    seed: int
    roles: tuple[Role, ...]


def stage_scene(
    seed: int, n_frames: int, cast: Sequence[tuple[int, str | None, Side]], *, size_wh: tuple[int, int]
) -> Scene:
    """Return a scene with people side by side, from left to right.

    `cast` gives each person's number (which person it is), subject and side.
    """
    rng = np.random.default_rng(seed)
    width, height = size_wh
    lights = draw_lights(rng)
    backdrop = draw_backdrop(rng, (width + 2 * _SWAY_PX, height + 2 * _SWAY_PX))
    sway = [np.clip(drift(rng, n_frames, _SWAY_PX, 3), 0, 2 * _SWAY_PX) for _ in range(2)]
    gain, grain = rng.uniform(0.9, 1.08) * rng.normal(1, 0.03, 3), rng.uniform(0.5, 2.5)
    roles = []
    for index, (number, subject_id, side) in enumerate(cast):
        own = np.random.default_rng(seed_from("performance", seed, number))
        centre = (
            width * (index + 0.5) / len(cast) + own.normal(0, 0.02) * width,
            height * own.normal(0.44, 0.02),
        )
        # The bodies end below the hips: a head under a quarter of the height would show that.
        head_px = height * (own.uniform(0.30, 0.46) if len(cast) == 1 else own.uniform(0.30, 0.38))
        performance = perform(own, draw_timeline(own, n_frames), centre=centre, head_px=head_px)
        roles.append(Role(build_person(seed_from("person", number)), performance, subject_id, side))
    return Scene(
        size_wh, lights, backdrop, np.stack(sway, 1).astype(np.float32), gain.astype(np.float32),
        grain, seed, tuple(roles),
    )  # fmt: skip


def walk_out(performance: Performance, first: int, *, width: int) -> Performance:
    """Return the performance with the person walking out of the picture to the right from frame `first` on."""
    steps = np.maximum(0, np.arange(len(performance.centre)) - first + 1)
    centre = performance.centre.copy()
    # Quick enough that the face is out after six frames, from wherever it was.
    centre[:, 0] += (steps / 6) * (width - centre[first, 0] + performance.head_px[first])
    angles = performance.angles.copy()
    angles[:, 0] += np.minimum(steps * 0.12, 0.6)
    present = performance.present & (steps < 9)
    return replace(performance, centre=centre.astype(np.float32), angles=angles, present=present)


def film(
    scene: Scene, supersampling: int = 1, *, camera: Camera | None = None
) -> Iterator[tuple[Image, list[FaceTruth]]]:
    """Yield every frame with the truth about the people of the scene, in the order of its roles.

    `camera` takes the place of `photograph`, for pictures that are used more than once.
    """
    rng = np.random.default_rng(seed_from("grain", scene.seed))
    width, height = scene.size_wh
    # One sheet of noise, moved at random, looks like new noise in every frame.
    spare = (height + _GRAIN_SPARE_PX, width + _GRAIN_SPARE_PX)
    grain = scene.grain * rng.standard_normal(spare, np.float32)
    camera = camera or partial(photograph, size_wh=scene.size_wh, supersampling=supersampling)
    for index in range(len(scene.sway)):
        image = pan(scene.backdrop, scene.sway[index], scene.size_wh)
        layers = [_layer(scene, role, index, camera) for role in scene.roles]
        order = sorted(range(len(layers)), key=lambda number: scene.roles[number].performance.head_px[index])
        truths: dict[int, FaceTruth] = {}
        covered = np.zeros((height, width), np.bool_)
        for number in reversed(order):
            truths[number] = _truth(scene, index, (number, layers[number]), covered)
            if number != order[0]:
                _cover(covered, layers[number])
        for layer in (layers[number] for number in order):
            if layer is not None:
                lay_over(image, layer.rgba, layer.corner)
        top, left = rng.integers(0, _GRAIN_SPARE_PX, 2)
        frame = np.empty((height, width, 3), np.uint8)
        expose(frame, image, scene.gain, grain[top : top + height, left : left + width])
        yield frame, [truths[number] for number in range(len(layers))]


def _layer(scene: Scene, role: Role, index: int, camera: Camera) -> Layer | None:
    if not role.performance.present[index]:
        return None
    return camera(role.person, role.performance.moment(index), scene.lights)


def _truth(
    scene: Scene, index: int, numbered: tuple[int, Layer | None], covered: NDArray[np.bool_]
) -> FaceTruth:
    """Return the truth about one person, of whom those in front hide what is `covered`."""
    number, layer = numbered
    role = scene.roles[number]
    known: dict[str, Any] = {
        "frame_index": index, "person": number, "subject_id": role.subject_id, "side": role.side,
        "expression": int(role.performance.expression[index]),
    }  # fmt: skip
    if layer is None:
        return FaceTruth(**known, visible=False, visible_fraction=0.0, box=None, landmarks=None, angles=None)
    fraction = _visible_fraction(layer.face, covered)
    if fraction == 0.0:
        return FaceTruth(**known, visible=False, visible_fraction=0.0, box=None, landmarks=None, angles=None)
    limits = np.array(scene.size_wh, np.float32)
    box = np.concatenate([np.clip(layer.outline.min(0), 0, limits), np.clip(layer.outline.max(0), 0, limits)])
    yaw, pitch, roll = (float(np.rad2deg(angle)) for angle in role.performance.angles[index, :3])
    return FaceTruth(
        **known, visible=fraction >= _VISIBLE_FROM, visible_fraction=fraction, box=box, landmarks=layer.landmarks,
        angles=(yaw, pitch, roll),
    )  # fmt: skip


def _cover(covered: NDArray[np.bool_], layer: Layer | None) -> None:
    """Mark what a person hides of those behind."""
    if layer is not None:
        left, top = layer.corner
        height, width = layer.rgba.shape[:2]
        covered[top : top + height, left : left + width] |= layer.rgba[..., 3] > 0.5


def _visible_fraction(face: Float32, covered: NDArray[np.bool_]) -> float:
    """Return the share of the face's vertices that lie in the picture and behind nobody."""
    height, width = covered.shape
    pixels = np.floor(face).astype(int)
    inside = (pixels >= 0).all(1) & (pixels[:, 0] < width) & (pixels[:, 1] < height)
    seen = pixels[inside]
    return float((~covered[seen[:, 1], seen[:, 0]]).sum() / max(1, len(face)))


def render_clip(
    seed: int,
    n_frames: int = 8,
    *,
    size_wh: tuple[int, int] = (640, 480),
    people: int = 1,
    supersampling: int = 1,
) -> list[tuple[Image, list[FaceTruth]]]:
    """Return the frames of a scene with people side by side, each with the truth about them from left to right.

    Subjects are named `clip`, or `clip_left` and `clip_right`; a third person and more are annotated by nobody.
    """
    names: list[tuple[str | None, Side]] = [("clip", "only")]
    if people > 1:
        between: list[tuple[str | None, Side]] = [(None, "only")] * (people - 2)
        names = [("clip_left", "left"), *between, ("clip_right", "right")]
    numbers = [seed_from("clip", seed, index) for index in range(people)]
    cast = [(number, *name) for number, name in zip(numbers, names[:people], strict=True)]
    return list(film(stage_scene(seed, n_frames, cast, size_wh=size_wh), supersampling))
