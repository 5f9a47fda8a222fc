"""Texts in a PNG."""

import numpy as np
import pytest

from fer_data.pictures.images import decode, encode_png
from fer_data.pictures.notes import noted_png, png_notes

IMAGE = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)


def test_a_note_is_read_back_and_changes_no_pixel() -> None:
    """Decoders hold its checksum and skip it."""
    noted = noted_png(encode_png(IMAGE), "röw/00001")
    (note,) = png_notes(noted)
    assert note.endswith("röw/00001")
    assert (decode(noted) == IMAGE).all()
    assert list(png_notes(encode_png(IMAGE))) == []


@pytest.mark.parametrize("cut", [0, 9, 40, 60])
def test_a_png_that_is_cut_off_ends_the_notes(cut: int) -> None:
    """Whatever is left of it."""
    list(png_notes(noted_png(encode_png(IMAGE), "a")[:cut]))


def test_a_note_needs_a_png() -> None:
    """Another file stays what it is."""
    with pytest.raises(ValueError, match="needs a PNG"):
        noted_png(b"x", "a")
