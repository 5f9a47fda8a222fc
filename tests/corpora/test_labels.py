"""Label files: headers, values, missing-value codes and precise errors."""

import pytest
from corpus_trees import AU8, AU12, EIGHT, SEVEN, VA
from hypothesis import given
from hypothesis import strategies as st

from fer_data.corpora.labels import parse_header, parse_labels
from fer_data.corpora.lists import parse_multi_task_list
from fer_data.errors import FerDataError, LabelFileError


def text(*lines: str, end: str = "\n") -> bytes:
    """Return the bytes of a label file."""
    return "".join(f"{line}{end}" for line in lines).encode()


@pytest.mark.parametrize(
    ("header", "task", "count"),
    [
        pytest.param(SEVEN, "expression", 7, id="seven-classes"),
        pytest.param(EIGHT, "expression", 8, id="eight-classes"),
        pytest.param(VA, "valence_arousal", 2, id="valence-arousal"),
        pytest.param(AU12, "action_units", 12, id="twelve-units"),
        pytest.param(AU8, "action_units", 8, id="eight-units-of-abaw1"),
        pytest.param(" Valence , AROUSAL ", "valence_arousal", 2, id="blanks-and-case"),
    ],
)
def test_header_names_task_and_classes(header: str, task: str, count: int) -> None:
    """The header alone decides the task and how many names it has."""
    parsed = parse_header(header, file="x.txt")

    assert (parsed.task, len(parsed.names)) == (task, count)


@pytest.mark.parametrize(
    "header",
    ["", "0", "Neutral,Anger", "arousal,valence", "AU1,AU1", "AU3", f"{EIGHT},More", "image,valence"],
)
def test_unknown_header_names_file_and_remedy(header: str) -> None:
    """A header that no edition writes is refused with file, line and what is expected."""
    with pytest.raises(LabelFileError, match=r"x\.txt:1: Header .* is unknown\. Expected expression names"):
        parse_header(header, file="x.txt")


def test_expression_codes() -> None:
    """-1 is no annotation, a class index is one, anything else is out of range and not annotated."""
    labels = parse_labels(text(SEVEN, "0", "6", "-1", "7", "-5"), "x.txt")

    assert labels.annotated[:, 0].tolist() == [True, True, False, False, False]
    assert labels.values[:2, 0].tolist() == [0, 6]
    assert labels.out_of_range.tolist() == [3, 4]


@pytest.mark.parametrize("form", ["{}.0", "{}.", "{}.000", "{}e0", "{}.000000000000000000e+00", " +{}.0 "])
@pytest.mark.parametrize("value", [0, 6])
def test_whole_numbers_may_be_written_as_decimal_ones(form: str, value: int) -> None:
    """Spreadsheets and numpy write them so; label files and lists follow one rule."""
    written = form.format(value)
    labels = parse_labels(text(SEVEN, written, "-1.0"), "x.txt")
    row = f"a/00001.jpg,0,0,{written}" + f",{form.format(1)}" * 12
    expression = parse_multi_task_list(text(row), "x.txt")["a"].labels[1]

    assert labels.values[0, 0] == expression.values[0, 0] == value
    assert labels.annotated[:, 0].tolist() == [True, False]


@pytest.mark.parametrize(
    "written",
    ["0.5", "1e-400", "0.99999999999999999999", "1e999999999", "1e99999999999999999999999", "1e9", "inf"],
)
def test_a_fraction_is_no_class(written: str) -> None:
    """What is not whole, to its last digit, or is out of all bounds, is refused by both readers."""
    with pytest.raises(LabelFileError, match=r"x\.txt:2: '.*' is not a whole number"):
        parse_labels(text(SEVEN, written), "x.txt")
    with pytest.raises(LabelFileError, match=r"x\.txt:1: '.*' is not a whole number"):
        parse_multi_task_list(text(f"a/00001.jpg,0,0,{written}" + ",1" * 12), "x.txt")


def test_valence_and_arousal_are_missing_together() -> None:
    """-5 in either place leaves both without annotation; -1 is a legitimate value."""
    labels = parse_labels(text(VA, "-1,1", "-5,0.5", "0.5,-5", "-5,-5", "1.5,0"), "x.txt")

    assert labels.annotated.all(axis=1).tolist() == [True, False, False, False, False]
    assert labels.out_of_range.tolist() == [4]


def test_action_units_are_missing_one_by_one() -> None:
    """-1 in one unit leaves the others annotated."""
    labels = parse_labels(
        text(AU8, "0,1,-1,0,1,0,1,1", "-1,-1,-1,-1,-1,-1,-1,-1", "2,0,0,0,0,0,0,0"), "x.txt"
    )

    assert labels.annotated.sum(axis=1).tolist() == [7, 0, 7]
    assert labels.header.names[6] == "AU20"
    assert labels.out_of_range.tolist() == [2]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(text(VA, "0.1,-0.2", "0.3,0.4", end="\r\n"), id="windows"),
        pytest.param(text(VA, "0.1,-0.2", "0.3,0.4", end="\r"), id="old-mac"),
        pytest.param(b"\xef\xbb\xbf" + text(VA, "0.1,-0.2", "0.3,0.4"), id="byte-order-mark"),
        pytest.param(text(VA, "0.1,-0.2  ", "0.3, 0.4\t"), id="blanks"),
        pytest.param(text(VA, "0.1,-0.2", "0.3,0.4", "", ""), id="blank-lines-at-the-end"),
        pytest.param(text(VA, "0.1,-0.2", "0.3,0.4").rstrip(), id="no-last-line-end"),
        pytest.param(text(VA, "1e-1,-2.0E-1", "+.3,0.4"), id="other-number-styles"),
    ],
)
def test_line_ends_and_blanks_lose_nothing(content: bytes) -> None:
    """Editors and systems that rewrote a file leave its values as they were."""
    labels = parse_labels(content, "x.txt")

    assert labels.values.round(6).tolist() == [[pytest.approx(0.1), pytest.approx(-0.2)],
                                               [pytest.approx(0.3), pytest.approx(0.4)]]  # fmt: skip
    assert labels.blank_lines == 0


def test_blank_line_between_rows_is_counted() -> None:
    """A blank line between rows is no frame, keeps the line numbers right, and is counted."""
    labels = parse_labels(text(SEVEN, "1", "", "2"), "x.txt")

    assert labels.values[:, 0].tolist() == [1, 2]
    assert labels.lines.tolist() == [2, 4]
    assert labels.blank_lines == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(text(SEVEN, "1", "x"), r"x\.txt:3: 'x' is not a whole number", id="not-a-number"),
        pytest.param(text(SEVEN, "1.5"), r"x\.txt:2: '1\.5' is not a whole number", id="fraction"),
        pytest.param(
            text(SEVEN, "1,2"), r"x\.txt:2: The line has 2 field\(s\), expected 1", id="too-many-fields"
        ),
        pytest.param(
            text(VA, "0,0", "", "0"), r"x\.txt:4: The line has 1 field\(s\), expected 2", id="too-few"
        ),
        pytest.param(text(VA, "nan,0"), r"x\.txt:2: 'nan' is not a number", id="nan"),
        pytest.param(text(VA, "1e999,0"), r"x\.txt:2: '1e999' is not a number", id="infinite"),
        pytest.param(text(VA, "1_0,0"), r"x\.txt:2: '1_0' is not a number", id="python-only-number"),
        pytest.param(text(SEVEN, "٣"), r"x\.txt:2: '\\u0663' is not a whole number", id="foreign-digit"),
        pytest.param(text(SEVEN, "1") + b"\xff\n", r"x\.txt:3: The file must be UTF-8 text", id="binary"),
        pytest.param(b"", r"x\.txt:1: Header '' is unknown", id="empty"),
    ],
)
def test_wrong_line_names_file_line_and_rule(content: bytes, message: str) -> None:
    """The first line that breaks the format is named, with the rule."""
    with pytest.raises(LabelFileError, match=message):
        parse_labels(content, "x.txt")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda body: f"{VA}\n{body}".encode())))
def test_any_bytes_end_in_labels_or_one_of_our_errors(content: bytes) -> None:
    """No file makes the reader fail in another way."""
    try:
        labels = parse_labels(content, "x.txt")
    except FerDataError:
        return
    assert len(labels) == len(labels.lines) == len(labels.annotated)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\n" * 1_000_001, "more than 1,000,000 line ends"),
        (b"\r" * 1_000_001, "more than 1,000,000 line ends"),
        (b"," * 5000, "The line has more than 4,096 bytes"),
        (b"valence,arousal\n0,0\n" * 300 + b"0" * 4097, "601: The line has more than 4,096 bytes"),
        (b"0" * 4097 + b"\n", "The line has more than 4,096 bytes"),
    ],
    ids=["line-feeds", "returns", "commas", "at-the-end", "at-the-start"],
)
def test_endless_lines_and_line_ends_are_refused(content: bytes, said: str) -> None:
    """They would cost many times their bytes in memory."""
    with pytest.raises(LabelFileError, match=said) as caught:
        parse_labels(content, "x.txt")
    assert caught.value.rule == "too-large"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_up_to_the_limit_are_read(end: str) -> None:
    """The longest line that is allowed, with every kind of line end."""
    content = end.join(["valence,arousal", "0".rjust(4090) + ",0", "0,0"] * 1).encode()
    assert len(parse_labels(content, "x.txt")) == 2
