"""The order of version numbers, and what is called after one."""

from packaging.version import Version

__all__ = ["VERSION_PATTERN", "is_draft", "tag_of", "version_order"]

VERSION_PATTERN = r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(\.dev[0-9]{1,9})?$"


def version_order(version: str) -> Version:
    """Return what versions are ordered by, as PEP 440 has it: drafts stand before what they become.

    >>> sorted(["0.10.0", "0.2.0", "0.2.0.dev10", "0.2.0.dev9"], key=version_order)
    ['0.2.0.dev9', '0.2.0.dev10', '0.2.0', '0.10.0']
    """
    return Version(version)


def is_draft(version: str) -> bool:
    """Say whether a version is a draft, which may be written over.

    >>> is_draft("0.2.0.dev1"), is_draft("0.2.0")
    (True, False)
    """
    return version_order(version).is_devrelease


def tag_of(name: str, version: str) -> str:
    """Return the git tag of a version of a dataset, `NAME@vX.Y.Z`: a plain `vX.Y.Z` may be one of the code.

    Source: https://github.com/iterative/gto (tags of artifacts that DVC's registry reads).

    >>> tag_of("fer-data-sample", "0.1.0")
    'fer-data-sample@v0.1.0'
    """
    return f"{name}@v{version}"
