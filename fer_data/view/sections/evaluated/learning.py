"""How the evaluated model learnt, where the project that it was trained in lies around the evaluation."""

import csv
import io
from pathlib import Path

from markupsafe import Markup

from fer_data.errors import ReadingError
from fer_data.shell.files.reading import read_json, read_regular
from fer_data.view.evaluation import Evaluation, at, text
from fer_data.view.section import chart, numbers
from fer_data.view.sections.evaluated.curve_specs import curves

__all__ = ["learning_curve"]

_MOST_BYTES = 16 << 20
_LOSSES = {"train_loss": "training rows", "development_loss": "development people"}
_SCORE = "development_score"


def learning_curve(evaluation: Evaluation) -> Markup:
    """Return loss and score by epoch; nothing unless a model beside is the one that was evaluated, by its weights.

    ::

        reports/evaluation/scores.json    plots/train.csv    models/NAME/model.json
    """
    root = evaluation.folder.absolute().parent.parent
    curve = root / "plots" / "train.csv"
    if not curve.is_file() or not _is_model_of(evaluation, root / "models"):
        return Markup()
    try:
        rows = list(csv.DictReader(io.StringIO(read_regular(curve, _MOST_BYTES).decode("utf-8"), newline="")))
    except (ReadingError, UnicodeDecodeError, csv.Error):
        return Markup()
    names = [name for name in ("epoch", *_LOSSES, _SCORE) if rows and name in rows[0]]
    found = [{name: _value(row.get(name)) for name in names} for row in rows]
    specs = {}
    losses = [name for name in _LOSSES if name in names]
    for title, keys in (("loss", losses), ("score", [_SCORE] if _SCORE in names else [])):
        lines = [
            {"epoch": row["epoch"], "what": _LOSSES.get(key, "development people"), "value": row[key]}
            for key in keys
            for row in found
            if row[key] is not None and row.get("epoch") is not None
        ]
        if lines:
            specs[title] = curves(lines, title, [_LOSSES.get(key, "development people") for key in keys])
    if not specs:
        return Markup()
    table = numbers(names, [[row[name] for name in names] for row in found])
    return chart("learning-curve", "Learning curve; the best score chose the checkpoint", specs, table)


def _is_model_of(evaluation: Evaluation, models: Path) -> bool:
    """Say whether a model beside has the weights that were evaluated: a curve of another one would mislead."""
    wanted = text(at(evaluation.scores, "model"), "weights_sha256")
    if not wanted or not models.is_dir():
        return False
    for path in sorted(models.glob("*/model.json"))[:20]:
        try:
            if text(read_json(path), "weights_sha256") == wanted:
                return True
        except ReadingError:
            continue
    return False


def _value(stated: str | None) -> float | None:
    try:
        found = float(stated or "nan")
    except ValueError:
        return None
    return found if abs(found) < 1e300 else None
