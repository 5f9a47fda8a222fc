"""Splitting by subject."""

import datasets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data import split_by_subject
from fer_data.errors import DatasetError, ParamsError


def rows(videos: int, frames: int = 3, *, original: str | None = "") -> datasets.Dataset:
    """Return rows of two people a video; every person's first frame has a copy."""
    made = []
    for video in range(videos):
        for side in ("left", "right"):
            subject = f"v{video}_{side}"
            for frame in range(frames):
                made.append({"row_id": f"{subject}/{frame}", "parent_id": original})
                if frame == 0:
                    made.append({"row_id": f"{subject}/0+1", "parent_id": f"{subject}/0"})
                for row in made:
                    row.setdefault("subject_id", subject)
                    row.setdefault("video_id", f"v{video}")
    return datasets.Dataset.from_list(made)


HALVES = {"train": 0.5, "development": 0.5}


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.integers(0, 50), st.floats(0.05, 0.95))
def test_parts_share_no_person_and_no_video(videos: int, seed: int, fraction: float) -> None:
    """Whatever is drawn, a video and its people are on one side, and no part is empty."""
    parts = split_by_subject(rows(videos), fractions={"train": fraction, "rest": 1 - fraction}, seed=seed)
    for column in ("video_id", "subject_id"):
        assert set(parts["train"][column]).isdisjoint(parts["rest"][column])
    assert set(parts["train"]["video_id"]) | set(parts["rest"]["video_id"]) == {
        f"v{i}" for i in range(videos)
    }


@pytest.mark.parametrize("original", ["", None], ids=["empty", "null, as in older datasets"])
def test_copies_stay_in_train_alone(original: str | None) -> None:
    """Train keeps the copies of its own people; no other part has any."""
    parts = split_by_subject(rows(8, original=original), fractions=HALVES, seed=7)
    assert set(parts["development"]["parent_id"]) == {original}
    train = set(parts["train"]["row_id"])
    copies = [parent for parent in parts["train"]["parent_id"] if parent]
    assert len(copies) == 8
    assert set(copies) <= train


def test_fractions_count_videos() -> None:
    """85 % of 20 videos are 17, and rows keep their order."""
    parts = split_by_subject(rows(20), fractions={"train": 0.85, "development": 0.15}, seed=7)
    assert len(set(parts["train"]["video_id"])) == 17
    whole = rows(20)["row_id"]
    assert list(parts["train"]["row_id"]) == [row for row in whole if row in set(parts["train"]["row_id"])]


def test_the_draw_follows_the_seed_and_not_the_order() -> None:
    """The same seed gives the same people from rows in any order; another seed gives others."""
    one, turned = rows(20), rows(20).shuffle(seed=1)
    drawn = [set(split_by_subject(d, fractions=HALVES, seed=7)["train"]["video_id"]) for d in (one, turned)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != set(split_by_subject(one, fractions=HALVES, seed=8)["train"]["video_id"])


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ({"train": 0.5, "rest": 0.6}, "must add up to 1"),
        ({"train": 1.5, "rest": -0.5}, r"fractions\['train'\] \(1.5\) must be in \(0, 1\]"),
        ({str(i): 0.25 for i in range(4)}, "4 parts, but there are 2 videos"),
    ],
    ids=["sum", "range", "too few videos"],
)
def test_wrong_fractions_are_refused(fractions: dict[str, float], message: str) -> None:
    """Fractions are in (0, 1], add up to 1, and leave every part a video."""
    with pytest.raises(ParamsError, match=message):
        split_by_subject(rows(2), fractions=fractions, seed=7)


def test_a_dataset_without_people_is_refused() -> None:
    """Without the columns that say who is who, nothing can be split safely."""
    with pytest.raises(DatasetError, match="column 'video_id' is missing"):
        split_by_subject(rows(2).remove_columns("video_id"), fractions=HALVES, seed=7)


def of_one_person(names: list[tuple[str, str]], **more: list[str]) -> datasets.Dataset:
    """Return a row of each subject and video."""
    subjects, videos = zip(*names, strict=True)
    rows = {"subject_id": subjects, "video_id": videos, "parent_id": [""] * len(names), **more}
    return datasets.Dataset.from_dict(rows)


def test_all_videos_of_a_person_stay_together_and_so_do_those_who_are_filmed_with_them() -> None:
    """Ann is in two videos, Bob in one of them: three videos, of which two are one to split."""
    people = of_one_person([("ann", "v1"), ("ann", "v2"), ("bob", "v2"), ("eve", "v3")])
    for seed in range(6):
        parts = split_by_subject(people, fractions=HALVES, seed=seed)
        for column in ("video_id", "subject_id"):
            assert set(parts["train"][column]).isdisjoint(parts["development"][column])
    thirds = {"a": 0.3, "b": 0.3, "c": 0.4}
    with pytest.raises(ParamsError, match="3 parts, but there are 2 videos"):
        split_by_subject(people, fractions=thirds, seed=7)


def test_pictures_of_nobody_knows_whom_are_refused_with_what_to_do() -> None:
    """Each picture would be a subject of its own, and one person on both sides."""
    names = [(f"p{number}", f"p{number}") for number in range(4)]
    pictures = of_one_person(names, subject_source=["none", "given", "none", "given"], corpus=["lab"] * 4)
    with pytest.raises(DatasetError, match=r"2 of 4 rows of 'lab' do not say whom they show.*dataset.filter"):
        split_by_subject(pictures, fractions=HALVES, seed=7)
    named = pictures.filter(lambda row: row["subject_source"] != "none")
    assert sum(map(len, split_by_subject(named, fractions=HALVES, seed=7).values())) == 2
