"""Items made ahead come in their order, and so do errors."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from fer_data.execution.prefetch import ahead, in_order, one_behind


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


def test_results_of_threads_come_in_order() -> None:
    """Each comes with its key, at most as many are under way as allowed, and an error comes in its place."""
    started: list[int] = []

    def made(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        return number * 10

    def makers() -> Iterator[tuple[int, Callable[[], int]]]:
        for number in range(8):
            started.append(number)
            yield number, partial(made, number)

    with ThreadPoolExecutor(3) as threads:
        results = in_order(threads, makers(), most=3)
        assert [next(results) for _ in range(5)] == [(n, n * 10) for n in range(5)]
        assert len(started) <= 5 + 3
        with pytest.raises(ValueError, match="five"):
            next(results)


def test_one_item_is_worked_on_behind() -> None:
    """Items are worked on in their order, never two at once, and all are done at the end."""
    running, done = threading.Lock(), list[int]()

    def work(item: int) -> None:
        assert running.acquire(blocking=False)
        done.append(item)
        running.release()

    with ThreadPoolExecutor(4) as threads, one_behind(threads, work) as give:
        for item in range(50):
            give(item)
    assert done == list(range(50))


@pytest.mark.parametrize("last", [True, False], ids=["the last item", "one before"])
def test_an_error_behind_is_raised(last: bool) -> None:
    """With the next item, or at the end of the block."""

    def work(item: int) -> None:
        if item == 1:
            raise ValueError("one")

    with (  # noqa: PT012 - either raises
        pytest.raises(ValueError, match="one"),
        ThreadPoolExecutor(1) as threads,
        one_behind(threads, work) as give,
    ):
        give(1)
        if not last:
            give(2)
            pytest.fail("the second item was taken")
