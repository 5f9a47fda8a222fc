"""Folds that share no person and no video."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.core.sampling.folds import group_folds, subject_folds
from fer_data.errors import DatasetError

SUBJECTS = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=4),
    st.tuples(st.integers(0, 9), st.lists(st.integers(0, 50), min_size=3, max_size=3)),
    min_size=8,
    max_size=30,
)


@settings(max_examples=50, deadline=None)
@given(SUBJECTS, st.integers(2, 4), st.integers(0, 99))
def test_every_subject_is_in_one_fold_and_videos_stay_whole(
    subjects: dict[str, tuple[int, list[int]]], folds: int, seed: int
) -> None:
    """All subjects are assigned, those of one video together, no fold is empty, and order does not matter."""
    videos = {name: f"v{video}" for name, (video, _) in subjects.items()}
    counts = {name: classes for name, (_, classes) in subjects.items()}
    if len(set(videos.values())) < folds:
        return
    found = subject_folds(videos, counts, folds=folds, seed=seed)
    assert set(found) == set(subjects)
    assert set(found.values()) == set(range(folds))
    by_video: dict[str, set[int]] = {}
    for name, fold in found.items():
        by_video.setdefault(videos[name], set()).add(fold)
    assert all(len(own) == 1 for own in by_video.values())
    assert found == subject_folds(
        dict(reversed(videos.items())), dict(reversed(counts.items())), folds=folds, seed=seed
    )


def test_classes_are_spread_evenly() -> None:
    """A rare class that four subjects show goes to four folds, one subject each."""
    counts = {f"s{index:02d}": (20, 10 if index < 4 else 0) for index in range(20)}
    found = subject_folds({name: name for name in counts}, counts, folds=4, seed=1)
    assert sorted(found[f"s{index:02d}"] for index in range(4)) == [0, 1, 2, 3]
    sizes = np.bincount(list(found.values()))
    assert sizes.tolist() == [5, 5, 5, 5]


def test_the_seed_decides_between_equals() -> None:
    """Two seeds split alike subjects differently."""
    counts = {f"s{index}": (5, 5) for index in range(12)}
    videos = {name: name for name in counts}
    first, second = (subject_folds(videos, counts, folds=3, seed=seed) for seed in (1, 2))
    assert first != second


@pytest.mark.parametrize(
    ("folds", "videos", "message"),
    [
        (1, {"a": "1", "b": "2"}, r"folds \(1\) must be in \[2, 2\]"),
        (3, {"a": "1", "b": "2"}, r"folds \(3\) must be in \[2, 2\]"),
        (2, {"a": "1", "c": "2"}, "the same subjects"),
    ],
    ids=["one-fold", "too-many", "other-subjects"],
)
def test_impossible_folds_are_refused(folds: int, videos: dict[str, str], message: str) -> None:
    """More folds than videos, or tables that do not fit, end in an error."""
    with pytest.raises(DatasetError, match=message):
        subject_folds(videos, {"a": [1], "b": [1]}, folds=folds, seed=1)


def test_folds_of_groups_are_those_of_their_videos() -> None:
    """One video a person is what `subject_folds` says of the same counts."""
    random = np.random.default_rng(3)
    people = random.integers(0, 12, 90).astype(np.str_)
    labels = random.integers(0, 3, 90)
    counts = {
        one: [int((labels[people == one] == label).sum()) for label in range(3)] for one in np.unique(people)
    }
    expected = subject_folds({one: one for one in counts}, counts, folds=4, seed=2)
    found = group_folds(people, labels, folds=4, seed=2)
    assert found.tolist() == [expected[one] for one in people]


def test_folds_of_many_pictures_are_found_in_time_that_grows_with_their_number() -> None:
    """Pictures of nobody knows whom are each a group; to look at all others, at a microsecond each, would take 25 s."""
    groups = 5_005
    labels = np.arange(groups) % 7
    names = np.arange(groups).astype(np.str_)
    started = time.process_time()
    found = group_folds(names, labels, folds=5, seed=1)
    assert np.bincount(found).tolist() == [groups // 5] * 5
    assert time.process_time() - started < 8
