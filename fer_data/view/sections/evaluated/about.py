"""What was evaluated: which model on which data, and whether the dataset that is shown beside it is that data."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from fer_data.core.labels.tasks import EXPRESSION, NO_LABEL
from fer_data.errors import DatasetError, ReadingError
from fer_data.shell.files.reading import read_json
from fer_data.shell.shown import printable
from fer_data.view.evaluation import Evaluation, at, text
from fer_data.view.material import Material
from fer_data.view.predictions import Answers

__all__ = ["facts_of", "mismatch", "split_of"]

_SOURCES = {
    "nearest": "answered as their nearest frame with a crop",
    "most_frequent": "without any crop: the most frequent answer of training",
    "training_mean": "without any crop: the mean of the training labels",
}


def _stated(evaluation: Evaluation) -> Mapping[str, Any]:
    """Return what says how the answers were made: `scores.json` of `evaluate`, or `summary.json` of `predict`."""
    if evaluation.scores:
        return evaluation.scores
    path = evaluation.folder / "summary.json"
    if not path.exists():
        return {}
    try:
        found = read_json(path)
    except ReadingError as error:
        raise DatasetError(f"{error} Predict again.") from error
    return found if isinstance(found, dict) else {}


def split_of(evaluation: Evaluation) -> str:
    """Return the split that was answered; empty where there are several, or nothing says it."""
    found = text(_stated(evaluation), "split")
    return found if found in {"train", "validation", "test"} else ""


def facts_of(evaluation: Evaluation, found: Answers) -> list[tuple[str, str]]:
    """Return what is known of the model, the data and the rows that were answered."""
    stated = _stated(evaluation)
    model, data = at(stated, "model"), at(stated, "dataset") or at(stated, "data")
    named = " ".join(filter(None, (text(data, "name"), text(data, "version"))))
    return [
        ("Model", f"trained on {text(model, 'trained_on')}" if text(model, "trained_on") else ""),
        ("Weights, SHA-256", text(model, "weights_sha256")),
        ("Dataset", named),
        ("Dataset, SHA-256", text(data, "dataset_sha256")),
        ("Corpus", text(stated, "corpus")),
        ("Rows", _rows(evaluation, found)),
        ("Resolutions", _resolutions(evaluation, found)),
    ]


def _rows(evaluation: Evaluation, found: Answers) -> str:
    split = text(_stated(evaluation), "split")
    counts = {one["values"]: one["counts"] for one in pc.value_counts(found.rows["source"]).to_pylist()}
    own = f"{counts.get('model', 0):,} that the model saw"
    others = [f"{counts[name]:,} {how}" for name, how in _SOURCES.items() if counts.get(name)]
    return f"{len(found.rows):,}{f' of {split}' if split else ''}: {'; '.join([own, *others])}"


def _resolutions(evaluation: Evaluation, found: Answers) -> str:
    sides = sorted(evaluation.answers(found.task), reverse=True)
    shown = ", ".join(f"{px:,}" for px in sides)
    return f"{shown} px; the headline is of {found.resolution:,} px" if len(sides) > 1 else f"{shown} px"


def mismatch(material: Material, evaluation: Evaluation, found: Answers) -> str:
    """Return what speaks against the given dataset being the one that was evaluated; empty where nothing does.

    Each resolution of a version has a hash of its own, so that of another resolution is not held against the stated
    one: its name, version, rows and labels are.
    """
    if material.shards is None:
        return ""
    stated = _stated(evaluation)
    data = at(stated, "dataset") or at(stated, "data")
    given = material.shards.documents.provenance
    same_side = given.get("resolution") == found.resolution
    faults = [
        f"its {called} is {printable(theirs)}, of the given one {printable(ours)}"
        for key, called in (("name", "name"), ("version", "version"), ("dataset_sha256", "content hash"))
        if (key != "dataset_sha256" or same_side)
        and (theirs := text(data, key)[:80])
        and (ours := str(given.get(key))[:80]) != theirs
    ]
    faults += _row_faults(material, found)
    if not faults:
        return ""
    return (
        f"The evaluation was not made of the given dataset: {'; '.join(faults)}. Scores and rows below do not belong "
        "together. Evaluate the model on this version, or name the version that was evaluated."
    )


def _row_faults(material: Material, found: Answers) -> list[str]:
    """Return how many of the answered rows the given dataset lacks, and how many it labels in another way."""
    rows = material.rows(["row_id", "expression"])
    places = pc.index_in(found.rows["row_id"], rows["row_id"].combine_chunks())
    known = places.is_valid().to_numpy(zero_copy_only=False).astype(np.bool_)
    lacking = int((~known).sum())
    faults = [f"it lacks {lacking:,} of the {len(known):,} answered rows"] if lacking else []
    if found.task == EXPRESSION and known.any():
        labels = pc.fill_null(rows["expression"], NO_LABEL).to_numpy().astype(np.int64)
        ours = labels[places.drop_null().to_numpy().astype(np.int64)]
        theirs = found.actual[known]
        other = int(((ours != theirs) & (ours != NO_LABEL) & (theirs != NO_LABEL)).sum())
        faults += [f"{other:,} of its rows have another label"] if other else []
    return faults
