"""Compile array loops with numba, and the three-vectors that the loops share."""

from collections.abc import Callable
from math import sqrt
from typing import Any, TypeVar, cast

from numba import njit
from numpy.typing import NDArray

__all__ = ["Vector", "clamp", "dot", "inlined", "loop", "mix", "scale", "unit", "weighted"]

Function = TypeVar("Function", bound=Callable[..., Any])
Vector = tuple[float, float, float]


def loop(function: Function) -> Function:
    """Return the function compiled, cached on disk where any cache folder can be written; it may not allocate arrays.

    Counting references to its arrays would take four times as long as shading a pixel does.
    """
    try:
        return _compiled(function, cache=True)
    except RuntimeError:  # numba's way to say that neither the package nor the home folder can be written
        return _compiled(function)


def inlined(function: Function) -> Function:
    """Return the function compiled as a part of the loops that call it alone; it may not allocate arrays."""
    return _compiled(function, forceinline=True, no_cpython_wrapper=True)


def _compiled(function: Function, **options: Any) -> Function:  # noqa: ANN401 - numba's types lack some options
    """Compile for one thread: neither reassociated nor parallel, so that no result depends on how work was divided.

    Without wrappers for C, and for Python where it does not call, compiling takes two thirds of the time.
    """
    options |= {"error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}
    return cast("Function", njit(**options)(function))


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
