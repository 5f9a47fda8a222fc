"""Videos with a table: rows of frames, segments and clips, and what users' tables get wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpus_trees import videos_source, write_video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numbered_videos import write_numbered

from fer_data.corpora.adapter import OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.corpora.adapters.videos.files import find_videos
from fer_data.corpora.given import GivenRow
from fer_data.errors import CorpusError, LabelFileError

FRAMES = {"frame": "frame"}
SEGMENTS = {"start": "start", "end": "end"}


def opened(root: Path, table: str, **columns: Any) -> OpenedCorpus:
    """Return a folder with a csv of these lines, opened."""
    (root / "labels.csv").write_text(table, encoding="utf-8")
    source = videos_source(root, **columns)
    return adapter_of(source).open(root, source, refuse)


def read(root: Path, table: str, **columns: Any) -> tuple[list[Sequence[GivenRow]], dict[str, str]]:
    """Return the series of a folder, and what was found by rule."""
    corpus = opened(root, table, **columns)
    rows = list(corpus.rows())
    assert rows == list(corpus.rows())
    return rows, {finding.rule: finding.message for finding in corpus.findings}


def words(rows: Sequence[GivenRow]) -> list[tuple[int, str | None]]:
    """Return frame and expression of each row."""
    return [(row.frame_index, row.labels.expression) for row in rows]


def test_a_line_of_a_frame_is_a_row(tmp_path: Path) -> None:
    """Lines of one video belong together whatever their order, and keep the corpus' own words."""
    write_video(tmp_path / "clips/a.mp4", 4)
    write_video(tmp_path / "b.avi", 2)
    table = (
        "video,frame,label,split\nb,0,happy,test\nclips/a.mp4,2,sad,train\na,0,,train\na.mp4,1,happy,train\n"
    )

    (first, second), findings = read(tmp_path, table, **FRAMES, split="split")

    assert words(first) == [(0, "happy")]
    assert words(second) == [(0, None), (1, "happy"), (2, "sad")]
    assert {(row.path, row.clip, row.split, row.scope, row.person, row.face) for row in second} == {
        ("clips/a.mp4", "clips%2Fa", "train", "frame", None, "")
    }
    corpus = opened(tmp_path, table, **FRAMES)
    assert corpus.videos == {"b": "b.avi", "clips%2Fa": "clips/a.mp4"}
    assert (corpus.classes, findings) == (("happy", "sad"), {})


def test_frames_may_be_counted_from_one(tmp_path: Path) -> None:
    """A table without any frame 0 is suspicious, and frame 0 of one that counts from 1 is wrong."""
    write_video(tmp_path / "a.mp4", 3)
    table = "video,frame,label\na,1,x\na,3,y\n"
    (rows,), findings = read(tmp_path, table, **FRAMES)
    assert words(rows) == [(1, "x"), (3, "y")]
    assert "table.first_frame: 1" in findings["no-first-frame"]
    (rows,), findings = read(tmp_path, table, **FRAMES, first_frame=1)
    assert (words(rows), findings) == ([(0, "x"), (2, "y")], {})
    with pytest.raises(LabelFileError, match=r"labels.csv:2: frame \(0\) must be 1 to"):
        opened(tmp_path, "video,frame,label\na,0,x\n", **FRAMES, first_frame=1)


def test_a_segment_has_the_frames_that_are_shown_in_it(tmp_path: Path) -> None:
    """Frames are found by the times of the video, which are uneven here, and bear one segment's name."""
    write_numbered(tmp_path / "a.mp4", "h264", 6, milliseconds=[0, 40, 80, 400, 440, 480])
    table = "video,start,end,label\na,0.04,0.4,happy\na,0.4,0.48,sad\n"

    (rows,), findings = read(tmp_path, table, **SEGMENTS)

    assert words(rows) == [(1, "happy"), (2, "happy"), (3, "sad"), (4, "sad")]
    assert [row.segment for row in rows] == ["0.040-0.400"] * 2 + ["0.400-0.480"] * 2
    assert {row.scope for row in rows} == {"segment"}
    assert findings == {}


def test_segments_that_contradict_label_nothing(tmp_path: Path) -> None:
    """Their common frames keep a row without a label; segments that agree share one."""
    write_video(tmp_path / "a.mp4", 30)
    table = "video,start,end,label\na,0,0.2,x\na,0.1,0.3,y\na,0.5,0.7,x\na,0.6,0.8,x\n"
    (rows,), findings = read(tmp_path, table, **SEGMENTS)
    assert words(rows)[:9] == [(f, "x" if f < 3 else None if f < 6 else "y") for f in range(9)]
    assert [row.scope for row in rows[:9]] == ["segment"] * 3 + ["frame"] * 3 + ["segment"] * 3
    assert [row.frame_index for row in rows[9:]] == list(range(15, 24))
    assert "3 frame(s)" in findings["contradicting-rows"]


def test_segments_outside_the_video_are_said(tmp_path: Path) -> None:
    """One without any frame is an error, one that goes on behind the video keeps what there is."""
    write_video(tmp_path / "a.mp4", 30)
    table = "video,start,end,label\na,0.9,5,x\na,7,8,y\na,0.001,0.002,y\n"
    (rows,), findings = read(tmp_path, table, **SEGMENTS)
    assert words(rows) == [(27, "x"), (28, "x"), (29, "x")]
    assert "lies in 2 segment(s)" in findings["empty-segment"]
    assert "from 0.000 to 0.967 s" in findings["segment-beyond-video"]


def test_a_label_of_a_clip_stands_at_each_frame(tmp_path: Path) -> None:
    """It is about the clip, and two lines that contradict leave the clip without a label."""
    for name, frames in {"a": 3, "b": 2}.items():
        write_video(tmp_path / f"{name}.mp4", frames)
    (first, second), findings = read(tmp_path, "video,label\na,x\nb,x\nb,y\n")
    assert words(first) == [(0, "x"), (1, "x"), (2, "x")]
    assert words(second) == [(0, None), (1, None)]
    assert {(row.scope, row.segment) for row in (*first, *second)} == {("clip", "")}
    assert "1 line(s) contradict" in findings["contradicting-rows"]


def test_repeated_lines_count_once(tmp_path: Path) -> None:
    """Equal ones are a warning; of others the frame is not labelled."""
    table = "video,frame,label\na,0,x\na,1,x\na,1,x\na,0,y\na,0,x\n"
    write_video(tmp_path / "a.mp4", 2)
    (rows,), findings = read(tmp_path, table, **FRAMES)
    assert words(rows) == [(0, None), (1, "x")]
    assert findings.keys() == {"duplicate-rows", "contradicting-rows"}


def test_one_person_may_have_many_clips_and_one_clip_two_people(tmp_path: Path) -> None:
    """People of one video are told apart by their side; one alone may have a side too."""
    for name in "abc":
        write_video(tmp_path / f"{name}.mp4", 1)
    table = "video,frame,label,who,side\na,0,x,ann,\nb,0,x,ann,Left\nb,0,y,bob,right\nc,0,x,ann,left\n"
    found, _ = read(tmp_path, table, **FRAMES, subject="who", side="side")
    assert [(rows[0].clip, rows[0].face, rows[0].person) for rows in found] == [
        ("a", "", "ann"),
        ("b", "left", "ann"),
        ("b", "right", "bob"),
        ("c", "left", "ann"),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "a,0,x,ann,\na,0,y,bob,\n",
            r"labels.csv:3: a has 2 annotated people \(ann, bob\): nobody knows whose",
        ),
        ("a,0,x,,\na,0,y,bob,left\n", r"\(nobody, bob left\)"),
        ("a,0,x,ann,left\na,0,y,bob,left\n", "2 annotated people"),
        ("a,0,x,ann,left\na,0,y,bob,right\na,1,y,eve,\n", "3 annotated people"),
    ],
)
def test_people_who_cannot_be_told_apart_are_refused(tmp_path: Path, lines: str, message: str) -> None:
    """Both would be taken for the main person, and one of them have the labels of the other."""
    for name in "ab":
        write_video(tmp_path / f"{name}.mp4", 2)
    columns = {**FRAMES, "subject": "who", "side": "side"}
    table = f"video,frame,label,who,side\nb,0,x,ann,\n{lines}"
    with pytest.raises(CorpusError, match=message):
        opened(tmp_path, table, **columns)
    source = videos_source(tmp_path, **columns)
    met: list[CorpusError] = []
    found = list(adapter_of(source).open(tmp_path, source, met.append).rows())
    assert ([rows[0].clip for rows in found], [error.rule for error in met]) == (["b"], ["side-ambiguous"])


def test_a_video_in_two_splits_is_held_out_whole(tmp_path: Path) -> None:
    """Frames of one video are alike, so that none of it may be trained on; words of splits are read as folders are."""
    write_video(tmp_path / "a.mp4", 2)
    table = "video,frame,label,split\na,0,x,Training\na,1,x,val\n"
    (rows,), findings = read(tmp_path, table, **FRAMES, split="split")
    assert {row.split for row in rows} == {"validation"}
    assert "split-overlap" in findings


def test_a_copy_has_the_tasks_of_its_columns(tmp_path: Path) -> None:
    """A table without valence puts nobody into a split of valence and arousal."""
    assert videos_source(tmp_path).section.annotated == ("expression",)
    columns = {"label": None, "valence": "v", "arousal": "a", "action_units": {"AU12": "smile"}}
    assert videos_source(tmp_path, **columns).section.annotated == ("valence_arousal", "action_units")


def test_every_kind_of_label_is_read(tmp_path: Path) -> None:
    """Empty cells are no labels, units that nobody judged are none, and what is out of range is said and left out."""
    write_video(tmp_path / "a.mp4", 5)
    table = "video,frame,v,a,au1,smile\na,0,0.5,-1,1,0\na,1,,,9,\na,2,-5,0.25,-1,999\na,3,nan,NaN,1.0,7\na,4,1,1,0,1\n"
    kinds = {"label": None, "valence": "v", "arousal": "a", "action_units": {"AU01": "au1", "AU12": "smile"}}
    corpus = opened(tmp_path, table, **FRAMES, **kinds)
    (rows,) = corpus.rows()
    assert [(row.labels.valence, row.labels.arousal, dict(row.labels.units)) for row in rows] == [
        (0.5, -1.0, {"AU01": 1, "AU12": 0}),
        (None, None, {}),
        (None, 0.25, {}),
        (None, None, {"AU01": 1}),
        (1.0, 1.0, {"AU01": 0, "AU12": 1}),
    ]
    assert [(f.rule, f.line) for f in corpus.findings] == [
        ("label-out-of-range", 4),
        ("label-out-of-range", 5),
    ]


def test_a_parquet_table_with_numbers_is_read_alike(tmp_path: Path) -> None:
    """Programs write classes and frames as numbers; the word is the number as it is written."""
    write_video(tmp_path / "a.mp4", 2)
    table = pa.table({"video": ["a", "a"], "frame": [0.0, 1.0], "label": [4.0, None]})
    pq.write_table(table, tmp_path / "t.parquet")
    (rows,), _ = read(tmp_path, "", **FRAMES, file="t.parquet")
    assert words(rows) == [(0, "4"), (1, None)]


def test_a_video_that_is_not_there_keeps_its_frames(tmp_path: Path) -> None:
    """Its labelled frames end as `no_video`; segments and clips have none. A kind that is not read is said."""
    (tmp_path / "b.wmv").write_bytes(b"x")
    table = "video,frame,label,start,end\ngone,0,x,0,1\nb.wmv,0,x,0,1\n"
    found, findings = read(tmp_path, table, **FRAMES)
    assert [(rows[0].clip, rows[0].path) for rows in found] == [("b", "b.wmv"), ("gone", "gone")]
    assert opened(tmp_path, table, **FRAMES).videos == {}
    assert {"label-without-video", "unread-media"} <= findings.keys()
    assert read(tmp_path, table, **SEGMENTS)[0] == []
    assert read(tmp_path, table)[0] == []


def test_a_video_that_cannot_be_opened_stays_for_ingest_to_say(tmp_path: Path) -> None:
    """Neither rubbish, nor a folder with the name of a video, ends the run."""
    (tmp_path / "a.mp4").write_bytes(b"rubbish")
    (tmp_path / "b.mp4").mkdir()
    found, _ = read(tmp_path, "video,start,end,label\na,0,1,x\nb,0,1,x\n", **SEGMENTS)
    assert found == []


@pytest.mark.parametrize(
    ("line", "columns", "message"),
    [
        ("../a,0,x", FRAMES, r"labels.csv:2: Name '\.\.' must be a plain file name"),
        ("/etc/a,0,x", FRAMES, "must be a plain file name"),
        ("C:\\a,0,x", FRAMES, "must be a plain file name"),
        (",0,x", FRAMES, "must be a plain file name"),
        ("a\x1b[2J,0,x", FRAMES, "must be a plain file name"),
        ("a,-1,x", FRAMES, r"labels.csv:2: frame \(-1\) must be 0 to 9999999"),
        ("a,10000000,x", FRAMES, "must be 0 to 9999999"),
        ("a,nan,x", FRAMES, r"labels.csv:2: frame: 'nan' is not a whole number"),
        ("a,,x", FRAMES, "frame: '' is not a whole number"),
        ("a,1.5,x", FRAMES, r"frame: '1\.5' is not a whole number"),
        ("a,0,x,2,1", SEGMENTS, r"start \(2.0\) must be 0 or more, and end \(1.0\) behind it"),
        ("a,0,x,1,1", SEGMENTS, r"and end \(1.0\) behind it"),
        ("a,0,x,-1,1", SEGMENTS, r"start \(-1.0\) must be 0 or more"),
        ("a,0,x,nan,1", SEGMENTS, r"start: 'nan' is not a number"),
        ("a,0,x,0,inf", SEGMENTS, r"end: 'inf' is not a number"),
        ("a,0,x,0,1e9", SEGMENTS, "in seconds"),
        (
            "a,0,x,0,1,holdout",
            {**FRAMES, "split": "split"},
            r"unknown split 'holdout'\. Expected train, validation or test\. Correct",
        ),
        ("a,0,x,0,1,,a/b", {**FRAMES, "subject": "who"}, r"labels.csv:2: Name 'a/b' must be"),
        (
            "a,0,x,0,1,,,up",
            {**FRAMES, "side": "side"},
            r"unknown side 'up'\. Expected left or right\. Or leave it",
        ),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, columns: dict[str, Any], message: str) -> None:
    """What a line says is checked before it becomes a path, a frame or a time."""
    line += "," * (7 - line.count(","))
    write_video(tmp_path / "a.mp4", 2)
    with pytest.raises(CorpusError, match=message):
        opened(tmp_path, f"video,frame,label,start,end,split,who,side\n{line}\n", **columns)


def test_wrong_lines_that_are_noted_cost_no_others(tmp_path: Path) -> None:
    """`check` names the first ones and counts the rest; what stands behind damage is not read."""
    write_video(tmp_path / "a.mp4", 2)
    lines = ["a,0,x", *["a,nan,x"] * 30, "a,1,y"]
    (tmp_path / "labels.csv").write_text("\n".join(["video,frame,label", *lines, '"a', "a,2,z"]))
    source = videos_source(tmp_path, **FRAMES)
    met: list[CorpusError] = []
    (rows,) = adapter_of(source).open(tmp_path, source, met.append).rows()
    assert words(rows) == [(0, "x"), (1, "y")]
    assert [error.line for error in met[:20]] == list(range(3, 23))
    assert [error.text[:24] for error in met[20:]] == ["The line is no csv: unex", "10 more line(s) are wron"]


def test_doubtful_videos_are_refused(tmp_path: Path) -> None:
    """A name that fits several files, and two files that differ in their suffix alone."""
    for name in ("x/a.mp4", "y/a.mp4", "b.mp4", "b.avi", "c.mp4", "x/c.mp4"):
        write_video(tmp_path / name, 1)
    with pytest.raises(CorpusError, match=r"2 videos are called 'a': 'x/a.mp4', 'y/a.mp4'"):
        opened(tmp_path, "video,frame,label\na,0,x\n", **FRAMES)
    with pytest.raises(CorpusError, match=r"'b.mp4' and 'b.avi' differ in their suffix alone"):
        opened(tmp_path, "video,frame,label\nb.avi,0,x\nb.mp4,0,x\n", **FRAMES)
    assert list(opened(tmp_path, "video,frame,label\nc,0,x\n", **FRAMES).videos) == ["c"]


def test_a_video_whose_name_is_no_plain_text_is_said(tmp_path: Path) -> None:
    """It cannot be read under such a name; a hidden one is nobody's."""
    for name in ("a.mp4", "b\n.mp4", "b\t.mp4", ".c\n.mp4"):
        write_video(tmp_path / name, 1)
    (finding,) = find_videos(tmp_path).findings
    assert (finding.rule, finding.severity, finding.file) == ("unsafe-name", "error", r"b\t.mp4")
    assert finding.message.startswith("2 file(s) are not read")


@pytest.mark.parametrize("blank", "\u202f\u00a0\u3000", ids=["narrow", "no-break", "wide"])
def test_a_blank_in_a_name_is_one_however_wide(tmp_path: Path, blank: str) -> None:
    """A Mac writes a narrow one before the PM of a recording."""
    write_video(tmp_path / f"at 4.05{blank}PM.mp4", 1)
    series, found = read(tmp_path, f"video,frame,label\nat 4.05{blank}PM.mp4,0,x\n", **FRAMES)
    assert [[row.clip for row in rows] for rows in series] == [[f"at 4.05{blank}PM"]]
    assert found == {}


def test_a_column_of_something_else_is_no_expression(tmp_path: Path) -> None:
    """Thousands of classes are the wrong column."""
    lines = "".join(f"a,{frame},id{frame}\n" for frame in range(128))
    with pytest.raises(LabelFileError, match=r"table.label \(label\) has more than 127 different values"):
        opened(tmp_path, f"video,frame,label\n{lines}", **FRAMES)


def test_where_there_is_no_folder_or_table_it_is_said(tmp_path: Path) -> None:
    """The parameter that names it is in the message."""
    source = videos_source(tmp_path / "gone")
    with pytest.raises(CorpusError, match=r"sources.own.root .* must be an existing folder"):
        adapter_of(source).open(tmp_path / "gone", source, refuse)
    source = videos_source(tmp_path)
    with pytest.raises(CorpusError, match=r"labels\.csv: It cannot be read: No such file"):
        adapter_of(source).open(tmp_path, source, refuse)
    met: list[CorpusError] = []
    assert list(adapter_of(source).open(tmp_path, source, met.append).rows()) == []
    assert len(met) == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"start": "s"}, "give frame, or start and end"),
        ({**FRAMES, **SEGMENTS}, "give frame, or start and end"),
        ({"label": None}, "give label, or valence and arousal, or action_units"),
        ({"valence": "v"}, "give valence and arousal"),
        ({"action_units": {"AU99": "x"}}, "unknown action unit 'AU99'. Did you mean 'AU09'"),
        ({"file": "../t.csv"}, "must stay inside root"),
        ({"first_frame": 2}, "less than or equal to 1"),
    ],
)
def test_columns_that_make_no_sense_are_refused(
    tmp_path: Path, columns: dict[str, Any], message: str
) -> None:
    """Before any file is opened."""
    with pytest.raises(ValueError, match=message):
        videos_source(tmp_path, **columns)


LABELS = st.tuples(
    st.none() | st.sampled_from(["happy", "Ärger", "3", 'a "b", c']),
    st.none() | st.floats(-1, 1, width=32),
    st.none() | st.integers(0, 1),
)


@given(st.dictionaries(st.integers(0, 50), LABELS, min_size=1), st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_nothing_of_a_label_is_lost(tmp_path: Path, labels: dict[int, Any], random: Any) -> None:
    """Frame, word, value and unit come back as they were written, whatever the order of the lines."""
    lines = []
    for frame, (word, valence, unit) in labels.items():
        quoted = '"' + (word or "").replace('"', '""') + '"'
        values = ("", "") if valence is None else (repr(valence), repr(-valence))
        lines.append(",".join(("a", str(frame), quoted, *values, "" if unit is None else str(unit))) + "\n")
    random.shuffle(lines)
    columns = {**FRAMES, "valence": "v", "arousal": "a", "action_units": {"AU12": "au"}}
    (rows,) = opened(tmp_path, "video,frame,label,v,a,au\n" + "".join(lines), **columns).rows()
    assert {
        row.frame_index: (row.labels.expression, row.labels.valence, row.labels.units.get("AU12"))
        for row in rows
    } == labels
    assert np.all(np.diff([row.frame_index for row in rows]) > 0)
