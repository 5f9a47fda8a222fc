"""What lies published in a project, checked to be one version, whole, and what `dvc.lock` says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from fer_data.dvc.records import Out, Project
from fer_data.dvc.status import differences
from fer_data.errors import DatasetError
from fer_data.params.publish import PublishParams
from fer_data.published.licences import stated_licence_of
from fer_data.published.shards import open_shards
from fer_data.versions.records import ReleasedResolution, SplitCounts, flat_values

__all__ = ["Contents", "read_contents"]

_NAMED = 3
"""Differences that are named; beyond them their number is said."""
_NOT_OURS = ("name", "version")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a version consists of.

    Attributes:
        resolutions: by the side in px, the smallest first.
        fer_data: the version of the package that published it.
        params: all that made it, by their full names, with how many subjects are excluded in place of who.
        code: the hash of each stage's code.
        licence: its kind, `open` or `research`.
    """

    resolutions: dict[str, ReleasedResolution]
    fer_data: str
    params: dict[str, Any]
    code: dict[str, str]
    licence: str


def read_contents(project: Project, sides: Sequence[int], publish: PublishParams) -> Contents:
    """Return what is published at these sides; sizes and records are checked, pictures are not read.

    Raises:
        DatasetError: a side is missing, damaged or of another version, or is not what params, code and `dvc.lock` say.
    """
    found = differences(project.root, "publish")
    if found:
        more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
        raise DatasetError(
            f"data/published is not what params.yaml, code and dvc.lock say: {'; '.join(found[:_NAMED])}{more}. "
            "Run `dvc repro publish` first; `dvc pull` where it was built elsewhere."
        )
    read = {px: _provenance(project, px, publish) for px in sorted(sides)}
    made = {px: (_flat_params(one), one.get("code", {})) for px, one in read.items()}
    first = next(iter(made))
    for px, one in made.items():
        if one != made[first]:
            raise DatasetError(
                f"publish@{px} and publish@{first} were made with other params or code. "
                "Run `dvc repro --force publish`."
            )
    params, code = made[first]
    return Contents(
        {str(px): _resolution(px, one) for px, one in read.items()},
        str(read[first].get("fer_data", "")),
        {**params, "resolutions": sorted(sides)},
        dict(code),
        str(stated_licence_of(read[first])["kind"]),
    )


def _provenance(project: Project, px: int, publish: PublishParams) -> Mapping[str, Any]:
    """Return the provenance of the dataset of one side, its documents and the sizes of its files checked."""
    folder = project.root / _out(project, px).path
    provenance = open_shards(folder).documents.provenance
    stated = tuple(provenance.get(key) for key in (*_NOT_OURS, "resolution"))
    expected = (publish.name, publish.version, px)
    if stated != expected:
        raise DatasetError(
            f"{folder} is {stated[0]} {stated[1]} at {stated[2]} px, expected {publish.name} {publish.version} at "
            f"{px} px. Run `dvc repro publish`."
        )
    return provenance


def _out(project: Project, px: int) -> Out:
    for out in project.outs:
        if out.stage == f"publish@{px}" and out.is_folder:
            return out
    raise DatasetError(
        f"dvc.lock has no publish@{px}, but resolutions has {px}: it was never published. Run `dvc repro publish`."
    )


def _resolution(px: int, provenance: Mapping[str, Any]) -> ReleasedResolution:
    counts = provenance.get("counts") or {}
    try:
        splits = {
            name: SplitCounts.model_validate({key: one[key] for key in SplitCounts.model_fields})
            for name, one in counts.items()
        }
        if stated_licence_of(provenance)["kind"] != "open":
            splits = {name: one.masked() for name, one in splits.items()}
        size = sum(one["bytes"] for one in counts.values())
        return ReleasedResolution(dataset_sha256=provenance["dataset_sha256"], bytes=size, splits=splits)
    except (ValidationError, LookupError, TypeError, AttributeError) as error:
        raise DatasetError(
            f"provenance.json of publish@{px} lacks what a version states ({type(error).__name__}: "
            f"{' '.join(str(error).split())[:120]}). Run `dvc repro --force publish`."
        ) from error


def _flat_params(provenance: Mapping[str, Any]) -> dict[str, Any]:
    params = flat_values(provenance.get("params") or {})
    return {key: value for key, value in params.items() if key not in {f"publish.{one}" for one in _NOT_OURS}}
