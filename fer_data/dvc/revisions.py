"""Outs of a DVC project as a revision of git has them, laid out beside the working tree, which stays as it is."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_data.dvc.git import AS_STORED, commit_of, file_at, git_output
from fer_data.dvc.records import Out, Project, lock_outs, with_outs
from fer_data.errors import DatasetError

__all__ = ["commits_that_changed", "laid_out", "project_at"]

_LOCK = "dvc.lock"


def commits_that_changed(root: Path, path: str, text: str) -> list[str]:
    """Return the commits in which a file of the root's got or lost a text, the oldest first.

    Raises:
        MachineError: git fails on a repository.
    """
    if commit_of(root, "HEAD") is None:
        return []
    words = ("log", "--reverse", "--format=%H", *AS_STORED, f"-S{text}", "--", path)
    return (git_output(root, *words, seconds=None) or b"").decode().split()


def project_at(root: Path, commit: str) -> Project:
    """Return a project with the outs that its `dvc.lock` has at a commit.

    Raises:
        DatasetError: there is none at that commit, or it is damaged.
        MachineError: git fails on a repository.
    """
    found = file_at(root, commit, _LOCK)
    source = root / _LOCK
    if found is None:
        raise DatasetError(
            f"{source} is not in git at {commit[:12]}. Name a revision at which `dvc repro` had run and was committed."
        )
    return with_outs(root, lock_outs(found, source))


@contextmanager
def laid_out(project: Project, out: Out, commit: str) -> Iterator[Path]:
    """Yield a temporary folder with the files that a folder has at a commit, as links to their cache objects.

    Nothing is fetched or copied.

    Raises:
        DatasetError: DVC's cache lacks a file; the message says how to fetch it.
    """
    remedy = _fetching(project, out, commit)
    if not project.cache_object(out.md5).is_file():
        raise DatasetError(f"DVC's cache ({project.cache}) has no {out.path} of that revision. {remedy}")
    files = {name: project.cache_object(md5) for name, md5 in project.tree(out).items()}
    missing = [name for name, path in files.items() if not path.is_file()]
    if missing:
        raise DatasetError(
            f"DVC's cache ({project.cache}) lacks {len(missing)} of {len(files)} files of {out.path} of that "
            f"revision, such as {missing[0]}. {remedy}"
        )
    with tempfile.TemporaryDirectory(prefix="fer-data-") as temporary:
        folder = Path(temporary) / Path(out.path).name
        folder.mkdir()
        for name, path in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(path.resolve())
        yield folder


def _fetching(project: Project, out: Out, commit: str) -> str:
    """Return what brings a folder of a commit into the cache: DVC fetches by tag, or looks at every commit there is."""
    command = f"dvc fetch --all-tags {out.stage}"
    if commit == commit_of(project.root, "HEAD"):
        command = f"dvc fetch {out.stage}"
    elif not git_output(project.root, "tag", "--points-at", commit):
        command = f"git tag fetched {commit[:12]} && {command} && git tag -d fetched"
    return f"To fetch it, run `{command}` in {project.root}, which needs the project's DVC remote."
