"""How much frames of one video have in common of a label."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.tasks import LABELS
from fer_data.stats import within_videos
from fer_data.stats.classes import ClassTally
from fer_data.stats.within_videos import VideoSums


def rows(labels: dict[str, list[int | None]]) -> pa.Table:
    """Return rows of videos with these expressions."""
    listed = [(video, one) for video, own in labels.items() for one in own]
    videos = [video for video, _ in listed]
    columns = {"expression": pa.array([one for _, one in listed], pa.int8()), "video_id": videos}
    return pa.table({**columns, "subject_id": videos})


def tallied(*parts: pa.Table) -> ClassTally:
    """Return the tally of parts of a table, none of them copies."""
    tally = ClassTally(LABELS["expression"])
    for part in parts:
        tally.add(part, np.zeros(len(part), bool))
    return tally


def test_a_class_that_whole_videos_have_is_worth_as_many_frames_as_videos() -> None:
    """Frames without a label do not count; a class that nobody has, or everybody, says nothing."""
    split = tallied(rows({"a": [0, 0, 0, None], "b": [1, 1, 1], "c": [1, 1, 1]})).split(
        "train", ["n", "h", "x"]
    )
    found = split.within_videos["h"]
    assert found is not None
    assert (found.correlation, found.design_effect, found.effective_frames) == pytest.approx((1, 3, 3))
    assert split.within_videos["x"] is None


def test_frames_that_do_not_repeat_each_other_all_count() -> None:
    """A correlation below 0 makes no frame worth more than one."""
    found = tallied(rows({"a": [0, 1], "b": [0, 1]})).split("train", ["n", "h"]).within_videos["h"]
    assert found is not None
    assert found.correlation < 0
    assert (found.design_effect, found.effective_frames) == (1.0, 4.0)


def test_single_pictures_have_no_video_to_repeat() -> None:
    """One frame a video: nothing can be said."""
    assert tallied(rows({"a": [0], "b": [1]})).split("train", ["n", "h"]).within_videos["h"] is None


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=2, max_size=30),
    st.integers(0, 30),
)
def test_batches_do_not_matter(frames: list[tuple[str, int]], cut: int) -> None:
    """A video that goes on in another batch is one video; sums are joined now and then."""
    table = pa.table(
        {
            "expression": pa.array([label for _, label in frames], pa.int8()),
            "video_id": [video for video, _ in frames],
            "subject_id": [video for video, _ in frames],
        }
    )
    whole = tallied(table).split("train", ["n", "h", "x"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(within_videos, "_MANY", 1)
        parts = tallied(table.slice(0, cut), table.slice(cut)).split("train", ["n", "h", "x"])
    assert parts.within_videos == whole.within_videos


def test_values_agree_with_the_analysis_of_variance() -> None:
    """Against the mean squares written out for videos of equal length."""
    values = np.array([[0.1, 0.3, 0.2], [0.6, 0.5, 0.7], [-0.2, 0.0, 0.1]])
    sums = VideoSums()
    sums.add(pa.array(np.repeat(["a", "b", "c"], 3)), "valence", values.ravel())
    between = 3 * values.mean(1).var(ddof=1)
    within = values.var(1, ddof=1).mean()
    found = sums.of("valence")
    assert found is not None
    assert found.correlation == pytest.approx((between - within) / (between + 2 * within))


def test_a_value_that_never_changes_says_nothing() -> None:
    """Neither a value that nobody has."""
    sums = VideoSums()
    assert sums.of("arousal") is None
    sums.add(pa.array(["a", "a", "b", "b"]), "arousal", np.full(4, 0.3))
    assert sums.of("arousal") is None
