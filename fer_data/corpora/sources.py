"""Source parameters for a corpus folder that no params file speaks of yet."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.errors import CorpusError
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

__all__ = ["not_a_corpus", "source_for"]

_TYPED = {"root": "ROOT", "task": "--task", "edition": "--edition"}
TOLERANCE_FRAMES = 2
"""No video of the real corpus differs from its labels by more."""


def source_for(
    root: Path,
    *,
    task: str = EXPRESSION,
    edition: int | None = None,
    params: Path | None = None,
    name: str | None = None,
    typed: Mapping[str, str] = _TYPED,
) -> SourceParams:
    """Return how to read `root`: as the source of `params` if given, else as the organisers sent it.

    Of several sources `name` says which; without it the one whose root it is, and the only one. `typed` has what the
    command calls what it was given: with a params file that is the root alone.

    Raises:
        ParamsError: the task or the edition is none, or the params file is wrong.
    """
    if params is not None:
        found = _listed(root, params, name).changed(root=str(root))
        return replace(found, typed={"root": typed["root"]})
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
    return replace(source_of({"own": section}, dataset, "own"), typed=typed)


def not_a_corpus(path: Path, expected: str, error: CorpusError) -> CorpusError:
    """Return what to say of a PATH that may be a corpus or something else, and is no corpus that can be read.

    >>> error = CorpusError("PATH (faces) must hold label files.")
    >>> str(not_a_corpus(Path("faces"), "a corpus or a catalog", error))
    'PATH (faces) must be a corpus or a catalog; as a corpus it must hold label files.'
    >>> str(not_a_corpus(Path("faces"), "a corpus or a catalog", CorpusError("a.txt, line 3: mend it.")))
    'PATH (faces) must be a corpus or a catalog, and this corpus cannot be read: a.txt, line 3: mend it.'
    """
    subject, said = f"PATH ({path})", str(error)
    if said.startswith(f"{subject} must"):
        return CorpusError(f"{subject} must be {expected}; as a corpus it{said.removeprefix(subject)}")
    return CorpusError(f"{subject} must be {expected}, and this corpus cannot be read: {said}")


def _listed(root: Path, params: Path, name: str | None) -> SourceParams:
    """Return the source of a params file that is meant."""
    if name is None:
        sources = load_sources(params)
        own = [one for one, source in sources.items() if at_home(source.root).absolute() == root.absolute()]
        name = own[0] if len(own) == 1 else None
    return load_source(name, params)
