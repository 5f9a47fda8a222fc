"""Ask DVC itself: what of a project differs from its dvc.lock, and where its data go."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fer_data.dvc.settings import dvc_setting
from fer_data.errors import DatasetError

__all__ = ["default_remote", "differences"]


def differences(root: Path, stage: str) -> list[str]:
    """Return what keeps a stage, or one before it, from being as its dvc.lock has it, a line each.

    Files are told apart as DVC does: one whose time and size stayed is not read again; `fer-data verify` reads all.

    Raises:
        DatasetError: DVC cannot tell, such as while `dvc repro` runs.
    """
    done = _dvc(root, "status", "--json", "--with-deps", stage)
    try:
        found = json.loads(done.stdout)
        if done.returncode == 0 and isinstance(found, dict):
            return [line for name, changes in found.items() for line in _lines(name, changes)]
    except ValueError:
        pass
    said = " ".join(done.stderr.split()).removeprefix("ERROR: ")[:300] or f"exit code {done.returncode}"
    raise DatasetError(
        f"`dvc status {stage}` in {root} fails: {said.rstrip('.')}. Mend that first; a running `dvc repro` must end."
    )


def _lines(stage: str, changes: list[Any]) -> list[str]:
    """Return what DVC says of a stage: `changed deps`, `changed outs`, or a text such as `changed command`.

    >>> _lines("publish@64", [{"changed deps": {"params.yaml": {"publish": "modified"}, "data": "modified"}}])
    ['publish@64: publish of params.yaml is modified', 'publish@64: data is modified']
    >>> _lines("align@x", ["always changed"])
    ['align@x: always changed']
    """
    found = []
    for change in changes:
        if not isinstance(change, dict):
            found.append(f"{stage}: {change}")
            continue
        for name, how in (pair for one in change.values() for pair in one.items()):
            inner = how.items() if isinstance(how, dict) else [("", how)]
            found += [f"{stage}: {f'{key} of {name}' if key else name} is {state}" for key, state in inner]
    return found


def default_remote(root: Path) -> str | None:
    """Return the name of the remote that `dvc push` sends to; None where none is the default."""
    return dvc_setting(root, "core", "remote")


def _dvc(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "dvc", *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own
