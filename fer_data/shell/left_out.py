"""Import a library without the others that it would load only because they are installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["leave_pandas_out", "leaving_out"]


@contextmanager
def leaving_out(*names: str) -> Iterator[None]:
    """Let what is imported in the block find none of these modules, but those that are loaded already.

    Whoever imports one of them afterwards gets it. `None` in `sys.modules`, Python's own note that there is none,
    is not used: pyarrow takes it for the module.
    """
    finder = _Absent(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Absent:
    """Finds nothing where some modules are looked for, and ends the search."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raise where a module is left out, as its import does; `importlib.util.find_spec` raises as well."""
        del path, target
        if name in self._names:
            raise ModuleNotFoundError(f"{name} is left out", name=name)


def leave_pandas_out() -> None:
    """Let pyarrow, where it is loaded, look for pandas now and find none: it loads it for the first array of ours.

    That takes as long as half of what a stage loads. For processes of our own, which hand pyarrow nothing of pandas: it
    takes a series for any sequence from then on, in which NaN is not null. `Table.to_pandas` loads pandas still.
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        with suppress(ImportError), leaving_out("pandas"):  # a version that cannot do without loads it later
            arrow.array([0])
