"""What is odd about one subject's labels."""

from pathlib import Path

from corpus_trees import EIGHT, SEVEN, VA, source, write_text

from fer_data.corpora.corpus import open_corpus
from fer_data.corpora.inspection import inspect_subject
from fer_data.corpora.rows import read_subject
from fer_data.shell.files.findings import Finding

FOLDER = "annotations/EXPR_Set/Train_Set"


def findings(root: Path) -> list[Finding]:
    """Return the findings of the corpus' one subject."""
    (subject,) = open_corpus(root, source(root)).subjects
    return list(inspect_subject(subject, read_subject(root, subject), 2))


def test_plain_labels_are_not_odd(tmp_path: Path) -> None:
    """Spans of expressions with gaps give no finding."""
    write_text(tmp_path / FOLDER / "a.txt", SEVEN, [0, 0, -1, -1, 4, 4])

    assert findings(tmp_path) == []


def test_blank_lines_between_rows(tmp_path: Path) -> None:
    """Blank lines between rows are counted, and later line numbers stay right."""
    write_text(tmp_path / FOLDER / "a.txt", SEVEN, [0, "", "", 0, 9, ""])

    found = {finding.rule: finding for finding in findings(tmp_path)}

    assert found["blank-lines"].message.startswith("2 blank line(s)")
    assert found["label-out-of-range"].line == 6


def test_header_alone(tmp_path: Path) -> None:
    """A label file without a line is a warning at its header."""
    write_text(tmp_path / FOLDER / "a.txt", EIGHT, [])

    (finding,) = findings(tmp_path)

    assert (finding.rule, finding.severity, finding.line) == ("no-label-lines", "warning", 1)


def test_one_finding_a_rule_with_the_first_frame(tmp_path: Path) -> None:
    """Many cases of a rule are one finding with their number, at the first of them."""
    write_text(tmp_path / FOLDER / "a.txt", SEVEN, [4, 4, 4, 4])
    write_text(tmp_path / "annotations/VA_Set/Train_Set/a.txt", VA, ["0.5,0", "-0.6,0", "-5,-5", "-0.7,0"])

    (finding,) = findings(tmp_path)

    assert finding.rule == "happy-but-unpleasant"
    assert finding.message == "2 frame(s) are labelled Happiness with a valence below -0.5, first at frame 2."
    assert (finding.file, finding.line) == (f"{FOLDER}/a.txt", 3)
