"""Several models' predictions as one, and two compared."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fer_data.compare import compare_predictions, run_gains, run_scores
from fer_data.compare.ensemble import ensemble
from fer_data.errors import DatasetError
from fer_data.tables.schemas import PREDICTIONS


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
    with pytest.raises(
        DatasetError, match="b lacks 1 of the 1 rows of a, such as v0/00001 at 64 px; a lacks 1"
    ):
        ensemble([table(row(0, [1.0, 0.0])), table(row(1, [1.0, 0.0]))], ["a", "b"])
    with pytest.raises(DatasetError, match="at least one table"):
        ensemble([])
    with pytest.raises(DatasetError, match="2 and 3 classes apart"):
        ensemble([table(row(0, [1.0, 0.0])), table(row(0, [1.0, 0.0, 0.0]))])


def test_members_are_paired_by_row_and_agree_on_it() -> None:
    """Another order is no other rows; another label, crop or class order is said with the row."""
    rows = [row(n, [1.0, 0.0]) for n in range(3)]
    second = table(*(row(n, [0.0, float(n)]) for n in (2, 0, 1)))
    assert ensemble([table(*rows), second])["logits"].to_pylist() == [[0.5, 0.0], [0.5, 0.5], [0.5, 1.0]]
    for change, message in (
        ({"expression": 1}, "table 1 and table 2 say 0 and 1 of expression in row v0/00001 at 64 px"),
        ({"source": "nearest", "logits": None}, "'model' and 'nearest' of source"),
    ):
        with pytest.raises(DatasetError, match=message):
            ensemble([table(*rows), table(rows[0] | change, *rows[1:])])
    named = [table(*rows).replace_schema_metadata({"classes": one}) for one in ('["a", "b"]', '["b", "a"]')]
    with pytest.raises(DatasetError, match="classes are a, b, and b, a"):
        ensemble(named)
    assert ensemble(named[:1]).schema.metadata == {b"classes": b'["a", "b"]'}


def test_a_comparison_is_paired_by_row_whatever_their_order() -> None:
    """The second is right everywhere, the first nowhere: the gain is 1 at each common side."""
    right = [row(n, [1.0, 0.0] if n % 2 == 0 else [0.0, 1.0], video=f"v{n // 2}") for n in range(12)]
    wrong = [row(n, [0.0, 1.0] if n % 2 == 0 else [1.0, 0.0], video=f"v{n // 2}") for n in range(12)]
    found = compare_predictions(
        table(*reversed(wrong), row(0, [1.0, 0.0], resolution=8)), table(*right), draws=100, seed=1
    )
    assert list(found) == ["64"]
    assert found["64"]["videos"] == 6
    assert found["64"]["macro_f1"]["difference"] == 1.0
    assert found["64"]["accuracy"]["interval"] == {"low": 1.0, "high": 1.0}


def test_a_comparison_of_other_rows_is_refused() -> None:
    """Another row, another label, no common side, other classes: each says what differs."""
    one = table(row(0, [1.0, 0.0]), row(1, [1.0, 0.0]))
    other_label = table({**row(0, [1.0, 0.0]), "expression": 1}, row(1, [1.0, 0.0]))
    for other, message in (
        (
            table(row(0, [1.0, 0.0])),
            "2 of the first table and 1 of the second; the second lacks 1, such as 'v0/00002'",
        ),
        (other_label, "the first table and the second differ in their labels at 64 px"),
        (table(row(0, [1.0, 0.0], resolution=8)), "share no resolution"),
        (table(row(0, [1.0, 0.0, 0.0])), "2 and 3 classes apart"),
    ):
        with pytest.raises(DatasetError, match=message):
            compare_predictions(one, other, draws=100, seed=1)


def test_seeds_are_paired_and_told_one_by_one() -> None:
    """The mean over runs, each run's own score, and a gain for each pair of runs."""
    right = table(*[row(n, [1.0, 0.0] if n % 2 == 0 else [0.0, 1.0], video=f"v{n // 4}") for n in range(12)])
    wrong = table(*[row(n, [0.0, 1.0] if n % 2 == 0 else [1.0, 0.0], video=f"v{n // 4}") for n in range(12)])
    scores = run_scores([right, wrong], draws=100, seed=1)["64"]["accuracy"]
    assert (scores["mean"], scores["runs"]) == (0.5, [1.0, 0.0])
    gains = run_gains([wrong, right], [right, right], draws=100, seed=1)["64"]["accuracy"]
    assert (gains["difference"], gains["runs"]) == (0.5, [1.0, 0.0])
    with pytest.raises(DatasetError, match="as many runs, got 1 and 2"):
        run_gains([right], [right, wrong], draws=100, seed=1)
