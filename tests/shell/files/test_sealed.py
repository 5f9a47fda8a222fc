"""Documents that carry their own hash."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.errors import DatasetError
from fer_data.shell.files.sealed import check_seal, sealed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(document=st.dictionaries(st.text(), JSON, min_size=1, max_size=4))
def test_a_sealed_document_fits_its_seal_and_a_changed_one_does_not(document: dict[str, Any]) -> None:
    """Order does not matter, content does."""
    whole = sealed(document)
    check_seal(dict(reversed(whole.items())), Path("x.json"))
    assert sealed(whole) == whole
    with pytest.raises(DatasetError, match=r"x\.json was altered or damaged"):
        check_seal(whole | {"one more": 1}, Path("x.json"))


def test_a_document_without_a_seal_says_so() -> None:
    """An earlier version's document is told from a damaged one."""
    with pytest.raises(DatasetError, match="has no seal_sha256: it was written by an earlier version"):
        check_seal({"a": 1}, Path("x.json"))
