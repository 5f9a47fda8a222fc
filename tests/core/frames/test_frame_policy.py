"""Decoded frames against label lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.frames.frame_policy import reconcile

counts = st.integers(0, 5000)


@pytest.mark.parametrize(
    ("frames", "lines", "usable", "no_frame", "spare", "rule"),
    [
        pytest.param(95, 95, 95, 0, 0, None, id="equal"),
        pytest.param(94, 95, 94, 1, 0, "frames-differ", id="one-line-too-many-is-the-usual-case"),
        pytest.param(93, 95, 93, 2, 0, "frames-differ", id="two-lines-too-many"),
        pytest.param(96, 95, 95, 0, 1, "frames-differ", id="one-frame-too-many"),
        pytest.param(97, 95, 95, 0, 2, "frames-differ", id="two-frames-too-many"),
        pytest.param(92, 95, 92, 3, 0, "frames-quarantined", id="three-lines-too-many"),
        pytest.param(47, 97, 47, 50, 0, "frames-quarantined", id="truncated-video"),
        pytest.param(98, 95, 95, 0, 3, "frames-quarantined", id="three-frames-too-many"),
        pytest.param(0, 0, 0, 0, 0, None, id="nothing-on-either-side"),
    ],
)
def test_counts_and_rule(
    frames: int, lines: int, usable: int, no_frame: int, spare: int, rule: str | None
) -> None:
    """The known differences end in the stated counts and rule at the default tolerance."""
    result = reconcile(frames, lines, 2)

    assert (result.usable_lines, result.no_frame_lines, result.spare_frames) == (usable, no_frame, spare)
    assert result.rule == rule
    assert (result.message is None) == (rule is None)
    assert result.quarantined == (rule == "frames-quarantined")


@given(counts, counts, st.integers(0, 5), st.booleans())
def test_lines_add_up(frames: int, lines: int, tolerance: int, sparse: bool) -> None:
    """Every label line is either usable or without a frame."""
    result = reconcile(frames, lines, tolerance, sparse=sparse)

    assert result.usable_lines + result.no_frame_lines == lines
    assert min(result.usable_lines, result.no_frame_lines, result.spare_frames) >= 0


@given(counts, counts, st.integers(0, 5))
def test_quarantine_is_the_tolerance(frames: int, lines: int, tolerance: int) -> None:
    """A subject is quarantined exactly where the numbers differ by more than the tolerance."""
    assert reconcile(frames, lines, tolerance).quarantined == (abs(frames - lines) > tolerance)


def test_sparse_rows_ignore_spare_frames() -> None:
    """A list of some frames is not at fault when the video goes on behind the last of them."""
    assert not reconcile(5000, 40, 2, sparse=True).quarantined
    assert reconcile(30, 40, 2, sparse=True).quarantined


@pytest.mark.parametrize(
    ("frames", "said"), [(94, "dropped as no_frame"), (96, "the last frames have no label")]
)
def test_what_becomes_of_the_difference_is_said(frames: int, said: str) -> None:
    """Lines without a frame, and frames without a line, are not called the same."""
    assert str(reconcile(frames, 95, 2).message).endswith(f"{said}.")


def test_message_names_the_parameter() -> None:
    """The message of a quarantine names both counts, the tolerance and its parameter."""
    message = reconcile(47, 97, 2).message

    assert message is not None
    assert all(part in message for part in ("47", "97", "frame_policy.tolerance_frames"))
