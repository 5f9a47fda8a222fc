"""The card of a trained model: YAML for the Hub, Markdown for people."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from fer_data.core.labels.tasks import EXPRESSION, LABELS, UNITS
from fer_data.core.metrics.scores import absent_note
from fer_data.core.network import AND_GIVEN, GIVEN
from fer_data.published.card_text import AI_ACT, NOT_FOR
from fer_data.published.dataset import Published
from fer_data.published.licence_text import licence_text
from fer_data.published.licences import model_licence
from fer_data.shell.shown import markdown
from train.training.tasks import LEARNING

__all__ = ["model_card", "write_model_card"]

_LIMITS = f"""\
## Limits

For research on facial expression recognition. The labels are annotators' readings of a face, not what a person felt.
Scores differ between people, poses, lighting and sizes of the face: `reports/evaluation/slices.csv` says by how much on
validation. {NOT_FOR}

{AI_ACT}"""

_HUB_METRICS = {"macro_f1": "f1", "unit_f1": "f1"}
"""The Hub's names of scores, where they are others; it has none for the concordance, which stays `ccc`."""


def write_model_card(folder: Path, published: Published, summary: Mapping[str, Any]) -> None:
    """Write `README.md` beside a stored model."""
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(model_card(model, published.provenance, summary), encoding="utf-8")


def model_card(model: Mapping[str, Any], provenance: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """Return the README.md of a model: where it comes from, its recipe, its figures, its licence class and limits."""
    licence = model_licence(provenance, model["started_from"])
    sections = [
        f"---\n{_front_matter(model, licence['kind'], summary)}---",
        f"# SENet-50 on {markdown(str(model['data']['name']))}, {model['data']['resolution']} px",
        _what(model, summary),
        "## Data\n\n" + _table(model["data"]),
        "## Recipe\n\n" + _table(model["train"]),
        "## Figures\n\n" + _figures(summary),
        f"## Licence class: {licence['kind']}\n\n{licence_text(licence)}",
        _LIMITS,
    ]
    return "\n\n".join(sections) + "\n"


def _front_matter(model: Mapping[str, Any], kind: str, summary: Mapping[str, Any]) -> str:
    front = {
        "language": ["en"],
        "library_name": "fer-data",
        "pipeline_tag": "image-classification",
        "tags": [
            "facial-expression-recognition",
            "senet50",
            *(["trained-on-rendered-faces"] if model["data"].get("rendered") else []),
        ],
        **(
            {"license": "apache-2.0"}
            if kind == "open"
            else {"license": "other", "license_name": "restricted"}
        ),
        "datasets": [model["data"]["name"]],
        "metrics": list(dict.fromkeys(name for task in _tasks(model) for name in LEARNING[task].hub_metrics)),
        **_index(model, summary),
    }
    return yaml.safe_dump(front, sort_keys=False, allow_unicode=True)


def _index(model: Mapping[str, Any], summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scores as the Hub lists them, on the people of train who chose the epoch; nothing without any."""
    data = model["data"]
    named = f"{data['name']} {data['version']}, {data['resolution']} px: development people out of train"
    results = [
        {
            "task": {"type": "image-classification", "name": LABELS[task].title},
            "dataset": {
                "type": str(data["name"]),
                "name": named,
                "split": "train",
                "args": {
                    "dataset_sha256": data["dataset_sha256"],
                    "rows": summary["rows"]["development"],
                },
            },
            "metrics": metrics,
        }
        for task in _tasks(model)
        if (metrics := _metrics(task, summary))
    ]
    if not results:
        return {}
    name = f"SENet-50 on {data['name']}, {data['resolution']} px"
    return {"model-index": [{"name": name, "results": results}]}


def _metrics(task: str, summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the scores of a task, each by the Hub's name and by what it is; those that are no number are left out."""
    found = []
    for key, name in LEARNING[task].scores.items():
        value = summary.get(f"development_{key}")
        if value is None or not math.isfinite(value) or (key.endswith("_present") and not _lacks(summary)):
            continue
        kind = _HUB_METRICS.get(key.removesuffix("_present"), key.partition("_")[0])
        found.append({"type": kind, "value": float(value), "name": f"{name} (development, chose the epoch)"})
    return found


def _lacks(summary: Mapping[str, Any]) -> bool:
    """Say whether no development row is of one of the classes."""
    return bool(summary.get("development_absent"))


def _what(model: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    network, contract = summary["network"], model["input_contract"]
    started = model["started_from"]
    origin = "random weights" if started == "scratch" else _weights(started)
    rendered = (
        "**Trained on rendered faces**: what it says of real faces means nothing.\n\n"
        if model["data"].get("rendered")
        else ""
    )
    return (
        f"{rendered}{_tells(model)} in one cropped face. "
        f"{network['parameters']:,} parameters (base width {network['base_width']}), from {origin}.\n\n"
        f"Input: {contract['channels']}, 0-255 minus {contract['mean']}, {contract['input_px']} px cut out of "
        f"{contract['resize_px']} px; {_view(contract['field_of_view'])}. "
        f"Contract {model['input_contract_sha256']}; `fer-data predict` refuses crops that break it."
    )


def _weights(started: Mapping[str, Any]) -> str:
    """Return which file it started from, as its hash, and the licence that it states."""
    licence = f" ({started['licence']})" if started.get("licence") else ""
    return f"weights with SHA-256 {started['sha256']}{licence}"


def _view(view: Mapping[str, Any]) -> str:
    """Return how the faces were aligned that the network saw."""
    own, both, _ = view["geometry"].partition(AND_GIVEN)
    if own == GIVEN:
        return "face crops as they were given, not aligned here (geometry given)"
    others = " and crops as they were given" if both else ""
    return f"faces aligned by {own} with margin {view['margin']}{others}"


def _tasks(model: Mapping[str, Any]) -> list[str]:
    return list(model["architecture"].get("tasks", [EXPRESSION]))


def _tells(model: Mapping[str, Any]) -> str:
    """Return what the heads say, as the start of a sentence."""
    stated = {EXPRESSION: model["classes"], UNITS: model["architecture"].get("action_units", [])}
    said = [LEARNING[task].says(stated.get(task, LABELS[task].names)) for task in _tasks(model)]
    text = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    return text[0].upper() + text[1:]


def _scores(summary: Mapping[str, Any]) -> str:
    hidden = () if _lacks(summary) else ("development_macro_f1_present",)
    names = {f"development_{key}": name for task in LEARNING.values() for key, name in task.scores.items()}
    said = [
        f"{name} {summary[key]:.3f}" for key, name in names.items() if key in summary and key not in hidden
    ]
    text = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else said[0]
    return text[0].upper() + text[1:]


def _figures(summary: Mapping[str, Any]) -> str:
    rows, people, note = summary["rows"], summary["subjects"], summary.get("development_note", "")
    who, which, frames = ("subjects", "which", "rows") if note else ("people", "who", "frames")
    return (
        f"Learnt from {rows['train']:,} {frames} and {rows['copies']:,} augmented copies of {people['train']:,} {who}. "
        f"{_scores(summary)} on {rows['development']:,} {frames} of "
        f"{people['development']:,} development {who}, {which} chose epoch {summary['best_epoch']}: these figures "
        "flatter. Validation, with intervals: `reports/evaluation/scores.json`."
        + _absent(summary.get("development_absent", []))
        + (f" {markdown(note)}" if note else "")
        + _soft(summary.get("soft_labels"))
    )


def _soft(stated: Mapping[str, int] | None) -> str:
    return (
        "" if stated is None else f" {stated['rows']:,} of the rows learnt from aimed at the raters' votes."
    )


def _absent(names: Sequence[str]) -> str:
    note = absent_note([markdown(name) for name in names])
    return f" {note}" if note else ""


def _table(values: Mapping[str, Any]) -> str:
    lines = [
        f"| {markdown(name)} | {markdown(json.dumps(value, ensure_ascii=False))} |"
        for name, value in values.items()
    ]
    return "\n".join(["| | |", "|---|---|", *lines])
