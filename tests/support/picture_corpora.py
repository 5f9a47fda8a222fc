"""Folders of pictures for tests, in the formats of corpora, and what their adapters read of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from corpus_trees import source_of_kind

from fer_data.corpora.adapter import OnError, OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.corpora.given import GivenRow
from fer_data.pictures.images import encode_jpeg


def opened(root: Path, corpus: str, on_error: OnError = refuse, **keys: Any) -> OpenedCorpus:
    """Return a folder, opened by the adapter of its kind."""
    source = source_of_kind(root, corpus, **keys)
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
