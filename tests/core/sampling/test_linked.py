"""What no split and no fold may part."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.sampling.folds import subject_folds
from fer_data.core.sampling.linked import linked

ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=25)


@given(ROWS)
def test_a_group_is_all_that_hangs_together(rows: list[tuple[int, int]]) -> None:
    """Rows of one person or one video are of one group, and no group falls into two that share neither."""
    people, videos = (np.array([f"{row[at]}" for row in rows], np.str_) for at in (0, 1))
    groups = linked(people, videos)
    for names in (people, videos):
        for name in set(names.tolist()):
            assert len(set(groups[names == name].tolist())) == 1
    reached, seen = {0}, -1
    while len(reached) != seen:
        seen = len(reached)
        mine = [rows[place] for place in reached]
        reached |= {
            place
            for place, row in enumerate(rows)
            if any(row[0] == one[0] or row[1] == one[1] for one in mine)
        }
    assert set(np.flatnonzero(groups == groups[0]).tolist()) == reached


def test_folds_keep_clips_of_one_person_and_people_of_one_clip_together() -> None:
    """Ann is in v1 and v2, bob beside her in v2: a fold has both with all their clips."""
    people, clips = np.array(["ann", "ann", "bob", "eve"]), np.array(["v1", "v2", "v2", "v3"])
    videos = dict(zip(people.tolist(), linked(people, clips).tolist(), strict=True))
    fold = subject_folds(videos, {name: [1, 1] for name in videos}, folds=2, seed=7)
    assert fold["ann"] == fold["bob"] != fold["eve"]
