"""JSON documents of ours: read within bounds, and sealed with a hash of themselves so that damage is noticed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_data.errors import DatasetError, ReadingError
from fer_data.shell.files.reading import JSON_BYTES, read_regular

__all__ = ["PRINTABLE", "SEAL", "check_seal", "document_sha256", "read_json", "sealed"]

PRINTABLE = r"^[^\p{C}\p{Zl}\p{Zp}]+$"
"""Names that a terminal, a table or a page shows as they are."""

SEAL = "seal_sha256"
"""The key under which a document states the hash of all its other keys."""


def read_json(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a JSON document of ours holds.

    Raises:
        DatasetError: it is missing, no regular file, too large, or not JSON in UTF-8 with finite numbers.
    """
    try:
        found = json.loads(read_regular(path, JSON_BYTES).decode("utf-8"), parse_constant=_refuse)
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except ReadingError as error:
        raise DatasetError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path} is not readable as JSON: {str(error)[:200]}.") from error
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def document_sha256(document: Mapping[str, Any]) -> str:
    """Return the hash of a document's keys and values but its seal, whatever their order or layout."""
    plain = {key: value for key, value in document.items() if key != SEAL}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its seal as the last key.

    >>> list(sealed({"a": 1}))
    ['a', 'seal_sha256']
    """
    plain = {key: value for key, value in document.items() if key != SEAL}
    return plain | {SEAL: document_sha256(plain)}


def check_seal(document: Mapping[str, Any], path: Path) -> None:
    """Hold a document against its seal.

    Raises:
        DatasetError: it has no seal, or was altered after it was written.
    """
    stated = document.get(SEAL)
    if stated is None:
        raise DatasetError(f"{path} has no {SEAL}: it was written by an earlier version of fer_data.")
    if stated != document_sha256(document):
        raise DatasetError(f"{path} was altered or damaged after it was written: it does not fit its {SEAL}.")
