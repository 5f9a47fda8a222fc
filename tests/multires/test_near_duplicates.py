"""Which pictures are copies, and which of them leave."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.copies.hash_search import Pairs
from fer_data.multires.candidates import (
    MAX_CANDIDATES,
    MAX_DISTANCE,
    Compared,
    candidate_pairs,
    candidates,
)
from fer_data.multires.near_duplicates import (
    HELD_OUT,
    MAX_DIFFERENCE,
    OTHER,
    STAYS,
    Decided,
    confirmed,
    decide,
)

FAR = 0x0F0F_1234_5678_7777


def compared(*rows: tuple[int, int, str]) -> Compared:
    """Return rows: hash, video, `t`rain or `v`alidation."""
    return Compared(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int32),
        np.array([row[2] == "v" for row in rows], np.bool_),
    )


def differences(pairs: Pairs) -> np.ndarray:
    """Return what the pixels of pairs differ in where all that hashes say is true."""
    return np.full(len(pairs.first), MAX_DIFFERENCE, np.float32)


def decided(rows: Compared, rank: list[int] | None = None) -> Decided:
    """Return what becomes of rows where the pixels confirm every candidate."""
    order = np.arange(len(rows.hashes)) if rank is None else np.array(rank)
    pairs, _ = candidate_pairs(rows, order)
    return decide(rows, confirmed(pairs, differences(pairs)), order)


def outcome(rows: Compared, rank: list[int] | None = None) -> list[int]:
    """Return what becomes of rows."""
    return decided(rows, rank).outcome.tolist()


def test_a_training_picture_close_to_one_held_out_leaves() -> None:
    """At the limit it leaves, beyond it stays; what is held out always stays, whatever lies beside it."""
    rows = compared((0, 0, "v"), (0b1111, 1, "t"), (0b11111, 2, "t"), (0, 3, "v"))
    found = decided(rows)
    assert found.outcome.tolist() == [STAYS, HELD_OUT, STAYS, STAYS]
    assert found.of.tolist() == [-1, 0, -1, -1]
    assert found.distance.tolist() == [-1, MAX_DISTANCE, -1, -1]


def test_what_the_pixels_deny_is_no_copy() -> None:
    """Equal hashes do not make a picture leave, nor put it in a group; the closest in pixels is why one leaves."""
    rows = compared((0, 0, "v"), (0, 1, "t"), (1, 2, "v"), (FAR, 3, "t"))
    rank = np.arange(4)
    pairs, _ = candidate_pairs(rows, rank)
    assert np.stack(pairs[:2], axis=1).tolist() == [[0, 1], [0, 2], [1, 2]]
    none = decide(rows, confirmed(pairs, np.full(3, MAX_DIFFERENCE + 0.01, np.float32)), rank)
    assert none.outcome.tolist() == [STAYS] * 4
    assert none.group.tolist() == [-1] * 4
    some = decide(rows, confirmed(pairs, np.array([0.2, 0.5, 0.1], np.float32)), rank)
    assert (some.outcome[1], some.of[1], some.distance[1]) == (HELD_OUT, 2, 1)
    assert some.difference[1] == np.float32(0.1)
    assert some.group.tolist() == [0, 0, 0, -1]


def test_of_training_pictures_the_best_stays() -> None:
    """The rank decides, not the place."""
    rows = compared((0, 0, "t"), (1, 1, "t"), (2, 2, "t"))
    assert outcome(rows) == [STAYS, OTHER, OTHER]
    assert outcome(rows, [2, 0, 1]) == [OTHER, STAYS, OTHER]
    found = decided(rows, [2, 0, 1])
    assert (found.of.tolist(), found.distance.tolist()) == ([1, -1, 1], [1, -1, 2])


def test_nobody_leaves_over_a_chain() -> None:
    """Pictures that are alike only through a third are in one group, and both stay without it."""
    rows = compared((0, 0, "t"), (0b1111, 1, "t"), (0b1111_1111, 2, "t"))
    assert set(decided(rows).group.tolist()) == {0}
    assert outcome(rows) == [STAYS, OTHER, STAYS]


def test_frames_of_one_clip_are_no_copies() -> None:
    """Only across clips; the best clip stays whole, the other one goes."""
    alone = compared((0, 5, "t"), (0, 5, "t"), (1, 5, "t"))
    assert not candidates(alone).any()
    assert decided(alone).group.tolist() == [-1, -1, -1]
    twice = compared((0, 5, "t"), (1, 5, "t"), (0, 6, "t"), (1, 6, "t"))
    assert candidates(twice).all()
    assert outcome(twice, [3, 0, 1, 2]) == [STAYS, STAYS, OTHER, OTHER]


def test_mirror_images_are_copies() -> None:
    """Training flips pictures as it is: a turned copy of a test picture gives it away as well."""
    turned = np.uint64(0xAAAA_AAAA_AAAA_AAAA).astype(np.int64)
    rows = compared((FAR, 0, "v"), (int(FAR ^ turned), 1, "t"))
    assert outcome(rows) == [STAYS, HELD_OUT]


def test_nothing_is_in_no_group() -> None:
    """No rows, one row, rows that are far from each other."""
    for rows in (compared(), compared((0, 0, "t")), compared((0, 0, "t"), (FAR, 1, "v"))):
        assert not candidates(rows).any()
        assert (decided(rows).group == -1).all()
        assert len(decided(rows).outcome) == len(rows.hashes)


@pytest.mark.parametrize("spread", [0, 1], ids=["equal", "close"])
def test_of_thousands_of_alike_pictures_each_is_held_against_few(spread: int) -> None:
    """Pairs do not grow with the square; one stays all the same, the best, and it is told how many had more."""
    count = 3000
    hashes = np.arange(count, dtype=np.int64) % 4 * spread
    rows = Compared(hashes, np.arange(count, dtype=np.int32), np.zeros(count, np.bool_))
    rank = np.random.default_rng(1).permutation(count)
    pairs, more = candidate_pairs(rows, rank)
    assert len(pairs.first) <= MAX_CANDIDATES * count
    assert more.all()
    found = decide(rows, confirmed(pairs, differences(pairs)), rank)
    assert np.flatnonzero(found.outcome == STAYS).tolist() == [int(np.argmin(rank))]


@pytest.mark.parametrize("bits", [0, 1, 0b1111])
def test_of_many_candidates_none_hides_what_is_held_out(bits: int) -> None:
    """One test picture beside hundreds of alike training pictures makes all of them leave, even if they are closer."""
    count = 300
    held_out = np.arange(count) == count - 1
    rows = Compared(held_out * np.int64(bits), np.arange(count, dtype=np.int32), held_out)
    assert decided(rows).outcome.tolist() == [HELD_OUT] * (count - 1) + [STAYS]


@pytest.mark.parametrize("count", [40])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(count: int, seed: int) -> None:
    """Groups, and who leaves, follow from hashes, videos, splits and ranks; it leaves for a close row that stays."""
    rng = np.random.default_rng(seed)
    base = rng.integers(-(2**62), 2**62, 6)
    hashes = base[rng.integers(0, 6, count)] ^ (np.int64(1) << rng.integers(0, 60, count))
    held_out = rng.random(count) < 0.3
    videos = (rng.integers(0, 12, count) * 2 + held_out).astype(np.int32)
    rows, rank = Compared(hashes, videos, held_out), rng.permutation(count)
    found = decided(rows, rank.tolist())
    order = rng.permutation(count)
    again = decided(Compared(hashes[order], videos[order], held_out[order]), rank[order].tolist())
    assert (again.outcome == found.outcome[order]).all()
    one, other = found.group[order], again.group
    assert ((one >= 0) == (other >= 0)).all()
    assert ((other[:, None] == other) == (one[:, None] == one)).all()
    left = np.flatnonzero(found.outcome != STAYS)
    assert not held_out[left].any()
    assert (found.outcome[found.of[left]] == STAYS).all()
    assert (found.distance[left] <= MAX_DISTANCE).all()
    assert (videos[left] != videos[found.of[left]]).all()
