"""Leave torch's compiler out of a process that compiles nothing: it takes half of the time until training begins.

Lightning Fabric and every optimiser load `torch._dynamo`, the first to know a compiled network when it sees one, the
second to keep its methods out of a compilation. Neither needs it as long as nothing is compiled.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["import_fabric"]

_NAME = "torch._dynamo"
Function = TypeVar("Function", bound=Callable[..., Any])


def import_fabric() -> "type[Fabric]":
    """Return Lightning Fabric; torch's compiler is loaded when something but Fabric and optimisers asks for it.

    Who compiles imports `torch._dynamo` first: then nothing is deferred.
    """
    if _NAME in sys.modules or "lightning_fabric" in sys.modules:
        return _fabric()
    stand_in = _Deferred(_NAME)
    stand_in.__path__ = []  # so that names can be imported from it
    sys.modules[_NAME] = stand_in
    try:
        found = _fabric()
    except ImportError:  # another version of Fabric may want more of the compiler
        sys.modules.pop(_NAME, None)
        return _fabric()
    del stand_in.__path__
    return found


def _fabric() -> "type[Fabric]":
    from lightning_fabric import Fabric

    return Fabric


class _Compiled(type):
    """Says whether something is a compiled network, of which there is none before the compiler is loaded."""

    def __instancecheck__(cls, instance: object) -> bool:
        loaded: Any = sys.modules.get(_NAME)
        return not isinstance(loaded, _Deferred | None) and isinstance(instance, loaded.OptimizedModule)


class _OptimizedModule(metaclass=_Compiled):
    """Stands for the class of compiled networks."""


class _Deferred(ModuleType):
    """The three names that are used without compiling; any other loads the compiler, which takes this one's place."""

    OptimizedModule = _OptimizedModule

    @staticmethod
    def disable(function: Function, recursive: bool = True, *, wrapping: bool = True) -> Function:  # noqa: ARG004
        """Return a function as it is, since nothing is compiled that could call it."""
        return function

    @staticmethod
    def graph_break() -> None:
        """Do nothing, since there is no graph to break."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
        if name in {"__file__", "__warningregistry__"}:  # `inspect` and `unittest` ask every module there is
            raise AttributeError(name)
        if sys.modules.get(_NAME) is self:
            del sys.modules[_NAME]
        return getattr(import_module(_NAME), name)
