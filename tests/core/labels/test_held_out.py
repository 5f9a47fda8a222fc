"""People held out of corpora that have no splits."""

from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.held_out import hold_out


@given(
    st.lists(st.text(min_size=1), unique=True, max_size=12),
    st.floats(0, 1),
    st.randoms(use_true_random=False),
)
def test_the_share_is_held_out_whatever_the_order(people: list[str], share: float, random: object) -> None:
    """Nobody is left out, the share is met to the nearest person, and neither side is empty without need."""
    splits = hold_out(people, share)
    held = [name for name, split in splits.items() if split == "validation"]
    assert set(splits) == set(people)
    assert splits == hold_out(sorted(people, reverse=True), share)
    assert abs(len(held) - share * len(people)) <= 1
    if len(people) > 1:
        assert (len(held) > 0) == (share > 0)
        assert (len(held) < len(people)) == (share < 1)


def test_the_share_is_met_to_the_person() -> None:
    """Of many people a share between the round ones is that share, not the nearest round one."""
    splits = hold_out((str(number) for number in range(1000)), 0.137)
    assert list(splits.values()).count("validation") == 137


def test_extremes_hold_out_nobody_or_everybody() -> None:
    """A corpus to train on alone, and one to be tested on alone."""
    assert set(hold_out("abc", 0).values()) == {"train"}
    assert set(hold_out("abc", 1).values()) == {"validation"}
