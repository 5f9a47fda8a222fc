"""Source parameters for a corpus folder that no params file speaks of yet."""

from pathlib import Path

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.params.source import (
    AffWild2Section,
    DatasetParams,
    SourceParams,
    load_source,
    load_sources,
    source_of,
)
from fer_data.shell.files.home import at_home
from fer_data.shell.sections.load import validate_section

__all__ = ["source_for"]

TOLERANCE_FRAMES = 2
"""No video of the real corpus differs from its labels by more."""


def source_for(
    root: Path,
    *,
    task: str = EXPRESSION,
    edition: int | None = None,
    params: Path | None = None,
    name: str | None = None,
) -> SourceParams:
    """Return how to read `root`: as the source of `params` if given, else as the organisers sent it.

    Of several sources `name` says which; without it the one whose root it is, and the only one.

    Raises:
        ParamsError: the task or the edition is none, or the params file is wrong.
    """
    if params is not None:
        return _listed(root, params, name).changed(root=str(root))
    values: dict[str, object] = {
        "corpus": "affwild2",
        "root": str(root),
        "prefix": "",
        "edition": edition,
        "layout": None,
        "crops": None,
        "frame_policy": {"tolerance_frames": TOLERANCE_FRAMES, "holes": None},
        "overlap": "validation",
        "decisions": "decisions.csv",
        "excluded": [],
    }
    section = validate_section("sources.own", AffWild2Section, values)
    stated = {"task": task, "classes": "header", "class_map": {}, "same_person": "same_person.csv"}
    dataset = validate_section("dataset", DatasetParams, stated)
    return source_of({"own": section}, dataset, "own")


def _listed(root: Path, params: Path, name: str | None) -> SourceParams:
    """Return the source of a params file that is meant."""
    if name is None:
        sources = load_sources(params)
        own = [one for one, source in sources.items() if at_home(source.root).absolute() == root.absolute()]
        name = own[0] if len(own) == 1 else None
    return load_source(name, params)
