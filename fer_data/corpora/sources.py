"""Source parameters for a corpus folder that no params file speaks of yet."""

from pathlib import Path

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.params.reading.load import load_section, validate_section
from fer_data.params.source import SourceParams

__all__ = ["source_for"]

TOLERANCE_FRAMES = 2
"""No video of the real corpus differs from its labels by more."""


def source_for(
    root: Path, *, task: str = EXPRESSION, edition: int | None = None, params: Path | None = None
) -> SourceParams:
    """Return how to read `root`: by the section `source` of `params` if given, else as the organisers sent it.

    Raises:
        ParamsError: the task or the edition is none, or the params file is wrong.
    """
    if params is not None:
        return load_section("source", SourceParams, params).model_copy(update={"root": str(root)})
    values = {
        "corpus": "affwild2",
        "root": str(root),
        "edition": edition,
        "layout": None,
        "crops": None,
        "task": task,
        "classes": "header",
        "frame_policy": {"tolerance_frames": TOLERANCE_FRAMES, "holes": None},
        "overlap": "validation",
        "decisions": "decisions.csv",
    }
    return validate_section("source", SourceParams, values)
