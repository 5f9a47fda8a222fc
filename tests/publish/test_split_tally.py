"""What is counted of a split while it is written."""

import pyarrow as pa
from fresh_python import printed_by

from fer_data.publish.split_tally import _kinds

ROWS = {
    "label_source": ["person", "machine", "person", "machine", "person"],
    "label_scope": ["frame", "clip", "clip", "clip", "frame"],
    "subject_source": ["stated", "none", "stated", "none", "stated"],
}


def test_kinds_are_counted_in_the_order_in_which_they_first_occur() -> None:
    """A kind is all three together; the card tells of them in this order."""
    found = _kinds(pa.record_batch(ROWS))
    assert list(found.items()) == [
        (("person", "frame", "stated"), 2),
        (("machine", "clip", "none"), 2),
        (("person", "clip", "stated"), 1),
    ]


def test_what_is_not_said_is_a_kind_of_its_own() -> None:
    """Not every writer of rows says each of the three."""
    rows = pa.record_batch({**ROWS, "label_scope": ["frame", None, "frame", None, None]})
    assert list(_kinds(rows).items()) == [
        (("person", "frame", "stated"), 2),
        (("machine", None, "none"), 2),
        (("person", None, "stated"), 1),
    ]


def test_kinds_are_counted_without_what_reads_datasets() -> None:
    """Which takes longer to load than a small dataset to count."""
    code = (
        "import sys, pyarrow as pa\nfrom fer_data.publish.split_tally import _kinds\n"
        f"print(len(_kinds(pa.record_batch({ROWS!r}))))\n"
        "print(*{'pyarrow.acero', 'pyarrow.dataset'} & sys.modules.keys())"
    )
    assert printed_by(code).split() == ["3"]
