"""Text in pictures: letters of other alphabets, hostile names, edges."""

import numpy as np
import pytest

from fer_data.pictures.sheet import draw_text
from fer_data.pictures.text import elided, font_letters, line_px, text_px, write_text


def drawn(text: str, size_px: int = 16) -> np.ndarray:
    """Return a black picture with a white line."""
    image = np.zeros((line_px(size_px) + 4, max(8, text_px(text, size_px)) + 4, 3), np.uint8)
    write_text(image, text, (2, 2), size_px=size_px, colour=(255, 255, 255))
    return image


@pytest.mark.parametrize(
    "pair",
    [
        ("Гнев", "Гром"),
        ("οργή", "χαρά"),
        ("怒", "喜"),
        ("분노", "기쁨"),
        ("怒り x", "怒り y"),
        ("🙂", "🙁"),
        ("غضب", "فرح"),
        ("é", "e"),
    ],
)
def test_names_in_other_letters_are_told_apart(pair: tuple[str, str]) -> None:
    """Also those that the font lacks, here and in contact sheets."""
    one, other = map(drawn, pair)
    assert one.max() == 255
    assert one.shape != other.shape or (one != other).any()
    sheets = [np.full((20, 90, 3), 255, np.uint8) for _ in pair]
    for sheet, name in zip(sheets, pair, strict=True):
        draw_text(sheet, name, (2, 15))
    assert (sheets[0] != sheets[1]).any()


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "\u202eevil", "x" * 1_000_000, "", " "])
def test_hostile_names_take_one_line(name: str) -> None:
    """Control characters stand as their codes, and a name without end is cut."""
    assert drawn(name).shape[0] == line_px(16) + 4
    assert text_px(elided(name, 16, 100), 16) <= 100
    assert font_letters(name[:20]).isprintable()


@pytest.mark.parametrize("corner", [(-7, 3), (3, -9), (50, 3), (900, 3), (3, 900), (-900, 0)])
def test_what_leaves_the_picture_is_cut(corner: tuple[int, int]) -> None:
    """Nothing is written anywhere else."""
    large, small = np.zeros((200, 300, 3), np.uint8), np.zeros((40, 60, 3), np.uint8)
    write_text(small, "Surprise", corner, size_px=20, colour=(255, 9, 9))
    write_text(large, "Surprise", (corner[0] + 100, corner[1] + 100), size_px=20, colour=(255, 9, 9))
    np.testing.assert_array_equal(small, large[100:140, 100:160])
