"""Clips and pictures that stand in a dataset twice, by their pixels alone: no face is described for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_data.core.copies.frame_sequences import FrameSequences, SequenceMatch, matching_sequences
from fer_data.core.copies.picture_difference import MAX_DIFFERENCE, picture_difference, sketch
from fer_data.core.vision.perceptual_hash import perceptual_hash
from fer_data.leaks.appearances import Appearance, faces_of
from fer_data.published.dataset import Published, column
from fer_data.shell.progress import progress

__all__ = ["ClipCopy", "copied_clips", "picture_groups_across"]

_LOOKED = 8
"""Pairs of frames whose pixels are compared."""

_AT_ONCE = 256
_LEAST_FRAMES = 4


@dataclass(frozen=True, slots=True, eq=False)
class ClipCopy:
    """One clip under two names.

    Attributes:
        first, second: the appearances that show it.
        frames: (n, 2) places of the same frames among the rows of both.
        offset_seconds: how much later the second shows it.
        difference: median of how much the crops of the same frames differ, as near-duplicate pictures do.
    """

    first: Appearance
    second: Appearance
    frames: tuple[tuple[int, int], ...]
    offset_seconds: float
    difference: float

    @property
    def across(self) -> bool:
        """Return whether it is in two splits."""
        return self.first.split != self.second.split


def copied_clips(published: Published, appearances: Sequence[Appearance]) -> list[ClipCopy]:
    """Return the clips of which another video shows most frames as well, those in two splits first.

    Raises:
        MediaError: a picture cannot be decoded.
    """
    clips = [one for one in appearances if len(one.rows) >= _LEAST_FRAMES]
    sequences, kept, places = _sequences(published, clips)
    if len(kept) < 2:
        return []
    with progress("leaks: compare clips", len(kept), "clips") as work:
        matches = matching_sequences(sequences, lambda: work.advance(1))
    found = [
        _confirmed(published, match, clips=kept, sequences=sequences, places=places) for match in matches
    ]
    copies = [one for one in found if one.difference <= MAX_DIFFERENCE]
    return sorted(copies, key=lambda one: (not one.across, one.difference))


def _sequences(
    published: Published, clips: Sequence[Appearance]
) -> tuple[FrameSequences, list[Appearance], list[list[int]]]:
    """Return the hashes of all clips, the clips that have some, and which of their rows these are of."""
    hashes, seconds, places, kept = list[int](), list[float](), list[list[int]](), list[Appearance]()
    with progress("leaks: hash frames", sum(len(one.rows) for one in clips), "frames") as work:
        for one in clips:
            own = list[int]()
            for start in range(0, len(one.rows), _AT_ONCE):
                part = range(start, min(start + _AT_ONCE, len(one.rows)))
                for place, face in zip(part, faces_of(published, one, list(part)), strict=True):
                    known = perceptual_hash(face.crop)
                    if known is not None:
                        hashes.append(known)
                        seconds.append(float(one.seconds[place]))
                        own.append(place)
                work.advance(len(part))
            if own:
                kept.append(one)
                places.append(own)
    starts = np.cumsum([0, *map(len, places)])
    _, videos = np.unique([one.video for one in kept], return_inverse=True)
    bits = np.array(hashes, np.int64).view(np.uint64)
    return FrameSequences(bits, np.array(seconds), starts, videos), kept, places


def _confirmed(
    published: Published,
    match: SequenceMatch,
    *,
    clips: Sequence[Appearance],
    sequences: FrameSequences,
    places: Sequence[Sequence[int]],
) -> ClipCopy:
    """Return a match with how much the pixels of its frames differ."""
    first, second = clips[match.first], clips[match.second]
    own = [
        (
            places[match.first][int(one - sequences.starts[match.first])],
            places[match.second][int(other - sequences.starts[match.second])],
        )
        for one, other in match.frames
    ]
    looked = [own[index] for index in np.unique(np.linspace(0, len(own) - 1, _LOOKED).round().astype(int))]
    sides = [
        [sketch(face.crop) for face in faces_of(published, one, [pair[side] for pair in looked])]
        for side, one in enumerate((first, second))
    ]
    difference = float(np.median([picture_difference(*pair) for pair in zip(*sides, strict=True)]))
    return ClipCopy(first, second, tuple(looked), match.offset_seconds, difference)


def picture_groups_across(published: Published) -> int:
    """Return how many groups of near-duplicate pictures have rows in two splits; `multires` found the groups.

    Training pictures that are close to those of validation or test have left already, so these are of the latter two.
    """
    splits: dict[int, set[str]] = {}
    for name, split in published.splits.items():
        if "duplicate_group" in split.column_names:
            for group in np.unique(column(split, "duplicate_group")).tolist():
                splits.setdefault(group, set()).add(name)
    return sum(len(names) > 1 for group, names in splits.items() if group >= 0)
