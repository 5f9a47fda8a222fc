"""One clip in two videos, by hashes alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_data.core.copies.frame_sequences import FrameSequences, SequenceMatch, matching_sequences
from fer_data.core.copies.hash_search import TURNED

Hashes = NDArray[np.uint64]


def hashes(seed: int, frames: int = 60, bits: int = 3) -> Hashes:
    """Return a clip in which a few bits change from frame to frame, as in a film."""
    rng = np.random.default_rng(seed)
    found, now = [], rng.integers(0, 2**64, dtype=np.uint64)
    for _ in range(frames):
        for bit in rng.choice(64, bits, replace=False):
            now ^= np.uint64(1) << np.uint64(bit)
        found.append(now)
    return np.array(found, np.uint64)


def flipped(values: Hashes, bits: int, seed: int = 0) -> Hashes:
    """Return hashes with some bits of each turned over, as compression and another crop do."""
    rng, found = np.random.default_rng(seed), values.copy()
    for place in range(len(found)):
        for bit in rng.choice(64, bits, replace=False):
            found[place] ^= np.uint64(1) << np.uint64(bit)
    return found


def matched(*clips: tuple[Hashes, float], videos: list[int] | None = None) -> list[SequenceMatch]:
    """Return what matches among clips, each with its frames a second."""
    starts = np.cumsum([0, *(len(one) for one, _ in clips)])
    seconds = np.concatenate([np.arange(len(one)) / rate for one, rate in clips])
    numbers = np.array(videos or range(len(clips)))
    return matching_sequences(
        FrameSequences(np.concatenate([one for one, _ in clips]), seconds, starts, numbers)
    )


OWN, OTHER = hashes(1), hashes(2)
CASES = {
    "the same frames": (OWN, 25.0, 0.0),
    "compressed": (flipped(OWN, 3), 25.0, 0.0),
    "mirrored": (flipped(OWN ^ TURNED, 2), 25.0, 0.0),
    "a later start": (flipped(OWN[17:], 2), 25.0, -17 / 25),
    "half the frame rate": (flipped(OWN[::2], 2), 12.5, 0.0),
    "the middle alone": (flipped(OWN[20:40], 2), 25.0, -20 / 25),
}


@pytest.mark.parametrize("case", CASES)
def test_a_copy_is_found_with_its_offset(case: str) -> None:
    """Whatever became of it, and whichever of both comes first; clips of other people are not taken along."""
    copy, rate, offset = CASES[case]
    (match,) = matched((OWN, 25.0), (OTHER, 25.0), (copy, rate))
    assert (match.first, match.second) == (0, 2)
    assert match.offset_seconds == pytest.approx(offset, abs=0.13)
    assert len(match.frames) >= 4
    assert (match.frames[:, 0] < len(OWN)).all()
    (turned,) = matched((copy, rate), (OWN, 25.0))
    assert turned.offset_seconds == pytest.approx(-offset, abs=0.13)


def test_what_is_no_copy_is_not_found() -> None:
    """Neither frames that agree in another order, nor two people of one video, nor pictures that never change."""
    lively = hashes(4, bits=12)
    mixed = lively[np.random.default_rng(5).permutation(len(lively))]
    assert matched((lively, 25.0), (mixed, 25.0)) == []
    assert len(matched((lively, 25.0), (lively, 25.0))) == 1
    assert matched((OWN, 25.0), (OWN, 25.0), videos=[7, 7]) == []
    still = np.repeat(OWN[:1], 30)
    assert matched((still, 25.0), (still, 25.0)) == []
    assert matched((OWN, 25.0)) == []
    assert matched((OWN[:3], 25.0), (OWN[:3], 25.0)) == []
