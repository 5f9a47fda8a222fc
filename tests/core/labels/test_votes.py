"""Votes of several raters: rules that make a label of them."""

import numpy as np
import pytest

from fer_data.core.labels.votes import agreement, ferplus_majority, plurality, vote_counts

NAMES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)


def votes(*counts: int) -> dict[str, int]:
    """Return ten votes by the names of FER+."""
    return dict(zip(NAMES, counts, strict=True))


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (votes(10, 0, 0, 0, 0, 0, 0, 0, 0, 0), "neutral"),
        (votes(5, 4, 1, 0, 0, 0, 0, 0, 0, 0), "neutral"),
        (votes(5, 5, 0, 0, 0, 0, 0, 0, 0, 0), "unknown"),
        (votes(4, 3, 3, 0, 0, 0, 0, 0, 0, 0), "unknown"),
        (votes(4, 1, 1, 1, 1, 1, 1, 0, 0, 0), "neutral"),
        (votes(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), "unknown"),
        (votes(0, 0, 0, 0, 0, 0, 0, 2, 0, 8), "NF"),
        (votes(2, 0, 0, 0, 0, 0, 0, 0, 8, 0), "unknown"),
        (votes(*[0] * 10), "unknown"),
    ],
    ids=["all", "single-votes-leave", "half", "too-few", "outliers", "singles", "no-face", "unknown", "none"],
)
def test_the_majority_of_ferplus(given: dict[str, int], label: str) -> None:
    """A single vote leaves, then a name needs more than half of what is left, as in the authors' own code."""
    assert ferplus_majority(given, "unknown") == label


def test_the_rule_is_that_of_the_authors() -> None:
    """Their program, in its mode `majority`, on ten votes drawn at random."""

    def theirs(raw: list[float]) -> str:
        raw = [0.0 if value < 1.0 + np.finfo(float).eps else value for value in raw]
        most = max(raw)
        return NAMES[int(np.argmax(raw))] if most > 0.5 * sum(raw) else "unknown"

    random = np.random.default_rng(3)
    for _ in range(500):
        raw = random.multinomial(10, random.dirichlet(np.full(10, 0.3))).tolist()
        assert ferplus_majority(votes(*raw), "unknown") == theirs(list(map(float, raw)))


def test_a_tie_has_no_plurality() -> None:
    """Nor have no votes."""
    assert plurality({"a": 2, "b": 2, "c": 1}) is None
    assert plurality({"a": 0}) is None
    assert plurality({"a": 2, "b": 3}) == "b"


def test_no_rows_have_no_votes() -> None:
    """Empty in, empty out."""
    assert vote_counts([], {}, 3).shape == (0, 3)
    assert agreement(np.zeros((0, 2), np.int64), np.zeros(0, np.int8), np.zeros(0, np.int64)).shape == (0,)
