"""Names that a package offers and imports when they are first asked for (PEP 562), so that importing it stays cheap."""

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(package: str, offered: Mapping[str, Collection[str]]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package that offers names out of modules of its own, by module.

    Type checkers, and the test of dvc.yaml, read the same imports below `if TYPE_CHECKING`.
    """
    modules = {name: module for module, names in offered.items() for name in names}

    def attribute(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(modules[name]), name)

    return attribute
