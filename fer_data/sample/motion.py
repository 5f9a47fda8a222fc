"""Move people: a timeline of expressions, head pose, gaze, blinks, speech and place in the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.labels.tasks import SEVEN_CLASSES, Expression
from fer_data.sample.expressions import draw_expression
from fer_data.sample.rig import load_rig

__all__ = ["Moment", "Performance", "Segment", "draw_timeline", "drift", "perform"]

Segment = tuple[Expression, int]
"""An expression and for how many frames it is shown."""

_PRESENCE_AND_FRAMES: dict[Expression, tuple[float, float]] = {
    Expression.NEUTRAL: (1.0, 5.6),
    Expression.ANGER: (0.75, 3.4),
    Expression.DISGUST: (0.65, 3.2),
    Expression.FEAR: (0.55, 3.1),
    Expression.HAPPINESS: (0.95, 4.7),
    Expression.SADNESS: (0.9, 4.0),
    Expression.SURPRISE: (0.85, 3.6),
}
"""In which part of the videos a class occurs, and for about how many of 24 frames: 4:1 from largest to smallest."""
_SHORTEST_SEGMENT = 3
_LARGEST_WEIGHT = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What a person does in one frame.

    Attributes:
        weights: (52,) float32, of the face units.
        angles: yaw, pitch and roll of the head and yaw of the torso, in radians.
        centre: x, y of the head's centre in px.
        head_px: height of the head in px.
    """

    weights: Float32
    angles: tuple[float, float, float, float]
    centre: tuple[float, float]
    head_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """What one person does over n frames.

    Attributes:
        expression: (n,) int8, index in `SEVEN_CLASSES`.
        weights: (n, 52) float32, of the face units.
        angles: (n, 4) float32, yaw, pitch and roll of the head and yaw of the torso, in radians.
        centre: (n, 2) float32, x, y of the head's centre in px.
        head_px: (n,) float32, height of the head in px.
        present: (n,) bool, False where the person is not in the scene at all.
    """

    expression: NDArray[np.int8]
    weights: Float32
    angles: Float32
    centre: Float32
    head_px: Float32
    present: NDArray[np.bool_]

    def moment(self, frame_index: int) -> Moment:
        """Return what the person does in one frame."""
        yaw, pitch, roll, torso = (float(angle) for angle in self.angles[frame_index])
        x, y = (float(value) for value in self.centre[frame_index])
        return Moment(
            self.weights[frame_index], (yaw, pitch, roll, torso), (x, y), float(self.head_px[frame_index])
        )


def draw_timeline(rng: np.random.Generator, n_frames: int) -> list[Segment]:
    """Return the expressions that a person shows, in order; their frames add up to `n_frames`."""
    present = rng.random(len(_PRESENCE_AND_FRAMES)) < [
        presence for presence, _ in _PRESENCE_AND_FRAMES.values()
    ]
    chosen = [name for name, is_present in zip(_PRESENCE_AND_FRAMES, present, strict=True) if is_present]
    chosen = [chosen[index] for index in rng.permutation(len(chosen))][
        : max(1, n_frames // _SHORTEST_SEGMENT)
    ]
    frames = _share_out([_PRESENCE_AND_FRAMES[name][1] for name in chosen], n_frames)
    return list(zip(chosen, frames, strict=True))


def _share_out(wishes: Sequence[float], total: int) -> list[int]:
    """Return whole numbers near the wishes' shares that add up to `total`, by largest remainders."""
    if total < _SHORTEST_SEGMENT * len(wishes):
        return [total]
    excess = np.array(wishes) - _SHORTEST_SEGMENT + 0.05
    shares = (total - _SHORTEST_SEGMENT * len(wishes)) * excess / excess.sum()
    parts = np.floor(shares).astype(int)
    parts[np.argsort(parts - shares, kind="stable")[: round(shares.sum()) - parts.sum()]] += 1
    return [int(part) + _SHORTEST_SEGMENT for part in parts]


def perform(
    rng: np.random.Generator, timeline: Sequence[Segment], *, centre: tuple[float, float], head_px: float
) -> Performance:
    """Return the performance of a timeline by a person who stays about one place."""
    expression = np.concatenate(
        [np.full(frames, SEVEN_CLASSES.index(name), np.int8) for name, frames in timeline]
    )
    count = len(expression)
    weights = _weights(rng, timeline)
    _speak(rng, weights)
    _blink(rng, weights)
    _look_round(rng, weights)
    yaw = np.clip(drift(rng, count, rng.normal(0, 0.17), 0.17), -0.75, 0.75)
    pitch = np.clip(drift(rng, count, 0, 0.08), -0.3, 0.3)
    roll = np.clip(drift(rng, count, 0, 0.06), -0.3, 0.3)
    torso = np.clip(drift(rng, count, float(yaw.mean()) * 0.6, 0.06), -0.5, 0.5)
    position = [drift(rng, count, mean, 0.035 * head_px) for mean in centre]
    return Performance(
        expression,
        np.clip(weights, 0, _LARGEST_WEIGHT).astype(np.float32),
        np.stack([yaw, pitch, roll, torso], 1).astype(np.float32),
        np.stack(position, 1).astype(np.float32),
        drift(rng, count, head_px, head_px * 0.03).astype(np.float32),
        np.ones(count, np.bool_),
    )


def drift(rng: np.random.Generator, count: int, mean: float, spread: float) -> NDArray[np.float64]:
    """Return a smooth random walk (count,) that keeps to a mean: a low-passed Ornstein-Uhlenbeck process."""
    position = follower = mean + spread * rng.normal()
    walk = np.empty(count)
    for index, step in enumerate(rng.normal(0, spread * np.sqrt(2 / 30), count)):
        position += (mean - position) / 30 + step
        follower += (position - follower) * 0.18
        walk[index] = follower
    return walk


def _weights(rng: np.random.Generator, timeline: Sequence[Segment]) -> NDArray[np.float64]:
    """Return face units over time; a change begins in the frame before its segment and is over one frame later."""
    poses = [draw_expression(rng, expression) for expression, _ in timeline]
    starts = np.cumsum([0, *(frames for _, frames in timeline)])
    weights = np.repeat(np.array(poses, np.float64), [frames for _, frames in timeline], axis=0)
    for before, after, start in zip(poses, poses[1:], starts[1:], strict=False):
        for index, share in ((start - 1, 0.10), (start, 0.75)):
            weights[index] = before * (1 - share) + after * share
    return weights


def _columns(*names: str) -> list[int]:
    units = list(load_rig().units)
    return [units.index(name) for name in names]


def _speak(rng: np.random.Generator, weights: NDArray[np.float64]) -> None:
    """Let every third person mumble."""
    speed, strength = rng.uniform(0.5, 0.9), rng.uniform(0.03, 0.1)
    wobble = rng.normal(0, 0.3, len(weights)).cumsum() * 0.3
    if rng.random() < 1 / 3:
        opening = strength * np.abs(np.sin(np.arange(len(weights)) * speed + wobble))
        weights[:, _columns("jawOpen", "mouthFunnel")] += opening[:, None] * [1.0, 0.4]


def _blink(rng: np.random.Generator, weights: NDArray[np.float64]) -> None:
    columns = _columns("eyeBlinkLeft", "eyeBlinkRight")
    start = int(rng.integers(5, 60))
    while start < len(weights):
        for index, closed in enumerate((0.6, 1.0, 0.5)[: len(weights) - start]):
            weights[start + index, columns] = np.maximum(weights[start + index, columns], closed)
        start += int(rng.integers(45, 110))


def _look_round(rng: np.random.Generator, weights: NDArray[np.float64]) -> None:
    across, up = drift(rng, len(weights), 0, 0.15), drift(rng, len(weights), 0, 0.08)
    for amount, names in (
        (across, ("eyeLookOutLeft", "eyeLookInRight")),
        (-across, ("eyeLookInLeft", "eyeLookOutRight")),
        (up, ("eyeLookUpLeft", "eyeLookUpRight")),
        (-up, ("eyeLookDownLeft", "eyeLookDownRight")),
    ):
        weights[:, _columns(*names)] += np.maximum(amount, 0)[:, None]
