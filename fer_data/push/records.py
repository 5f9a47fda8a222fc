"""What VERSIONS.json of the project says of a dataset that is pushed, and what is added to it."""

import os
from pathlib import Path

from fer_data.errors import DatasetError
from fer_data.push.material import Material
from fer_data.versions.file import VERSIONS_FILE, read_versions, update_versions
from fer_data.versions.records import Push, VersionEntry, Versions

__all__ = ["is_released", "record_push", "versions_file"]

_PROJECT = "dvc.yaml"


def versions_file(folder: Path) -> Path | None:
    """Return where the versions of the project that a folder lies in are kept; None outside of one."""
    real = Path(os.path.realpath(folder))
    root = next((parent for parent in real.parents if (parent / _PROJECT).is_file()), None)
    return None if root is None else root / VERSIONS_FILE


def is_released(material: Material) -> bool:
    """Say whether VERSIONS.json has this version of a dataset with this content.

    Raises:
        DatasetError: it has the version with other content, or people were taken back from it since.
    """
    path = versions_file(material.folder)
    entry = None if path is None else read_versions(path).get(material.name, material.version)
    if entry is None or path is None:
        return False
    if entry.withdrawn:
        people = sum(one.people for one in entry.withdrawn)
        raise DatasetError(
            f"{material.folder} is version {material.version}, from which {people:,} people were taken back "
            f"since ({path}). It must not be pushed. Publish a newer version, and push that."
        )
    same = entry.content.get(str(material.resolution)) == material.sha256
    if not same and not entry.is_draft:
        raise DatasetError(
            f"{material.folder} is version {material.version} with other content at {material.resolution} px "
            f"than the one that was released ({path}). Set publish.version to the next one, publish, and "
            "`fer-data release` it."
        )
    return same


def record_push(material: Material, repo: str, revision: str, *, private: bool) -> None:
    """Add to the released version in VERSIONS.json where it was pushed to.

    Raises:
        DatasetError: the file is damaged, and left as it is.
        OutputError: it cannot be written.
    """
    path = versions_file(material.folder)
    if path is None:
        return
    made = Push(repo=repo, resolution=material.resolution, revision=revision, private=private)

    def added(versions: Versions) -> Versions:
        entry = versions.get(material.name, material.version)
        return versions if entry is None else versions.with_entry(_with_push(entry, made))

    update_versions(path, added)


def _with_push(entry: VersionEntry, made: Push) -> VersionEntry:
    same = made.model_dump(exclude={"private"})
    others = [one for one in entry.pushed if one.model_dump(exclude={"private"}) != same]
    return entry.model_copy(update={"pushed": [*others, made]})
