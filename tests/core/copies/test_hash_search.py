"""Every pair of hashes within a distance is found, however they lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from fer_data.core.copies.hash_search import TURNED, Groups, close_pairs, distances


def clustered(seed: int, count: int) -> np.ndarray:
    """Return different hashes, many of which are a few bits from others or from their mirror images."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**64, count, np.uint64)
    for index in range(1, count):
        if rng.random() < 0.6:
            hashes[index] = hashes[rng.integers(index)]
            for bit in rng.integers(0, 64, rng.integers(0, 7)).tolist():
                hashes[index] ^= np.uint64(1 << bit)
            if rng.random() < 0.3:
                hashes[index] ^= TURNED
    return np.unique(hashes)


@pytest.mark.parametrize("radius", [0, 1, 3, 4, 6])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_search_finds_what_comparing_all_finds(radius: int, seed: int) -> None:
    """Exactly the pairs within the radius, each with its distance."""
    hashes = clustered(seed, 60)
    found = {}
    for pairs in close_pairs(hashes, radius):
        for one, other, distance in zip(*(part.tolist() for part in pairs), strict=True):
            assert found.setdefault((min(one, other), max(one, other)), distance) == distance
    first, second = np.triu_indices(len(hashes), 1)
    all_pairs = distances(hashes[first], hashes[second])
    close = all_pairs <= radius
    expected = zip(first[close].tolist(), second[close].tolist(), strict=True)
    assert found == dict(zip(expected, all_pairs[close].tolist(), strict=True))


def test_nothing_has_no_pairs() -> None:
    """No hash, and one alone."""
    for hashes in (np.zeros(0, np.uint64), np.zeros(1, np.uint64)):
        assert sum(len(pairs.first) for pairs in close_pairs(hashes, 4)) == 0


@given(npst.arrays(np.int64, (30, 2), elements=st.integers(0, 39)), st.randoms())
def test_groups_do_not_depend_on_the_order_of_pairs(pairs: np.ndarray, random: object) -> None:
    """The root is the smallest number of all that are joined, in one step or many."""
    together, apart = Groups(40), Groups(40)
    together.join(pairs[:, 0], pairs[:, 1])
    order = np.random.default_rng(hash(str(random)) % 2**32).permutation(len(pairs))
    for index in order:
        apart.join(pairs[index : index + 1, 1], pairs[index : index + 1, 0])
    numbers = np.arange(40)
    roots = together.roots(numbers)
    assert (roots == apart.roots(numbers)).all()
    assert (roots <= numbers).all()
    assert (roots[pairs[:, 0]] == roots[pairs[:, 1]]).all()
