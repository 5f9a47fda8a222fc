"""What is counted of action units and values."""

import pyarrow as pa
import pytest

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.publish.label_counts import LabelTally

NAN = float("nan")


def batch(units: list[dict[str, int]], valence: list[float], arousal: list[float]) -> pa.RecordBatch:
    """Return published rows with these labels."""
    kind = pa.struct([(name, pa.int8()) for name in ACTION_UNITS])
    whole = [dict.fromkeys(ACTION_UNITS, -1) | row for row in units]
    return pa.record_batch(
        {
            "action_units": pa.array(whole, kind),
            "valence": pa.array(valence, pa.float32()),
            "arousal": pa.array(arousal, pa.float32()),
        }
    )


def test_what_is_not_coded_does_not_count() -> None:
    """Neither as absent nor as 0; over batches it adds up."""
    tally = LabelTally()
    tally.add(batch([{"AU01": 1}, {"AU01": 0}], [1.0, NAN], [NAN, NAN]))
    tally.add(batch([{"AU01": 1, "AU12": 0}], [-1.0], [NAN]))
    found = tally.counts()
    assert dict(found.units) == {"AU01": (2, 3), "AU12": (0, 1)}
    assert set(found.values) == {"valence"}
    valence = found.values["valence"]
    assert (valence.count, valence.mean, valence.deviation) == (2, 0.0, pytest.approx(1.0))
    assert (valence.histogram[0], valence.histogram[-1]) == (1, 1)


def test_nothing_counts_nothing() -> None:
    """A split without rows."""
    assert LabelTally().counts().units == {}
    assert LabelTally().counts().values == {}
