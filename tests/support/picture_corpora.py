"""Folders of pictures for tests, in the formats of corpora, and what their adapters read of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from fer_data.corpora.adapter import OnError, OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.corpora.given import GivenRow
from fer_data.params.source import DatasetParams, SourceParams, SourceSection
from fer_data.pictures.images import encode_jpeg


def picture_source(root: Path, corpus: str, **keys: Any) -> SourceParams:
    """Return the source parameters of a corpus of pictures; `keys` are those of its kind."""
    values = {
        "corpus": corpus,
        "root": str(root),
        "prefix": "",
        "decisions": "decisions.csv",
        "excluded": [],
        **keys,
    }
    fields = DatasetParams.model_fields
    known = {"task": "expression", "classes": "header", "class_map": {}, "same_person": "same_person.csv"}
    dataset = DatasetParams.model_validate({key: value for key, value in known.items() if key in fields})
    return SourceParams("own", TypeAdapter(SourceSection).validate_python(values), dataset)


def opened(root: Path, corpus: str, on_error: OnError = refuse, **keys: Any) -> OpenedCorpus:
    """Return a folder, opened by the adapter of its kind."""
    source = picture_source(root, corpus, **keys)
    return adapter_of(source).open(root, source, on_error)


def rows_of(corpus: OpenedCorpus) -> list[GivenRow]:
    """Return all rows of an opened corpus."""
    return [row for chunk in corpus.rows() for row in chunk]


def picture(seed: int, side: int = 8) -> bytes:
    """Return the bytes of a small JPEG of noise."""
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3)).astype(np.uint8)
    return encode_jpeg(noise, 90)


def write_pictures(root: Path, paths: Iterable[str]) -> Path:
    """Write a different small picture at each path below a folder."""
    for seed, path in enumerate(paths):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(picture(seed))
    return root


def said(corpus: OpenedCorpus) -> Iterator[tuple[str, str]]:
    """Yield rule and severity of what is odd about a corpus."""
    yield from ((finding.rule, str(finding.severity)) for finding in corpus.findings)
