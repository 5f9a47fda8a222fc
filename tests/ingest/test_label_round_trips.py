"""What a corpus says of a frame stands in the catalog as it was said: nothing is lost, and nothing is made up."""

import json
from pathlib import Path
from typing import Any

import pytest
from corpus_trees import source_of_kind, videos_source, write_video
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.ingest import ingest
from fer_data.params.source import SourceParams
from fer_data.tables.schemas import ROWS, read_table

UNITS = ("AU01", "AU04", "AU12")
FEW = settings(max_examples=8, deadline=None)


def catalog(root: Path, source: SourceParams) -> dict[str, dict[str, Any]]:
    """Return the rows of a corpus by row_id."""
    folder = root.parent / "catalog"
    ingest(root, folder, source)
    return {row["row_id"]: row for row in read_table(folder / "rows.parquet", ROWS).to_pylist()}


def units(row: dict[str, Any], column: str) -> dict[str, Any]:
    """Return the action units of a row that have a value."""
    return {name: value for name, value in row[column].items() if value is not None}


@pytest.fixture(scope="module")
def two_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two clips of 20 frames, 30 a second."""
    root = tmp_path_factory.mktemp("clips") / "root"
    for name in ("a", "b"):
        write_video(root / f"{name}.mp4", 20)
    return root


FRAME = st.tuples(
    st.none() | st.sampled_from(["Happiness", "bored"]),
    st.none() | st.floats(-1, 1, width=32),
    st.dictionaries(st.sampled_from(UNITS), st.integers(0, 1)),
)


@FEW
@given(st.dictionaries(st.tuples(st.sampled_from("ab"), st.integers(0, 19)), FRAME, min_size=1))
def test_a_table_of_frames(two_clips: Path, labels: dict[tuple[str, int], Any]) -> None:
    """Word, class, value and units of each line stand at its frame, and there is no other row."""
    lines = ["video,frame,label,v,a,AU01,AU04,AU12"]
    for (video, frame), (word, value, coded) in labels.items():
        pair = ["", ""] if value is None else [repr(value), repr(-value)]
        own = [str(coded.get(unit, "")) for unit in UNITS]
        lines.append(",".join([video, str(frame), word or "", *pair, *own]))
    (two_clips / "labels.csv").write_text("\n".join(lines))
    names = {unit: unit for unit in UNITS}
    source = videos_source(
        two_clips, prefix="v-", frame="frame", valence="v", arousal="a", action_units=names
    )
    rows = catalog(two_clips, source)
    classes = sorted({word for word, _, _ in labels.values() if word})
    assert {
        (row["video_id"][2:], row["frame_index"]): (
            row["expression_given"],
            row["valence"],
            units(row, "action_units"),
        )
        for row in rows.values()
    } == labels
    for row in rows.values():
        assert row["row_id"] == f"{row['video_id']}/{row['frame_index'] + 1:05d}"
        word = row["expression_given"]
        assert row["expression"] == (None if word is None else classes.index(word))
        assert row["arousal"] == (None if row["valence"] is None else -row["valence"])


@FEW
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ab"), st.integers(0, 3)), st.sampled_from(["x", "y"]), min_size=1
    )
)
def test_a_table_of_segments(two_clips: Path, labels: dict[tuple[str, int], str]) -> None:
    """A segment of a sixth of a second has five frames of 30 a second, with its word and its name."""
    lines = [f"{video},{place / 6},{(place + 1) / 6},{word}" for (video, place), word in labels.items()]
    (two_clips / "labels.csv").write_text("\n".join(["video,start,end,label", *lines]))
    rows = catalog(two_clips, videos_source(two_clips, start="start", end="end"))
    assert {(row["video_id"], row["frame_index"]): row["expression_given"] for row in rows.values()} == {
        (video, frame): word
        for (video, place), word in labels.items()
        for frame in range(5 * place, min(20, 5 * place + 5))
    }
    for row in rows.values():
        place = row["frame_index"] // 5
        assert row["label_scope"] == "segment"
        assert row["segment_id"] == f"{row['video_id']}#{place / 6:.3f}-{(place + 1) / 6:.3f}"


@FEW
@given(
    st.dictionaries(
        st.integers(0, 99), st.dictionaries(st.sampled_from(UNITS), st.integers(0, 5)), min_size=1
    ),
    st.integers(1, 5),
)
def test_disfa(
    tmp_path_factory: pytest.TempPathFactory, coded: dict[int, dict[str, int]], least: int
) -> None:
    """Intensities stay, occurrence follows from them, and what is not coded is null."""
    root = tmp_path_factory.mktemp("disfa") / "root"
    for unit in UNITS:
        path = root / f"ActionUnit_Labels/SN001/SN001_au{int(unit[2:])}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{frame + 1},{own[unit]}\n" for frame, own in coded.items() if unit in own))
    known = {frame: own for frame, own in coded.items() if own}
    if not known:
        return
    source = source_of_kind(root, "disfa", present_from=least, camera="left", held_out=0.0)
    rows = catalog(root, source)
    assert {row["frame_index"]: units(row, "action_unit_intensity") for row in rows.values()} == known
    assert {row["frame_index"]: units(row, "action_units") for row in rows.values()} == {
        frame: {unit: int(value >= least) for unit, value in own.items()} for frame, own in known.items()
    }


@FEW
@given(st.dictionaries(st.integers(0, 999), st.tuples(*[st.integers(-10, 10)] * 2), min_size=1, max_size=9))
def test_afewva(tmp_path_factory: pytest.TempPathFactory, labels: dict[int, tuple[int, int]]) -> None:
    """Values become [-1, 1], from which the corpus' own follow."""
    root = tmp_path_factory.mktemp("afewva") / "root"
    (root / "001").mkdir(parents=True)
    frames = {f"{frame:05d}": {"valence": pair[0], "arousal": pair[1]} for frame, pair in labels.items()}
    (root / "001/001.json").write_text(json.dumps({"actor": "Ann", "frames": frames}))
    rows = catalog(root, source_of_kind(root, "afewva", held_out=0.0))
    assert {
        row["frame_index"]: (round(row["valence"] * 10), round(row["arousal"] * 10)) for row in rows.values()
    } == labels
    assert {row["subject_id"] for row in rows.values()} == {"Ann"}


COUNTS = st.lists(st.integers(0, 9), min_size=6, max_size=6)


@FEW
@given(COUNTS, COUNTS, COUNTS)
def test_cremad(
    tmp_path_factory: pytest.TempPathFactory, voice: list[int], face: list[int], both: list[int]
) -> None:
    """Votes stand in the order of the dataset's classes, those of each modality apart, the intended emotion too."""
    root = tmp_path_factory.mktemp("cremad") / "root"
    write_video(root / "1001_DFA_FEA_XX.mp4", 2)
    lines = ['"","A","D","F","H","N","S","fileName"']
    for modality, counts in enumerate((voice, face, both), 1):
        lines.append(f'"{modality}00001",{",".join(map(str, counts))},"1001_DFA_FEA_XX"')
    (root / "tabulatedVotes.csv").write_text("\n".join(lines))
    row = catalog(root, source_of_kind(root, "cremad", held_out=0.0))["1001_DFA_FEA_XX/00001"]
    order = [4, 0, 1, 2, 3, 5]  # Neutral, Anger, Disgust, Fear, Happiness, Sadness
    assert row["expression_votes"] == ([both[index] for index in order] if any(both) else None)
    assert (row["votes_voice"], row["votes_face"]) == ([voice[i] for i in order], [face[i] for i in order])
    assert (row["expression_intended"], row["label_scope"]) == (3, "clip")
    tie = both.count(max(both)) > 1 or not any(both)
    assert row["expression"] == (None if tie else order.index(both.index(max(both))))
