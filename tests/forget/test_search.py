"""Whom a text names: looked for name by name, or word by word where there are many names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.forget.names import Names
from fer_data.forget.people import People
from fer_data.forget.search import Finder

_PARTS = [
    "anna",
    "ben_left",
    "ben",
    "ann",
    "105",
    "tall one",
    ".",
    "/",
    "-",
    " ",
    '"',
    "_",
    ".jpg",
    "~",
    "\n",
]


def _finder(*names: str, more: int = 0) -> Finder:
    return Finder(People("lab", {*names, *(f"nobody_{number}" for number in range(more))}))


@given(st.lists(st.sampled_from(_PARTS), max_size=8).map("".join))
def test_many_names_are_found_where_few_are(text: str) -> None:
    """The way that is quick for a few names changes no answer."""
    names = ("anna", "ben_left", "105", "tall one")
    assert _finder(*names).named(text) == _finder(*names, more=100).named(text)


@pytest.mark.parametrize("more", [0, 100], ids=["few", "many"])
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("anna", True),
        ("a note on anna, who left", True),
        ("crops/anna.jpg", True),
        ("anna.old", True),
        ("anna.tar.gz", True),
        ("old.anna~", True),
        ("renée", False),
        ("Иванов", False),
        ("参与者张伟退出了", True),
        ("被験者さくらさん", True),
        ("คุณสมชายครับ", True),
        ("민준은 떠났다", True),
        ("参与者anna退出了", True),
        ("张_伟", False),
        ("['105']", True),
        ("joanna", False),
        ("anna-2", False),
        ("tall one/00001", True),
        ("a tall one-off", False),
        ("105 frames", False),
        ('["105"]', True),
        ("faces/105.jpg", True),
        ("row 105/00001", True),
        ("", False),
    ],
)
def test_a_name_counts_as_a_word_and_a_number_as_a_file_or_in_quotes(
    text: str, named: bool, more: int
) -> None:
    """A part of a longer name is somebody else, but of scripts that are written without blanks."""
    names = ("anna", "105", "tall one", "ren", "Иван", "张伟", "さくら", "สมชาย", "민준")
    assert _finder(*names, more=more).named(text) is named


@pytest.mark.parametrize("more", [0, 100], ids=["few", "many"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param('b"en', 'row_id,score\n"b""en/00001",1\n', id="doubled"),
        pytest.param("anna", 'subject_id,x\n"a"nna,1\n', id="stray"),
        pytest.param("105", '"subject_id",x\n105,1\n', id="header"),
        pytest.param("105", "\ufeffsubject_id,x\n105,1\n", id="byte-order-mark"),
        pytest.param("105", "subject_id,x\nben,a\rb\n105,1\n", id="no-csv"),
        pytest.param("anna", 'subject_id,x\nben,a\rb\n"a"nna,1\n', id="no-csv-and-stray"),
        pytest.param("105", "subject_id,x\r105,1\r", id="old-mac"),
        pytest.param("105", f"subject_id,x\nben,{'y' * 200_000}\n105,1\n", id="long-cell"),
    ],
)
def test_a_csv_has_them_however_it_quotes_a_name(tmp_path: Path, name: str, text: str, more: int) -> None:
    """A quote in a name stands twice in its cell, and one around a part of it is none of its letters."""
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode())

    assert _finder(name, more=more).look(path)
    assert not _finder("someone", more=more).look(path)


@given(st.lists(st.sampled_from([*_PARTS, ",", '""', "\r", "\\", "\\u0061"]), max_size=12).map("".join))
def test_many_names_are_found_in_a_csv_where_few_are(text: str) -> None:
    """Whatever quotes and escapes it has."""
    names = ("anna", "ben_left", "105", "tall one", 'b"en')
    content = f"subject_id,video_id,x\n{text}".encode()
    assert _finder(*names)._content(content) == _finder(*names, more=100)._content(content)


@pytest.mark.parametrize("more", [0, 100], ids=["few", "many"])
@pytest.mark.parametrize(
    ("text", "named"),
    [
        (r'{"subject_id": "anna"}', True),
        (r'{"note": "\u00e9t\u00e9 with anna\n"}', True),
        (r'{"note": "\"105\""}', False),
        (r'{"subject_id": "105"}', True),
        (r'{"note": "a\"nna"}', False),
        (r'{"note": "who left:\nanna"}', True),
    ],
    ids=["name", "escapes", "escaped-quotes", "number", "another", "after-a-line-break"],
)
def test_json_has_them_by_its_words(tmp_path: Path, text: str, named: bool, more: int) -> None:
    """An escape counts as the letter that it stands for, and not as those that it is written with."""
    path = tmp_path / "notes.json"
    path.write_text(text, encoding="utf-8")
    assert bool(_finder("anna", "105", more=more).look(path)) is named


def test_what_is_learnt_of_a_checkout_is_what_tables_have(tmp_path: Path) -> None:
    """A text names people and gives no picture; what is no table, or gone meanwhile, is no error."""
    (tmp_path / "notes.txt").write_text("anna", encoding="utf-8")
    finder = _finder("anna")
    for name in ("notes.txt", "gone.arrow"):
        finder.learn(tmp_path / name)

    assert finder.people.pictures == set()


def test_many_pictures_are_looked_for_at_as_many_places_as_the_text_has() -> None:
    """Of twice the pictures in a text of twice the lines it is twice as many, not four times."""

    def places(pictures: int) -> int:
        names = Names(People("lab", {f"train%2F{one % 8}%2F{one}.jpg" for one in range(pictures)}))
        return len(list(names._places("".join(f"train/9/{one}.jpg,0.1\n" for one in range(pictures)))))

    assert 0 < places(1000) < 2.1 * places(500) < 4.2 * 2 * 500


def test_a_picture_among_very_many_is_found_and_no_other() -> None:
    """By the whole of its path."""
    finder = _finder(*(f"train%2F{one % 8}%2F{one}.jpg" for one in range(1000)))
    assert finder.named("x,/data/train/1/9.jpg;0.1")
    assert not finder.named("x,/data/train/2/9.jpg;/1/9.jpg;train/1/9.jpgs")
