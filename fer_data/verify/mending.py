"""The commands that rebuild exactly what is damaged."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

from fer_data.dvc.records import Project

__all__ = ["Difference", "commands"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that is not what was recorded.

    Attributes:
        file: its path.
        problem: what is wrong with it.
        where: `workspace`, `cache` or `both`; `record` where the record itself is damaged.
        rows: which rows differ, a line each; none where it has no rows.
        stage: the stage that makes it; None outside a DVC project.
        out: the out of that stage that it belongs to, relative to the project's root.
        cache_object: the damaged object in DVC's cache; None where the cache is sound.
        remedy: `checkout` (the cache has it), `commit` (the workspace has it), `rebuild`, `git`, `remove` (nobody
            recorded it) or `copy` (outside a DVC project).
    """

    file: Path
    problem: str
    where: Literal["workspace", "cache", "both", "record"]
    remedy: Literal["checkout", "commit", "rebuild", "git", "remove", "copy"]
    rows: tuple[str, ...] = ()
    stage: str | None = None
    out: str | None = None
    cache_object: Path | None = None


def commands(differences: Sequence[Difference], project: Project | None) -> list[str]:
    """Return what mends the differences, to be run in the project's root, in this order.

    Damaged files go first, since DVC neither replaces nor hashes what it takes for its own; a stage that runs again is
    forced and runs alone, since what follows from it is sound.
    """
    if project is None:
        return []
    away = [
        d.file for d in differences if d.where in {"workspace", "both"} and d.remedy not in {"copy", "git"}
    ]
    away += [d.cache_object for d in differences if d.cache_object is not None]
    lines = [f"rm -f {_quoted(path, project.root)}" for path in dict.fromkeys(away)]
    in_git = [_quoted(d.file, project.root) for d in differences if d.remedy == "git"]
    lines += [f"git checkout -- {' '.join(in_git)}"] if in_git else []
    rebuilt = _ordered({d.stage for d in differences if d.remedy == "rebuild" and d.stage}, project)
    lines += [f"dvc repro --force --single-item {shlex.quote(stage)}" for stage in rebuilt]
    others = [d for d in differences if d.stage not in rebuilt]
    for verb, remedy in (("checkout", "checkout"), ("commit --force", "commit")):
        named = {(d.out if remedy == "checkout" else d.stage) or "" for d in others if d.remedy == remedy}
        lines += [f"dvc {verb} {shlex.quote(name)}" for name in sorted(named)]
    return lines


def _ordered(stages: Iterable[str], project: Project) -> list[str]:
    wanted = set(stages)
    order = TopologicalSorter({stage: sorted(needs) for stage, needs in sorted(project.needs.items())})
    return [stage for stage in order.static_order() if stage in wanted]


def _quoted(path: Path, root: Path) -> str:
    return shlex.quote(str(path.relative_to(root)) if path.is_relative_to(root) else str(path))
