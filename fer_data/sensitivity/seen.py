"""Which operations a model saw in training: by copies of its dataset, while it was fed, and before it started.

A network that learnt to overlook an operation says nothing of how far the operation moves a network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_data.core.sampling.operations import OPERATIONS, operations_of
from fer_data.errors import ParamsError, WeightsError
from fer_data.model.description import DESCRIPTION_FILE
from fer_data.model.files import Model
from fer_data.published.copies import copies_stated
from fer_data.published.dataset import Published, copy_mask

__all__ = ["Seen", "audited", "seen_by"]

_START_SAW: Mapping[str, tuple[str, ...]] = {
    "192f63fc465442e2f037ffd3befc224a2f8f6676a8dde9c8def909daa3e84eda": ("flip", "translate"),
}
"""What weights saw whose training is known, by their SHA-256: the demo's, of `experiments/start_weights.py`, which had
no copies, mirrored half of the pictures, and cut them at random."""

_WITHOUT_COPIES = "set balance.strategy to weights or none"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an operation counts as seen, and what to train differently; None where no training here goes without."""

    why: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a model saw.

    Attributes:
        reasons: by operation, all that apply; those that it did not see are missing.
        start: what is not known of the weights that it started from; None where all is known.
    """

    reasons: Mapping[str, list[Reason]]
    start: str | None

    def why(self, name: str) -> str:
        """Return why an operation counts as seen."""
        return ", and ".join(one.why for one in self.reasons[name])


def seen_by(model: Model, published: Published) -> Seen:
    """Return what a model saw, by its description; of a model that does not state its copies by the audited dataset.

    Raises:
        WeightsError: the model does not say how it was trained, or what it learnt from.
    """
    started, start = _start(model)
    ways = (_copies(model, published), _recipe(model), started)
    found = {name: [way[name] for way in ways if name in way] for name in OPERATIONS}
    return Seen({name: reasons for name, reasons in found.items() if reasons}, start)


def _recipe(model: Model) -> dict[str, Reason]:
    """Return what training itself did to the pictures: it mirrors, cuts, greys and lowers them."""
    recipe, contract = model.stated("train"), model.contract
    found = {}
    if flip := recipe.get("horizontal_flip", 1.0):
        found["flip"] = Reason(f"train.horizontal_flip was {flip}", "set train.horizontal_flip to 0.0")
    if contract.resize_px > contract.input_px:
        cut = f"training cut {contract.input_px} of {contract.resize_px} px out at random, which shifts the face"
        found["translate"] = Reason(cut, None)
    if grey := recipe.get("grayscale", 1.0):
        found["saturation"] = Reason(f"train.grayscale was {grey}", "set train.grayscale to 0.0")
    if recipe.get("multi_resolution", "random") != "none":
        lowered = "train.multi_resolution was random, which blurs"
        found["blur"] = Reason(lowered, "set train.multi_resolution to none")
    return found


def _copies(model: Model, published: Published) -> dict[str, Reason]:
    stated = _stated_copies(model, published)
    if not stated["count"]:
        return {}
    transforms = stated["operations"]
    if transforms is None:
        why = f"it learnt from {stated['count']:,} augmented copies that do not say how they were made"
        return dict.fromkeys(OPERATIONS, Reason(why, _WITHOUT_COPIES))
    return {
        name: Reason(
            f"{count:,} of the {stated['count']:,} augmented copies that it learnt from had it",
            _WITHOUT_COPIES,
        )
        for step, count in transforms.items()
        for name in operations_of(step)
    }


def _stated_copies(model: Model, published: Published) -> Mapping[str, Any]:
    """Return what the model says of its copies; one of an earlier version says which dataset it learnt from."""
    stated: Mapping[str, Any] | None = model.description.get("augmented_copies")
    if stated is not None:
        return stated
    learnt = (model.description.get("data") or {}).get("dataset_sha256")
    if learnt is None or learnt != published.provenance.get("dataset_sha256"):
        raise WeightsError(
            f"{DESCRIPTION_FILE} of the model does not say which augmented copies it learnt from, nor is "
            f"{published.folder} the dataset that it learnt from. Train the model again with `dvc repro --force train`."
        )
    split = published.split("train")
    return copies_stated(split, np.flatnonzero(copy_mask(split)))


def _start(model: Model) -> tuple[dict[str, Reason], str | None]:
    started: Any = model.stated("started_from")
    if started == "scratch":
        return {}, None
    sha256 = str(started.get("sha256"))
    if sha256 in _START_SAW:
        reason = Reason(
            "the weights that it started from saw it", "set train.weights and train.weights_sha256 to null"
        )
        return dict.fromkeys(_START_SAW[sha256], reason), None
    return {}, (
        f"what the weights that it started from ({sha256[:12]}) saw in their own training is not known: an answer "
        "may stay where it is because they learnt to overlook an operation"
    )


def audited(asked: list[str] | None, side: int, seen: Seen) -> tuple[list[str], dict[str, str]]:
    """Return the operations to audit, those asked for or all that the model did not see, and why others are left out.

    Args:
        asked: names of operations; None or none: all.
        side: of the dataset's pictures, in px.
        seen: what the model saw.

    Raises:
        ParamsError: an operation that was asked for is unknown, not done at this side, or was seen; or all were seen.
    """
    left_out = {name: seen.why(name) for name in seen.reasons}
    for name, one in OPERATIONS.items():
        if side < one.smallest_px:
            left_out[name] = f"`balance` does it from {one.smallest_px} px on"
    for name in asked or []:
        if name in left_out:
            raise ParamsError(_refused(name, left_out[name], seen, side))
    chosen = list(dict.fromkeys(asked or [name for name in OPERATIONS if name not in left_out]))
    if not chosen:
        raise ParamsError(_refused(None, "", seen, side))
    return chosen, {name: left_out[name] for name in OPERATIONS if name in left_out and not asked}


def _refused(name: str | None, why: str, seen: Seen, side: int) -> str:
    if name is not None and name not in seen.reasons:
        return f"--operation ({name}) cannot be audited on pictures of {side} px: {why}. Name another."
    known = seen.reasons if name is None else {name: seen.reasons[name]}
    remedies = list(dict.fromkeys(one.remedy for reasons in known.values() for one in reasons))
    if name is None:
        first = next(iter(known))
        what = f"--model saw every operation in training, such as {first}: {seen.why(first)}"
    else:
        what = f"--operation ({name}) must be one that the model never saw in training: {why}"
    if name is not None and None in remedies:
        return f"{what}. Every training here does: name another operation."
    changes = " and ".join(remedy for remedy in remedies if remedy)
    return f"{what}. Train one without: {changes} in params.yaml, then `dvc repro train`."
