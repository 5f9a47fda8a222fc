"""Names are counted once each, however often and in whatever parts they come."""

import pyarrow as pa
import pytest

from fer_data.tables import distinct
from fer_data.tables.distinct import DistinctNames


@pytest.mark.parametrize("many", [1, 1 << 16], ids=["joined at once", "joined at the end"])
def test_names_are_counted_once(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    """Repeated within a part, over parts and after a count; null is no name."""
    monkeypatch.setattr(distinct, "_MANY", many)
    names = DistinctNames()
    assert len(names) == 0
    names.add(pa.array(["a", "b", "a", None]))
    names.add(pa.chunked_array([["b"], ["c"]]))
    assert len(names) == 3
    names.add(pa.array(["d", "a"]))
    names.add(pa.array([], pa.string()))
    assert len(names) == 4
