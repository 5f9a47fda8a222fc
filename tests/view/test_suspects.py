"""Labels to look at: each signal names a planted wrong label, and says nothing of labels that are as usual."""

from pathlib import Path

import pytest
from planted_videos import Row, face_row, write_evaluation, write_face_rows, write_planted

from fer_data.errors import DatasetError, ParamsError
from fer_data.view import opened
from fer_data.view.suspects import Suspect

NOISE_HEADER = (
    "split,rank,suspicion,given,answered,answered_probability,subject_id,video_id,first_frame,last_frame\n"
)


def found_in(*paths: Path) -> list[Suspect]:
    """Return the labels to look at of what lies at some paths."""
    with opened(list(paths)) as material:
        return material.suspects


def of(rows: list[Row], folder: Path) -> list[Suspect]:
    """Return the labels to look at of rows alone."""
    return found_in(write_face_rows(folder, rows))


def places(found: list[Suspect]) -> list[tuple[str, str, int, int]]:
    """Return strongest signal, video and frames of each."""
    return [(one.signals[0].kind, one.video.name, one.first, one.last) for one in found]


def test_three_planted_labels_come_first(tmp_path: Path) -> None:
    """A span that the model contradicts, a flip, and valence against the class: these three and no other."""
    found = found_in(*write_planted(tmp_path))
    assert sorted(places(found)) == [
        ("flip", "flips", 20, 20),
        ("model", "calm", 10, 15),
        ("valence and arousal", "sour", 5, 12),
    ]
    assert {one.video.name: (one.label, one.signals[0].instead) for one in found} == {
        "calm": ("Anger", "Neutral"),
        "flips": ("Sadness", "Happiness"),
        "sour": ("Happiness", ""),
    }
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0, 0, 0, 1, 0, 0, 0], [3]),
        ([0, 0, 1, 0, 0], []),
        ([0] * 6 + [1, 1] + [0] * 6, [6]),
        ([0] * 3 + [1, 1] + [0] * 3, []),
        ([0, 0, 0, 1, 2, 2, 2], []),
        ([0, 0, 0, -1, 0, 0, 0], []),
        ([-1, -1, -1, 0, -1, -1, -1], []),
        ([1, 0, 0, 0, 0], []),
    ],
    ids=["one", "too short around", "two", "two, too short", "a change", "a gap", "alone", "at the edge"],
)
def test_a_flip_is_short_within_one_class(tmp_path: Path, labels: list[int], expected: list[int]) -> None:
    """One or two frames, three times as many of one other class on either side, all of them labelled."""
    rows = [face_row("v", frame, label, valence=None, arousal=None) for frame, label in enumerate(labels)]
    assert [one.first for one in of(rows, tmp_path)] == expected


def test_rows_beyond_a_gap_are_no_neighbours(tmp_path: Path) -> None:
    """A label after a hundred frames without a row is not inside of anything."""
    frames = [0, 1, 2, 103, 204, 205, 206]
    rows = [face_row("v", frame, int(frame == 103), valence=None, arousal=None) for frame in frames]
    assert of(rows, tmp_path) == []


def test_a_label_with_the_valence_of_another_class_is_named(tmp_path: Path) -> None:
    """Eight frames of Sadness that lie where Happiness lies, and 40 that lie where Sadness does, which are not."""
    rows = [face_row("happy", frame, 4) for frame in range(40)] + [
        face_row("sad", frame, 5) for frame in range(40)
    ]
    swapped = [{**face_row("odd", frame, 4), "expression": 5} for frame in range(8)]
    found = of(rows + swapped, tmp_path)
    assert places(found) == [("valence and arousal", "odd", 0, 7)]
    assert found[0].signals[0].instead == "Happiness"
    assert "valence 0.69 and arousal 0.29 are what Happiness has" in found[0].signals[0].why


def test_frames_at_which_an_expression_changes_are_as_usual(tmp_path: Path) -> None:
    """The first frame of Happiness still has the valence of Neutral; the run as a whole does not."""
    rows = [face_row("v", frame, 0 if frame < 40 else 4) for frame in range(80)]
    rows[40] |= {"valence": 0.0, "arousal": 0.0}
    assert of(rows, tmp_path) == []


def test_filled_answers_say_nothing(tmp_path: Path) -> None:
    """A row that the model never saw has the answer of another frame, which contradicts no label."""
    rows = [face_row("v", frame, 0, state="no_face", valence=None, arousal=None) for frame in range(4)]
    rows += [face_row("v", frame, 0, valence=None, arousal=None) for frame in range(4, 8)]
    evaluation = write_evaluation(
        tmp_path / "evaluation", rows, lambda row: 1 if row["frame_index"] < 4 else 0
    )
    assert found_in(write_face_rows(tmp_path / "faces", rows), evaluation) == []


def noise_folder(folder: Path, *lines: str) -> Path:
    """Write what `fer-data noise` writes, as far as it is read."""
    folder.mkdir()
    (folder / "suspects.csv").write_text(
        NOISE_HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8"
    )
    (folder / "summary.json").write_text("{}", encoding="utf-8")
    return folder


def test_what_noise_lists_adds_to_the_other_signals(tmp_path: Path) -> None:
    """A label that both name has both scores; one of another dataset is left out."""
    rows = [face_row("v", frame, int(frame == 5), valence=None, arousal=None) for frame in range(11)]
    noise = noise_folder(
        tmp_path / "noise", "train,1,5.0,Anger,Neutral,0.9,v,v,5,5", "train,2,4.0,Fear,Neutral,0.9,x,x,0,9"
    )
    (found,) = found_in(write_face_rows(tmp_path / "faces", rows), noise)
    assert {signal.kind for signal in found.signals} == {"flip", "noise"}
    assert found.score == pytest.approx(5.0 + found.signals[1].score)


def test_a_damaged_list_of_noise_is_one_line(tmp_path: Path) -> None:
    """The file and what to do are named."""
    faces = write_face_rows(tmp_path / "faces", [face_row("v", 0, 0)])
    noise = noise_folder(tmp_path / "noise", "train,1,x,Anger,Neutral,0.9,v,v,five,5")
    with pytest.raises(DatasetError, match=r"suspects\.csv cannot be read: .*Run `fer-data noise` again"):
        found_in(faces, noise)


def test_noise_alone_is_refused(tmp_path: Path) -> None:
    """Without the rows it says nothing."""
    with pytest.raises(ParamsError, match="Name the dataset beside it"):
        found_in(noise_folder(tmp_path / "noise"))
