"""Several models' predictions as one, and two compared."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from experiments.compare import compare_predictions
from fer_data.errors import DatasetError
from fer_data.tables import PREDICTIONS
from train.ensemble import ensemble


def row(frame: int, logits: list[float] | None, *, resolution: int = 64, video: str = "v0") -> dict[str, Any]:
    """Return a row whose class is its frame modulo 2."""
    return {
        "row_id": f"{video}/{frame + 1:05d}",
        "subject_id": video,
        "video_id": video,
        "frame_index": frame,
        "resolution": resolution,
        "expression": frame % 2,
        "predicted": 0 if logits is None else int(np.argmax(logits)),
        "source": "nearest" if logits is None else "model",
        "logits": logits,
    }


def table(*rows: dict[str, Any]) -> pa.Table:
    """Return the rows as a table of predictions."""
    return pa.Table.from_pylist(list(rows), PREDICTIONS)


def test_logits_are_averaged_and_rows_without_a_crop_follow() -> None:
    """The surer model decides; the row between takes its nearest row's new class, at its own resolution."""
    first = table(row(0, [1.0, 0.0]), row(1, None), row(0, [1.0, 0.0], resolution=32))
    second = table(row(0, [0.0, 3.0]), row(1, None), row(0, [0.5, 0.0], resolution=32))
    both = ensemble([first, second])
    assert both["predicted"].to_pylist() == [1, 1, 0]
    assert both["logits"].to_pylist() == [[0.5, 1.5], None, [0.75, 0.0]]
    assert ensemble([first]).to_pylist() == first.to_pylist()


def test_other_rows_are_refused() -> None:
    """Models that were scored on different rows make no ensemble."""
    with pytest.raises(DatasetError, match="differ in their column 'row_id'"):
        ensemble([table(row(0, [1.0, 0.0])), table(row(1, [1.0, 0.0]))])
    with pytest.raises(DatasetError, match="at least one table"):
        ensemble([])


def test_a_comparison_is_paired_by_row_whatever_their_order() -> None:
    """The second is right everywhere, the first nowhere: the gain is 1 at each common side."""
    right = [row(n, [1.0, 0.0] if n % 2 == 0 else [0.0, 1.0], video=f"v{n // 4}") for n in range(12)]
    wrong = [row(n, [0.0, 1.0] if n % 2 == 0 else [1.0, 0.0], video=f"v{n // 4}") for n in range(12)]
    found = compare_predictions(
        table(*reversed(wrong), row(0, [1.0, 0.0], resolution=8)), table(*right), draws=100, seed=1
    )
    assert list(found) == ["64"]
    assert found["64"]["videos"] == 3
    assert found["64"]["macro_f1"]["difference"] == 1.0
    assert found["64"]["accuracy"]["interval"] == {"low": 1.0, "high": 1.0}


def test_a_comparison_of_other_rows_is_refused() -> None:
    """Another row, another label, no common side."""
    one = table(row(0, [1.0, 0.0]))
    with pytest.raises(DatasetError, match="differ in their rows"):
        compare_predictions(one, table(row(2, [1.0, 0.0])), draws=100, seed=1)
    with pytest.raises(DatasetError, match="share no resolution"):
        compare_predictions(one, table(row(0, [1.0, 0.0], resolution=8)), draws=100, seed=1)
