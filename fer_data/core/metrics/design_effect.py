"""How much frames of one video repeat each other: intraclass correlation, design effect, effective number of frames.

A description of the data. Intervals and splits draw whole videos or people, which needs no such formula.

Source: Kish, Survey Sampling, 1965; the estimator of the one-way analysis of variance with unequal groups, Donner, A
review of inference procedures for the intraclass correlation coefficient, 1986.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float64

__all__ = ["DesignEffect", "design_effect"]


@dataclass(frozen=True, slots=True)
class DesignEffect:
    """What frames of one video have in common of a value.

    Attributes:
        correlation: the intraclass correlation within videos: 1 where all frames of a video say the same, 0 where a
            video says nothing of its frames. Below 0 where they differ more than chance.
        design_effect: `1 + (m - 1) * correlation` (Kish), m the frames of a video, each frame counted with its own; a
            correlation below 0 counts as 0. The variance of a mean over frames, against that of as many independent.
        effective_frames: frames over the design effect.
    """

    correlation: float
    design_effect: float
    effective_frames: float


def design_effect(counts: NDArray[np.int64], sums: Float64, squares: Float64) -> DesignEffect | None:
    """Return it from the number of frames of each video, and the sums of their values and squared values there.

    None where it is not defined: one video, no video with two frames, or no value that differs from another.

    >>> from numpy import array
    >>> same = design_effect(array([4, 4]), array([0.0, 4.0]), array([0.0, 4.0]))
    >>> same.correlation, same.design_effect, same.effective_frames
    (1.0, 4.0, 2.0)
    """
    seen = counts > 0
    counts, sums, squares = counts[seen].astype(np.float64), sums[seen], squares[seen]
    frames, videos = float(counts.sum()), len(counts)
    if videos < 2 or frames <= videos:
        return None
    of_sizes = float((counts**2).sum()) / frames
    mean = float(sums.sum()) / frames
    between = max(float((counts * (sums / counts - mean) ** 2).sum()), 0.0) / (videos - 1)
    within = max(float((squares - sums**2 / counts).sum()), 0.0) / (frames - videos)
    common = (frames - of_sizes) / (videos - 1)
    whole = between + (common - 1) * within
    if whole <= np.finfo(np.float64).eps * max(float(squares.sum()), 1e-300):
        return None
    correlation = (between - within) / whole
    effect = 1.0 + (of_sizes - 1.0) * max(correlation, 0.0)
    return DesignEffect(float(correlation), float(effect), float(frames / effect))
