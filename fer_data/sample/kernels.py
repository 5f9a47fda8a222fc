"""Compile array loops with numba, and the three-vectors that the loops share."""

from collections.abc import Callable
from math import sqrt
from typing import Any, TypeVar, cast

from numba import njit
from numpy.typing import NDArray

__all__ = ["Vector", "clamp", "dot", "inlined", "kernel", "loop", "mix", "scale", "unit", "weighted"]

Function = TypeVar("Function", bound=Callable[..., Any])
Vector = tuple[float, float, float]


def kernel(function: Function) -> Function:
    """Return the function compiled; it may allocate arrays."""
    return _compiled(function)


def loop(function: Function) -> Function:
    """Return the function compiled; it may not allocate arrays.

    Counting references to its arrays would take four times as long as shading a pixel does.
    """
    return _compiled(function, _nrt=False)


def inlined(function: Function) -> Function:
    """Return the function compiled as a part of the loops that call it; it may not allocate arrays."""
    return _compiled(function, _nrt=False, forceinline=True)


def _compiled(function: Function, **options: Any) -> Function:  # noqa: ANN401 - numba types its options loosely
    """Compile for one thread, cached on disk where any cache folder can be written.

    Neither reassociated nor run in parallel, so a result never depends on how work was divided.
    """
    try:
        return cast("Function", njit(cache=True, error_model="numpy", **options)(function))
    except RuntimeError:  # numba's way to say that neither the package nor the home folder can be written
        return cast("Function", njit(error_model="numpy", **options)(function))


@inlined
def dot(a: Vector, b: Vector) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@inlined
def scale(a: Vector, factor: float) -> Vector:
    """Return the vector times a number."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


@inlined
def unit(a: Vector) -> Vector:
    """Return the vector at length one; a zero vector stays near zero."""
    return scale(a, 1.0 / (sqrt(dot(a, a)) + 1e-9))


@inlined
def mix(a: Vector, b: Vector, share: float) -> Vector:
    """Return the blend that is `a` at share 0 and `b` at share 1."""
    rest = 1.0 - share
    return (a[0] * rest + b[0] * share, a[1] * rest + b[1] * share, a[2] * rest + b[2] * share)


@inlined
def clamp(value: float, low: float, high: float) -> float:
    """Return the value, held in [low, high]."""
    return min(max(value, low), high)


@inlined
def weighted(rows: NDArray[Any], corners: tuple[int, int, int], weights: Vector, first: int = 0) -> Vector:
    """Return three columns of `rows`, from `first` on, interpolated between a triangle's corners."""
    i, j, k = corners
    a, b, c = weights
    return (
        rows[i, first] * a + rows[j, first] * b + rows[k, first] * c,
        rows[i, first + 1] * a + rows[j, first + 1] * b + rows[k, first + 1] * c,
        rows[i, first + 2] * a + rows[j, first + 2] * b + rows[k, first + 2] * c,
    )
