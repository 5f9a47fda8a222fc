"""The few scores of an evaluation that DVC's tables show."""

from collections.abc import Mapping
from typing import Any

__all__ = ["headlines"]

_TASKS = {"valence_arousal": ("ccc", "ccc_valence", "ccc_arousal"), "action_units": ("mean_f1",)}


def headlines(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scores at the side that training read; `scores.json` of the report has all.

    An interval that is not given is left out.
    """
    at = scores["resolutions"][str(scores["headline_px"])]
    found = {
        "corpus": scores["corpus"],
        "dataset": str(scores["dataset"]["content_sha256"] or "unknown")[:12],
    }
    if "macro_f1" in at:
        found |= {name: at[name] for name in ("macro_f1", "macro_f1_present")}
        found |= _ends("macro_f1", at["intervals"]["macro_f1"])
        found |= {"accuracy": at["accuracy"], "smoothed_macro_f1": at["smoothing"]["macro_f1"]}
        found |= {"coverage": at["coverage"]}
    for task, names in _TASKS.items():
        if task in at:
            found |= {name: at[task][name] for name in names}
            found |= _ends(names[0], at[task]["intervals"][names[0]])
    if "multi_task" in at:
        found["multi_task"] = at["multi_task"]["score"]
    return found


def _ends(name: str, interval: Mapping[str, float] | None) -> dict[str, float]:
    return {} if interval is None else {f"{name}_{end}": interval[end] for end in ("low", "high")}
