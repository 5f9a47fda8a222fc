"""Items made ahead come in their order, and so do errors."""

import threading
from collections.abc import Iterator

import pytest

from fer_data.execution.prefetch import ahead


def test_items_keep_their_order() -> None:
    """Every item is yielded once, in order; none gives none."""
    assert list(ahead(iter(range(7)))) == list(range(7))
    assert list(ahead(iter([]))) == []


def test_the_next_item_is_made_meanwhile() -> None:
    """While the first item is worked on, a thread makes the second."""
    started = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        started.set()
        yield 2

    made = ahead(items())
    assert next(made) == 1
    assert started.wait(5)
    assert list(made) == [2]


def test_errors_come_in_their_place() -> None:
    """What was made before an error is yielded before it."""

    def items() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    made = ahead(items())
    assert next(made) == 1
    with pytest.raises(ValueError, match="torn"):
        next(made)
