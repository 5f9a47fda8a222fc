"""Work on one item while the next ones are being made."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["ahead", "in_order", "one_behind"]

Item = TypeVar("Item")
Key = TypeVar("Key")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items in their order, the next one being made in a thread meanwhile; its errors come in their place."""
    end = object()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(next, items, end)
        while (item := future.result()) is not end:
            future = pool.submit(next, items, end)
            yield item  # type: ignore[misc]


def in_order(
    executor: Executor, makers: Iterator[tuple[Key, Callable[[], Item]]], *, most: int
) -> Iterator[tuple[Key, Item]]:
    """Yield what each maker makes, with its key, in the order of the makers; at most `most` are under way.

    The makers come from this thread. An error comes in its place, and what is under way then is not waited for here.
    """
    running: deque[tuple[Key, Future[Item]]] = deque()
    for key, maker in makers:
        running.append((key, executor.submit(maker)))
        if len(running) >= most:
            done, future = running.popleft()
            yield done, future.result()
    for done, future in running:
        yield done, future.result()


@contextmanager
def one_behind(executor: Executor, work: Callable[[Item], object]) -> Iterator[Callable[[Item], None]]:
    """Give what has items worked on in their order, one at a time, by a thread, and waits for the item before.

    All is done when the block ends well; an error comes with the next item or then.
    """
    running: list[Future[object]] = []

    def give(item: Item) -> None:
        while running:
            running.pop().result()
        running.append(executor.submit(work, item))

    yield give
    for future in running:
        future.result()
