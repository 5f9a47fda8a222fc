"""What an error that is none of ours says: of the machine or of a file in one line, else it is a fault of ours."""

import errno
import os
from types import TracebackType

from fer_data.errors import FerDataError, MachineError

__all__ = ["DISK_FULL", "OneLine", "explained", "lacks_memory", "lacks_shared_memory", "system_number"]

_ROOM = "Make room or allow it, then run it again."
_PLACE = "Put there what belongs there, or name another place, then run it again."
_NO_MEMORY = (
    "The machine has too little memory for this, or allows too little of it. Make room or allow more."
)
_NO_SHARED_MEMORY = (
    "Shared memory (/dev/shm), through which the processes of PyTorch hand pictures on, is full. Make it larger, as "
    "`docker run --shm-size 2g` does for a container, then run it again."
)
_REMEDIES = {
    **dict.fromkeys(
        (
            errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP, errno.ENXIO,
            errno.ENODEV, errno.EINVAL, errno.EXDEV,
        ),
        _PLACE,
    ),
    errno.ENAMETOOLONG: "Shorten the name, then run it again.",
}  # fmt: skip
"""By error number, where something else than room and rights is missing."""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of errors of a disk, quota or file system that takes no more."""

_SAID_BY_LIBRARIES = (*DISK_FULL, errno.EROFS, errno.EIO, errno.EMFILE)
"""What libraries that raise errors of their own pass on as a text."""

_SAID_WITHOUT_MEMORY = (
    "can't start new thread", "can't allocate memory", "cannot allocate memory", "out of memory", "bad_alloc",
    "failed to allocate", "failed to map segment", "insufficient memory",
)  # fmt: skip
"""What Python, torch, onnxruntime, OpenCV and the loader say, in lower case, where no MemoryError is raised."""

_FILE_FORMATS = {"av", "lzma", "onnx", "pyarrow", "safetensors", "tarfile", "zipfile", "zlib"}
"""Libraries that read files: an error of their own kind speaks of the file."""

_OURS = {"fer_data", "stages", "train"}
_LIBRARY_NOT_LOADED = ("cannot open shared object file", "undefined symbol")


def explained(error: BaseException) -> str | None:
    """Return one line with a remedy for an error of the machine, a file or the installation; None: a fault of ours.

    >>> explained(OSError(errno.ENOSPC, "No space left on device", "data/faces/a.arrow"))
    'No space left on device (data/faces/a.arrow). Make room or allow it, then run it again.'
    >>> explained(KeyError("a")) is None
    True
    """
    said = " ".join(str(error).split())
    if lacks_shared_memory(error):
        return _NO_SHARED_MEMORY
    if lacks_memory(error):
        return _NO_MEMORY
    if (number := system_number(error)) is not None:
        return _of_the_system(number, getattr(error, "filename", None))
    if isinstance(error, UnicodeEncodeError):
        return _of_a_text(error)
    if isinstance(error, ImportError):
        return _of_the_installation(error)
    if isinstance(error, OSError) or type(error).__module__.split(".", maxsplit=1)[0] in _FILE_FORMATS:
        return (
            f"A file that was read is cut off, altered or of another kind ({said or type(error).__name__}). "
            "Restore it, or build it again with `dvc repro`."
        )
    return None


def system_number(error: BaseException) -> int | None:
    """Return the number of the system's error that one is, or that a library passes on as a text; None without one.

    >>> system_number(RuntimeError("write failed: No space left on device")) == errno.ENOSPC
    True
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    said = str(error)
    return next((number for number in _SAID_BY_LIBRARIES if os.strerror(number) in said), None)


def lacks_memory(error: BaseException | None) -> bool:
    """Say whether an error means that memory ran out."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in _SAID_WITHOUT_MEMORY)


def lacks_shared_memory(error: BaseException) -> bool:
    """Say whether an error means that shared memory ran out, of which PyTorch says that a device is full.

    >>> lacks_shared_memory(RuntimeError("unable to allocate shared memory(shm) for file </torch_7>: No space left"))
    True
    """
    return isinstance(error, RuntimeError) and "shared memory" in str(error)


class OneLine:
    """A block in which errors that `explained` knows become errors of ours; every other error stays as it is.

    Raises:
        MachineError: with that line.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception) or isinstance(error, FerDataError | ConnectionError):
            return
        line = explained(error)
        if line is not None:
            raise MachineError(line) from error


def _of_the_system(number: int, name: object) -> str:
    where = "" if name is None else f" ({os.fsdecode(name) if isinstance(name, bytes) else name})"
    return f"{os.strerror(number)}{where}. {_REMEDIES.get(number, _ROOM)}"


def _of_a_text(error: UnicodeEncodeError) -> str | None:
    if error.reason == "surrogates not allowed":
        return f"A name ({str(error.object)[:200]!a}) must be UTF-8. Rename it."
    if error.encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        return f"What is to be printed does not fit the encoding of the output ({error.encoding}). Set PYTHONUTF8=1."
    return None


def _of_the_installation(error: ImportError) -> str | None:
    name = (error.name or "").split(".", maxsplit=1)[0]
    if isinstance(error, ModuleNotFoundError) and name and name not in _OURS:
        return (
            f"The Python package {name} is not installed here. Install fer-data again with all that it needs."
        )
    if any(words in str(error) for words in _LIBRARY_NOT_LOADED):
        return f"A library of the system or of a Python package is missing: {error}. Install it."
    return None
