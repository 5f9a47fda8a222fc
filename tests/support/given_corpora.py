"""A corpus for tests, whose rows are given in code, and pictures to go with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from fer_data.corpora.given import CorpusKind, GivenLabels, GivenRow
from fer_data.params.source import DatasetParams, PicturesSection, SourceParams
from fer_data.pictures.images import encode_jpeg
from fer_data.shell.files.findings import Finding

PICTURES = CorpusKind("pictures", "a folder of pictures", "pictures", ("expression",), verified=True)


@dataclass
class GivenCorpus:
    """An opened corpus that hands over the rows it was given."""

    chunks: Sequence[Sequence[GivenRow]]
    classes: Sequence[str] = ("Neutral", "Happiness")
    videos: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    found: Mapping[str, int] = field(default_factory=dict)

    def rows(self) -> Iterator[Sequence[GivenRow]]:
        """Yield the rows."""
        yield from self.chunks


def pictures_source(root: Path, *, prefix: str = "p-", aligned: bool = False) -> SourceParams:
    """Return the parameters of a source of pictures."""
    section = PicturesSection.model_validate(
        {
            "corpus": "pictures",
            "root": str(root),
            "prefix": prefix,
            "decisions": "decisions.csv",
            "excluded": [],
            "aligned": aligned,
            "table": None,
        }
    )
    return SourceParams(
        "faces",
        section,
        DatasetParams(task="expression", classes="header", class_map={}, same_person="same_person.csv"),
    )


def given(path: str, expression: str | None = "Happiness", split: str = "train", **more: object) -> GivenRow:
    """Return a row of a picture."""
    return GivenRow(path, split, GivenLabels(expression=expression), **more)  # type: ignore[arg-type]


def write_picture(path: Path, width: int = 24, height: int = 16, seed: int | None = None) -> Path:
    """Write a small JPEG whose pixels depend on its name."""
    rng = np.random.default_rng(sum(path.name.encode()) if seed is None else seed)
    small = rng.integers(0, 255, (3, 4, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(np.asarray(cv2.resize(small, (width, height)), np.uint8), 90))
    return path
