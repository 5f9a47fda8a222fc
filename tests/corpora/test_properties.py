"""Laws that hold for any corpus folder: rows add up, and label files survive the way there and back."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
from corpus_trees import AU8, AU12, EIGHT, MTL, SEVEN, VA, source, write_text, write_video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fer_data.core.frames.frame_policy import reconcile
from fer_data.core.labels.rows import RowState, check_conservation
from fer_data.corpora.labels import parse_labels
from fer_data.corpora.writer import write_label_files
from fer_data.ingest import ingest
from fer_data.tables.schemas import ROWS, read_table

TOLERANCE = 2
EDITIONS = {
    1: ("annotations", "EXPR_Set", "VA_Set", "AU_Set", "Training_Set", SEVEN, AU8),
    2: ("annotations", "EXPR_Set", "VA_Set", "AU_Set", "Train_Set", SEVEN, AU12),
    3: (
        "Third ABAW Annotations", "EXPR_Classification_Challenge", "VA_Estimation_Challenge",
        "AU_Detection_Challenge", "Train_Set", EIGHT, AU12,
    ),
    6: (
        "6th_ABAW_Annotations", "EXPR_Recognition_Challenge", "VA_Estimation_Challenge",
        "AU_Detection_Challenge", "Train_Set", EIGHT, AU12,
    ),
}  # fmt: skip
NAMES = ("102", "122-60-1920x1080-1", "video45_1", "video59", "10-60-1280x720")
SIDES = {
    "only": ("",),
    "both": ("_left", "_right"),
    "unsuffixed-and-right": ("", "_right"),
    "unsuffixed-and-left": ("", "_left"),
}


@dataclass(frozen=True)
class Style:
    """How an editor or a system rewrote a label file."""

    end: str
    mark: bool
    blanks: str
    suffix: str


@dataclass(frozen=True)
class Video:
    """A video, its people, and for each of them and each task a split and the lines (or None)."""

    name: str
    frames: int
    suffix: str
    people: tuple[str, ...]
    labels: tuple[tuple[tuple[str, tuple[str, ...]] | None, ...], ...]


styles = st.builds(
    Style,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.booleans(),
    blanks=st.sampled_from(["", " ", "\t "]),
    suffix=st.sampled_from([".txt", ".TXT"]),
)
numbers = st.one_of(
    st.floats(-1, 1, width=32).map(lambda value: f"{value:.6f}"),
    st.integers(-1000, 1000).map(lambda value: str(value / 1000)),
)


def spans(values: st.SearchStrategy[str], missing: str, lines: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw label lines in spans, as people annotate them, some of them without annotation."""
    runs = st.lists(
        st.tuples(st.one_of(values, st.just(missing)), st.integers(1, 4)), min_size=lines, max_size=lines
    )
    return runs.map(lambda drawn: tuple(value for value, length in drawn for _ in range(length))[:lines])


@st.composite
def videos(draw: st.DrawFn, edition: int) -> Video:
    """Draw a video whose label files are off by -3 to +3 lines."""
    header, units = EDITIONS[edition][5:]
    frames = draw(st.integers(4, 8))
    people = SIDES[draw(st.sampled_from(sorted(SIDES)))]
    count = units.count(",") + 1
    values = (
        (st.integers(0, header.count(",")).map(str), "-1"),
        (st.tuples(numbers, numbers).map(",".join), "-5,-5"),
        (
            st.lists(st.sampled_from(["0", "1", "-1"]), min_size=count, max_size=count).map(",".join),
            ",".join(["-1"] * count),
        ),
    )
    labels = []
    for _ in people:
        lines = frames + draw(st.integers(-3, 3))
        split = st.sampled_from(["train", "validation"])
        tasks = [draw(st.one_of(st.none(), st.tuples(split, spans(*value, lines)))) for value in values[1:]]
        labels.append((draw(st.tuples(split, spans(*values[0], lines))), *tasks))
    return Video(
        draw(st.sampled_from(NAMES)),
        frames,
        draw(st.sampled_from([".mp4", ".avi", ".MP4"])),
        people,
        tuple(labels),
    )


@st.composite
def corpora(draw: st.DrawFn) -> tuple[int, Style, list[Video]]:
    """Draw an edition, a style and videos with different names."""
    edition = draw(st.sampled_from(sorted(EDITIONS)))
    found = draw(st.lists(videos(edition), min_size=1, max_size=3, unique_by=lambda video: video.name))
    return edition, draw(styles), found


@cache
def video_bytes(frames: int, suffix: str) -> bytes:
    """Return a video of so many frames."""
    with tempfile.TemporaryDirectory() as folder:
        return write_video(Path(folder) / f"video{suffix.lower()}", frames).read_bytes()


def write_corpus(root: Path, edition: int, style: Style, drawn: list[Video]) -> dict[str, bytes]:
    """Write the folder and return its label files by path."""
    top, *folders, train, expression, units = EDITIONS[edition]
    headers = (expression, VA, units)
    files = {}
    for video in drawn:
        path = root / "batch1" / f"{video.name}{video.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(video_bytes(video.frames, video.suffix) + video.name.encode())
        for person, tasks in zip(video.people, video.labels, strict=True):
            for folder, header, labels in zip(folders, headers, tasks, strict=True):
                if labels is None:
                    continue
                split = train if labels[0] == "train" else "Validation_Set"
                name = f"{top}/{folder}/{split}/{video.name}{person}{style.suffix}"
                lines = [f"{line}{style.blanks}" for line in labels[1]]
                write_text(root / name, header, [*lines, style.blanks], style.end)
                content = (b"\xef\xbb\xbf" if style.mark else b"") + (root / name).read_bytes()
                (root / name).write_bytes(content)
                files[f"{folder}/{labels[0]}/{video.name}{person}"] = content
    return files


def catalog(root: Path) -> pa.Table:
    """Return the rows of a corpus."""
    ingest(root, root.parent / f"{root.name}-catalog", source(root))
    return read_table(root.parent / f"{root.name}-catalog" / "rows.parquet", ROWS)


def row_states(rows: pa.Table, drawn: list[Video]) -> dict[str, int]:
    """Return the number of rows by what the frame policy makes of them."""
    frames = {f"{video.name}{person}": video.frames for video in drawn for person in video.people}
    counts = dict.fromkeys((RowState.KEPT, RowState.NO_FRAME, RowState.QUARANTINED), 0)
    last = rows.group_by("subject_id").aggregate([("frame_index", "max")]).to_pylist()
    for entry in last:
        lines = entry["frame_index_max"] + 1
        result = reconcile(frames[entry["subject_id"]], lines, TOLERANCE)
        if result.quarantined:
            counts[RowState.QUARANTINED] += lines
        else:
            counts[RowState.KEPT] += result.usable_lines
            counts[RowState.NO_FRAME] += result.no_frame_lines
    return counts


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(corpora())
def test_any_corpus_is_ingested_whole(drawn: tuple[int, Style, list[Video]]) -> None:
    """Every label line of every subject becomes one row, whatever the edition and line ends, and the states add up."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_corpus(Path(folder) / "corpus", *drawn)
        rows = catalog(Path(folder) / "corpus")

    lines: dict[str, int] = {}
    for path, content in files.items():
        subject = path.rsplit("/", 1)[-1]
        lines[subject] = max(lines.get(subject, 0), len(parse_labels(content, path)))
    counted = {entry["values"]: entry["counts"] for entry in rows["subject_id"].value_counts().to_pylist()}
    assert counted == lines
    check_conservation({str(state): count for state, count in row_states(rows, drawn[2]).items()}, len(rows))
    for video in drawn[2]:
        sides = {row["side"] for row in rows.to_pylist() if row["video_id"] == video.name}
        assert sides == ({"only"} if len(video.people) == 1 else {"left", "right"})


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(corpora())
def test_label_files_survive_the_way_there_and_back(drawn: tuple[int, Style, list[Video]]) -> None:
    """Corpus text to rows to text gives the original header and values, and the same rows again."""
    with tempfile.TemporaryDirectory() as folder:
        root, back = Path(folder) / "corpus", Path(folder) / "back"
        files = write_corpus(root, *drawn)
        rows = catalog(root)
        write_label_files(rows, back)
        (back / "batch1").symlink_to(root / "batch1")

        for path, content in files.items():
            task, split, subject = path.split("/")
            folder_name = "Train_Set" if split == "train" else "Validation_Set"
            written = back / "annotations" / f"{task.split('_', 1)[0]}_Set" / folder_name / f"{subject}.txt"
            original, again = parse_labels(content, path), parse_labels(written.read_bytes(), path)
            header = content.decode("utf-8-sig").replace("\r", "\n").split("\n", 1)[0]
            assert written.read_text().split("\n", 1)[0] == header
            assert again.annotated[: len(original)].tolist() == original.annotated.tolist()
            assert again.values[: len(original)].tolist() == original.values.tolist()
        assert catalog(back).equals(rows, check_metadata=True)


def test_lists_survive_the_way_there_and_back(tmp_path: Path) -> None:
    """Multi-task lists, sample files and test lists are written back as such."""
    root, back = tmp_path / "corpus", tmp_path / "back"
    units = "0,1,0,1,0,1,0,1,0,1,0,-1"
    rows = [f"a_left/00002.jpg,0.25,-0.5,4,{units}", f"b/00009.jpg,-5,-5,-1,{units}"]
    write_text(root / "MTL_Challenge/train_set.txt", MTL, rows)
    write_text(root / "MTL_Challenge/validation_set.txt", MTL, [f"c/00001.jpg,1,1,7,{units}"])
    write_text(root / "expression_test_set_sample.txt", f"image_location,{EIGHT}", ["t/00003.jpg"])
    write_text(root / "expression_test_set.txt", "u", [])
    write_video(root / "u.mp4", 3)

    write_label_files(catalog(root), back)
    write_video(back / "u.mp4", 3)

    assert catalog(back).equals(catalog(root), check_metadata=True)
    assert (back / "annotations/MTL_Challenge/train_set.txt").read_text().split("\n") == [MTL, *rows, ""]


@pytest.mark.parametrize(
    ("classes", "class_map", "labels"),
    [
        ("header", {}, [0, 7, None]),
        ("seven", {}, [0, None, None]),
        (["Other", "Neutral"], {}, [1, 0, None]),
        (["Calm"], {"Neutral": "Calm", "Other": "Calm"}, [0, 0, None]),
        ("header", {"Other": None}, [0, None, None]),
    ],
    ids=["header", "seven", "list", "merged", "dropped"],
)
def test_the_corpus_own_labels_come_back(
    tmp_path: Path, classes: object, class_map: dict[str, str | None], labels: list[int | None]
) -> None:
    """Whatever classes a dataset has, label files are written with the names and the codes that they were read with."""
    root = tmp_path / "corpus"
    write_text(root / "EXPR_Set/Train_Set/a.txt", EIGHT, [0, 7, -1])
    summary = ingest(root, tmp_path / "catalog", source(root, classes=classes, class_map=class_map))
    rows = read_table(tmp_path / "catalog/rows.parquet", ROWS)
    (path,) = write_label_files(rows, tmp_path / "back")
    assert path.read_text().split() == [EIGHT, "0", "7", "-1"]
    assert rows["expression"].to_pylist() == labels
    assert rows["expression_given"].to_pylist() == ["Neutral", "Other", None]
    assert summary["findings"].get("class-outside", 0) == (labels[1] is None)
