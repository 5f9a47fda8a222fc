"""The reliability plot of an evaluation, not drawn: most tests of training look at scores and tables alone.

What `draw_reliability` draws, `tests/train/evaluation/tasks/expression/test_assessment.py` asks of itself, and
`tests/train/test_evaluate.py` has it drawn by `evaluate`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer_data.pictures.images import encode_png

__all__ = ["RELIABILITY", "mark_reliability", "some_pixels"]

RELIABILITY = "train.evaluation.tasks.expression.report.draw_reliability"
"""Where an evaluation asks for the plot."""


def mark_reliability(path: Path, rows: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any]) -> None:
    """Write a picture of some pixels, which are others where the plot would show other numbers."""
    said = repr(
        ([sorted(row.items()) for row in rows], sorted((px, at["calibration"]) for px, at in metrics.items()))
    )
    path.write_bytes(some_pixels(said))


def some_pixels(said: str) -> bytes:
    """Return a PNG that is another one for another text."""
    pixels = np.frombuffer(hashlib.sha256(said.encode()).digest()[:12], np.uint8)
    return encode_png(pixels.reshape(2, 2, 3))
