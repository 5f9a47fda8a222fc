"""AFEW-VA: frames as pictures, valence and arousal from -10 to 10, people by actor, cropped copies left out."""

import json
from pathlib import Path
from typing import Any

import pytest
from corpus_trees import source_of_kind
from hypothesis import given
from hypothesis import strategies as st

from fer_data.corpora.adapter import OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.errors import CorpusError

FACE = [[100.0 + x, 50.0 + 2 * x] for x in range(68)]


def frame(valence: float, arousal: float, landmarks: Any = FACE) -> dict[str, Any]:
    """Return what a file says of one frame."""
    return {"landmarks": landmarks, "valence": valence, "arousal": arousal}


def write_clip(root: Path, name: str, actor: Any, frames: dict[str, Any], folder: str | None = None) -> Path:
    """Write a clip as AFEW-VA has it: a folder of numbered pictures beside one JSON."""
    path = root / (folder or name) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"video_id": name, "actor": actor, "frames": frames}))
    for number in frames:
        (path.parent / f"{number}.png").write_bytes(b"\x89PNG")
    return path


def opened(root: Path, held_out: float = 0.0, on_error: Any = refuse) -> OpenedCorpus:
    """Return a folder of AFEW-VA, opened."""
    source = source_of_kind(root, "afewva", task="valence_arousal", held_out=held_out)
    return adapter_of(source).open(root, source, on_error)


def test_a_folder_as_it_is_sent_out_is_read(tmp_path: Path) -> None:
    """A row a frame, in the corpus' own scale, with a box around the landmarks that tells the actor from others."""
    write_clip(tmp_path, "001", "Ann Actor", {"00000": frame(3, -10), "00001": frame(-2.5, 10)})
    write_clip(tmp_path, "600", "Bob O'Bob", {"00000": frame(0, 0)})
    corpus = opened(tmp_path)

    first, second = corpus.rows()

    assert [(row.path, row.clip, row.frame_index) for row in (*first, *second)] == [
        ("001/00000.png", "001", 0),
        ("001/00001.png", "001", 1),
        ("600/00000.png", "600", 0),
    ]
    assert [(row.labels.valence, row.labels.arousal, row.person) for row in (*first, *second)] == [
        (3, -10, "Ann Actor"),
        (-2.5, 10, "Ann Actor"),
        (0, 0, "Bob O'Bob"),
    ]
    assert first[0].box == (100, 50, 167, 184)
    assert {row.scope for row in first} == {"frame"}
    assert corpus.found == {"clips": 2, "frames": 3, "pictures": 3}
    assert (corpus.findings, corpus.videos, corpus.classes) == ((), {}, ())


def test_cropped_copies_are_left_out(tmp_path: Path) -> None:
    """Beside the pictures, or in a folder of their own with another copy of the annotations."""
    write_clip(tmp_path, "001", "Ann", {"00000": frame(1, 1)})
    (tmp_path / "001/00000_cropped.png").write_bytes(b"\x89PNG")
    write_clip(tmp_path, "001", "Ann", {"00000": frame(2, 2)}, folder="001_cropped")
    corpus = opened(tmp_path)
    assert [[row.path for row in rows] for rows in corpus.rows()] == [["001/00000.png"]]
    assert [finding.rule for finding in corpus.findings] == ["duplicate-clip", "cropped-copies"]


def test_an_actor_of_several_clips_is_in_one_split(tmp_path: Path) -> None:
    """AFEW-VA has no splits; a person of two clips would leak from one into the other."""
    for clip in range(20):
        write_clip(tmp_path, f"{clip:03d}", f"actor {clip % 7}", {"00000": frame(1, 1)})
    rows = [chunk[0] for chunk in opened(tmp_path, held_out=0.3).rows()]
    splits = {row.person: {other.split for other in rows if other.person == row.person} for row in rows}
    assert all(len(found) == 1 for found in splits.values())
    assert sum(found == {"validation"} for found in splits.values()) == 2


def test_what_is_no_value_is_no_label(tmp_path: Path) -> None:
    """Out of range, not finite, a text or nothing: the frame stays without a label, and one finding counts them."""
    values: list[Any] = [11, -10.5, float("nan"), float("inf"), "3", None, True, []]
    frames = {f"{index:05d}": frame(value, 1) for index, value in enumerate(values)}
    write_clip(tmp_path, "001", "Ann", {**frames, "00098": {}, "00099": 3})
    corpus = opened(tmp_path)
    (rows,) = corpus.rows()
    assert {row.labels.valence for row in rows} == {None}
    (finding,) = corpus.findings
    assert (finding.rule, finding.file) == ("label-out-of-range", "001/001.json")
    assert finding.message.endswith("So it is 10 times, here first.")


@pytest.mark.parametrize(
    "landmarks", [None, [], 3, [[1, 2]], [[1, 2], [3]], [[1, 2], [float("nan"), 4]], [["a", 2]], {"a": 1}]
)
def test_landmarks_that_span_nothing_give_no_box(tmp_path: Path, landmarks: Any) -> None:
    """The face is then found without help."""
    write_clip(tmp_path, "001", "Ann", {"00000": frame(1, 1, landmarks)})
    ((row,),) = opened(tmp_path).rows()
    assert (row.box, row.labels.valence) == (None, 1)


@pytest.mark.parametrize("actor", [None, "", " ", 7])
def test_a_clip_without_a_name_is_its_own_person(tmp_path: Path, actor: Any) -> None:
    """Such people may be in both splits, which is said."""
    write_clip(tmp_path, "001", actor, {"00000": frame(1, 1)})
    corpus = opened(tmp_path)
    ((row,),) = corpus.rows()
    assert row.person is None
    assert [finding.rule for finding in corpus.findings] == ["no-person"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "001/001.json: It is no JSON"),
        ("[]", 'must have "frames"'),
        ('{"frames": []}', 'must have "frames"'),
        ('{"frames": {"../../x": {}}}', 'must have "frames"'),
        ('{"frames": {}, "actor": "a/../b"}', "must be a plain file name"),
        ("[" * 100_000, "It is no JSON"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """By name, and one wrong file costs no other clip where it is only noted."""
    write_clip(tmp_path, "002", "Ann", {"00000": frame(1, 1)})
    path = tmp_path / "001/001.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(CorpusError, match=message):
        opened(tmp_path)
    met: list[CorpusError] = []
    assert len(list(opened(tmp_path, on_error=met.append).rows())) == len(met) == 1


def test_an_unknown_release_says_what_is_there(tmp_path: Path) -> None:
    """What was found and what was expected."""
    (tmp_path / "00000.png").write_bytes(b"")
    with pytest.raises(
        CorpusError, match=r"no release of AFEW-VA .*: it has 1 pictures, no other file. Expected 001"
    ):
        opened(tmp_path)


VALUES = st.floats(-10, 10, width=32)


@given(st.dictionaries(st.integers(0, 99999), st.tuples(VALUES, VALUES), min_size=1, max_size=20))
def test_nothing_of_a_label_is_lost(
    tmp_path_factory: pytest.TempPathFactory, labels: dict[int, tuple[float, float]]
) -> None:
    """Frame, valence and arousal come back as they were written."""
    root = tmp_path_factory.mktemp("afewva")
    write_clip(root, "001", "Ann", {f"{number:05d}": frame(*pair) for number, pair in labels.items()})
    (rows,) = opened(root).rows()
    assert {row.frame_index: (row.labels.valence, row.labels.arousal) for row in rows} == labels
