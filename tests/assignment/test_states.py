"""Every row of a subject ends in exactly one state."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.assignment.states import ChosenFaces, Decoded, states_of_faces, states_without_faces
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.labels.rows import RowState, check_conservation
from fer_data.core.vision.redundancy import FrameLabels
from fer_data.params.align import QualityParams
from fer_data.params.document import load_params

NO_RULES = QualityParams(**dict.fromkeys(QualityParams.model_fields, 0.0))


def subject(
    count: int,
    needed: list[bool] | None = None,
    *,
    train: bool = True,
    sparse: bool = False,
    trusted: bool = False,
) -> SubjectRequest:
    """Return a subject with one row a frame."""
    frames = np.arange(count, dtype=np.int32)
    wanted = np.array(needed or [True] * count)
    return SubjectRequest("s", "s", "only", frames, wanted, np.full(count, train), sparse, trusted)


def video(path: Path | None, *subjects: SubjectRequest) -> VideoRequest:
    """Return a request for one video."""
    return VideoRequest("v", path, 10, subjects)


def before_faces(
    person: SubjectRequest, decoded: Decoded, path: Path | None = Path("v.mp4")
) -> tuple[list[str], list[str]]:
    """Return the states that need no face, and the rules of the findings."""
    rows = states_without_faces(video(path, person), person, decoded, FrameRule(2, "end"))
    return rows.states.tolist(), [finding.rule for finding in rows.findings]


def faces(found: list[bool], **changes: list[float]) -> ChosenFaces:
    """Return faces that are large, sharp, well lit and all different."""
    count = len(found)
    thumbnails = (
        np.zeros((count, 16, 16, 3), np.uint8) + np.arange(count, dtype=np.uint8)[:, None, None, None] * 20
    )
    good = {
        "eye_distance_px": 50.0,
        "face_blur": 0.02,
        "face_contrast": 80.0,
        "face_brightness": 130.0,
        "face_outside": 0.0,
    }
    measures = {name: np.array(changes.get(name, [value] * count)) for name, value in good.items()}
    landmarks = np.full((count, 5, 2), np.nan, np.float32)
    return ChosenFaces(np.array(found), measures, thumbnails, landmarks)


def test_a_label_line_too_many_has_no_frame() -> None:
    """Within the tolerance the rows beyond the video end as no_frame, the others want a face."""
    states, rules = before_faces(subject(6), Decoded(5, None))
    assert states == ["", "", "", "", "", "no_frame"]
    assert rules == ["frames-differ"]


@pytest.mark.parametrize("decoded", [3, 9], ids=["too few frames", "too many frames"])
def test_a_wrong_number_of_frames_quarantines_the_subject(decoded: int) -> None:
    """Beyond the tolerance no labelled row is used."""
    states, rules = before_faces(subject(6, [True] * 5 + [False]), Decoded(decoded, None))
    assert states == ["quarantined"] * 5 + ["unlabelled"]
    assert rules == ["frames-quarantined"]


def test_a_test_row_is_never_quarantined() -> None:
    """Rows of the test set have sure frame numbers; those beyond the video have no frame."""
    states, rules = before_faces(subject(6, trusted=True), Decoded(2, None))
    assert states == ["", "", "no_frame", "no_frame", "no_frame", "no_frame"]
    assert rules == ["frames-differ"]


def test_frames_behind_a_sparse_list_say_nothing() -> None:
    """A list of some frames need not reach the video's end."""
    states, rules = before_faces(subject(3, sparse=True), Decoded(50, None))
    assert (states, rules) == (["", "", ""], [])


def test_a_decoding_error_spares_the_frames_before_it() -> None:
    """Frames before the damage are sure; the others end as decode_error, whatever their number."""
    states, _ = before_faces(subject(6), Decoded(2, "damaged"))
    assert states == ["", "", *["decode_error"] * 4]


def test_a_missing_video_is_no_video() -> None:
    """Without a file every needed row says so."""
    assert before_faces(subject(2, [True, False]), Decoded(0, None), None)[0] == ["no_video", "unlabelled"]


def test_rows_that_want_a_face_are_kept_or_have_none() -> None:
    """Only rows still open change."""
    open_rows = np.array(["", "no_frame", "", "unlabelled"], object)
    states = states_of_faces(open_rows, subject(4), faces([True, False, False, True]), NO_RULES)
    assert states.tolist() == ["kept", "no_frame", "no_face", "unlabelled"]


@pytest.mark.parametrize(
    ("train", "expected"), [(True, "low_quality"), (False, "kept")], ids=["train", "other splits"]
)
@pytest.mark.parametrize(
    ("rule", "limit", "poor"),
    [
        ("min_eye_distance_px", 8.0, 3.0),
        ("max_face_blur", 0.055, 0.08),
        ("min_face_contrast", 17.0, 9.0),
        ("max_face_brightness", 250.0, 255.0),
        ("max_face_outside", 0.15, 0.4),
    ],
)
def test_poor_faces_are_dropped_from_training_alone(
    rule: str, limit: float, poor: float, train: bool, expected: str
) -> None:
    """Small, blurred, dark, washed-out and cut-off faces end as low_quality in train and are kept elsewhere."""
    rules, measure = NO_RULES.model_copy(update={rule: limit}), rule[4:]
    good = float(faces([True]).measures[measure][0])
    found = faces([True, True, False], **{measure: [poor, good, poor]})
    states = states_of_faces(np.array([""] * 3, object), subject(3, train=train), found, rules)
    assert states.tolist() == [expected, "kept", "no_face"]


@pytest.mark.parametrize(
    ("train", "expected"), [(True, "redundant"), (False, "kept")], ids=["train", "other splits"]
)
def test_repeated_faces_are_dropped_from_training_alone(train: bool, expected: str) -> None:
    """A face that hardly differs from the last kept one ends as redundant in train."""
    rules = NO_RULES.model_copy(update={"min_difference": 30.0})
    states = states_of_faces(np.array([""] * 3, object), subject(3, train=train), faces([True] * 3), rules)
    assert states.tolist() == ["kept", expected, "kept"]


def test_a_repeated_face_with_another_label_is_kept() -> None:
    """The picture alone does not say that nothing is new; labels of rows that want no face do not count."""
    labels = FrameLabels(np.array([[0], [5], [1]], np.int16), np.zeros((3, 2), np.float32))
    rules = NO_RULES.model_copy(update={"min_difference": 300.0})
    person = replace(subject(3), labels=labels)
    states = states_of_faces(np.array(["", "no_frame", ""], object), person, faces([True] * 3), rules)
    assert states.tolist() == ["kept", "no_frame", "kept"]


def test_what_is_not_known_fails_no_rule() -> None:
    """A crop without landmarks has no eye distance, one that hardly shows the face no measures of it."""
    known = {name: [np.nan] for name in faces([True]).measures}
    rules = load_params().align.quality
    states = states_of_faces(np.array([""], object), subject(1), faces([True], **known), rules)
    assert states.tolist() == ["kept"]


@given(st.data(), st.integers(1, 12), st.integers(0, 15), st.booleans(), st.booleans())
def test_states_add_up(data: st.DataObject, count: int, decoded: int, trusted: bool, damaged: bool) -> None:
    """Whatever the video and the faces, every row has one known state and none is lost."""
    flags = st.lists(st.booleans(), min_size=count, max_size=count)
    person = subject(count, data.draw(flags), trusted=trusted)
    rows = states_without_faces(
        video(Path("v"), person), person, Decoded(decoded, "x" if damaged else None), FrameRule(2, "end")
    )
    final = states_of_faces(rows.states, person, faces(data.draw(flags)), NO_RULES).tolist()
    check_conservation({state: final.count(state) for state in set(final)}, count)
    assert all(
        (state == RowState.UNLABELLED) != needed for state, needed in zip(final, person.needed, strict=True)
    )


def test_a_subject_that_the_task_does_not_need_has_no_finding() -> None:
    """A video that is not decoded for want of rows is no quarantined one."""
    assert before_faces(subject(6, [False] * 6), Decoded(0, None)) == (["unlabelled"] * 6, [])
