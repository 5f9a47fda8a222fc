"""A corpus is validated before anything runs."""

from pathlib import Path

import pytest
from corpus_trees import AU12, EIGHT, MTL, SEVEN, VA, source, write_text, write_video

from fer_data.check import CheckReport, check_corpus
from fer_data.corpora.completeness import completeness
from fer_data.corpora.corpus import open_corpus

EXPRESSION = "Third ABAW Annotations/EXPR_Classification_Challenge"
TRAIN, VALIDATION = f"{EXPRESSION}/Train_Set", f"{EXPRESSION}/Validation_Set"
VALENCE = "Third ABAW Annotations/VA_Estimation_Challenge/Train_Set"
UNITS = "Third ABAW Annotations/AU_Detection_Challenge/Train_Set"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a clean corpus of two videos in ABAW3's layout."""
    root = tmp_path / "corpus"
    write_video(root / "batch1/a.mp4", 9)
    write_video(root / "batch1/b.mp4", 30)
    write_text(root / TRAIN / "a.txt", EIGHT, [0] * 10)
    write_text(root / VALIDATION / "b.txt", EIGHT, [4] * 30)
    return root


def found(report: CheckReport) -> dict[str, tuple[str, str | None, int | None]]:
    """Return severity, file and line by rule."""
    return {finding.rule: (finding.severity, finding.file, finding.line) for finding in report.findings}


def test_clean_corpus_has_no_findings(root: Path) -> None:
    """What the organisers send passes, with its numbers."""
    report = check_corpus(root, source(root))

    assert report.findings == ()
    assert (report.videos, report.subjects, report.label_lines, report.decoded_frames) == (2, 2, 40, None)


def test_decoding_finds_frames_that_differ(root: Path) -> None:
    """With decoding, one extra line is an info and a truncated video an error; the others go on."""
    write_text(root / VALIDATION / "b.txt", EIGHT, [4] * 40)
    write_text(root / TRAIN / "c.txt", EIGHT, [4] * 40)
    (root / "batch1/c.mp4").write_bytes(b"nothing that decodes")

    report = check_corpus(root, source(root), decode=True)

    assert report.decoded_frames == 39
    assert found(report) == {
        "frames-differ": ("info", f"{TRAIN}/a.txt", None),
        "frames-quarantined": ("error", f"{VALIDATION}/b.txt", None),
        "unreadable-video": ("error", "batch1/c.mp4", None),
    }
    assert report.errors == 2


@pytest.mark.parametrize(("unread", "severity"), [(True, "warning"), (False, "error")])
def test_a_repeated_line_of_a_list_is_reported_once(root: Path, unread: bool, severity: str) -> None:
    """Lines that contradict each other are an error where a task is read from the list, else a warning."""
    if unread:
        write_text(root / VALENCE / "a.txt", VA, ["0.1,0.2"] * 10)
        write_text(root / UNITS / "a.txt", AU12, [",".join("0" * 12)] * 10)
    units = ",".join("0" * 12)
    rows = [f"a/0000{frame}.jpg,0.1,0.2,{label},{units}" for frame, label in ((1, 0), (2, 0), (2, 0), (1, 1))]
    write_text(root / "Third ABAW Annotations/MTL_Challenge/train_set.txt", MTL, rows)
    repeats = [
        (f.rule, str(f.severity), f.line)
        for f in check_corpus(root, source(root)).findings
        if f.rule in ("duplicate-rows", "contradicting-rows")
    ]
    assert sorted(repeats) == [("contradicting-rows", severity, 5), ("duplicate-rows", "warning", 4)]


def test_every_wrong_label_file_is_listed(root: Path) -> None:
    """Wrong files are errors with file and line, and none hides another."""
    write_text(root / TRAIN / "c.txt", "Happy", [1])
    write_text(root / TRAIN / "d.txt", EIGHT, [1, "x"])
    write_text(root / TRAIN / "e.txt", EIGHT, [1, 2, 9])
    write_text(root / TRAIN / "..txt", EIGHT, [1])
    write_text(root / "expression_test_set.txt", "ok", ["../../etc/passwd"])

    report = check_corpus(root, source(root))
    errors = {(f.rule, f.file, f.line) for f in report.findings if f.severity == "error"}

    assert errors == {
        ("label-header", f"{TRAIN}/c.txt", 1),
        ("label-line", f"{TRAIN}/d.txt", 3),
        ("label-out-of-range", f"{TRAIN}/e.txt", 4),
        ("unsafe-name", f"{TRAIN}/..txt", None),
        ("unsafe-name", "expression_test_set.txt", 2),
    }


def test_known_peculiarities_are_no_errors(root: Path) -> None:
    """What the real corpus is known to contain is a warning or an info."""
    write_text(root / VALIDATION / "a.txt", EIGHT, [0] * 10)
    write_text(root / TRAIN / "b_right.txt", EIGHT, [0, 0, 3, 0])
    write_text(root / VALENCE / "b.txt", VA, ["-0.9,0"] * 30)
    (root / "batch1/copy.mp4").write_bytes((root / "batch1/a.mp4").read_bytes())
    (root / ".DS_Store").write_bytes(b"")

    report = check_corpus(root, source(root))

    assert report.errors == 0
    assert {rule: severity for rule, (severity, _, _) in found(report).items()} == {
        "split-overlap": "warning",
        "opposite-splits": "warning",
        "happy-but-unpleasant": "warning",
        "same-video-content": "warning",
        "video-without-labels": "info",
        "expression-flip": "info",
        "stray-file": "info",
    }


def test_contents_are_hashed_only_where_sizes_are_equal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Videos of different sizes are never read."""
    for name, size in (("x", 10), ("y", 20), ("z", 20)):
        (root / f"batch1/{name}.mp4").write_bytes(name.encode() * size)
    hashed: list[str] = []
    monkeypatch.setattr(
        "fer_data.check.videos.regular_sha256", lambda path: hashed.append(path.name) or path.name
    )

    check_corpus(root, source(root))

    assert hashed == ["y.mp4", "z.mp4"]


@pytest.mark.parametrize("decode", [False, True])
def test_empty_video_is_one_error(root: Path, decode: bool) -> None:
    """A file of no bytes is named without decoding, and not once more by it."""
    (root / "batch1/a.mp4").write_bytes(b"")
    report = check_corpus(root, source(root), decode=decode)
    errors = [(finding.rule, finding.file) for finding in report.findings if finding.severity == "error"]
    assert errors == [("empty-video", "batch1/a.mp4")]
    assert found(report) == {"empty-video": ("error", "batch1/a.mp4", None)}


def test_label_files_that_disagree_with_a_list(root: Path) -> None:
    """A frame with one label in the task's file and another in the multi-task list is a warning at that line."""
    zeros = ",".join("0" * 12)
    rows = [f"a/00001.jpg,0,0,0,{zeros}", f"a/00002.jpg,0,0,5,{zeros}", f"a/00003.jpg,0,0,-1,{zeros}"]
    path = "Third ABAW Annotations/MTL_Challenge/train_set.txt"
    write_text(root / path, MTL, rows)

    report = check_corpus(root, source(root))

    assert found(report) == {"labels-disagree": ("warning", path, 3)}


def test_lengths_of_two_tasks_may_differ_by_the_tolerance(root: Path) -> None:
    """Label files of two tasks for one subject are held against each other."""
    write_text(root / VALENCE / "a.txt", VA, ["0,0"] * 12)
    assert check_corpus(root, source(root)).findings == ()

    write_text(root / VALENCE / "a.txt", VA, ["0,0"] * 13)
    assert found(check_corpus(root, source(root))) == {"lengths-differ": ("warning", f"{TRAIN}/a.txt", None)}


def test_findings_come_errors_first(root: Path) -> None:
    """Findings are sorted by severity, rule, file and line."""
    (root / "stray.bin").write_bytes(b"")
    write_text(root / TRAIN / "z.txt", EIGHT, [9])

    severities = [finding.severity for finding in check_corpus(root, source(root)).findings]

    assert severities == ["error", "warning", "info"]


def test_completeness_by_task_and_split(root: Path) -> None:
    """Every split says how much of the edition is there and which videos are missing."""
    write_text(root / VALENCE / "a.txt", VA, ["0,0"])
    write_text(root / VALENCE / "gone_left.txt", VA, ["0,0"])

    parts = {(part.task, part.split): part for part in completeness(open_corpus(root, source(root)))}

    train = parts["expression", "train"]
    assert (train.subjects, train.videos, train.expected_videos, train.verdict) == (1, 1, 248, "partial")
    assert parts["valence_arousal", "train"].missing_videos == ("gone",)
    assert parts["valence_arousal", "train"].verdict == "videos missing"
    assert parts["expression", "test"].verdict == "absent"


def test_nothing_is_complete_of_an_unknown_number(root: Path) -> None:
    """Where the whole is unknown nothing of it is missing; the rendered sample is measured by no edition."""
    write_text(root / VALENCE / "a.txt", VA, ["0,0"])
    (root / "truth.parquet").touch()

    parts = {(part.task, part.split): part for part in completeness(open_corpus(root, source(root)))}

    assert parts["valence_arousal", "train"].verdict == "none missing"
    train = parts["expression", "train"]
    assert (train.expected_videos, train.verdict) == (None, "none missing")


def test_overlapping_subject_counts_in_both_splits(tmp_path: Path) -> None:
    """A subject that leaves train for validation does not make train look incomplete."""
    for folder in ("Train_Set", "Validation_Set"):
        write_text(tmp_path / "EXPR_Set" / folder / "122.txt", SEVEN, [0])
    write_video(tmp_path / "122.mp4", 2)

    parts = {(p.task, p.split): p.subjects for p in completeness(open_corpus(tmp_path, source(tmp_path)))}

    assert (parts["expression", "train"], parts["expression", "validation"]) == (1, 1)
