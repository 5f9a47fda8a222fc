"""Scenes in which the wrong person is easily taken, and the truth about them."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fer_data.sample.act_corpus import write_acts
from fer_data.sample.scenes import SIZE_WH, draw_act
from fer_data.sample.shots import film_act


@pytest.fixture(scope="module")
def crossing():
    """Return the frames and truths of two people who change places and back."""
    return list(film_act(draw_act("crossing", 1)))


def test_people_who_cross_keep_their_side_for_most_of_the_video(crossing):
    """Left is who is left in most frames, though not in all of them."""
    is_left = [left.box[0] < right.box[0] for _, (left, right) in crossing if left.visible and right.visible]
    assert 0.5 < np.mean(is_left) < 0.95


def test_frames_and_truths_are_numbered_over_the_whole_act(crossing):
    """Every frame has the act's size and each person's truth with the frame's number."""
    assert {picture.shape for picture, _ in crossing} == {(SIZE_WH[1], SIZE_WH[0], 3)}
    assert [(t.frame_index, t.person) for _, truths in crossing for t in truths] == [
        (index, person) for index in range(len(crossing)) for person in (0, 1)
    ]


def test_a_poster_hangs_still_and_is_nobody():
    """Where the poster hangs the picture hardly changes, and the truth knows the person alone."""
    act = draw_act("poster", 0)
    film = list(film_act(act))
    assert {len(truths) for _, truths in film} == {1}
    (first, _), (last, _) = film[0], film[-1]
    poster = np.s_[70:130, 30:80]
    person = film[0][1][0].box.astype(int)
    face = np.s_[person[1] : person[3], person[0] : person[2]]
    change = np.abs(first.astype(int) - last)
    assert change[poster].mean() < 6
    assert change[face].mean() > 2 * change[poster].mean()


def test_a_cut_shows_another_person_in_between():
    """The annotated person is gone in the second of three shots."""
    act = draw_act("cut-away", 0)
    assert [shot.people for shot in act.shots] == [(0,), (1,), (0,)]
    assert list(act.sides.values()) == ["only"]


def test_a_head_nods_before_a_plain_wall():
    """The face moves by 30 px to either side within ten frames, before one grey."""
    scene = draw_act("nodding", 1).shots[0].scene
    assert np.ptp(scene.backdrop) == 0
    assert 55 < np.ptp(scene.roles[0].performance.centre[:10, 0]) < 70


@pytest.mark.parametrize("kind", ["reverse", "alike"])
def test_two_people_are_filmed_by_turns_before_one_wall(kind):
    """Never both, in five shots, in the same place; in one colour where they are alike."""
    shots = draw_act(kind, 0).shots
    assert [shot.people for shot in shots] == [(0,), (1,), (0,), (1,), (0,)]
    assert all(shot.scene.backdrop is shots[0].scene.backdrop for shot in shots)
    shirts = {shot.scene.roles[0].person.palette.shirt.tobytes() for shot in shots}
    assert len(shirts) == (1 if kind == "alike" else 2)


def test_a_dancer_moves_far_and_turns_and_rolls():
    """The head goes to and fro by a quarter of the width, at more than 10 px a frame, and rolls by 40 degrees."""
    performance = draw_act("dancing", 0).shots[0].scene.roles[0].performance
    assert np.ptp(performance.centre[:, 0]) > 0.25 * SIZE_WH[0]
    assert np.abs(np.diff(performance.centre[:, 0])).max() > 10
    assert np.rad2deg(np.ptp(performance.angles[:, 2])) > 40


@pytest.mark.parametrize(
    ("kind", "column", "least_degrees"), [("three-quarter", 0, 30), ("rolled", 2, 20)], ids=["yaw", "roll"]
)
def test_a_head_turns_or_rolls_and_stays_visible(kind, column, least_degrees):
    """By 20 degrees and more for a third of the video, and never so far that nobody sees the face."""
    angles = draw_act(kind, 1).shots[0].scene.roles[0].performance.angles
    degrees = np.abs(np.rad2deg(angles[:, column]))
    assert (degrees > least_degrees).mean() > 1 / 3
    assert np.abs(np.rad2deg(angles[:, 0])).max() <= 60.1


@pytest.mark.parametrize("kind", ["blurred", "dark"])
def test_whom_nobody_can_see_is_not_visible(kind):
    """For a while the picture shows no face, though the truth knows where it is; before and after it is seen."""
    truths = [truths[0] for _, truths in film_act(draw_act(kind, 0))]
    unseen = np.flatnonzero([not truth.visible for truth in truths])
    assert 4 <= len(unseen) <= 16
    assert np.ptp(unseen) == len(unseen) - 1
    assert truths[0].visible
    assert truths[-1].visible
    assert all(truth.landmarks is not None for truth in truths)


def test_a_talk_is_cut_to_a_nearer_view_of_one_person():
    """Three views of one wall show one person, the second one larger by 30 % and more, about the same place."""
    shots = draw_act("zoomed", 1).shots
    assert [shot.people for shot in shots] == [(0,), (0,), (0,)]
    first, near, last = (shot.scene.roles[0].performance for shot in shots)
    assert near.head_px.mean() > 1.25 * max(first.head_px.mean(), last.head_px.mean())
    assert np.abs(near.centre.mean(0) - first.centre.mean(0)).max() < 30


@pytest.mark.slow
def test_acts_are_written_as_a_corpus_whose_bytes_do_not_depend_on_workers(tmp_path: Path):
    """Videos, label files and truth lie in the root, the same for one worker and two."""
    wanted = [("turned", 0), ("crossing", 0)]
    for workers in (1, 2):
        write_acts(tmp_path / f"{workers}", wanted, workers=workers)
    files = sorted(path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*.*"))
    assert len(files) == 2 + 3 + 1 + 2  # videos, label files, truth; mark and .gitignore of the folder
    for file in files:
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()
    truth = pq.read_table(tmp_path / "1" / "truth.parquet")
    assert set(truth["subject_id"].to_pylist()) == {"turned-0", "crossing-0_left", "crossing-0_right"}
