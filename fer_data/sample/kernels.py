"""Compile array loops with numba, and the three-vectors that the loops share."""

import fcntl
import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from hashlib import sha256
from math import sqrt
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeVar, cast

import numba
from numba import njit
from numba.misc.appdirs import AppDirs
from numpy.typing import NDArray

__all__ = [
    "Vector",
    "clamp",
    "compile_unless_under_way",
    "dot",
    "inlined",
    "loop",
    "mix",
    "scale",
    "unit",
    "weighted",
]

Function = TypeVar("Function", bound=Callable[..., Any])
Vector = tuple[float, float, float]

_settings: Any = numba.config  # numba's types know none of its settings

_KEPT = 3
"""How many folders of older machine code stay, for whoever goes back and forth between versions."""


def loop(function: Function) -> Function:
    """Return the function compiled, cached on disk where any cache folder can be written; it may not allocate arrays.

    Of several processes one compiles, and the others wait for its machine code.

    Counting references to its arrays would take four times as long as shading a pixel does.
    """
    with _cached_by_sources() as folder:
        compiled: Any = _compiled(function, cache=folder is not None)
    if folder is not None:
        compiled.compile = partial(_one_at_a_time, compiled.compile, _lock_file(folder, function, "lock"))
    return cast("Function", compiled)


def inlined(function: Function) -> Function:
    """Return the function compiled as a part of the loops that call it alone; it may not allocate arrays."""
    return _compiled(function, forceinline=True, no_cpython_wrapper=True)


def compile_unless_under_way(function: Callable[..., None], *nothing: object) -> None:
    """Have a loop compiled by calling it for nothing, unless another process does so: this one can compile others."""
    folder = _code_folder()
    if folder is not None:
        with _locked(_lock_file(folder, function, "early"), fcntl.LOCK_EX | fcntl.LOCK_NB) as is_ours:
            if is_ours:
                function(*nothing)


def _lock_file(folder: Path, function: Callable[..., Any], suffix: str) -> Path:
    return folder / f"{function.__module__}.{function.__qualname__}.{suffix}"


def _one_at_a_time(compiling: Callable[[Any], Any], lock: Path, signature: object) -> Any:  # noqa: ANN401 - as numba's
    """Compile, or load what another process compiled while this one waited."""
    with _locked(lock, fcntl.LOCK_EX), _keeping_garbage():
        return compiling(signature)


@contextmanager
def _keeping_garbage() -> Iterator[None]:
    """Look for no garbage within the block: a compiler leaves hardly any, and the search is a tenth of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _locked(path: Path, how: int) -> Iterator[bool]:
    """Hold a lock within the block and yield True; yield False where another has it, or where there are no locks."""
    with ExitStack() as stack:
        try:
            fcntl.flock(stack.enter_context(path.open("wb")), how)
        except OSError:
            yield False
        else:
            yield True


def _compiled(function: Function, **options: Any) -> Function:  # noqa: ANN401 - numba's types lack some options
    """Compile for one thread: neither reassociated nor parallel, so that no result depends on how work was divided.

    Without wrappers for C, and for Python where it does not call, compiling takes two thirds of the time.
    """
    options |= {"error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}
    return cast("Function", njit(**options)(function))


@contextmanager
def _cached_by_sources() -> Iterator[Path | None]:
    """Point numba at the machine code of these sources within the block; yield its folder, or None for none."""
    before, folder = _settings.CACHE_DIR, _code_folder()
    _settings.CACHE_DIR = "" if folder is None else str(folder)
    try:
        yield folder
    finally:
        _settings.CACHE_DIR = before


@cache
def _code_folder() -> Path | None:
    """Return a folder for the machine code of exactly these sources, or None where none can be written.

    numba compares the file that a loop is in, but not those of what is inlined into it: in a folder of all versions, a
    change of these would leave the old code in use. The folder is beside the sources, or else in the user's cache.
    """
    package = Path(__file__).parent
    sources = [(source.name, source.read_bytes()) for source in sorted(package.glob("*.py"))]
    name = f"loops-{sha256(repr((numba.__version__, sources)).encode()).hexdigest()[:16]}"
    user = AppDirs("numba", appauthor=False).user_cache_dir  # type: ignore[no-untyped-call]
    for root in (_settings.CACHE_DIR, package / "__pycache__", user):
        if root and sources and _writable(folder := Path(root) / name):
            _forget_all_but_newest(folder)
            return folder
    return None


def _writable(folder: Path) -> bool:
    """Create the folder where it is missing, and return whether a file can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _forget_all_but_newest(current: Path) -> None:
    """Remove machine code of other sources, the newest excepted; a process that still uses it compiles again."""
    others = [folder for folder in current.parent.glob("loops-*") if folder != current]
    others.sort(key=lambda folder: folder.stat().st_mtime_ns, reverse=True)
    for folder in others[_KEPT:]:
        rmtree(folder, ignore_errors=True)


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
