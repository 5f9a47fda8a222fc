"""Which rows learn and which choose the checkpoint."""

from pathlib import Path

import datasets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.errors import DatasetError
from fer_data.params.train import TrainParams
from fer_data.published.dataset import column, open_published
from train.training.selection import Selection, development_subjects, select_rows, thin

names = st.sets(st.text("abcdef", min_size=1, max_size=4), min_size=2, max_size=30)


@given(names, st.floats(0.01, 0.99), st.integers(0, 9))
def test_some_subjects_are_held_out_and_never_all(subjects: set[str], fraction: float, seed: int) -> None:
    """The drawn set depends on the set of names alone, not on their order."""
    drawn = development_subjects(sorted(subjects), fraction, seed)
    assert drawn < subjects
    assert 1 <= len(drawn) <= max(1, np.ceil(fraction * len(subjects)))
    assert drawn == development_subjects(sorted(subjects, reverse=True), fraction, seed)


def test_the_seed_draws_other_subjects() -> None:
    """Two seeds hold out different people."""
    subjects = [f"s{number}" for number in range(50)]
    assert development_subjects(subjects, 0.2, 1) != development_subjects(subjects, 0.2, 2)


def test_one_subject_is_too_few() -> None:
    """There is nobody to choose the checkpoint on."""
    with pytest.raises(DatasetError, match="at least 2 subjects with labels, got 1"):
        development_subjects(["a", "a"], 0.5, 7)


@pytest.mark.parametrize(
    ("stride", "most", "expected"),
    [
        (1, None, [0, 1, 2, 3, 4, 5, 6, 7]),
        (2, None, [0, 2, 4, 6]),
        (1, 2, [0, 3, 6, 7]),
        (2, 2, [0, 2, 6]),
        (100, None, [0, 6]),
    ],
    ids=["all", "stride", "most", "both", "first of each"],
)
def test_thinning_counts_frames_per_subject(stride: int, most: int | None, expected: list[int]) -> None:
    """Six frames of one subject with a gap, two of another; what stays is evenly spaced."""
    subjects = np.array(["a"] * 6 + ["b"] * 2)
    frames = np.array([0, 1, 2, 10, 11, 12, 0, 1])
    assert np.flatnonzero(thin(subjects, (subjects, frames), stride, most)).tolist() == expected


def test_a_stride_counts_in_each_clip_and_a_limit_in_all_of_a_person() -> None:
    """Neighbours of one clip are near copies, those of two are none; a person with many clips is no more than one."""
    subjects, videos = np.array(["a"] * 6), np.array(["v", "v", "v", "w", "x", "x"])
    frames = np.array([0, 1, 2, 0, 0, 1])
    assert np.flatnonzero(thin(subjects, (videos, frames), 2, None)).tolist() == [0, 2, 3, 4]
    assert np.flatnonzero(thin(subjects, (videos, frames), 2, 2)).tolist() == [0, 3]


def choose(published: Path, params: TrainParams, **change: object) -> tuple[Selection, dict[str, np.ndarray]]:
    """Return a selection and the columns it was made from."""
    split = open_published(published).split("train")
    columns = {name: column(split, name) for name in ("row_id", "parent_id", "subject_id", "frame_index")}
    return select_rows(split, params.model_copy(update=change)), columns


def test_subjects_of_training_and_development_are_disjoint(published: Path, params: TrainParams) -> None:
    """No person both teaches and examines."""
    selection, columns = choose(published, params)
    subjects = columns["subject_id"]
    assert not set(subjects[selection.training]) & set(subjects[selection.development])
    assert set(subjects[selection.training]) | set(subjects[selection.development]) == set(subjects)


def test_development_holds_originals_alone(published: Path, params: TrainParams) -> None:
    """A copy is easier or harder than what the model will meet."""
    selection, columns = choose(published, params)
    assert set(columns["parent_id"][selection.development]) == {""}


def test_a_copy_goes_with_its_parent(published: Path, params: TrainParams) -> None:
    """Where thinning drops the parent (frame 2 of a stride of 4), its copies go as well."""
    everything, _ = choose(published, params)
    thinned, columns = choose(published, params, frame_stride=4)
    assert len(everything.copies) == 8
    assert len(thinned.copies) == 0
    assert set(columns["frame_index"][thinned.originals]) == {0, 4, 8, 12}


def test_at_most_so_many_frames_of_a_subject(published: Path, params: TrainParams) -> None:
    """The limit counts originals of each subject."""
    selection, columns = choose(published, params, max_frames_per_subject=5)
    _, counts = np.unique(columns["subject_id"][selection.originals], return_counts=True)
    assert set(counts) == {5}


def picture_split(**columns: object) -> datasets.Dataset:
    """Return pictures of nobody knows whom, two of each group, in the Arrow format."""
    names = [f"p{number}" for number in range(12)]
    rows = {
        "row_id": [f"{name}/00001" for name in names], "subject_id": names, "video_id": names, "parent_id": [""] * 12,
        "frame_index": [0] * 12, "expression": [0, 1] * 6, "corpus": ["lab"] * 12, "subject_source": ["none"] * 12,
    }  # fmt: skip
    return datasets.Dataset.from_dict({**rows, **columns}).with_format("arrow")


@pytest.mark.parametrize("seed", range(4))
def test_near_duplicates_of_pictures_of_nobody_known_are_on_one_side(seed: int, params: TrainParams) -> None:
    """Where nobody says whom a picture shows, pictures that are nearly the same may well show one person."""
    groups = [number // 2 if number < 10 else -1 for number in range(12)]
    changed = params.model_copy(update={"seed": seed, "development_fraction": 0.4})
    chosen = select_rows(picture_split(duplicate_group=groups), changed)
    sides = [
        {groups[row] for row in rows if groups[row] >= 0} for rows in (chosen.originals, chosen.development)
    ]
    assert sides[0].isdisjoint(sides[1])
    assert len(chosen.originals) + len(chosen.development) == 12
    assert "lab does not say whom a picture shows" in chosen.note
    assert "groups of near-duplicate pictures" in chosen.note
    assert sum(chosen.subjects) == 7
    assert "single pictures" in select_rows(picture_split(), changed).note


def test_labels_of_a_program_choose_no_checkpoint(params: TrainParams) -> None:
    """They may be learnt from; a development row with one is left out of both sides."""
    sources = ["machine", "annotated", "annotated", "machine"] * 3
    chosen = select_rows(
        picture_split(label_source=sources), params.model_copy(update={"development_fraction": 0.5})
    )
    assert {sources[row] for row in chosen.development} == {"annotated"}
    assert "machine" in {sources[row] for row in chosen.originals}
