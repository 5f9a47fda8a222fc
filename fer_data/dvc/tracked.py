"""Which files git tracks below a folder: in its repository, and in others within it; and what is another project's."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from fer_data.dvc.git import files_in_git

__all__ = ["TrackedFiles", "is_project", "is_repository"]


def is_repository(folder: Path) -> bool:
    """Say whether a folder is a clone, a submodule or a linked working tree, also one that is damaged."""
    return os.path.lexists(folder / ".git")


def is_project(folder: Path) -> bool:
    """Say whether a folder is the root of a DVC project, whose cache and outs are its own."""
    return (folder / ".dvc").is_dir()


@dataclass(frozen=True, slots=True)
class TrackedFiles:
    """The tracked files at or below a folder; each repository is asked once, when a file of it is asked about."""

    root: Path
    _names: dict[Path, frozenset[str]] = field(default_factory=dict)
    _below: dict[Path, bool] = field(default_factory=dict)

    def repository(self, path: Path) -> Path:
        """Return the folder whose repository a file is in; the root for that which the root itself is in."""
        return next((one for one in path.parents if one == self.root or is_repository(one)), self.root)

    def has(self, path: Path) -> bool:
        """Say whether git tracks a file.

        Raises:
            MachineError: its repository is there, and git is missing or fails.
        """
        folder = self.repository(path)
        if folder not in self._names:
            self._names[folder] = files_in_git(folder)
        return path.relative_to(folder).as_posix() in self._names[folder]

    def has_below(self, folder: Path) -> bool:
        """Say whether git tracks anything at or below a folder, which may be a repository, or hold another project.

        Raises:
            MachineError: a repository is there, and git is missing or fails.
        """
        if folder not in self._below:
            self._below[folder] = any(
                is_repository(Path(here))
                or is_project(Path(here))
                or any(self.has(Path(here, name)) for name in files)
                for here, _, files in os.walk(folder)
            )
        return self._below[folder]
