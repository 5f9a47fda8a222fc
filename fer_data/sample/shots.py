"""Film acts: videos of one or more shots, with every pose photographed once and moved, which is ten times as quick."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.sample.camera import Layer, photograph
from fer_data.sample.lights import Lights
from fer_data.sample.motion import Moment, Performance
from fer_data.sample.person import Person
from fer_data.sample.scene import Camera, Scene, Side, film
from fer_data.sample.truth import FaceTruth

__all__ = ["HELD_FRAMES", "Act", "Shot", "film_act", "hang_poster", "held"]

HELD_FRAMES = 4
"""A person holds a pose for this many frames; only the place changes in between."""

_LARGEST_YAW_DEGREES = 70.0
_HIDDEN_SHARE = 0.5
_BOARD_GREY = (96, 88, 80)
_MOST_BLUR, _LEAST_LIGHT = 0.3, 0.06
"""Where a person who looks at a frame alone can no longer say where the eyes are, or that somebody is there."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One shot of an act.

    Attributes:
        scene: who is seen and where.
        people: the act's number of each role's person.
        board: (n, 4) float32, an opaque board before everybody: x_min, y_min, x_max, y_max in px; None for none.
        blur_px: (n,) float32, standard deviation of the blur of the whole picture in px; None for none.
        light: (n,) float32, what is left of the picture's grey levels, in [0, 1]; None for all.
    """

    scene: Scene
    people: tuple[int, ...]
    board: Float32 | None = None
    blur_px: Float32 | None = None
    light: Float32 | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Act:
    """One video.

    Attributes:
        video_id: its name.
        kind: what it tests, one of `scenes.KINDS`.
        sides: of each annotated subject.
        shots: in the order in which they are seen.
    """

    video_id: str
    kind: str
    sides: Mapping[str, Side]
    shots: tuple[Shot, ...]

    @property
    def n_frames(self) -> int:
        """Return the frames of all shots."""
        return sum(len(shot.scene.sway) for shot in self.shots)


def held(performance: Performance) -> Performance:
    """Return the performance with every pose held for `HELD_FRAMES` frames, while the place goes on changing."""
    frames = np.arange(len(performance.centre)) // HELD_FRAMES * HELD_FRAMES
    return replace(
        performance,
        weights=performance.weights[frames],
        angles=performance.angles[frames],
        head_px=performance.head_px[frames],
    )


def film_act(act: Act) -> Iterator[tuple[Image, list[FaceTruth]]]:
    """Yield every frame with the truth about the people in it, numbered over the whole act.

    Unlike in a single scene, a face is not visible where it is turned away or behind a board, nor where nobody could
    see it: blurred by more than 0.3 of its eye distance, or with less than 6 % of its light.
    """
    first = 0
    for shot in act.shots:
        for index, (image, truths) in enumerate(film(shot.scene, camera=_camera(shot.scene.size_wh))):
            blur_px, light = _view(shot, index)
            board = None if shot.board is None else shot.board[index]
            seen = [_seen(truth, board) for truth in truths]
            if light < _LEAST_LIGHT:
                seen = [_unseen(truth) for truth in seen]
            seen = [_unseen(truth) if _is_blurred(truth, blur_px) else truth for truth in seen]
            numbered = [
                replace(truth, person=person, frame_index=first + index)
                for truth, person in zip(seen, shot.people, strict=True)
            ]
            yield _seen_through(_with_board(image, board), blur_px, light), numbered
        first += len(shot.scene.sway)


def hang_poster(scene: Scene, person: Person, moment: Moment, lights: Lights) -> Scene:
    """Return the scene with a picture of the person's face on the wall, centred at the moment's place."""
    spare = (scene.backdrop.shape[1], scene.backdrop.shape[0])
    layer = photograph(person, moment, lights, size_wh=spare)
    left, top, right, bottom = _poster_box(moment, spare)
    backdrop = scene.backdrop.copy()
    paper = np.zeros_like(backdrop)
    paper[:] = (206, 200, 190)
    corner_x, corner_y = layer.corner
    height, width = layer.rgba.shape[:2]
    window = paper[corner_y : corner_y + height, corner_x : corner_x + width]
    window *= 1 - layer.rgba[..., 3:]
    window += 255 * layer.rgba[..., :3]
    backdrop[top:bottom, left:right] = 30
    backdrop[top + 3 : bottom - 3, left + 3 : right - 3] = paper[top + 3 : bottom - 3, left + 3 : right - 3]
    return replace(scene, backdrop=backdrop)


def _poster_box(moment: Moment, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    (x, y), half = moment.centre, moment.head_px
    width, height = size_wh
    edges = np.clip([x - 0.8 * half, y - 0.9 * half, x + 0.8 * half, y + 1.1 * half], 0, [width, height] * 2)
    left, top, right, bottom = (int(edge) for edge in edges)
    return left, top, right, bottom


def _camera(size_wh: tuple[int, int]) -> Camera:
    """Return a camera that takes each pose once, on a larger sheet, and cuts the frame out of that."""
    width, height = size_wh
    taken: dict[tuple[int, bytes, tuple[float, ...], float], Layer] = {}

    def take(person: Person, moment: Moment, lights: Lights) -> Layer:
        key = (id(person), moment.weights.tobytes(), moment.angles, moment.head_px)
        if key not in taken:
            middle = replace(moment, centre=(float(width), float(height)))
            taken[key] = photograph(person, middle, lights, size_wh=(2 * width, 2 * height))
        shift = np.round(np.array(moment.centre) - (width, height)).astype(int)
        return _moved(taken[key], shift, size_wh)

    return take


def _moved(layer: Layer, shift: np.typing.NDArray[np.int_], size_wh: tuple[int, int]) -> Layer:
    low = np.array(layer.corner) + shift
    high = low + layer.rgba.shape[1::-1]
    left, top = np.clip(low, 0, size_wh)
    right, bottom = np.maximum(np.clip(high, 0, size_wh), (left, top))
    rgba = layer.rgba[top - low[1] : bottom - low[1], left - low[0] : right - low[0]]
    step = shift.astype(np.float32)
    return Layer(rgba, (int(left), int(top)), layer.face + step, layer.outline + step, layer.landmarks + step)


def _with_board(image: Image, board: Float32 | None) -> Image:
    if board is not None:
        left, top, right, bottom = (max(0, round(float(edge))) for edge in board)
        image[top:bottom, left:right] = _BOARD_GREY
    return image


def _seen(truth: FaceTruth, board: Float32 | None) -> FaceTruth:
    if not truth.visible or truth.box is None or truth.angles is None:
        return truth
    hidden = board is not None and _share_behind(truth.box, board) > _HIDDEN_SHARE
    if hidden or abs(truth.angles[0]) > _LARGEST_YAW_DEGREES:
        return _unseen(truth)
    return truth


def _unseen(truth: FaceTruth) -> FaceTruth:
    return replace(truth, visible=False, visible_fraction=0.0)


def _view(shot: Shot, index: int) -> tuple[float, float]:
    """Return the blur of a frame in px and the share of its light."""
    blur_px = 0.0 if shot.blur_px is None else float(shot.blur_px[index])
    return blur_px, 1.0 if shot.light is None else float(shot.light[index])


def _is_blurred(truth: FaceTruth, blur_px: float) -> bool:
    if not blur_px or truth.landmarks is None:
        return False
    return blur_px > _MOST_BLUR * float(np.hypot(*(truth.landmarks[1] - truth.landmarks[0])))


def _seen_through(image: Image, blur_px: float, light: float) -> Image:
    if blur_px:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur_px), np.uint8)
    return image if light == 1 else np.asarray(np.rint(image * np.float32(light)), np.uint8)


def _share_behind(box: Float32, board: Float32) -> float:
    shared = np.minimum(box[2:], board[2:]) - np.maximum(box[:2], board[:2])
    area = float((box[2:] - box[:2]).prod())
    return float(np.clip(shared, 0, None).prod()) / max(area, 1.0)
