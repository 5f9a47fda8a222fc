"""The licence of a dataset: that of each corpus and of the weights in it, and what `publish` states of the whole."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from fer_data.params.publish import PublishParams
from fer_data.published.licences import Licence, Part, corpus_part, licence_of, weights_parts
from fer_data.tables.face_rows import corpora, metadata
from fer_data.tables.origin import stated_origin

__all__ = ["dataset_licence"]


def dataset_licence(
    faces: Path, publish: PublishParams, params: Mapping[str, Any], detector: str | None = None
) -> Licence:
    """Return what may be done with a dataset made of `faces`; `detector` names that of the crops, if there is one.

    `params` are those that the stages before ran with, by section: they say which corpus each source is.

    Raises:
        LicenceError: `publish.licence` is more open than a corpus in it, or `publish.licences` names no own folder.
        DatasetError: a table is missing or damaged.
    """
    sources = params.get("sources") or {}
    parts = [
        _corpus(name, folder, sources.get(name) or {}, publish.licences.get(name))
        for name, folder in corpora(faces).items()
    ]
    return licence_of(publish.licence, [*parts, *weights_parts(detector, params["align"])])


def _corpus(name: str, folder: Path, source: Mapping[str, Any], stated: str | None) -> Part:
    origin = stated_origin(metadata(folder))
    known = source or {"corpus": origin.corpus if origin else "unknown"}
    rendered = origin is not None and origin.rendered
    return corpus_part(
        name, known, rendered=rendered, stated=stated, names=_names(folder, str(known.get("prefix", "")))
    )


def _names(folder: Path, prefix: str) -> Iterator[str]:
    """Yield what a source's videos and pictures, and the people in them, are called in its own folder."""
    for column in ("video_id", "subject_id"):
        table = pq.read_table(folder / "rows.parquet", columns=[column])
        yield from (str(name).removeprefix(prefix) for name in pc.unique(table[column]).to_pylist())
