"""What a model saw in training, and what may therefore be audited."""

from pathlib import Path
from typing import Any

import pytest

from fer_data.core.sampling.operations import OPERATIONS
from fer_data.errors import ParamsError, WeightsError
from fer_data.model.files import Model
from fer_data.model.senet import SENet50
from fer_data.published.dataset import Published, open_published
from fer_data.sensitivity.seen import Seen, audited, seen_by

PLAIN = {"horizontal_flip": 0.0, "grayscale": 0.0, "multi_resolution": "none"}
NOTHING = {"count": 0, "operations": {}}
DEMO_START = "192f63fc465442e2f037ffd3befc224a2f8f6676a8dde9c8def909daa3e84eda"


@pytest.fixture(scope="module")
def opened(published: Path) -> Published:
    """Return a dataset with copies."""
    return open_published(published)


def seen(opened: Published, **description: Any) -> Seen:
    """Return what a model saw that says this of itself."""
    stated = {"train": PLAIN, "started_from": "scratch", "augmented_copies": NOTHING, **description}
    return seen_by(Model(SENet50(7, base_width=16), tuple("abcdefg"), opened.contract(32), stated), opened)


def test_every_training_shifts_faces_and_nothing_else(opened: Published) -> None:
    """It cuts at random; from scratch, unmirrored and without copies all else is new to the model."""
    found = seen(opened)
    assert set(found.reasons) == {"translate"}
    assert found.start is None


@pytest.mark.parametrize(
    ("change", "name", "remedy"),
    [
        ({"horizontal_flip": 0.5}, "flip", "set train.horizontal_flip to 0.0 in params.yaml"),
        ({"grayscale": 0.2}, "saturation", "set train.grayscale to 0.0 in params.yaml"),
        ({"multi_resolution": "random"}, "blur", "set train.multi_resolution to none in params.yaml"),
    ],
    ids=["flip", "grey", "resolution"],
)
def test_what_training_does_is_seen(
    opened: Published, change: dict[str, Any], name: str, remedy: str
) -> None:
    """The recipe in model.json says it, and the refusal says what to train without."""
    found = seen(opened, train={**PLAIN, **change})
    assert set(found.reasons) == {name, "translate"}
    with pytest.raises(
        ParamsError, match=rf"--operation \({name}\) must be one that the model never saw"
    ) as refused:
        audited([name], 128, found)
    assert f"Train one without: {remedy}, then `dvc repro train`." in str(refused.value)


def test_a_recipe_that_is_silent_is_taken_for_one_that_does_it(opened: Published) -> None:
    """Of a model of a version that did not state it."""
    assert set(seen(opened, train={}).reasons) == {"flip", "translate", "saturation", "blur"}


def test_copies_were_seen_as_far_as_their_records_say(opened: Published) -> None:
    """Each transform stands for its operations; one that none of the copies had was not seen."""
    copies = {"count": 3, "operations": {"Affine": 3, "HueSaturationValue": 1}}
    found = seen(opened, augmented_copies=copies)
    assert set(found.reasons) == {"rotate", "scale", "shear", "translate", "hue", "saturation"}
    assert "1 of the 3 augmented copies that it learnt from had it" in found.why("hue")
    with pytest.raises(ParamsError, match=r"set balance\.strategy to weights or none in params"):
        audited(["hue"], 128, found)
    chosen, left_out = audited(None, 128, found)
    assert chosen == ["flip", "brightness", "contrast", "gamma", "blur", "noise", "compression"]
    assert set(left_out) == set(found.reasons)


def test_copies_without_records_may_have_been_anything(opened: Published) -> None:
    """Every operation then counts as seen, and the audit is refused with a remedy."""
    found = seen(opened, augmented_copies={"count": 3, "operations": None})
    assert set(found.reasons) == set(OPERATIONS)
    with pytest.raises(
        ParamsError, match=r"--model saw every operation in training, such as flip: .*Train one without"
    ):
        audited(None, 128, found)


def test_an_older_model_is_judged_by_the_dataset_that_it_learnt_from(opened: Published) -> None:
    """It says which that is; of another one nobody knows, and it is refused."""
    data = {"dataset_sha256": opened.provenance["dataset_sha256"]}
    found = seen(opened, augmented_copies=None, data=data)
    assert set(found.reasons) == set(OPERATIONS) - {"compression"}
    with pytest.raises(WeightsError, match="does not say which augmented copies it learnt from"):
        seen(opened, augmented_copies=None, data={"dataset_sha256": "0" * 64})
    with pytest.raises(WeightsError, match="does not say which augmented copies it learnt from"):
        seen(opened, augmented_copies=None)


@pytest.mark.parametrize("key", ["train", "started_from"])
def test_a_model_that_does_not_say_how_it_was_trained_is_refused(opened: Published, key: str) -> None:
    """Nothing can be said of what it saw."""
    with pytest.raises(WeightsError, match=f"lacks '{key}'"):
        seen(opened, **{key: None})


def test_the_demos_weights_saw_flips_and_shifts(opened: Published) -> None:
    """They were made here: without copies, mirrored at random. The remedy names both reasons."""
    found = seen(
        opened, started_from={"file": "w", "sha256": DEMO_START}, train={**PLAIN, "horizontal_flip": 0.5}
    )
    assert set(found.reasons) == {"flip", "translate"}
    with pytest.raises(
        ParamsError, match=r"horizontal_flip to 0.0 and set train.weights .* to null in params.yaml"
    ):
        audited(["flip"], 128, found)


def test_what_other_weights_saw_is_said_to_be_unknown(opened: Published) -> None:
    """No refusal, for nobody knows, but a line that stands by the result."""
    found = seen(opened, started_from={"file": "w", "sha256": "ab" * 32})
    assert set(found.reasons) == {"translate"}
    assert found.start is not None
    assert "(abababababab) saw in their own training is not known" in found.start


def test_operations_are_audited_in_the_order_asked_for_and_once(opened: Published) -> None:
    """A name that stands twice is one."""
    assert audited(["noise", "hue", "noise"], 128, seen(opened)) == (["noise", "hue"], {})
