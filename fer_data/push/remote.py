"""What a repository holds already, and whether a push may replace it."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fer_data.errors import HubError
from fer_data.push.hub import HubRepo, RemoteFile
from fer_data.push.material import Material
from fer_data.push.staging import StagedFile
from fer_data.versions.numbers import VERSION_PATTERN, is_draft, version_order

__all__ = ["RECORDS", "check_held", "leaving", "same_content"]

RECORDS = {"dataset": "provenance.json", "model": "model.json"}
"""The file that says what a repository of ours holds, by its kind."""

_MADE_BY_HUB = ".gitattributes"
_SHARD = re.compile(r"data/(train|validation|test)-\d{5}-of-\d{5}\.parquet")
_MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class _Held:
    """What a record in a repository says: the name and version of a dataset, the side of its pictures, the content."""

    name: str
    version: str
    resolution: int
    sha256: str


def check_held(material: Material, hub: HubRepo, files: Mapping[str, RemoteFile], revision: str) -> None:
    """Refuse a repository that holds something else than this, or an older version of it.

    Raises:
        HubError: it does; the message names what it holds.
    """
    names = sorted(set(files) - {_MADE_BY_HUB})
    if not names:
        return
    record = RECORDS[material.kind]
    if record not in files or files[record].size > _MOST_BYTES:
        raise _refused(hub, f"holds {names[0]}, which `fer-data push` did not put there", "")
    held = _held(material, hub, revision)
    if held is None:
        raise _refused(hub, f"holds a {record} that cannot be read", "")
    shown = f"{held.name} {held.version}" + (f" at {held.resolution} px" if held.resolution else "")
    if (held.name, held.resolution) != (material.name, material.resolution):
        raise _refused(hub, f"holds {shown}", f"not {material.name} at {material.resolution} px")
    if held.sha256 == material.sha256:
        return
    ours, theirs = version_order(material.version), version_order(held.version)
    if theirs > ours:
        raise _refused(hub, f"holds {shown}", f"which is newer than {material.version}")
    if theirs == ours and not is_draft(held.version):
        raise _refused(hub, f"holds {shown} with other content", "and a version keeps its content")


def _held(material: Material, hub: HubRepo, revision: str) -> _Held | None:
    try:
        document = json.loads(hub.read(RECORDS[material.kind], revision))
        return _of_dataset(document) if material.kind == "dataset" else _of_model(document)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _of_dataset(document: Mapping[str, Any]) -> _Held:
    found = _Held(
        str(document["name"]),
        str(document["version"]),
        int(document["resolution"]),
        str(document["dataset_sha256"]),
    )
    return _checked(found)


def _of_model(document: Mapping[str, Any]) -> _Held:
    data = document["data"]
    found = _Held(
        str(data["name"]), str(data["version"]), int(data["resolution"]), str(document["weights_sha256"])
    )
    return _checked(found)


def _checked(held: _Held) -> _Held:
    if re.fullmatch(VERSION_PATTERN, held.version) is None:
        raise ValueError(held.version)
    return held


def _refused(hub: HubRepo, what: str, rule: str) -> HubError:
    because = f", {rule}" if rule else ""
    return HubError(
        f"REPO ({hub.repo}) {what}{because}. Nothing was sent, and nothing there was changed. Name another "
        f"repository, or delete what is there yourself at {hub.address}/settings."
    )


def leaving(names: Iterable[str], staged: Iterable[str]) -> list[str]:
    """Return the Parquet files of the version before that the new one does not have.

    >>> leaving(["data/train-00000-of-00002.parquet", "notes.md"], ["data/train-00000-of-00001.parquet"])
    ['data/train-00000-of-00002.parquet']
    """
    new = set(staged)
    return sorted(name for name in names if _SHARD.fullmatch(name) and name not in new)


def same_content(file: StagedFile, remote: RemoteFile | None) -> bool:
    """Say whether a file of the repository has the content of a staged one."""
    if remote is None or remote.size != file.size:
        return False
    if remote.sha256 is not None:
        return remote.sha256 == file.sha256
    data = file.path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == remote.blob
