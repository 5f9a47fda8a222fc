"""Read pickles of numpy arrays without running what else a pickle may hold, and without numpy's own unpickling.

numpy trusts a pickle: a dtype's state may turn raw bytes into pointers, and a shape may claim any memory. Here each is
a plain record, checked before numpy sees anything: an array is a view of bytes that the file really holds, of a native
float or integer type, and all arrays together claim no more bytes than the file has.
"""

import math
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from fer_data.errors import WeightsError
from fer_data.weights.inert_pickle import (
    Budget,
    Forms,
    Global,
    UnsafeError,
    of_kind,
    run_pickle,
    settled,
    text_of,
)

__all__ = ["MAX_DIMENSIONS", "number_forms", "read_npy", "read_pickle", "reading", "sides_of"]

_DAMAGE: tuple[type[Exception], ...] = (
    ValueError,
    LookupError,
    TypeError,
    OverflowError,
    RecursionError,
    struct.error,
)
"""What a damaged pickle makes `run_pickle` raise."""

MAX_DIMENSIONS = 8

_PAIR_BYTES = 4
"""What a pair of an OrderedDict takes in a file at least."""

_TYPES = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"})
_NPY = re.compile(
    rb"\x93NUMPY(?:\x01\x00..|[\x02\x03]\x00....)\{'descr': '\|O', 'fortran_order': (?:True|False), 'shape': "
    rb"\((?:1,)?\), \} *\n",
    re.DOTALL,
)
"""The header that numpy writes before one pickled object. Source: numpy.lib.format."""

_MODULES = ("numpy.core", "numpy._core")


@dataclass(slots=True)
class _Type:
    """Stand in for a numpy.dtype: `f4`, say, or `O8`; the byte order comes with its state."""

    code: str
    order: str = "|"

    def build(self, state: object) -> None:
        parts = of_kind(state, tuple)
        if not 5 <= len(parts) <= 9 or any(part is not None for part in parts[2:5]):
            raise ValueError("a type of an array has fields or parts")
        self.order = text_of(parts[1])

    def settle(self) -> NoReturn:
        raise ValueError("a type stands where a value must be")

    @property
    def is_object(self) -> bool:
        return self.code in ("O", "O8", "O4")

    @property
    def native(self) -> str:
        """Return the type of a native number, such as `<f4`.

        Raises:
            ValueError: it is of another kind or byte order.
        """
        if self.code not in _TYPES or self.order not in ("<", "|", "="):
            raise ValueError(
                f"an array is of type {self.order + self.code!a}; it must be of little-endian floats or integers"
            )
        return f"<{self.code}"


@dataclass(slots=True)
class _Array:
    """Stand in for a numpy.ndarray whose state comes later."""

    budget: Budget
    found: object = None

    def build(self, state: object) -> None:
        if self.found is not None:
            raise ValueError("an array gets two states")
        shape, kind, by_columns, data = of_kind(state, tuple)[-4:]
        if of_kind(kind, _Type).is_object:
            self.found = _objects(shape, data)
        else:
            self.found = _numbers(self.budget, data, kind, shape=shape, by_columns=bool(by_columns))

    def settle(self) -> object:
        if self.found is None:
            raise ValueError("an array has no content")
        return self.found


def sides_of(shape: object) -> tuple[int, ...]:
    """Return a shape of at most `MAX_DIMENSIONS` sides, none of them negative.

    Raises:
        ValueError: it is none.
    """
    sides = of_kind(shape, tuple)
    if len(sides) > MAX_DIMENSIONS or any(type(side) is not int or side < 0 for side in sides):
        raise ValueError(f"a shape must have at most {MAX_DIMENSIONS} sides of 0 or more")
    return sides


def _numbers(
    budget: Budget, data: object, kind: _Type, *, shape: object, by_columns: bool = False
) -> NDArray[Any]:
    """Return a read-only view of an array's bytes, which must be exactly as many as its shape needs."""
    sides = sides_of(shape)
    needed = math.prod(sides) * int(kind.code[1:]) if kind.native else 0
    if not isinstance(data, bytes | memoryview) or len(data) != needed:
        held = f"{len(data):,} bytes" if isinstance(data, bytes | memoryview) else type(data).__name__
        raise ValueError(
            f"an array of shape {sides} and type {kind.code} needs {needed:,} bytes, it has {held}"
        )
    budget.spend(needed)
    if not needed:
        return np.zeros(0, kind.native)
    return np.frombuffer(data, kind.native).reshape(sides, order="F" if by_columns else "C")


def _objects(shape: object, data: object) -> object:
    """Return what an array of one object holds; of several, a list, which is no array of numbers."""
    items = of_kind(data, list)
    if math.prod(sides_of(shape)) != len(items):
        raise ValueError("an array of objects has another number of them than its shape says")
    return items[0] if len(items) == 1 else items


def number_forms(size: int) -> tuple[dict[str, Callable[..., object]], frozenset[str]]:
    """Return what stands in for numpy's callables, and names to pass on, in a file of that many bytes."""
    arrays, texts, items = Budget(size), Budget(size), Budget(size // _PAIR_BYTES, "items of dicts")

    def encode(text: object, encoding: object) -> bytes:
        """Stand in for `_codecs.encode`, with which Python 3 writes bytes into protocol 2."""
        if text_of(encoding) != "latin1":
            raise ValueError(f"bytes are encoded as {text_of(encoding)!a}, expected 'latin1'")
        texts.spend(len(of_kind(text, str)))
        return of_kind(text, str).encode("latin1")

    def new_array(kind: object, shape: object, code: object) -> _Array:
        del shape, code  # both stand for an empty array; the state says what it becomes
        if kind != Global("numpy.ndarray"):
            raise ValueError("a subclass of an array")
        return _Array(arrays)

    def new_type(code: object, *_: object) -> _Type:
        return _Type(text_of(code).lstrip("<|="))

    def scalar(kind: object, data: object) -> object:
        return _numbers(arrays, data, of_kind(kind, _Type), shape=())

    def from_buffer(data: object, kind: object, shape: object, order: object) -> object:
        return _numbers(arrays, data, of_kind(kind, _Type), shape=shape, by_columns=order == "F")

    calls: dict[str, Callable[..., object]] = {
        "_codecs.encode": encode,
        "__builtin__.bytes": lambda: b"",  # of no arguments: how protocol 2 has empty bytes
        "numpy.dtype": new_type,
        "collections.OrderedDict": lambda pairs=(): _ordered(items, pairs),
    }
    for module in _MODULES:
        calls[f"{module}.multiarray._reconstruct"] = new_array
        calls[f"{module}.multiarray.scalar"] = scalar
        calls[f"{module}.numeric._frombuffer"] = from_buffer
    return calls, frozenset({"numpy.ndarray"})


def _ordered(budget: Budget, pairs: object) -> dict[Any, Any]:
    """Stand in for `collections.OrderedDict`; Python 2 gives it its items."""
    if not isinstance(pairs, list | tuple):
        raise TypeError("an OrderedDict is made of another thing than pairs")
    budget.spend(len(pairs))
    return {text_of(key): value for key, value in (of_kind(pair, list) for pair in pairs)}


@contextmanager
def reading(
    kind: str, *, admitted: str, remedy: str, damage: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Let a file of pickles be read in a block, which further kinds of `damage` may end as well.

    Raises:
        WeightsError: it asks for more than what is admitted, or is damaged.
    """
    try:
        yield
    except UnsafeError as error:
        raise WeightsError(f"The {kind} asks for {error}; {admitted} alone are admitted. {remedy}") from error
    except _DAMAGE + damage as error:
        said = f"{type(error).__name__}: {error}"[:300]
        raise WeightsError(
            f"The {kind} is damaged or of another kind: {said}. Get the file again."
        ) from error


def read_pickle(content: bytes) -> Any:  # noqa: ANN401 - the caller checks what came out
    """Return what a pickle of numpy arrays holds; names of Python 2 are read as Latin-1, bytes are views.

    Raises:
        WeightsError: it asks for something other than numpy's array reconstruction, or is damaged.
    """
    remedy = "Do not open it by other means; get the weights from their publisher."
    with reading("pickle", admitted="numpy arrays", remedy=remedy):
        return settled(run_pickle(content, Forms(*number_forms(len(content))))[0])


def read_npy(content: bytes) -> Any:  # noqa: ANN401 - the caller checks what came out
    """Return the object in a `.npy` file of one pickled object, as `numpy.save` writes a dict.

    Raises:
        WeightsError: as `read_pickle`, or the file holds an array of numbers or several objects.
    """
    header = _NPY.match(content[:1024])
    if header is None:
        raise WeightsError(
            f"The .npy file has the header {content[:100]!a}; expected one pickled dict of arrays, as the MMdnn export "
            "writes it."
        )
    return read_pickle(content[header.end() :])
