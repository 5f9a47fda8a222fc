"""One split a subject and task."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.splits import opposite_splits, resolve_splits

listings = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["train", "validation", "test"])))


@pytest.mark.parametrize(("overlap", "split"), [("validation", "validation"), ("train", "train")])
def test_overlap_decides_between_train_and_validation(overlap: str, split: str) -> None:
    """A subject listed in both stays where the parameter says, and is reported."""
    splits, several = resolve_splits([("a", "train"), ("a", "validation"), ("b", "train")], overlap)

    assert splits == {"a": split, "b": "train"}
    assert several == {"a": {"train", "validation"}}


@given(listings, st.sampled_from(["train", "validation"]))
def test_splits_are_disjoint_and_complete(listed: list[tuple[str, str]], overlap: str) -> None:
    """Every listed subject ends in exactly one of the splits that list it; a test subject stays in test."""
    splits, several = resolve_splits(listed, overlap)

    assert set(splits) == {subject for subject, _ in listed}
    assert all((subject, split) in listed for subject, split in splits.items())
    assert all(splits[subject] == "test" for subject, split in listed if split == "test")
    assert all(len(found) > 1 for found in several.values())


def test_opposite_splits_name_the_people_of_one_video() -> None:
    """Two people of a video in different splits are named; two in the same split are not."""
    splits = {"a_left": "train", "a_right": "validation", "b": "train", "c_left": "test", "c_right": "test"}
    videos = {"a_left": "a", "a_right": "a", "b": "b", "c_left": "c", "c_right": "c"}

    assert opposite_splits(splits, videos) == {"a": ["a_left", "a_right"]}
