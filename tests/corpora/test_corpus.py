"""Corpus folders of every edition, opened."""

import shutil
from pathlib import Path

import pytest
from corpus_trees import AU8, AU12, EIGHT, MTL, SEVEN, VA, source, write_text

from fer_data.corpora.corpus import Corpus, open_corpus
from fer_data.corpora.lists import FrameList, parse_multi_task_list
from fer_data.corpora.rows import read_subject
from fer_data.errors import CorpusError, ParamsError
from fer_data.params.source import AffWild2Section
from fer_data.shell.sections.load import validate_section

ZEROS = ",".join("0" * 12)
FOLDERS = {
    1: ("annotations/EXPR_Set/Training_Set", "annotations/EXPR_Set/Validation_Set", SEVEN),
    2: ("annotations/EXPR_Set/Train_Set", "annotations/EXPR_Set/Validation_Set", SEVEN),
    3: (
        "Third ABAW Annotations/EXPR_Classification_Challenge/Train_Set",
        "Third ABAW Annotations/EXPR_Classification_Challenge/Validation_Set",
        EIGHT,
    ),
    5: (
        "5th_ABAW_Annotations/EXPR_Classification_Challenge/Train_Set",
        "5th_ABAW_Annotations/EXPR_Classification_Challenge/Validation_Set",
        EIGHT,
    ),
    6: (
        "6th_ABAW_Annotations/EXPR_Recognition_Challenge/Train_Set",
        "6th_ABAW_Annotations/EXPR_Recognition_Challenge/Validation_Set",
        EIGHT,
    ),
    10: (
        "Annotations/10th ABAW Annotations/EXPR_Recognition_Challenge/Train_Set",
        "Annotations/10th ABAW Annotations/EXPR_Recognition_Challenge/Validation_Set",
        EIGHT,
    ),
}


def touch(root: Path, *paths: str) -> None:
    """Write files whose contents nobody reads."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())


def rules(corpus: Corpus) -> list[str]:
    """Return the rules of a corpus' findings."""
    return [finding.rule for finding in corpus.findings]


def sides(corpus: Corpus) -> dict[str, tuple[str, str]]:
    """Return video and side by subject."""
    return {subject.subject_id: (subject.video_id, subject.side) for subject in corpus.subjects}


@pytest.mark.parametrize("edition", FOLDERS)
def test_every_edition_is_read(tmp_path: Path, edition: int) -> None:
    """Folder names of every edition give the same subjects, splits and the header's classes."""
    train, validation, header = FOLDERS[edition]
    write_text(tmp_path / train / "102.txt", header, [0])
    write_text(tmp_path / validation / "video45_1.txt", header, [1])
    touch(tmp_path, "batch1/102.mp4", "new_vids/video45_1.avi")

    corpus = open_corpus(tmp_path, source(tmp_path, edition=edition))

    assert {s.subject_id: s.annotations["expression"].split for s in corpus.subjects} == {
        "102": "train",
        "video45_1": "validation",
    }
    assert len(corpus.classes) == header.count(",") + 1
    assert rules(corpus) == []


def test_newest_edition_is_chosen_for_each_task(tmp_path: Path) -> None:
    """Of several editions the newest that has the task speaks, with a finding; the others' labels are not read."""
    for edition in (1, 3, 10):
        write_text(tmp_path / FOLDERS[edition][0] / "102.txt", FOLDERS[edition][2], [0] * edition)
    write_text(tmp_path / "annotations/AU_Set/Training_Set/102.txt", AU8, [",".join("0" * 8)])
    touch(tmp_path, "102.mp4")

    corpus = open_corpus(tmp_path, source(tmp_path))

    labels = read_subject(tmp_path, corpus.subjects[0])
    assert len(labels["expression"].labels) == 10
    assert labels["action_units"].labels.header.names[6] == "AU20"
    assert rules(corpus) == ["edition-chosen"]
    assert "1, 3" in corpus.findings[0].message


def test_named_edition_is_chosen(tmp_path: Path) -> None:
    """`edition` decides, whatever is newer."""
    for edition in (2, 3, 10):
        write_text(tmp_path / FOLDERS[edition][0] / "102.txt", FOLDERS[edition][2], [0] * edition)

    corpus = open_corpus(tmp_path, source(tmp_path, edition=3))

    assert len(read_subject(tmp_path, corpus.subjects[0])["expression"].labels) == 3


def test_named_edition_without_the_task_is_refused(tmp_path: Path) -> None:
    """An edition that lacks the task is named with those that are there."""
    write_text(tmp_path / FOLDERS[3][0] / "102.txt", EIGHT, [0])

    with pytest.raises(CorpusError, match=r"dataset\.task \(expression\).*edition 5\. Editions found: 3;"):
        open_corpus(tmp_path, source(tmp_path, edition=5))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            ["a_left", "a_right"], {"a_left": ("a", "left"), "a_right": ("a", "right")}, id="both-suffixed"
        ),
        pytest.param(
            ["a", "a_right"], {"a": ("a", "left"), "a_right": ("a", "right")}, id="unsuffixed-is-left"
        ),
        pytest.param(
            ["a", "a_left"], {"a": ("a", "right"), "a_left": ("a", "left")}, id="unsuffixed-is-right"
        ),
        pytest.param(
            ["a", "a_1"], {"a": ("a", "only"), "a_1": ("a_1", "only")}, id="numbered-video-is-another"
        ),
        pytest.param(["v_left"], {"v_left": ("v_left", "only")}, id="video-called-like-the-subject"),
    ],
)
def test_sides(tmp_path: Path, files: list[str], expected: dict[str, tuple[str, str]]) -> None:
    """Suffixes name the side, an unsuffixed sibling is the opposite one."""
    for name in files:
        write_text(tmp_path / FOLDERS[2][0] / f"{name}.txt", SEVEN, [0])
    touch(tmp_path, "a.mp4", "v_left.mp4")

    assert sides(open_corpus(tmp_path, source(tmp_path))) == expected


def test_sibling_may_stand_in_another_split_or_task(tmp_path: Path) -> None:
    """Siblings are sought in all splits, and in other tasks where the own task has none; both sides are ambiguous."""
    write_text(tmp_path / FOLDERS[2][0] / "a.txt", SEVEN, [0])
    write_text(tmp_path / FOLDERS[2][1] / "a_right.txt", SEVEN, [0])
    write_text(tmp_path / FOLDERS[2][0] / "b.txt", SEVEN, [0])
    for name in ("a_left", "b_left", "b_right"):
        write_text(tmp_path / "annotations/VA_Set/Train_Set" / f"{name}.txt", VA, ["0,0"])
    touch(tmp_path, "a.mp4", "b.mp4")

    corpus = open_corpus(tmp_path, source(tmp_path))

    assert sides(corpus)["a"] == ("a", "left")
    assert sides(corpus)["b"] == ("b", "only")
    assert rules(corpus) == ["side-ambiguous", "opposite-splits"]
    (torn,) = (finding.message for finding in corpus.findings if finding.rule == "opposite-splits")
    assert "a in train, a_right in validation" in torn
    assert torn.endswith("`publish` leaves the video's rows of train out.")


@pytest.mark.parametrize("overlap", ["train", "validation"])
def test_overlap_between_train_and_validation(tmp_path: Path, overlap: str) -> None:
    """A subject in train and validation of a task follows the parameter, with the labels of that split."""
    write_text(tmp_path / FOLDERS[2][0] / "122.txt", SEVEN, [1])
    write_text(tmp_path / FOLDERS[2][1] / "122.txt", SEVEN, [2])

    corpus = open_corpus(tmp_path, source(tmp_path, overlap=overlap))

    (subject,) = corpus.subjects
    assert subject.annotations["expression"].split == overlap
    assert read_subject(tmp_path, subject)["expression"].labels.values[0, 0] == (
        1 if overlap == "train" else 2
    )
    assert "split-overlap" in rules(corpus)


def test_test_lists_by_task(tmp_path: Path) -> None:
    """Test lists give subjects of the task that their name says; the same list may stand at the root."""
    write_text(tmp_path / FOLDERS[2][0] / "102.txt", SEVEN, [1])
    write_text(tmp_path / "expression_test_set.txt", "t1", ["t2_left", "", "t3.txt"])
    write_text(tmp_path / "annotations/VA_test_set_release.txt", "102", ["t1"])
    touch(tmp_path, "102.mp4", "t1.mp4", "t2.mp4", "t3.mp4")

    corpus = open_corpus(tmp_path, source(tmp_path))

    found = {s.subject_id: {task: a.split for task, a in s.annotations.items()} for s in corpus.subjects}
    assert found == {
        "102": {"expression": "train", "valence_arousal": "test"},
        "t1": {"expression": "test", "valence_arousal": "test"},
        "t2_left": {"expression": "test"},
        "t3": {"expression": "test"},
    }


def test_multi_task_lists(tmp_path: Path) -> None:
    """Multi-task lists join three tasks; equal repeats are merged, contradictions are errors and not labelled."""
    folder = tmp_path / "4th_ABAW_Annotations/MTL_Challenge"
    rows = [
        f"a_left/00003.jpg,0.5,-0.5,4,{ZEROS}",
        f"a_left/00001.jpg,-5,0.5,7,{ZEROS}",
        f"a_left/00003.jpg,0.5,-0.5,4,{ZEROS}",
        f"b/00002.jpg,0.5,-0.5,4,{ZEROS}",
        f"b/00002.jpg,0.5,-0.5,5,{ZEROS}",
    ]
    write_text(folder / "train_set.txt", MTL, rows)
    write_text(folder / "validation_set.txt", MTL, [f"c/00001.jpg,0,0,-1,{'-1,' * 11}-1"])
    touch(tmp_path, "a.mp4", "b.mp4", "c.mp4")

    corpus = open_corpus(tmp_path, source(tmp_path, task="multi_task"))

    a, b, c = (read_subject(tmp_path, subject) for subject in corpus.subjects)
    assert a["expression"].frames.tolist() == [0, 2]
    assert a["expression"].labels.values[:, 0].tolist() == [7, 4]
    assert a["valence_arousal"].labels.annotated[:, 0].tolist() == [False, True]
    assert not b["expression"].labels.annotated.any()
    assert not c["action_units"].labels.annotated.any()
    found = {finding.rule: (finding.severity, finding.line) for finding in corpus.findings}
    assert found == {"duplicate-rows": ("warning", 4), "contradicting-rows": ("error", 6)}


def test_multi_task_prefers_lists_and_expression_prefers_files(tmp_path: Path) -> None:
    """Where an edition has both, `multi_task` takes the lists with their splits, the other tasks their files."""
    write_text(tmp_path / FOLDERS[3][0] / "a.txt", EIGHT, [0, 0])
    lists = tmp_path / "Third ABAW Annotations/MTL_Challenge"
    write_text(lists / "Validation_Set/validation_set.txt", MTL, [f"a/00001.jpg,0,0,1,{ZEROS}"])
    touch(tmp_path, "a.mp4")

    by_file = open_corpus(tmp_path, source(tmp_path)).subjects[0].annotations
    by_list = open_corpus(tmp_path, source(tmp_path, task="multi_task")).subjects[0].annotations

    assert by_file["expression"].split == "train"
    assert {annotation.split for annotation in by_list.values()} == {"validation"}
    assert len(by_list) == 3


def test_sample_file_lists_the_frames_to_predict(tmp_path: Path) -> None:
    """The organisers' sample file says which frames of a test subject are asked for."""
    write_text(tmp_path / FOLDERS[6][0] / "102.txt", EIGHT, [1])
    header = f"image_location,{EIGHT}"
    write_text(tmp_path / "EXPR_test_set_sample.txt", header, ["t/00004.jpg", "t/00002.jpg,0", "t/00002.jpg"])
    write_text(tmp_path / "EXPR_Recognition_Challenge_test_set_release.txt", "t", ["u"])

    test = [s for s in open_corpus(tmp_path, source(tmp_path)).subjects if s.subject_id != "102"]

    assert [s.subject_id for s in test] == ["t", "u"]
    assert test[0].annotations["expression"].frames.frames.tolist() == [1, 3]
    assert test[1].annotations["expression"].frames is None


@pytest.mark.parametrize(
    "header", [MTL, "image", "image_location", ""], ids=["mtl", "image", "sample", "none"]
)
def test_multi_task_test_set(tmp_path: Path, header: str) -> None:
    """A list of test pictures belongs to all tasks of the multi-task lists, whatever its first line is."""
    folder = tmp_path / "7th_ABAW_Annotations/MTL_Challenge"
    write_text(folder / "training_set_annotations.txt", MTL, [f"a/00001.jpg,0,0,0,{ZEROS}"])
    write_text(tmp_path / "MTL_Challenge_test_set_release.txt", header or "t/00001.jpg", ["t/00002.jpg"])

    subjects = {s.subject_id: s for s in open_corpus(tmp_path, source(tmp_path)).subjects}

    assert {task: a.split for task, a in subjects["t"].annotations.items()} == dict.fromkeys(
        ("expression", "valence_arousal", "action_units"), "test"
    )
    listed = subjects["t"].annotations["expression"].frames
    assert listed is not None
    assert listed.frames.tolist() == ([1] if header else [0, 1])


def test_strays_and_leftovers_are_infos(tmp_path: Path) -> None:
    """Stray files, hidden copies, pictures and crops do not disturb; every one that nothing reads is named."""
    write_text(tmp_path / FOLDERS[2][0] / "102.TXT", SEVEN, [1])
    touch(
        tmp_path, "batch1/102.MP4", "batch1/.DS_Store", "batch1/Thumbs.db", f"{FOLDERS[2][0]}/._102.txt",
        "readme.txt", "pictures/1.jpg", "cropped_aligned/102/00001.jpg", "__MACOSX/102.mp4",
        ".fer-data.json", ".gitignore", "batch1/.fer-data-archive.json", "batch1/.fer-data.json", "batch1/.gitignore",
    )  # fmt: skip

    corpus = open_corpus(tmp_path, source(tmp_path))

    assert dict(corpus.videos) == {"102": "batch1/102.MP4"}
    assert [s.subject_id for s in corpus.subjects] == ["102"]
    assert {finding.severity for finding in corpus.findings} == {"info"}
    assert sorted(f.file or "" for f in corpus.findings) == sorted(
        ["batch1/.DS_Store", "batch1/Thumbs.db", f"{FOLDERS[2][0]}/._102.txt", "readme.txt", "pictures"]
    )


def test_media_that_nothing_reads_are_named(tmp_path: Path) -> None:
    """A warning for each suffix, with the number of files; `.mpg` is a video here as for `predict`."""
    write_text(tmp_path / FOLDERS[2][0] / "a.txt", SEVEN, [1])
    touch(tmp_path, "batch1/a.MPG", "batch1/b.wmv", "batch2/c.WMV", "pictures/1.heic")

    corpus = open_corpus(tmp_path, source(tmp_path))

    assert dict(corpus.videos) == {"a": "batch1/a.MPG"}
    assert [(f.rule, f.severity, f.file, f.message.split(",")[0]) for f in corpus.findings] == [
        ("unread-media", "warning", "pictures/1.heic", "1 file(s) end in .heic"),
        ("unread-media", "warning", "batch1/b.wmv", "2 file(s) end in .wmv"),
    ]


def test_videos_and_labels_that_miss_each_other(tmp_path: Path) -> None:
    """A label without video is a warning, a video without label an info, a second video of a name a warning."""
    write_text(tmp_path / FOLDERS[2][0] / "a.txt", SEVEN, [1])
    write_text(tmp_path / FOLDERS[2][0] / "b.txt", SEVEN, [1])
    touch(tmp_path, "batch1/a.mp4", "batch2/a.avi", "batch3/c.mp4")

    corpus = open_corpus(tmp_path, source(tmp_path))

    assert [(f.rule, f.severity, f.video_id) for f in corpus.findings] == [
        ("duplicate-video", "warning", "a"),
        ("label-without-video", "warning", "b"),
        ("video-without-labels", "info", "c"),
    ]
    assert corpus.videos["a"] == "batch1/a.mp4"


def test_second_label_file_of_a_subject_is_not_read(tmp_path: Path) -> None:
    """Two copies of an edition beside each other: the first in order of their paths is read, with a warning."""
    write_text(tmp_path / "copy 1" / FOLDERS[2][0] / "a.txt", SEVEN, [1])
    write_text(tmp_path / "copy 2" / FOLDERS[2][0] / "a.txt", SEVEN, [2])
    touch(tmp_path, "a.mp4")

    corpus = open_corpus(tmp_path, source(tmp_path))

    assert read_subject(tmp_path, corpus.subjects[0])["expression"].labels.values.tolist() == [[1]]
    assert [(f.rule, f.file) for f in corpus.findings] == [
        ("duplicate-labels", f"copy 2/{FOLDERS[2][0]}/a.txt")
    ]


@pytest.mark.parametrize("twice", [False, True], ids=["missing", "twice"])
def test_wrong_crops_are_refused(tmp_path: Path, twice: bool) -> None:
    """A missing folder of crops, or two for one subject, are named with the parameter or both folders."""
    write_text(tmp_path / "root" / FOLDERS[2][0] / "a.txt", SEVEN, [1])
    if twice:
        touch(tmp_path / "crops", "one/a/00001.jpg", "two/a/00001.jpg")

    with pytest.raises(
        CorpusError, match="one folder of crops" if twice else r"sources\.own\.crops .* existing folder"
    ):
        open_corpus(tmp_path / "root", source(tmp_path, crops=str(tmp_path / "crops")))


def test_mixed_headers_take_the_longer_class_list(tmp_path: Path) -> None:
    """Seven-class files beside eight-class ones keep their meaning, with a warning."""
    write_text(tmp_path / FOLDERS[3][0] / "a.txt", EIGHT, [7])
    write_text(tmp_path / FOLDERS[3][0] / "b.txt", SEVEN, [6])
    touch(tmp_path, "a.mp4", "b.mp4")

    corpus = open_corpus(tmp_path, source(tmp_path))

    assert len(corpus.classes) == 8
    assert rules(corpus) == ["mixed-classes"]


def test_own_layout(tmp_path: Path) -> None:
    """A user's globs replace the organisers' folder names."""
    write_text(tmp_path / "emo/a.txt", SEVEN, [1])
    write_text(tmp_path / "emo-dev/b.txt", SEVEN, [1])
    write_text(tmp_path / "held-out.txt", "c", [])
    touch(tmp_path, "clips/2020/a.mp4", "clips/2021/b.mp4", "clips/2021/c.mp4", "other/d.mp4")
    layout = {
        "videos": ["clips/**/*.mp4"],
        "labels": {
            "expression": {"train": "emo/*.txt", "validation": "emo-dev/*.txt", "test": "held-out.txt"}
        },
    }

    corpus = open_corpus(tmp_path, source(tmp_path, layout=layout))

    assert sorted(corpus.videos) == ["a", "b", "c"]
    assert [s.annotations["expression"].split for s in corpus.subjects] == ["train", "validation", "test"]
    assert rules(corpus) == []


def test_own_layout_must_match_something(tmp_path: Path) -> None:
    """A glob that finds nothing is named with its parameter."""
    layout = {"videos": ["*.mp4"], "labels": {"expression": {"train": "*.txt"}}}

    with pytest.raises(CorpusError, match=r"sources\.own\.layout\.videos \('\*\.mp4'\) must match files"):
        open_corpus(tmp_path, source(tmp_path, layout=layout))


@pytest.mark.parametrize("pattern", ["/etc/*", "../*.mp4", "a/../../b"])
def test_own_layout_stays_inside_the_root(pattern: str) -> None:
    """A glob that could leave the root is refused with its parameter."""
    values = source(Path("x")).section.model_dump() | {
        "layout": {"videos": [pattern], "labels": {"expression": {"train": "*"}}}
    }

    with pytest.raises(ParamsError, match=r"source\.layout\.videos\.0.* must stay inside root"):
        validate_section("source", AffWild2Section, values)


def test_crops_stand_in_for_videos(tmp_path: Path) -> None:
    """A subject with crops needs no video; crops lie outside the root, in one or several folders."""
    root, crops = tmp_path / "root", tmp_path / "crops"
    write_text(root / FOLDERS[2][0] / "a.txt", SEVEN, [1])
    write_text(root / FOLDERS[2][0] / "b.txt", SEVEN, [1])
    touch(crops, "cropped_aligned/a/00002.jpg", "cropped_aligned_new_50_vids/b/00001.jpg")

    corpus = open_corpus(root, source(root, crops=str(crops)))

    assert sorted(corpus.crops) == ["a", "b"]
    assert rules(corpus) == []


def test_symbolic_links_are_followed_once(tmp_path: Path) -> None:
    """A batch may be a link to another disk, and a link that leads back ends."""
    root, disk = tmp_path / "root", tmp_path / "disk"
    write_text(root / FOLDERS[2][0] / "a.txt", SEVEN, [1])
    touch(disk, "a.mp4")
    (root / "batch1").symlink_to(disk)
    (root / "loop").symlink_to(root)

    assert dict(open_corpus(root, source(root)).videos) == {"a": "batch1/a.mp4"}


def multi_task(line: str) -> dict[str, str]:
    """Return a multi-task list of one line."""
    return {"MTL_Challenge/train_set.txt": f"{MTL}\n{line}"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, r"must hold label files"),
        ({f"{FOLDERS[2][0]}/...txt": SEVEN}, r"Name '\.\.' must be a plain file name"),
        (
            {f"{FOLDERS[2][0]}/a.txt": SEVEN, "expression_test_set.txt": "ok\n../../x"},
            r"expression_test_set\.txt:2: Name '\.\./\.\./x' must be a plain file name",
        ),
        (multi_task(f"../00001.jpg,0,0,0,{ZEROS}"), r"train_set\.txt:2: Name '\.\.' must"),
        (multi_task("a/00001.jpg,0,0,0"), r"train_set\.txt:2: The line has 4 field\(s\), expected 16"),
        (multi_task(f"a/00001.jpg,0,x,0,{ZEROS}"), r"train_set\.txt:2: 'x' is not a number"),
    ],
    ids=[
        "empty", "parent-as-name", "path-in-a-test-list", "path-in-a-multi-task-list", "short-multi-task-line",
        "word-in-a-multi-task-list",
    ],
)  # fmt: skip
def test_unreadable_corpora_end_in_one_line(tmp_path: Path, files: dict[str, str], message: str) -> None:
    """Unsafe names and damaged lists are refused with file, line and rule."""
    for path, text in files.items():
        write_text(tmp_path / path, text, [])

    with pytest.raises(CorpusError, match=message):
        open_corpus(tmp_path, source(tmp_path))


def test_missing_root_is_named(tmp_path: Path) -> None:
    """A root that does not exist is named with its parameter."""
    with pytest.raises(CorpusError, match=r"sources\.own\.root \(.*nowhere\) must be an existing folder"):
        open_corpus(tmp_path / "nowhere", source(tmp_path))


def test_header_of_another_task_than_the_folder(tmp_path: Path) -> None:
    """A label file in the wrong task's folder is read by its header, never by the folder's name."""
    write_text(tmp_path / FOLDERS[2][0] / "a.txt", SEVEN, [1])
    write_text(tmp_path / FOLDERS[2][0] / "b.txt", VA, ["0,0"])
    shutil.copy(tmp_path / FOLDERS[2][0] / "a.txt", tmp_path / FOLDERS[2][0] / "c.txt")

    corpus = open_corpus(tmp_path, source(tmp_path))

    assert {s.subject_id: list(s.annotations) for s in corpus.subjects} == {
        "a": ["expression"],
        "b": ["valence_arousal"],
        "c": ["expression"],
    }


def test_unknown_header_in_a_label_folder_is_refused(tmp_path: Path) -> None:
    """A file that stands where labels stand must be one."""
    write_text(tmp_path / FOLDERS[2][0] / "a.txt", "Happy,Sad", [1])

    corpus = open_corpus(tmp_path, source(tmp_path))

    with pytest.raises(CorpusError, match=r"a\.txt:1: Header 'Happy,Sad' is unknown"):
        read_subject(tmp_path, corpus.subjects[0])


def test_action_units_of_later_editions(tmp_path: Path) -> None:
    """Twelve units are named as the header says, zero-padded."""
    write_text(tmp_path / "annotations/AU_Set/Train_Set/a.txt", AU12, [ZEROS])

    corpus = open_corpus(tmp_path, source(tmp_path, task="action_units"))

    names = read_subject(tmp_path, corpus.subjects[0])["action_units"].labels.header.names
    assert names[:2] == ("AU01", "AU02")
    assert "AU20" not in names


def test_a_list_of_several_tasks_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have a hundred thousand lines; a damaged one is one error and not three."""
    list_ = tmp_path / "annotations/MTL_Challenge/train_set.txt"
    write_text(list_, MTL, [f"x/00001.jpg,0,0,0,{ZEROS}"])
    parsed: list[str] = []

    def parse(content: bytes, file: str) -> dict[str, FrameList]:
        parsed.append(file)
        return parse_multi_task_list(content, file)

    monkeypatch.setattr("fer_data.corpora.corpus.parse_multi_task_list", parse)
    opened = open_corpus(tmp_path, source(tmp_path, task="multi_task"))
    assert [len(subject.annotations) for subject in opened.subjects] == [3]
    assert len(parsed) == 1
    write_text(list_, MTL, ["x/00001.jpg,0"])
    errors: list[CorpusError] = []
    open_corpus(tmp_path, source(tmp_path, task="multi_task"), errors.append)
    assert [error.rule for error in errors] == ["label-line"]
