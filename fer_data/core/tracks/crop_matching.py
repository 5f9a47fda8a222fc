"""Template matching of crops that somebody else made with faces of the video: whose they are, and of which frame.

Both crops are brought to one geometry and to local contrast, and compared by normalised cross-correlation at a few
scales and shifts::

    their crop --> detector --> portrait, 64 px, 5 scales --+
                                                            +--> local contrast --> best NCC within 4 px
    our face --> landmarks --> portrait, 64 px -------------+

Source: normalised cross-correlation, Lewis, Fast normalized cross-correlation, 1995 (cv2.TM_CCOEFF_NORMED).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.geometry import Matrix, box_matrix, landmark_template, similarity_matrix, warp_crop

__all__ = [
    "OFFSETS",
    "Offset",
    "Owner",
    "best_offset",
    "find_owner",
    "portrait",
    "portraits",
    "similarity",
    "template_landmarks",
]

OFFSETS = (-3, -2, -1, 0, 1, 2, 3)
"""Frame offsets at which numbered crops are tried against the decoded frames."""

_PORTRAIT_PX = 64
_ZOOM = -0.2
"""Margin of a portrait against the template: negative, so that it shows eyes, nose and mouth and no background."""

_SCALES = (0.84, 0.92, 1.0, 1.09, 1.19)
"""Detectors place landmarks wider or narrower in a tight crop than in a frame; portraits are tried at these scales."""

_SEARCH_PX = 4
_BLUR_SIGMA = 5.0
"""Of the surroundings that local contrast is taken against, in px of the portrait. Not measured by itself."""

_CONTRAST = 4.0
"""Grey levels added to the local spread, so that noise on a flat surface is not blown up. Not measured by itself."""

_SAME = 0.65
"""Least correlation of a crop with its own face: two crops of one frame reach 0.7 to 1, two people of one frame at most
0.5."""

_CLEARLY_MORE = 0.1
"""By how much the best track must exceed the runner-up. Not measured by itself."""

_STRANGE, _FEWEST_STRANGE = 0.45, 3
"""Below this correlation a crop shows somebody else; so many such crops take a track away that no crop matches. Not
measured by themselves."""

_FEWEST, _FEWEST_SHARE = 5, 0.1
"""Fewer matching crops, in number or as a share, decide nothing. Not measured by themselves."""

_SURE_DEVIATIONS = 3.0
"""Standard deviations of a sign test by which the best offset must beat the runner-up."""


def _portrait_matrix(box: Float32, landmarks: NDArray[np.floating], scale: float = 1.0) -> Matrix:
    """Return the map onto a portrait of 64 px: eyes, nose and mouth upright, the same whoever made the crop.

    Without landmarks the portrait shows the box. A `scale` above 1 shows less at a larger size.
    """
    margin = (1 + _ZOOM) / scale - 1
    if np.isnan(landmarks).any():
        return box_matrix(box, _PORTRAIT_PX, margin)
    return similarity_matrix(np.asarray(landmarks, np.float32), _PORTRAIT_PX, margin)


def portrait(image: Image, box: Float32, landmarks: NDArray[np.floating]) -> Float32:
    """Return the portrait of a face in local contrast, shape (64, 64)."""
    return _local_contrast(warp_crop(image, _portrait_matrix(box, landmarks), _PORTRAIT_PX))


def portraits(image: Image, box: Float32, landmarks: NDArray[np.floating]) -> list[Float32]:
    """Return the portraits of a face at several scales, to be compared with one `portrait`."""
    maps = [_portrait_matrix(box, landmarks, scale) for scale in _SCALES]
    return [_local_contrast(warp_crop(image, matrix, _PORTRAIT_PX)) for matrix in maps]


def template_landmarks(width: int, height: int) -> Float32:
    """Return where the landmarks lie in a crop of that size if it was made as InsightFace makes them, shape (5, 2)."""
    side = min(width, height)
    corner = np.array([(width - side) / 2, (height - side) / 2])
    return np.asarray(landmark_template(112) * (side / 112) + corner, np.float32)


def _local_contrast(image: Image) -> Float32:
    """Return the fine structure of a portrait as local contrast, shape (64, 64): a high-pass over its local deviation.

    Light, and what all faces have in common, are gone; what another crop of the same moment shares remains.

    Source: local contrast normalisation, Jarrett et al., What is the best multi-stage architecture for object
    recognition, 2009.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), _BLUR_SIGMA)
    spread = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), _BLUR_SIGMA)) + np.float32(_CONTRAST)
    return np.asarray(fine / spread, np.float32)


def similarity(shown: Sequence[Float32], face: Float32) -> float:
    """Return the highest normalised cross-correlation of some portraits with a face's within 4 px, in [-1, 1].

    Two crops of one frame reach 0.7 to 1, two people of one frame 0 to 0.5.
    """
    inner = slice(_SEARCH_PX, -_SEARCH_PX)
    return max(float(cv2.matchTemplate(face, one[inner, inner], cv2.TM_CCOEFF_NORMED).max()) for one in shown)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose crops they are.

    Attributes:
        track_ids: ascending; empty where the crops do not decide it.
        matches: crops that show a face of these tracks.
        others: crops that show a face of other tracks.
        margin: (matches - others) / (matches + others), at least 0.
        similarity: median over the matches; 0 without any.
    """

    track_ids: tuple[int, ...]
    matches: int
    others: int
    margin: float
    similarity: float


def find_owner(
    agreement: Float32,
    track_ids: NDArray[np.int32],
    frames_of: Sequence[NDArray[np.int32]],
    people: Sequence[Sequence[int]],
) -> Owner:
    """Return the tracks that numbered crops show, by a vote.

    Each crop votes for the track that it correlates with best, if the match is unambiguous. The person with most votes
    owns the crops; tracks that win the vote in their own frames are added to theirs, and tracks that lose it are taken
    away.

    `agreement` holds the correlations: a crop a row and a track a column, NaN where a track has no face in the crop's
    frame. `frames_of` are the frames of each track, `people` the track_ids of each person.
    """
    winners = _winners(agreement)
    won = np.bincount(winners[winners >= 0], minlength=len(track_ids))
    total = int(won.sum())
    if total < max(_FEWEST, _FEWEST_SHARE * len(agreement)):
        return Owner((), 0, total, 0.0, 0.0)
    column = {int(track): index for index, track in enumerate(track_ids)}
    votes = [sum(int(won[column[track]]) for track in person) for person in people]
    own = set(people[int(np.argmax(votes))])
    won_vote, lost_vote = _vote(agreement, winners)
    kept = [p for p, t in enumerate(track_ids) if won_vote[p] or (int(t) in own and not lost_vote[p])]
    kept = _never_together(sorted(kept, key=lambda index: (-int(won[index]), index)), frames_of)
    matched = np.isin(winners, kept)
    matches, others = int(matched.sum()), total - int(matched.sum())
    likeness = float(np.median(agreement[matched, winners[matched]])) if matches else 0.0
    tracks = tuple(sorted(int(track_ids[index]) for index in kept))
    return Owner(tracks, matches, others, max(0.0, (matches - others) / total), likeness)


def _winners(agreement: Float32) -> NDArray[np.intp]:
    """Return the column that each row votes for, -1 for none: the best one, high enough and ahead of the runner-up."""
    known = np.nan_to_num(agreement, nan=-1.0)
    if not known.size:
        return np.full(len(known), -1, np.intp)
    winners = known.argmax(1)
    best = known[np.arange(len(known)), winners]
    rest = known.copy()
    rest[np.arange(len(known)), winners] = -1.0
    clear = (best >= _SAME) & (best - rest.max(1) >= _CLEARLY_MORE)
    return np.where(clear, winners, -1).astype(np.intp)


def _vote(agreement: Float32, winners: NDArray[np.intp]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which columns win the vote, and which lose it: to another one, or because the crops show none of them."""
    seen = ~np.isnan(agreement)
    own = winners[:, None] == np.arange(agreement.shape[1])
    won, lost = (own & seen).sum(0), (seen & ~own & (winners >= 0)[:, None]).sum(0)
    strange = (won == 0) & ((seen & (agreement < _STRANGE)).sum(0) >= _FEWEST_STRANGE)
    return won > lost, (lost > won) | strange


def _never_together(ordered: Sequence[int], frames_of: Sequence[NDArray[np.int32]]) -> list[int]:
    """Return the indices in their order, without those whose track shares a frame with an earlier one."""
    kept: list[int] = []
    taken = np.zeros(0, np.int32)
    for index in ordered:
        if not np.intersect1d(taken, frames_of[index]).size:
            kept.append(index)
            taken = np.union1d(taken, frames_of[index])
    return kept


@dataclass(frozen=True, slots=True)
class Offset:
    """By how many frames numbered crops lie behind the decoded frames.

    Attributes:
        frames: decoded frame index less the number that the crop stands for; None where the best offset does not beat
            the runner-up by more than chance, as for a face that keeps still.
        confidence: share of the crops that correlate better at the best offset than at the runner-up, less the share
            of the others, in [0, 1].
        compared: crops that could be tried at every offset.
    """

    frames: int | None
    confidence: float
    compared: int


def best_offset(agreement: Float32) -> Offset:
    """Return the offset of the highest mean correlation, if a sign test against the runner-up is clear.

    `agreement` holds a crop a row and a column for each of `OFFSETS`; only crops known at every offset count. With n
    crops and equally good offsets the mean sign has a standard deviation of at most 1 / sqrt(n).
    """
    whole = agreement[~np.isnan(agreement).any(1)]
    if len(whole) < _FEWEST:
        return Offset(None, 0.0, len(whole))
    means = whole.mean(0, dtype=np.float64)
    order = np.argsort(-means, kind="stable")
    better = np.sign(whole[:, order[0]] - whole[:, order[1]])
    confidence = max(0.0, float(better.mean(dtype=np.float64)))
    sure = confidence * np.sqrt(len(whole)) >= _SURE_DEVIATIONS
    return Offset(OFFSETS[int(order[0])] if sure else None, confidence, len(whole))
