"""A SENet with one block a stage, and one without a projection, for tests of what is done with a network.

It has every kind of block and a quarter of the layers, which cost most of a small training and of every loading. What
the whole network computes, `tests/model/test_senet.py` asks; `tests/train/test_stages.py` trains and scores one, and so
does the small pipeline of the slow tier.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

__all__ = ["SHALLOW", "shallow_networks"]

SHALLOW = (2, 1, 1, 1)
"""Bottlenecks of the four stages; the second one of a stage has no projection."""


@contextmanager
def shallow_networks() -> Iterator[None]:
    """Have this process build and load networks of this depth alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.model.senet.BLOCKS", SHALLOW)
        yield
