"""The plan of the corpus."""

from collections import Counter

import pytest

from fer_data.params.sample import SampleParams
from fer_data.sample.casting import cast_videos
from fer_data.sample.faults import label_troubles, plant_in_videos


def params(**changes):
    """Return the demo's parameters with changes."""
    values = {
        "seed": 7, "train_subjects": 64, "other_subjects": 16, "min_frames": 21, "max_frames": 28,
        "supersampling": 1, "faults": True,
    }  # fmt: skip
    return SampleParams(**{**values, **changes})


def actors(plans):
    """Return all people of the plans."""
    return [actor for plan in plans for actor in plan.actors]


@pytest.mark.parametrize(("train", "other"), [(64, 16), (16, 8), (5, 3), (1, 2)], ids=str)
def test_as_many_subjects_as_asked_for(train, other):
    """The EXPR task has exactly `train_subjects` for training and `other_subjects` for validation and test."""
    plans = cast_videos(params(train_subjects=train, other_subjects=other))
    splits = Counter(actor.splits.get("expression") for actor in actors(plans) if actor.subject_id)
    assert splits["train"] == train
    assert splits["validation"] + splits["test"] == other
    assert splits["validation"] > 0
    assert splits["test"] > 0


def test_no_person_appears_twice():
    """Every actor of the corpus is another person, so that the splits share nobody."""
    numbers = [actor.number for actor in actors(cast_videos(params()))]
    assert len(set(numbers)) == len(numbers)


def test_every_kind_of_video_occurs():
    """Two people, an unsuffixed file with a suffixed sibling, a bystander, VA or AU alone, AVI, variable rate, 720p."""
    plans = cast_videos(params())
    names = [{actor.subject_id for actor in plan.actors} for plan in plans]
    assert any(
        {f"{plan.video_id}_left", f"{plan.video_id}_right"} == name
        for plan, name in zip(plans, names, strict=True)
    )
    assert any(
        {plan.video_id, f"{plan.video_id}_right"} == name for plan, name in zip(plans, names, strict=True)
    )
    assert any(None in name for name in names)
    assert (
        sum(actor.subject_id is not None and "expression" not in actor.splits for actor in actors(plans)) == 2
    )
    assert sum(plan.variable_frame_rate for plan in plans) == 1
    assert {plan.suffix for plan in plans} == {"mp4", "avi"}
    assert {plan.folder for plan in plans} == {"batch1", "batch2"}
    sizes = Counter(plan.size_wh for plan in plans)
    assert sizes[640, 480] > len(plans) / 2
    assert (1280, 720) in sizes


def test_the_unsuffixed_subject_is_on_the_other_side():
    """Where one file of two has a suffix, the file without one is the opposite side."""
    sides = {actor.subject_id: actor.side for actor in actors(cast_videos(params())) if actor.subject_id}
    assert all(side == "right" for name, side in sides.items() if name.endswith("_right"))
    assert all(
        sides[name.removesuffix("_right")] == "left"
        for name in sides
        if name.removesuffix("_right") in sides and name.endswith("_right")
    )


def test_planted_video_troubles_hit_different_training_videos():
    """Walking out, an empty picture and two kinds of truncation each have a video of their own."""
    plans, faults = plant_in_videos(cast_videos(params()))
    assert [fault.rule for fault in faults] == [
        "walks-out", "no-face", "truncated-video", "truncated-video-slightly",
    ]  # fmt: skip
    assert len({fault.file for fault in faults}) == len(faults)
    troubled = {fault.subject_id: plan for fault in faults for plan in plans if plan.path == fault.file}
    assert {troubled[name].actors[0].splits["expression"] for name in troubled} == {"train"}
    lost = sorted(plan.n_frames - plan.keeps for plan in plans if plan.keeps is not None)
    assert lost[0] == 1
    assert lost[1] > 2


def test_most_label_files_have_one_line_too_many():
    """As in the real corpus, an extra line is the usual case and exact files are the second."""
    plans = cast_videos(params())
    extra = Counter(
        label_troubles(plan, actor, 7)[0].extra_lines
        for plan in plans
        for actor in plan.actors
        if actor.subject_id
    )
    assert extra.most_common(2)[0][0] == 1
    assert extra.most_common(2)[1][0] == 0
