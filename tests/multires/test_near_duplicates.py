"""Which pictures are copies, and which of them leave."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.multires.near_duplicates import HELD_OUT, MAX_DISTANCE, OTHER, STAYS, Compared, decide, find

FAR = 0x0F0F_1234_5678_7777


def compared(*rows: tuple[int, int, str]) -> Compared:
    """Return rows: hash, video, `t`rain or `v`alidation."""
    return Compared(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int32),
        np.array([row[2] == "v" for row in rows], np.bool_),
    )


def outcome(rows: Compared, rank: list[int] | None = None) -> list[int]:
    """Return what becomes of rows that are all in groups."""
    order = np.arange(len(rows.hashes)) if rank is None else np.array(rank)
    return decide(rows, find(rows), order).outcome.tolist()


def test_a_training_picture_close_to_one_held_out_leaves() -> None:
    """At the limit it leaves, beyond it stays; what is held out always stays, whatever lies beside it."""
    rows = compared((0, 0, "v"), (0b1111, 1, "t"), (0b11111, 2, "t"), (0, 3, "v"))
    found = find(rows)
    assert found.held_out.tolist() == [-1, 0, -1, -1]
    assert found.distance.tolist() == [-1, MAX_DISTANCE, -1, -1]
    assert outcome(rows) == [STAYS, HELD_OUT, STAYS, STAYS]


def test_of_training_pictures_the_best_stays() -> None:
    """The rank decides, not the place."""
    rows = compared((0, 0, "t"), (1, 1, "t"), (2, 2, "t"))
    assert outcome(rows) == [STAYS, OTHER, OTHER]
    assert outcome(rows, [2, 0, 1]) == [OTHER, STAYS, OTHER]
    decided = decide(rows, find(rows), np.array([2, 0, 1]))
    assert (decided.of.tolist(), decided.distance.tolist()) == ([1, -1, 1], [1, -1, 2])


def test_nobody_leaves_over_a_chain() -> None:
    """Pictures that are alike only through a third are in one group, and both stay without it."""
    rows = compared((0, 0, "t"), (0b1111, 1, "t"), (0b1111_1111, 2, "t"))
    assert len(set(find(rows).group.tolist())) == 1
    assert outcome(rows) == [STAYS, OTHER, STAYS]


def test_frames_of_one_clip_are_no_copies() -> None:
    """Only across clips; the best clip stays whole, the other one goes."""
    alone = compared((0, 5, "t"), (0, 5, "t"), (1, 5, "t"))
    assert find(alone).group.tolist() == [-1, -1, -1]
    twice = compared((0, 5, "t"), (1, 5, "t"), (0, 6, "t"), (1, 6, "t"))
    assert outcome(twice, [3, 0, 1, 2]) == [STAYS, STAYS, OTHER, OTHER]


def test_mirror_images_are_copies() -> None:
    """Training flips pictures as it is: a turned copy of a test picture gives it away as well."""
    turned = np.uint64(0xAAAA_AAAA_AAAA_AAAA).astype(np.int64)
    rows = compared((FAR, 0, "v"), (int(FAR ^ turned), 1, "t"))
    assert outcome(rows) == [STAYS, HELD_OUT]


def test_nothing_is_in_no_group() -> None:
    """No rows, one row, rows that are far from each other."""
    for rows in (compared(), compared((0, 0, "t")), compared((0, 0, "t"), (FAR, 1, "v"))):
        assert (find(rows).group == -1).all()
    empty = compared()
    assert len(decide(empty, find(empty), np.zeros(0, np.int64)).outcome) == 0


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
    found = find(rows)
    decided = decide(rows, found, rank)
    order = rng.permutation(count)
    shuffled = Compared(hashes[order], videos[order], held_out[order])
    other = find(shuffled)
    again = decide(shuffled, other, rank[order])
    assert (again.outcome == decided.outcome[order]).all()
    assert (
        (other.group[:, None] == other.group) == (found.group[order][:, None] == found.group[order])
    ).all()
    left = np.flatnonzero(decided.outcome != STAYS)
    assert not held_out[left].any()
    assert (decided.outcome[decided.of[left]] == STAYS).all()
    assert (decided.distance[left] <= MAX_DISTANCE).all()
    assert (videos[left] != videos[decided.of[left]]).all()
