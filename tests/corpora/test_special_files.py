"""Pipes, devices, broken links and endless files in a corpus become findings; the rest of it is read."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from corpus_trees import SEVEN, source, write_text, write_video
from warm_python import run_warm

from fer_data.check import check_corpus
from fer_data.errors import CorpusError
from fer_data.ingest import ingest

TRAIN = "annotations/EXPR_Set/Train_Set"
SECONDS = 120


def corpus(root: Path) -> Path:
    """Write a corpus of two people with a video each."""
    for name in ("a", "b"):
        write_text(root / TRAIN / f"{name}.txt", SEVEN, [0, 1, 2])
        write_video(root / f"videos/{name}.mp4", 3)
    return root


def sparse(path: Path) -> None:
    """Write a file of 2 GB that takes no room, with a label file's first line."""
    with path.open("wb") as file:
        file.write(f"{SEVEN}\n0\n".encode())
        file.truncate(2 << 30)


def socket_file(path: Path) -> None:
    """Leave a socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


SPECIAL: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe": (os.mkfifo, "not-a-regular-file"),
    "socket": (socket_file, "not-a-regular-file"),
    "zeros": (lambda path: path.symlink_to("/dev/zero"), "not-a-regular-file"),
    "random": (lambda path: path.symlink_to("/dev/urandom"), "not-a-regular-file"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "unreadable"),
    "circle": (lambda path: path.symlink_to(path.name), "unreadable"),
}
LABELS = SPECIAL | {"sparse": (sparse, "too-large")}
Make = Callable[[Path], str]


@pytest.fixture
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Make:
    """Return what puts the special file of a case at a path and says the rule of the finding on it."""
    monkeypatch.chdir(tmp_path)
    put, rule = LABELS[request.param]

    def made(path: Path) -> str:
        put(path)
        return rule

    return made


def checked(root: Path, *options: str) -> dict[str, Any]:
    """Return what the command says, run as a process of its own that may not hang."""
    done = run_warm("fer-data", "check", str(root), "--json", *options, timeout=SECONDS)
    assert "Traceback" not in done.stderr
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("make", LABELS, indirect=True)
def test_a_label_file_that_cannot_be_read_is_an_error_of_the_check(make: Make, tmp_path: Path) -> None:
    """The other people are checked all the same."""
    rule = make(corpus(tmp_path / "root") / TRAIN / "c.txt")
    report = checked(tmp_path / "root")
    found = [
        (finding["rule"], finding["file"]) for finding in report["findings"] if finding["severity"] == "error"
    ]
    assert found == [(rule, f"{TRAIN}/c.txt")]
    assert report["label_lines"] == 6


@pytest.mark.parametrize("make", SPECIAL, indirect=True)
def test_a_stray_text_that_cannot_be_read_is_a_finding(make: Make, tmp_path: Path) -> None:
    """It is no annotation by its name, so nothing is lost and `ingest` goes on."""
    rule = make(corpus(tmp_path / "root") / "notes.txt")
    summary = ingest(tmp_path / "root", tmp_path / "catalog", source(tmp_path / "root"))
    assert summary["findings"][rule] == 1
    assert summary["rows"] == 6


@pytest.mark.parametrize("make", SPECIAL, indirect=True)
def test_a_video_that_cannot_be_read_keeps_its_rows(make: Make, tmp_path: Path) -> None:
    """It stays in the catalog without facts, so that its rows end as `decode_error`."""
    root = corpus(tmp_path / "root")
    write_text(root / TRAIN / "c.txt", SEVEN, [0, 1])
    rule = make(root / "videos/c.mp4")
    summary = ingest(root, tmp_path / "catalog", source(root))
    assert (summary["rows"], summary["findings"]) == (8, {rule: 1})
    videos = pq.read_table(tmp_path / "catalog/videos.parquet").to_pylist()
    assert [(video["video_id"], video["num_packets"]) for video in videos] == [("a", 3), ("b", 3), ("c", 0)]
    report = checked(root, "--decode")
    assert [f["rule"] for f in report["findings"] if f["severity"] == "error"] == [rule]
    assert report["decoded_frames"] == 6


def test_a_video_that_is_none_is_not_hashed(tmp_path: Path) -> None:
    """A sparse file of a terabyte costs nothing, and keeps its rows."""
    root = corpus(tmp_path / "root")
    write_text(root / TRAIN / "c.txt", SEVEN, [0, 1])
    with (root / "videos/c.mp4").open("wb") as file:
        file.truncate(1 << 40)
    summary = ingest(root, tmp_path / "catalog", source(root))
    assert (summary["rows"], summary["findings"]) == (8, {"unreadable-video": 1})
    assert pq.read_table(tmp_path / "catalog/videos.parquet")["content_hash"].to_pylist()[2] == ""


def test_a_link_to_the_whole_disk_is_not_walked(tmp_path: Path) -> None:
    """It is a warning, and the check takes no longer for it."""
    root = corpus(tmp_path / "root")
    for name, target in {"disk": "/", "up": "..", "self": "."}.items():
        (root / name).symlink_to(target)
    report = check_corpus(root, source(root))
    found = {(finding.rule, finding.file) for finding in report.findings}
    assert found >= {("link-loop", "disk"), ("link-loop", "up")}
    assert report.errors == 0
    assert report.videos == 2


@pytest.mark.parametrize("make", LABELS, indirect=True)
def test_own_layouts_refuse_them_too(make: Make, tmp_path: Path) -> None:
    """What a glob matches is not left out in silence because it is no regular file."""
    for name in ("a", "b"):
        write_text(tmp_path / f"root/labels/{name}.txt", SEVEN, [0])
    (tmp_path / "root/videos").mkdir()
    write_video(tmp_path / "root/videos/a.mp4", 1)
    rule = make(tmp_path / "root/labels/c.txt")
    layout = {"videos": ["videos/*"], "labels": {"expression": {"train": "labels/*.txt"}}}
    report = check_corpus(tmp_path / "root", source(tmp_path / "root", layout=layout))
    assert [(f.rule, f.file) for f in report.findings if f.severity == "error"] == [(rule, "labels/c.txt")]


@pytest.mark.parametrize("blank", "\u202f\u00a0\u3000", ids=["narrow", "no-break", "wide"])
@pytest.mark.parametrize("own_layout", [False, True], ids=["release", "layout"])
def test_a_blank_in_a_name_is_one_however_wide(blank: str, own_layout: bool, tmp_path: Path) -> None:
    """A Mac writes a narrow one before the PM of a recording: the video and its labels are read like any other."""
    name, root = f"at 4.05{blank}PM", corpus(tmp_path / "root")
    write_text(root / TRAIN / f"{name}.txt", SEVEN, [0])
    write_video(root / f"videos/{name}.mp4", 1)
    layout = {"videos": ["videos/*"], "labels": {"expression": {"train": f"{TRAIN}/*.txt"}}}
    params = source(root, **({"layout": layout} if own_layout else {}))
    assert [finding for finding in check_corpus(root, params).findings if finding.severity == "error"] == []
    ingest(root, tmp_path / "catalog", source=params)
    videos = pq.read_table(tmp_path / "catalog/videos.parquet")["video_id"].to_pylist()
    assert sorted(videos) == sorted([name, "a", "b"])


@pytest.mark.parametrize(
    "file",
    ["{train}/c{odd}.txt", "videos/c{odd}.mp4", "new{odd}vids/c.mp4"],
    ids=["labels", "video", "folder"],
)
@pytest.mark.parametrize(
    "odd", ["\n", "\t", "\x1b[2J", "\u202e", "\udce9"], ids=["line", "tab", "escape", "mark", "bytes"]
)
def test_a_name_that_is_no_plain_text_is_no_stray_file(file: str, odd: str, tmp_path: Path) -> None:
    """A person's labels or video are never passed over because of a letter in their name; `ingest` stops at it."""
    path = corpus(tmp_path / "root") / file.format(train=TRAIN, odd=odd)
    if path.suffix == ".txt":
        write_text(path, SEVEN, [0])
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((tmp_path / "root/videos/a.mp4").read_bytes())
    report = check_corpus(tmp_path / "root", source(tmp_path / "root"))
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert [error.rule for error in errors] == ["unsafe-name"]
    assert str(errors[0].file).isprintable()
    with pytest.raises(CorpusError, match="Rename the file or its folder"):
        ingest(tmp_path / "root", tmp_path / "catalog", source=source(tmp_path / "root"))


def test_what_is_no_annotation_may_be_called_anything(tmp_path: Path) -> None:
    """A note and a picture with a line break in their names are stray files, as any other."""
    root = corpus(tmp_path / "root")
    for name in ("notes\n.txt", "page\n.pdf", ".hidden\n.mp4"):
        (root / name).write_text("a note")
    report = check_corpus(root, source(root))
    assert (report.errors, {finding.rule for finding in report.findings}) == (0, {"stray-file"})
