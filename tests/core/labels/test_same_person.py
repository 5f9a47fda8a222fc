"""People under several names."""

from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.same_person import person_names

NAMES = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(NAMES, NAMES), max_size=12), st.randoms())
def test_a_person_is_the_first_of_all_names_that_are_joined(
    pairs: list[tuple[str, str]], random: object
) -> None:
    """Whatever the order of the pairs, both of each have one person, which is the first of the names."""
    found = person_names(pairs)
    turned = [pair[::-1] for pair in pairs]
    random.shuffle(turned)  # type: ignore[attr-defined]
    assert person_names(turned) == found
    assert set(found) == {name for pair in pairs for name in pair}
    assert all(found[one] == found[two] for one, two in pairs)
    for name, person in found.items():
        assert found[person] == person <= name
