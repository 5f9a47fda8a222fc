"""Pictures in the lines of a csv file become the bytes of a picture file, at once and the same for ever."""

from pathlib import Path

import numpy as np
import pytest

from fer_data.corpora.pixel_rows import bmp_of, is_pixel_row, parse_pixels, read_pixel_row
from fer_data.errors import CorpusError
from fer_data.pictures.images import decode


def write(path: Path, pictures: list[np.ndarray], end: str = "\n") -> Path:
    """Write a csv file of pictures, with blanks in its header as some copies have them."""
    rows = [f"0, Training,{' '.join(map(str, picture.ravel()))}" for picture in pictures]
    path.write_bytes(end.join(["emotion, Usage, pixels", *rows, ""]).encode())
    return path


@pytest.mark.parametrize("side", [1, 2, 3, 48])
def test_a_bmp_shows_the_pixels(side: int) -> None:
    """Rows from the bottom up, padded to four bytes, in grey."""
    grey = np.random.default_rng(side).integers(0, 256, (side, side)).astype(np.uint8)
    image = decode(bmp_of(grey.tobytes()))
    assert np.array_equal(image, np.repeat(grey[:, :, None], 3, axis=2))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_picture_is_read_by_its_line(tmp_path: Path, end: str) -> None:
    """Line 2 is the first picture, and any line is found without reading those before it again."""
    pictures = [np.full((4, 4), 10 * index, np.uint8) for index in range(5)]
    write(tmp_path / "fer2013.csv", pictures, end)
    assert [read_pixel_row(tmp_path, f"fer2013.csv#{line}") for line in (6, 2, 4)] == [
        bmp_of(pictures[index].tobytes()) for index in (4, 0, 2)
    ]


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    """Where its lines begin is kept only as long as it is the same file."""
    path = write(tmp_path / "a.csv", [np.zeros((2, 2), np.uint8)] * 3)
    read_pixel_row(tmp_path, "a.csv#3")
    path.unlink()
    write(path, [np.full((4, 4), 7, np.uint8)])
    assert decode(read_pixel_row(tmp_path, "a.csv#2")).shape == (4, 4, 3)
    with pytest.raises(CorpusError, match=r"a\.csv:3: There is no such line"):
        read_pixel_row(tmp_path, "a.csv#3")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a.csv#1", "no such line"),
        ("a.csv#9", "no such line"),
        ("a.csv#0", "must be FILE.csv#LINE"),
        ("a.csv#\u0663", "must be FILE.csv#LINE"),
        ("b.csv#2", "b.csv: It cannot be read"),
        ("folder.csv#2", "It is a folder"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, path: str, message: str) -> None:
    """A wrong path ends in one sentence."""
    write(tmp_path / "a.csv", [np.zeros((2, 2), np.uint8)])
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CorpusError, match=message):
        read_pixel_row(tmp_path, path)


@pytest.mark.parametrize("text", ["", "1 2 3", "1 2 3 256", "1 2 3 -1", "1 2 3 x", "1.0 2 3 4"])
def test_pixels_that_are_none_are_refused(text: str) -> None:
    """Numbers of a byte that make a square, nothing else."""
    with pytest.raises(CorpusError, match=r"a.csv:2: .*Restore"):
        parse_pixels(text, file="a.csv", line=2)


def test_a_name_with_a_number_sign_is_no_row() -> None:
    """`a#1.jpg` is a file like any other."""
    assert not is_pixel_row("a#1.jpg")
    assert is_pixel_row("folder/FER2013.CSV#35888")
