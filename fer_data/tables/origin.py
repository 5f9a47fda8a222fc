"""Where the pictures of a dataset come from: which corpus, and whether its faces are rendered."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fer_data.shell.files.outputs import kind_of

__all__ = ["RENDERED", "Origin", "origin_of", "origin_text", "stated_origin", "trained_on"]

RENDERED = "rendered faces"

_KIND = "corpus"
_TRUTH = "truth.parquet"
_KEY = "origin"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where pictures come from.

    Attributes:
        corpus: `source.corpus`, the kind of folder that was read.
        rendered: whether the corpus is one that `fer-data sample` rendered: no person is in it.
    """

    corpus: str
    rendered: bool

    def metadata(self) -> dict[str, str]:
        """Return what a table's metadata says of it."""
        return {_KEY: json.dumps(asdict(self))}


def origin_of(root: Path, corpus: str) -> Origin:
    """Return the origin of a corpus' folder: rendered where it bears the sample's mark, or the sample's truth."""
    return Origin(corpus, kind_of(root) == _KIND or (root / _TRUTH).is_file())


def stated_origin(metadata: Mapping[str, str]) -> Origin | None:
    """Return the origin that a table's metadata states; None where it states none, as those of earlier versions."""
    try:
        stated = json.loads(metadata[_KEY])
        return Origin(str(stated["corpus"]), stated["rendered"] is True)
    except (LookupError, TypeError, ValueError):
        return None


def origin_text(origin: Mapping[str, Any] | Origin | None) -> str:
    """Return a few words for tables and metrics.

    >>> origin_text({"corpus": "affwild2", "rendered": True}), origin_text({"corpus": "affwild2", "rendered": False})
    ('rendered sample', 'affwild2')
    >>> origin_text(None)
    'unknown'
    """
    stated = asdict(origin) if isinstance(origin, Origin) else origin or {}
    return "rendered sample" if stated.get("rendered") else str(stated.get("corpus") or "unknown")


def trained_on(data: Mapping[str, Any] | None) -> str:
    """Return which data a model was trained on, from what its `model.json` states of them.

    >>> trained_on({"name": "fer-data-sample", "version": "0.1.0", "rendered": True})
    'fer-data-sample 0.1.0 (rendered faces)'
    >>> trained_on({"name": "own", "version": None, "rendered": False}), trained_on(None)
    ('own', 'unknown')
    """
    stated = data or {}
    named = " ".join(str(stated[key]) for key in ("name", "version") if stated.get(key)) or "unknown"
    return f"{named} ({RENDERED})" if stated.get("rendered") else named
