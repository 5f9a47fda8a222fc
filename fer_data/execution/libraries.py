"""Versions of the libraries that results depend on, whichever of its distributions gave one."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

__all__ = ["installed_versions"]

_OTHER_NAMES = {
    "opencv-python": ("opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"),
    "onnxruntime": ("onnxruntime-gpu",),
}
"""Distributions that install the same module under another name."""


def installed_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the version of each library, under the name of the distribution that is installed.

    Raises:
        PackageNotFoundError: a library is not installed under any of its names.
    """
    return dict(_found(name) for name in names)


def _found(name: str) -> tuple[str, str]:
    for other in (name, *_OTHER_NAMES.get(name, ())):
        try:
            return other, version(other)
        except PackageNotFoundError:
            continue
    raise PackageNotFoundError(name)
