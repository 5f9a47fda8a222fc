"""Names out of corpora never become paths unchecked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.corpora.names import check_name, check_path, is_plain, parse_image_location, split_side
from fer_data.errors import CorpusError


@pytest.mark.parametrize("name", ["102", "122-60-1920x1080-1", "video45_1", "10-60-1280x720_right", "Änne 2"])
def test_organisers_names_are_accepted(name: str) -> None:
    """Every style of name that the corpus has passes unchanged."""
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../a",
        "a/b",
        "a\\b",
        "a..b",
        "/etc",
        "C:x",
        ".hidden",
        "a\0b",
        "a\nb",
        " a",
        "a ",
        "~",
        "x" * 201,
        "\ud800",
    ],
    ids=ascii,
)
def test_unsafe_names_are_refused(name: str) -> None:
    """A name that could leave its folder, hide or break a line is refused with file and line."""
    with pytest.raises(CorpusError, match=r"list\.txt:3: Name .* must be a plain file name"):
        check_name(name, file="list.txt", line=3)


@given(st.text(max_size=30))
def test_accepted_names_stay_in_their_folder(name: str) -> None:
    """Whatever is accepted is one path component that names neither this folder nor its parent."""
    from pathlib import Path

    try:
        check_name(name)
    except CorpusError:
        return
    assert Path("folder", name).parent == Path("folder")
    assert name not in {".", ".."}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("102", ("102", "only")),
        ("video45_1", ("video45_1", "only")),
        ("video2_left", ("video2", "left")),
        ("10-60-1280x720_right", ("10-60-1280x720", "right")),
    ],
)
def test_side_is_in_the_suffix(subject: str, expected: tuple[str, str]) -> None:
    """`_left` and `_right` name a side, `_1` is part of the name."""
    assert split_side(subject) == expected


def test_image_location_counts_from_one() -> None:
    """The organisers count frames from 1, we from 0."""
    assert parse_image_location("14-30-1920x1080/00001.jpg", file="s.txt", line=2) == ("14-30-1920x1080", 0)


@pytest.mark.parametrize(
    "location", ["a", "a/00000.jpg", "a/1.heic", "a/b/00001.jpg", "../00001.jpg", "/00001.jpg"]
)
def test_wrong_image_locations_are_refused(location: str) -> None:
    """A location that is not one safe subject and one numbered picture is refused with file and line."""
    with pytest.raises(CorpusError, match=r"s\.txt:2: "):
        parse_image_location(location, file="s.txt", line=2)


@pytest.mark.parametrize(
    "path",
    ["", ".", "/", "/etc/passwd", "../a.jpg", "a/../../b.jpg", "a\\..\\b.jpg", "\\\\host\\a.jpg", "C:/a.jpg",
     "~/a.jpg", "a\0.jpg", "a\n.jpg", "\udce9.jpg", "a/" * 1000 + "b.jpg"],
    ids=lambda path: ascii(path)[:20],
)  # fmt: skip
def test_unsafe_paths_are_refused_with_file_and_line(path: str) -> None:
    """A list cannot name a file outside the folder that it is of."""
    with pytest.raises(CorpusError, match=r"^list\.csv:3: Path .* must be relative"):
        check_path(path, file="list.csv", line=3)


@given(st.text(alphabet="ab./ \u00e9\u202f\\", max_size=30))
def test_a_path_that_passes_stays_below_its_folder(path: str) -> None:
    """What comes out is the same place, written in one way."""
    try:
        checked = check_path(path, file="list.csv", line=1)
    except CorpusError:
        return
    assert not checked.startswith("/")
    assert ".." not in checked.split("/")
    assert is_plain(checked)
    assert check_path(checked, file="list.csv", line=1) == checked
