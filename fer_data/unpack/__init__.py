"""`fer-data unpack`: lay the organisers' archives out as a corpus folder."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.unpack.folder import Unpacked, unpack_archives

__all__ = ["Unpacked", "unpack_archives"]

__getattr__ = lazy_names(__name__, {"fer_data.unpack.folder": __all__})
