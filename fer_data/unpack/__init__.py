"""`fer-data unpack`: lay the organisers' archives out as a corpus folder."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.unpack.folder import Unpacked as Unpacked
    from fer_data.unpack.folder import unpack_archives as unpack_archives

__all__ = ["Unpacked", "unpack_archives"]

_LAZY = {"Unpacked": "fer_data.unpack.folder", "unpack_archives": "fer_data.unpack.folder"}

__getattr__ = lazy_names(__name__, _LAZY)
