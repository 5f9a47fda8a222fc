"""`fer-data unpack`: lay the organisers' archives out as a corpus folder."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.unpack.folder import Unpacked as Unpacked
    from fer_data.unpack.folder import unpack_archives as unpack_archives

__all__ = ["Unpacked", "unpack_archives"]

_LAZY = {
    "Unpacked": "fer_data.unpack.folder",
    "unpack_archives": "fer_data.unpack.folder",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.unpack' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
