"""Pictures from elsewhere decide who is who."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.tracks.assignment import TrackChoice
from fer_data.core.tracks.crop_matching import Owner
from fer_data.core.tracks.crop_verdict import Verdict, settle

LENGTHS = dict.fromkeys(range(6), 10)
LEFT = TrackChoice("left", (0, 2), 0.9, "places")
RIGHT = TrackChoice("right", (1, 3), 0.9, "places")
PAIR = {"v": LEFT, "v_right": RIGHT}


def owner(*track_ids: int, matches: int = 20) -> Owner:
    """Return what pictures of these tracks say."""
    return Owner(track_ids, matches, 0, 1.0, 0.9)


def test_pictures_that_agree_change_nothing_but_the_margin() -> None:
    """The tracks stay, and the pictures are the reason."""
    found = settle(PAIR, {"v": owner(0, 2), "v_right": owner(1, 3)}, LENGTHS)
    assert {name: one.choice.track_ids for name, one in found.items()} == {"v": (0, 2), "v_right": (1, 3)}
    assert {one.verdict for one in found.values()} == {Verdict.AGREED}
    assert found["v"].choice.margin == 1.0
    assert "crops" in found["v"].choice.reason


def test_pictures_of_the_other_side_overrule() -> None:
    """Both sides change when both have pictures of the other."""
    found = settle(PAIR, {"v": owner(1, 3), "v_right": owner(0, 2)}, LENGTHS)
    assert {name: one.choice.track_ids for name, one in found.items()} == {"v": (1, 3), "v_right": (0, 2)}
    assert {(one.verdict, one.shows) for one in found.values()} == {
        (Verdict.OVERRULED, "left"),
        (Verdict.OVERRULED, "right"),
    }


def test_a_sibling_without_pictures_gets_whom_they_leave() -> None:
    """When one side turns out to be the other person, the other side cannot stay who it was."""
    found = settle(PAIR, {"v": owner(1, 3)}, LENGTHS)
    assert found["v_right"].choice.track_ids == (0, 2)
    assert found["v_right"].verdict is Verdict.SWAPPED
    assert found["v_right"].choice.side == "right"


def test_a_wrong_join_is_corrected() -> None:
    """A track that belongs to the other person changes hands, and the person stays the same."""
    found = settle(PAIR, {"v": owner(0), "v_right": owner(1, 2, 3)}, LENGTHS)
    assert found["v"].choice.track_ids == (0,)
    assert found["v_right"].choice.track_ids == (1, 2, 3)
    assert (found["v"].verdict, found["v_right"].verdict) == (Verdict.CORRECTED, Verdict.CORRECTED)


def test_a_bystander_who_was_not_chosen_is_the_other() -> None:
    """For a single person the pictures may show somebody who was taken for nobody."""
    found = settle({"v": TrackChoice("only", (0,), 0.5, "largest")}, {"v": owner(4, 5)}, LENGTHS)
    assert (found["v"].verdict, found["v"].shows, found["v"].choice.track_ids) == (
        Verdict.OVERRULED,
        "other",
        (4, 5),
    )


def test_unclear_pictures_leave_the_choice() -> None:
    """Without an owner everything stays, and the verdict says so; without pictures there is none."""
    found = settle(PAIR, {"v": Owner((), 0, 1, 0.0, 0.0)}, LENGTHS)
    assert (found["v"].choice, found["v"].verdict) == (LEFT, Verdict.UNCLEAR)
    assert (found["v_right"].choice, found["v_right"].verdict) == (RIGHT, None)


@pytest.mark.parametrize(("more", "fewer"), [("v", "v_right"), ("v_right", "v")])
def test_a_track_that_both_claim_goes_to_more_matches(more: str, fewer: str) -> None:
    """Two people's pictures cannot both be of one track."""
    found = settle(PAIR, {more: owner(1, 3, matches=30), fewer: owner(1, matches=9)}, LENGTHS)
    assert found[more].choice.track_ids == (1, 3)
    assert found[fewer].choice.track_ids == ()
    assert found[fewer].choice.margin == 0


TRACK_SETS = st.sets(st.integers(0, 5), max_size=4).map(lambda found: tuple(sorted(found)))


@given(TRACK_SETS, TRACK_SETS, st.none() | TRACK_SETS, st.none() | TRACK_SETS, st.integers(5, 40))
def test_no_track_has_two_people(
    left: tuple[int, ...],
    right: tuple[int, ...],
    left_owner: tuple[int, ...] | None,
    right_owner: tuple[int, ...] | None,
    matches: int,
) -> None:
    """Whatever the pictures say, each track has one person at most and every subject a result."""
    right = tuple(track for track in right if track not in left)
    choices = {"a": TrackChoice("left", left, 0.5, ""), "b": TrackChoice("right", right, 0.5, "")}
    owners = {
        name: owner(*tracks, matches=count)
        for name, tracks, count in (("a", left_owner, matches), ("b", right_owner, 20))
        if tracks is not None
    }
    found = settle(choices, owners, LENGTHS)
    assert list(found) == ["a", "b"]
    taken = [track for one in found.values() for track in one.choice.track_ids]
    assert len(taken) == len(set(taken))
    assert {name: one.choice.side for name, one in found.items()} == {"a": "left", "b": "right"}
