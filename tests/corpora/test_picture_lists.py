"""Lists of pictures come in the order of paths, those of one picture together, however long they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.corpora import picture_lists
from fer_data.corpora.picture_lists import Listed, listed_pictures
from fer_data.errors import CorpusError


@given(st.lists(st.tuples(st.text("ab/é😀", min_size=1, max_size=4), st.text(max_size=2))))
def test_lines_are_sorted_and_none_is_lost(lines: list[tuple[str, str]]) -> None:
    """As Python sorts text, and of one picture as the list has them."""
    listed = [Listed(path, "l.csv", number, (value,)) for number, (path, value) in enumerate(lines)]
    found = list(listed_pictures(listed, 1).pictures())
    assert [line for one in found for line in one] == sorted(listed, key=lambda one: (one.path, one.line))
    assert [one[0].path for one in found] == sorted({path for path, _ in lines})


def test_values_are_counted() -> None:
    """Which classes and splits there are is known before the first row."""
    listed = [Listed(f"{n}.jpg", "l.csv", n, (str(n % 2), "x")) for n in range(5)]
    pictures = listed_pictures(listed, 2)
    assert (pictures.values(0), pictures.values(1)) == ({"0": 3, "1": 2}, {"x": 5})
    assert list(listed_pictures([], 0).pictures()) == []


def test_the_number_of_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays within what a machine has."""
    monkeypatch.setattr(picture_lists, "MAX_ENTRIES", 10)
    monkeypatch.setattr(picture_lists, "_BATCH", 4)
    with pytest.raises(CorpusError, match=r"l\.csv: It lists more than 10 pictures"):
        listed_pictures((Listed(f"{n}.jpg", "l.csv", n) for n in range(100)), 0)
    assert len(list(listed_pictures((Listed(f"{n}.jpg") for n in range(10)), 0).pictures())) == 10
