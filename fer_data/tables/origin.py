"""Where the pictures of a dataset come from: which corpus, and whether its faces are rendered."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "RENDERED",
    "TRUTH_FILE",
    "Origin",
    "joined_origin",
    "named_source",
    "origin_of",
    "origin_text",
    "prefix_metadata",
    "source_name",
    "stated_origin",
    "stated_prefixes",
    "trained_on",
]

RENDERED = "rendered faces"

TRUTH_FILE = "truth.parquet"
"""What the renderer knows of every face, beside the corpus that it made."""

_KEY = "origin"
_NAME = "source"
_PREFIXES = "prefixes"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where pictures come from.

    Attributes:
        corpus: `corpus` of the source, the kind of folder that was read; of several sources all of them.
        rendered: whether the corpus is one that `fer-data sample` rendered: no person is in it.
    """

    corpus: str
    rendered: bool

    def metadata(self) -> dict[str, str]:
        """Return what a table's metadata says of it."""
        return {_KEY: json.dumps(asdict(self))}


def origin_of(root: Path, corpus: str, packets: Mapping[str, int]) -> Origin:
    """Return the origin of a corpus' folder: rendered where the sample's truth in it knows every video.

    A mark or an empty file in the folder of real people proves nothing, nor do their videos among rendered ones: each
    must have a name that the truth has, and at most as many frames as were rendered.

    Args:
        root: of the corpus.
        corpus: `corpus` of the source.
        packets: number of packets of each video by its path in the corpus; pictures have none, and are not rendered.
    """
    frames = _rendered_frames(root) if packets else {}
    known = all(count <= frames.get(PurePosixPath(path).stem, -1) for path, count in packets.items())
    return Origin(corpus, bool(frames) and known)


def _rendered_frames(root: Path) -> dict[str, int]:
    """Return how many frames of each video the sample's truth has; nothing where there is none that can be read."""
    path = root / TRUTH_FILE
    if not path.is_file():
        return {}
    frames = dict[str, int]()
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=["video_id", "frame_index"])
        for video, index in zip(table["video_id"].to_pylist(), table["frame_index"].to_pylist(), strict=True):
            frames[str(video)] = max(int(index) + 1, frames.get(str(video), 0))
    except (OSError, LookupError, TypeError, ValueError, pa.ArrowException):
        return {}
    return frames


def stated_origin(metadata: Mapping[str, str]) -> Origin | None:
    """Return the origin that a table's metadata states; None where it states none, as those of earlier versions."""
    try:
        stated = json.loads(metadata[_KEY])
        return Origin(str(stated["corpus"]), stated["rendered"] is True)
    except (LookupError, TypeError, ValueError):
        return None


def joined_origin(stated: Iterable[Mapping[str, str]]) -> Origin:
    """Return the origin of several tables by their metadata: rendered where no person is in any of them."""
    origins = [stated_origin(one) or Origin("unknown", rendered=False) for one in stated]
    kinds = sorted({origin.corpus for origin in origins})
    return Origin(", ".join(kinds), all(origin.rendered for origin in origins))


def named_source(name: str) -> dict[str, str]:
    """Return what a table's metadata says of the source that it was made of."""
    return {_NAME: name}


def source_name(metadata: Mapping[str, str]) -> str:
    """Return the name of the source that a table's metadata states, else its kind of corpus: of earlier versions."""
    origin = stated_origin(metadata)
    return metadata.get(_NAME) or (origin.corpus if origin else "unknown")


def prefix_metadata(prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return what a table's metadata says of the prefixes of ids by source; nothing where no source has one.

    >>> prefix_metadata({"first": "", "second": "b-"}), prefix_metadata({"first": ""})
    ({'prefixes': '{"first": "", "second": "b-"}'}, {})
    """
    return {_PREFIXES: json.dumps(dict(prefixes))} if any(prefixes.values()) else {}


def stated_prefixes(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the prefix of each source's ids that a table's metadata states; nothing where no source has one.

    >>> stated_prefixes({"prefixes": '{"first": "", "second": "b-"}'}), stated_prefixes({"prefixes": "["})
    ({'first': '', 'second': 'b-'}, {})
    """
    try:
        return {str(name): str(prefix) for name, prefix in json.loads(metadata[_PREFIXES]).items()}
    except (LookupError, AttributeError, TypeError, ValueError):
        return {}


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
