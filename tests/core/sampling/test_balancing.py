"""The plan of augmented copies."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.sampling.balancing import (
    TrainRows,
    copies_per_class,
    copies_per_row,
    copy_id,
    plan_copies,
)

COUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=8)


def rows_of(counts: list[int], subjects: int = 4) -> TrainRows:
    """Return rows of the given class counts, spread over subjects."""
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    people = np.arange(len(labels)) % subjects
    row_ids = [f"s{person}/{i:05d}" for i, person in enumerate(people.tolist())]
    return TrainRows(row_ids, people, np.array(labels, np.int64))


def copies_of(rows: TrainRows, num_classes: int, **options: Any) -> list[tuple[str, int, int]]:
    """Return the plan as parent, number and seed of each copy."""
    plan = plan_copies(rows, num_classes, **{"target_ratio": 1.0, "max_copies": 4, "seed": 7, **options})
    parents = [rows.row_ids[row] for row in plan.parents.tolist()]
    return list(zip(parents, plan.numbers.tolist(), plan.seeds.tolist(), strict=True))


@given(COUNTS, st.floats(0.01, 1.0), st.integers(0, 6))
def test_classes_reach_the_target_or_their_cap(counts: list[int], ratio: float, most: int) -> None:
    """With its copies a class has the target's rows, unless it was larger or its rows may not be copied so often."""
    target = round(ratio * max(counts))
    for count, copies in zip(
        counts, copies_per_class(counts, target_ratio=ratio, max_copies=most), strict=True
    ):
        assert 0 <= copies <= most * count
        assert count + copies == max(count, min(target, count * (1 + most)))


@pytest.mark.parametrize(
    ("ratio", "most", "expected"),
    [(1.0, 10, [0, 60, 90]), (0.5, 10, [0, 10, 40]), (1.0, 4, [0, 60, 40]), (1.0, 0, [0, 0, 0])],
    ids=["all equal", "half", "capped", "no copies"],
)
def test_copies_of_three_classes(ratio: float, most: int, expected: list[int]) -> None:
    """100, 40 and 10 rows are brought to the target."""
    assert copies_per_class([100, 40, 10], target_ratio=ratio, max_copies=most) == expected


def test_no_class_needs_no_copies() -> None:
    """An empty table has an empty plan."""
    assert copies_per_class([], target_ratio=1.0, max_copies=4) == []
    assert copies_of(rows_of([0, 0]), 2) == []


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(0, 200), st.integers(0, 99))
def test_copies_are_spread_evenly(subjects: list[int], total: int, seed: int) -> None:
    """Rows of one class differ by one copy at most, and so do the subjects in rows that got one more."""
    names = [f"s{subject}" for subject in subjects]
    row_ids = [f"{name}/{i:05d}" for i, name in enumerate(names)]
    copies = copies_per_row(row_ids, subjects, total, seed).tolist()
    assert sum(copies) == total
    assert max(copies) - min(copies) <= 1
    if max(copies) > min(copies):
        favoured = Counter(n for n, c in zip(names, copies, strict=True) if c == max(copies))
        spare = {n for n, c in zip(names, copies, strict=True) if c == min(copies)}
        assert all(favoured[name] >= max(favoured.values()) - 1 for name in spare)


@given(COUNTS, st.integers(0, 99))
def test_no_row_gets_more_than_its_share(counts: list[int], seed: int) -> None:
    """The cap holds for every single row."""
    plan = copies_of(rows_of(counts), len(counts), max_copies=3, seed=seed)
    assert max(Counter(parent for parent, _, _ in plan).values(), default=0) <= 3


def test_the_plan_does_not_depend_on_the_order_of_rows() -> None:
    """Rows read in another order get the same copies and seeds."""
    rows = rows_of([40, 13, 5])
    turned = TrainRows(rows.row_ids[::-1], rows.subjects[::-1], rows.labels[::-1])
    assert set(copies_of(rows, 3)) == set(copies_of(turned, 3))


def test_another_seed_draws_other_copies() -> None:
    """Rows favoured and seeds follow from the plan's seed."""
    rows = rows_of([40, 13])
    plans = [set(copies_of(rows, 2, seed=seed)) for seed in (7, 8)]
    assert plans[0].isdisjoint(plans[1])
    assert len(plans[0]) == len(plans[1]) == 27


def test_copies_follow_the_rows_and_count_from_one() -> None:
    """The plan goes row by row, copies numbered 1, 2, ..., seeds all different."""
    parents, numbers, seeds = zip(*copies_of(rows_of([8, 2]), 2), strict=True)
    assert numbers == (1, 2, 3, 1, 2, 3)
    assert list(parents) == sorted(parents)
    assert len(set(seeds)) == 6


def test_a_copy_is_named_after_its_parent() -> None:
    """The row_id of a copy is its parent's and its number."""
    assert copy_id("102_left/00001", 3) == "102_left/00001+3"
