"""Read pickles of numpy arrays without running what else a pickle may hold."""

import io
import pickle
from typing import Any, NoReturn

import numpy as np

from fer_data.errors import WeightsError

__all__ = ["read_npy", "read_pickle"]

_NPY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_DAMAGE = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError, MemoryError, OverflowError,
    RecursionError,
)  # fmt: skip
"""What a damaged pickle makes the unpickler raise. Source: Python's documentation of pickle.UnpicklingError."""


class _Latin1Bytes:
    """Stand in for `_codecs.encode`, with which Python 3 writes bytes into protocol 2, for Latin-1 alone."""

    __slots__ = ()

    def __call__(self, text: str, encoding: str) -> bytes:
        if encoding != "latin1":
            raise pickle.UnpicklingError(f"bytes are encoded as {encoding!r}, expected 'latin1'")
        return text.encode("latin1")


_reconstruct = np.zeros(0).__reduce__()[0]
_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("_codecs", "encode"): _Latin1Bytes(),
}


class _ArrayUnpickler(pickle.Unpickler):
    """An unpickler that finds numpy's array reconstruction and nothing else."""

    def find_class(self, module_name: str, global_name: str) -> Any:  # noqa: ANN401 - pickle's own signature
        """Return an admitted global, looked up in a table and never imported."""
        if (module_name, global_name) not in _ADMITTED:
            raise WeightsError(
                f"The pickle asks for the global {module_name}.{global_name}, which could run code; numpy arrays "
                "alone are admitted. Do not open it by other means; get the weights from their publisher."
            )
        return _ADMITTED[module_name, global_name]


def read_pickle(content: bytes) -> Any:  # noqa: ANN401 - the caller checks what came out
    """Return what a pickle of numpy arrays holds; text of Python 2 is read as Latin-1.

    Raises:
        WeightsError: it asks for a global other than numpy's array reconstruction, or is damaged.
    """
    try:
        return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except _DAMAGE as error:
        _damaged("pickle", error)


def read_npy(content: bytes) -> Any:  # noqa: ANN401 - the caller checks what came out
    """Return the object in a `.npy` file of one pickled object, as `numpy.save` writes a dict.

    Raises:
        WeightsError: as `read_pickle`, or the file holds an array of numbers or several objects.
    """
    file = io.BytesIO(content)
    try:
        shape, _, dtype = _NPY_HEADERS[np.lib.format.read_magic(file)](file)
    except (ValueError, KeyError) as error:
        _damaged(".npy file", error)
    if dtype != np.dtype(object) or shape != ():
        raise WeightsError(
            f"The .npy file holds an array of {dtype} of shape {shape}; expected one pickled dict of arrays, as the "
            "MMdnn export writes it."
        )
    array = read_pickle(content[file.tell() :])
    return array.item() if isinstance(array, np.ndarray) and array.size == 1 else array


def _damaged(kind: str, error: Exception) -> NoReturn:
    raise WeightsError(f"The {kind} is damaged or of another kind: {error!r}. Get the file again.") from error
