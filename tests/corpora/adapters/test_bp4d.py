"""BP4D: pictures by the first column, 9 is unknown, and a person is in one split."""

from pathlib import Path
from typing import Any

import pytest
from corpus_trees import source_of_kind
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.corpora.adapter import OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.errors import CorpusError, LabelFileError

UNITS = (1, 2, 4, 6, 7, 10, 12, 15, 23, 24)


def write_task(
    root: Path,
    person: str,
    task: str,
    coded: dict[int, Any],
    *,
    digits: int = 4,
    spare: int = 2,
    end: str = "\n",
) -> Path:
    """Write a table, and pictures before and behind those that it codes; a code stands for all units."""
    path = root / f"AUCoding/AU_OCC/{person}_{task}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(map(str, (0, *UNITS)))]
    for frame, codes in coded.items():
        lines.append(
            ",".join(map(str, (frame, *(codes if isinstance(codes, list) else [codes] * len(UNITS)))))
        )
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    folder = root / f"Sequences_2D+3D/{person}/{task}"
    folder.mkdir(parents=True, exist_ok=True)
    for frame in range(max(0, min(coded) - spare), max(coded) + spare + 1):
        (folder / f"{frame:0{digits}d}.jpg").write_bytes(b"\xff\xd8")
        (folder / f"{frame:0{digits}d}.obj").write_bytes(b"")
    return path


def opened(root: Path, held_out: float = 0.0, on_error: Any = refuse) -> OpenedCorpus:
    """Return a folder of BP4D, opened."""
    source = source_of_kind(root, "bp4d", task="action_units", held_out=held_out)
    return adapter_of(source).open(root, source, on_error)


def test_a_folder_as_it_is_sent_out_is_read(tmp_path: Path) -> None:
    """Rows are the coded pictures, found by number whatever the line and the number of digits."""
    write_task(tmp_path, "F001", "T1", {2440: 1, 2441: 0})
    write_task(tmp_path, "M014", "T8", {7: 0, 8: 9}, digits=3, end="\r\n")
    corpus = opened(tmp_path)
    first, second = corpus.rows()
    assert [(row.path, row.clip, row.frame_index, row.person) for row in (*first, *second)] == [
        ("Sequences_2D+3D/F001/T1/2440.jpg", "F001_T1", 2440, "F001"),
        ("Sequences_2D+3D/F001/T1/2441.jpg", "F001_T1", 2441, "F001"),
        ("Sequences_2D+3D/M014/T8/007.jpg", "M014_T8", 7, "M014"),
        ("Sequences_2D+3D/M014/T8/008.jpg", "M014_T8", 8, "M014"),
    ]
    units = {f"AU{unit:02d}" for unit in UNITS}
    assert [dict(row.labels.units) for row in (*first, *second)] == [
        dict.fromkeys(units, 1),
        dict.fromkeys(units, 0),
        dict.fromkeys(units, 0),
        {},
    ]
    assert (corpus.found, corpus.findings) == ({"people": 2, "sequences": 2}, ())


def test_columns_are_found_by_their_header(tmp_path: Path) -> None:
    """Releases differ in their columns, and some name the first like a unit; units of no dataset are left out."""
    path = write_task(tmp_path, "F001", "T1", {5: 0})
    path.write_text("1,AU12,1,99,04\n5,1,0,1,9\n")
    ((row,),) = opened(tmp_path).rows()
    assert row.labels.units == {"AU12": 1, "AU01": 0}
    assert set(row.labels.units) < set(ACTION_UNITS)


def test_what_lines_get_wrong_is_counted(tmp_path: Path) -> None:
    """A value that is none, lines that repeat or contradict: not coded, never 0."""
    path = write_task(tmp_path, "F001", "T1", {5: [2] + [0] * (len(UNITS) - 1), 6: 1, 7: 1})
    with path.open("a") as file:
        file.write(
            "\n".join(f"{frame},{','.join(['1' if frame == 6 else '0'] * len(UNITS))}" for frame in (6, 7))
        )
    corpus = opened(tmp_path)
    for _ in range(2):
        (rows,) = corpus.rows()
    assert [len(row.labels.units) for row in rows] == [len(UNITS) - 1, len(UNITS), 0]
    assert [finding.rule for finding in corpus.findings] == [
        "label-out-of-range",
        "duplicate-rows",
        "contradicting-rows",
    ]


def test_people_are_held_out_with_all_their_tasks(tmp_path: Path) -> None:
    """BP4D has no splits."""
    for person in range(1, 6):
        for task in ("T1", "T2"):
            write_task(tmp_path, f"F{person:03d}", task, {0: 1}, spare=0)
    splits = [(rows[0].person, rows[0].split) for rows in opened(tmp_path, held_out=0.4).rows()]
    assert len({person for person, split in splits if split == "validation"}) == 2
    assert [split for _, split in splits].count("validation") == 4


def test_tables_and_pictures_that_miss_each_other_are_said(tmp_path: Path) -> None:
    """A table keeps its rows; pictures without one give none. Of copies the first counts."""
    write_task(tmp_path, "F001", "T1", {3: 1})
    write_task(tmp_path, "F001", "T2", {3: 1}).unlink()
    write_task(tmp_path, "F002", "T1", {12: 1}).rename(tmp_path / "F002_T1.csv")
    for picture in (tmp_path / "Sequences_2D+3D/F002/T1").iterdir():
        picture.unlink()
    write_task(tmp_path / "copy", "F001", "T1", {3: 0})
    corpus = opened(tmp_path)
    paths = [row.path for rows in corpus.rows() for row in rows]
    assert paths == ["Sequences_2D+3D/F001/T1/0003.jpg", "Sequences_2D+3D/F002/T1/0012.jpg"]
    assert sorted(finding.rule for finding in corpus.findings) == [
        "duplicate-file",
        "duplicate-file",
        "label-without-video",
        "video-without-labels",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"F001_T1.csv:1: Header '' must have a column of pictures"),
        ("0\n1\n", "F001_T1.csv:1: Header"),
        ("0,1,1\n1,0,0\n", "each once"),
        ("frame,happy\n1,0\n", "F001_T1.csv:1: Header"),
        ("0,1,2\n1,0\n", "F001_T1.csv:2: The line must have a picture and 2 units"),
        ("0,1\n-1,0\n", "must have a picture and 1 units"),
        ("0,1\n10000000,0\n", "must have a picture and 1 units"),
        ("0,1\n1,a\n", "F001_T1.csv:2: The line must have whole numbers"),
        ("0,1\n1,nan\n", "must have whole numbers"),
    ],
)
def test_a_table_of_another_format_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """By file and line, and one wrong table costs no other where it is only noted."""
    write_task(tmp_path, "F001", "T1", {1: 0}).write_text(content)
    write_task(tmp_path, "F001", "T2", {1: 0})
    with pytest.raises(LabelFileError, match=message):
        list(opened(tmp_path).rows())
    met: list[CorpusError] = []
    assert len(list(opened(tmp_path, on_error=met.append).rows())) == len(met) == 1


def test_an_unknown_release_says_what_is_there(tmp_path: Path) -> None:
    """What was found and what was expected."""
    write_task(tmp_path, "F001", "T1", {1: 0}).unlink()
    with pytest.raises(
        CorpusError, match=r"no release of BP4D .*: it has pictures of 1 task\(s\) and no table"
    ):
        opened(tmp_path)


CODES = st.lists(st.sampled_from([0, 1, 9]), min_size=len(UNITS), max_size=len(UNITS))


@given(st.dictionaries(st.integers(0, 300), CODES, min_size=1, max_size=9))
def test_nothing_of_a_label_is_lost(
    tmp_path_factory: pytest.TempPathFactory, coded: dict[int, list[int]]
) -> None:
    """Each code comes back at its picture, the unknown ones as not coded."""
    root = tmp_path_factory.mktemp("bp4d")
    write_task(root, "F001", "T1", coded, spare=0)
    (rows,) = opened(root).rows()
    assert {
        row.frame_index: [row.labels.units.get(f"AU{unit:02d}", 9) for unit in UNITS] for row in rows
    } == coded
