"""Which tracks show which annotated person, over the whole video."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.tracks.appearance import DESCRIPTOR_LENGTH
from fer_data.core.tracks.assignment import DOUBTFUL_MARGIN, assign
from fer_data.core.tracks.linking import TrackSummary, join_tracks

WIDTH = 640


def track(
    track_id: int, frames: range, *, x: float, side: float = 80, colour: float = 20, moves: float = 0.1
) -> TrackSummary:
    """Return a track that stands still with its centre at x, while its landmarks move by `moves` eye distances."""
    count = len(frames)
    sign = (
        np.where(np.arange(5) % 2, 1, -1)[None, :, None]
        * np.where(np.array(frames) % 2, 1, -1)[:, None, None]
    )
    landmarks = np.array([[-1, 0], [1, 0], [0, 1], [-1, 2], [1, 2]], np.float32) + moves * sign * [0.0, 2.0]
    box = [x - side / 2, 100, x + side / 2, 100 + side]
    return TrackSummary(
        track_id,
        np.array(frames, np.int32),
        np.tile(np.array(box, np.float32), (count, 1)),
        np.full(count, 0.9, np.float32),
        np.full(DESCRIPTOR_LENGTH, colour, np.float32),
        (landmarks * 10 + x).astype(np.float32),
    )


def chosen(tracks: list[TrackSummary], *sides: str) -> list[tuple[int, ...]]:
    """Return the tracks of each annotated person, of the only one unless sides are given."""
    return [choice.track_ids for choice in assign(tracks, sides or ["only"], WIDTH)]


def test_the_only_person_is_the_largest_and_longest() -> None:
    """A small face in the background and a passer-by are not the annotated person."""
    tracks = [
        track(0, range(100), x=500, side=20, colour=50),
        track(1, range(100), x=300),
        track(2, range(40, 60), x=100, side=110, colour=80),
    ]
    (choice,) = assign(tracks, ["only"], WIDTH)
    assert choice.track_ids == (1,)
    assert choice.margin > 0.5


def test_two_equal_people_make_a_doubtful_only_person() -> None:
    """Where nothing tells the annotated person from another, the margin says so."""
    tracks = [track(0, range(100), x=200), track(1, range(100), x=400, colour=60)]
    (choice,) = assign(tracks, ["only"], WIDTH)
    assert choice.margin < DOUBTFUL_MARGIN


@pytest.mark.parametrize("sides", [["only", "left", "right"], ["left", "only"], ["only", "only"]], ids=str)
def test_the_main_person_beside_named_sides_is_the_most_salient(sides: list[str]) -> None:
    """A subject without a side in its name may stand beside both sides; every one of them gets an answer."""
    tracks = [track(0, range(100), x=100, side=90), track(1, range(100), x=400, side=60, colour=60)]
    expected = {"only": (0,), "left": (0,), "right": (1,)}
    assert chosen(tracks, *sides) == [expected[side] for side in sides]
    (alone, *_) = chosen(tracks[:1], *sides)
    assert alone == (0,)


def test_a_person_is_found_again_after_a_gap_elsewhere_in_the_picture() -> None:
    """Tracks of one look that are never seen together belong to one person; one of another look does not."""
    own = [track(0, range(50), x=100), track(1, range(200, 260), x=500, colour=22)]
    assert chosen([*own, track(2, range(60, 90), x=300, colour=70)]) == [(0, 1)]


def test_people_seen_together_are_never_joined() -> None:
    """Two people who look alike stay two as long as one frame shows both."""
    tracks = [track(0, range(50), x=100), track(1, range(49, 100), x=110)]
    assert len(join_tracks(tracks)) == 2


def test_a_poster_is_not_the_annotated_person() -> None:
    """A face whose landmarks never move among themselves loses to a smaller one that lives."""
    tracks = [track(0, range(100), x=100, side=120, moves=0.0), track(1, range(100), x=300, colour=60)]
    assert chosen(tracks) == [(1,)]
    assert chosen([*tracks, track(2, range(100), x=500, colour=90)], "left", "right") == [(1,), (2,)]


def test_a_pair_is_found_again_in_other_light() -> None:
    """Two people whose looks all change with a cut keep who they are, by how they differ from each other."""
    tracks = [
        track(0, range(60), x=150, colour=20),
        track(1, range(60), x=450, colour=28),
        track(2, range(60, 90), x=150, colour=37),
        track(3, range(60, 90), x=450, colour=29),
    ]
    assert chosen(tracks, "left", "right") == [(0, 3), (1, 2)]


def test_a_pair_is_found_again_by_its_clothes_before_another_wall() -> None:
    """Behind the heads all changes with the camera, by more than the two differ; their clothes stay."""

    def dressed(one: TrackSummary, clothes: float) -> TrackSummary:
        descriptor = one.descriptor.copy()
        descriptor[126:] = clothes
        return replace(one, descriptor=descriptor)

    tracks = [
        dressed(track(0, range(60), x=150, colour=20), 10),
        dressed(track(1, range(60), x=450, colour=28), 16),
        dressed(track(2, range(60, 90), x=150, colour=40), 17),
        dressed(track(3, range(60, 90), x=450, colour=60), 11),
    ]
    assert chosen(tracks, "left", "right") == [(0, 3), (1, 2)]


def test_a_stranger_after_a_cut_is_not_joined() -> None:
    """Somebody of another look, alone in a shot in between, is not the annotated person."""
    own = [track(0, range(50), x=300), track(2, range(75, 110), x=320, colour=22)]
    assert chosen([*own, track(1, range(50, 75), x=300, colour=29)]) == [(0, 2)]


def test_a_change_from_one_frame_to_the_next_is_no_sign_of_the_same_person() -> None:
    """Where the tracker refused to go on in the next frame, the same place speaks for a cut, not for a join."""
    tracks = [track(0, range(30), x=300), track(1, range(30, 50), x=300, colour=25)]
    assert len(join_tracks(tracks)) == 2
    later = [track(0, range(30), x=300), track(1, range(32, 50), x=300, colour=25)]
    assert len(join_tracks(later)) == 1


@pytest.mark.parametrize(
    ("leap", "joined"), [(0, {(0,), (1, 2), (3,)}), (300, {(0,), (1,), (2,), (3,)})], ids=["one shot", "cut"]
)
def test_who_goes_and_comes_in_one_shot_is_one_person(leap: int, joined: set[tuple[int, ...]]) -> None:
    """While somebody else stays in view there is no cut, so less likeness will do; where all leap, it will not."""

    def leaping(one: TrackSummary) -> TrackSummary:
        boxes = one.boxes.copy()
        boxes[one.frames >= 50, ::2] -= leap
        return replace(one, boxes=boxes)

    stay = [
        track(0, range(100), x=500, side=50, colour=60),
        track(3, range(30, 70), x=320, side=9, colour=34),
    ]
    goes, comes = track(1, range(40), x=200), track(2, range(60, 100), x=350, colour=27)
    assert {person.track_ids for person in join_tracks([*map(leaping, stay), goes, comes])} == joined


def test_a_short_still_track_is_no_poster() -> None:
    """In a second a living face may keep still; in three it is a picture."""
    short, long = (join_tracks([track(0, range(frames), x=300, moves=0.0014)])[0] for frames in (10, 90))
    assert short.liveness > 2 * long.liveness
    assert long.liveness < 0.2


def test_rivals_that_may_be_one_person_make_a_doubtful_choice() -> None:
    """Somebody small who is always there wins over two tracks of a larger face, but not surely: they may be one."""
    tracks = [
        track(0, range(100), x=500, side=60, colour=60),
        track(1, range(40), x=200, side=85),
        track(2, range(60, 100), x=210, side=85, colour=26),
    ]
    (choice,) = assign(tracks, ["only"], WIDTH)
    assert choice.margin < DOUBTFUL_MARGIN


def test_a_join_in_doubt_makes_a_doubtful_choice() -> None:
    """Tracks that are barely alike enough are joined, and the margin says so."""
    tracks = [track(0, range(50), x=100), track(1, range(70, 130), x=400, colour=24.2)]
    (choice,) = assign(tracks, ["only"], WIDTH)
    assert choice.track_ids == (0, 1)
    assert choice.margin < DOUBTFUL_MARGIN


@pytest.mark.parametrize("order", [[0, 1], [1, 0]], ids=["as seen", "reversed"])
def test_sides_follow_the_picture(order: list[int]) -> None:
    """Left is the person on the left of the picture, whatever the order of tracks and sides."""
    tracks = [track(0, range(80), x=150), track(1, range(80), x=450, colour=60)]
    sides = [["left", "right"][index] for index in order]
    choices = assign([tracks[index] for index in order], sides, WIDTH)
    assert {choice.side: choice.track_ids for choice in choices} == {"left": (0,), "right": (1,)}
    assert min(choice.margin for choice in choices) == 1


def test_one_annotated_side_still_looks_at_both_people() -> None:
    """With the right one annotated alone, the left person is not taken even when larger."""
    tracks = [track(0, range(80), x=150, side=160), track(1, range(80), x=450, colour=60)]
    assert chosen(tracks, "right") == [(1,)]


def crossing(frame: int, frames: int) -> list[TrackSummary]:
    """Return the tracks of two people who change places at a frame: 0 and 2 are of the one who begins on the left."""
    before, after = range(frame), range(frame, frames)
    first = [track(0, before, x=150), track(2, after, x=470)]
    second = [track(1, before, x=450, colour=60), track(3, after, x=160, colour=60)]
    return first + second


def test_sides_are_decided_by_most_frames_when_people_cross() -> None:
    """Two people who change places for a while keep their sides; the margin falls."""
    left, right = assign(crossing(70, 100), ["left", "right"], WIDTH)
    assert (left.track_ids, right.track_ids) == ((0, 2), (1, 3))
    assert left.margin == pytest.approx(0.4)


def test_two_who_hold_either_side_as_long_are_neither_left_nor_right() -> None:
    """Eleven frames one way round and ten the other say nothing: no row goes to the wrong person."""
    choices = assign(crossing(11, 21), ["left", "right"], WIDTH)
    assert [choice.track_ids for choice in choices] == [(), ()]
    assert "as long left as right" in choices[0].reason


@pytest.mark.parametrize(
    ("colour", "unproven"), [(20.5, 0), (21.2, 40), (22.5, 0)], ids=["same", "alike", "apart"]
)
def test_a_merge_over_a_cut_by_looks_alone_is_told(colour: float, unproven: int) -> None:
    """Two men in grey before one wall differ by 1.2: nothing says that it is one, and the choice says so."""
    tracks = [track(0, range(50), x=300), track(1, range(50, 90), x=300, colour=colour)]
    (choice,) = assign(tracks, ["only"], WIDTH)
    assert choice.unproven_frames == unproven


def test_a_pair_is_who_is_seen_together() -> None:
    """A person alone in another scene, however large, is neither left nor right."""
    tracks = [
        track(0, range(60), x=150),
        track(1, range(60), x=450, colour=60),
        track(2, range(60, 150), x=320, side=100, colour=90),
    ]
    assert chosen(tracks, "left", "right") == [(0,), (1,)]


@pytest.mark.parametrize(("x", "taken"), [(150, "left"), (500, "right")], ids=["left", "right"])
def test_a_person_alone_takes_their_half(x: float, taken: str) -> None:
    """With one person in the video, the other side gets nobody."""
    choices = assign([track(0, range(30), x=x)], ["left", "right"], WIDTH)
    assert {choice.side: bool(choice.track_ids) for choice in choices} == {
        side: side == taken for side in ("left", "right")
    }


@pytest.mark.parametrize("sides", [["only"], ["left", "right"]], ids=["only", "sides"])
def test_no_tracks_choose_nobody(sides: list[str]) -> None:
    """A video without a face leaves every side empty, with margin 0."""
    assert all(not choice.track_ids and choice.margin == 0 for choice in assign([], sides, WIDTH))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 60), st.integers(1, 40), st.floats(50, 600), st.floats(20, 160), st.floats(0, 90)
        ),
        max_size=7,
    ),
    st.sampled_from([["only"], ["left"], ["right"], ["left", "right"], ["right", "left"]]),
)
def test_a_choice_is_one_face_a_frame(
    drawn: list[tuple[int, int, float, float, float]], sides: list[str]
) -> None:
    """Whatever the tracks, nobody is in two places in a frame, no track has two people, margins lie in [0, 1]."""
    tracks = [
        track(i, range(start, start + count), x=x, side=side, colour=colour)
        for i, (start, count, x, side, colour) in enumerate(drawn)
    ]
    choices = assign(tracks, sides, WIDTH)
    assert [choice.side for choice in choices] == sides
    taken = [track_id for choice in choices for track_id in choice.track_ids]
    assert len(taken) == len(set(taken))
    for choice in choices:
        assert 0 <= choice.margin <= 1
        frames = np.concatenate([np.zeros(0, int), *(tracks[i].frames for i in choice.track_ids)])
        assert len(frames) == len(np.unique(frames))


def test_two_people_dressed_alike_who_are_filmed_by_turns_stay_apart() -> None:
    """Over cuts, looks that are alike but not the same join nobody; the likest of three tracks are one person."""
    tracks = [
        track(0, range(50), x=300),
        track(1, range(50, 80), x=300, colour=22.5),
        track(2, range(80, 120), x=300, colour=20.6),
    ]
    assert {person.track_ids for person in join_tracks(tracks)} == {(0, 2), (1,)}
    assert chosen(tracks) == [(0, 2)]


def test_somebody_very_different_shows_that_two_who_are_alike_are_one() -> None:
    """The same two tracks are joined where a third person differs from both by far more."""
    tracks = [track(0, range(50), x=300), track(1, range(80, 120), x=300, colour=22.5)]
    assert len(join_tracks([tracks[0], replace(tracks[1], frames=tracks[1].frames - 30)])) == 2
    other = track(2, range(50, 80), x=300, colour=60)
    assert {person.track_ids for person in join_tracks([*tracks, other])} == {(0, 1), (2,)}


def test_a_shot_of_somebody_else_is_no_likest_one() -> None:
    """Who follows at a cut and looks otherwise is not joined, though the same person in other light differs more."""
    tracks = [
        track(0, range(50), x=300, colour=20),
        track(1, range(50, 60), x=300, colour=25.7),
        track(2, range(60, 90), x=300, colour=12),
    ]
    assert {person.track_ids for person in join_tracks(tracks)} == {(0,), (1,), (2,)}


def test_a_face_that_runs_out_of_the_picture_is_no_cut() -> None:
    """It loses its track in every frame; the rows are joined all the same, by looks that pass over a gap."""
    tracks = [
        track(0, range(50), x=300),
        *(track(n, range(49 + n, 50 + n), x=300 + 100 * n, colour=22.5) for n in (1, 2, 3)),
    ]
    assert {person.track_ids for person in join_tracks(tracks)} == {(0, 1, 2, 3)}
