"""What made the data: code, libraries and parameters, by the provenance of a dataset or the seals beside a folder."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fer_data.execution.seals import Seal, read_seal, seal_file
from fer_data.params.align import QualityParams
from fer_data.params.profiles import demo_params
from fer_data.shell.sections.load import read_document
from fer_data.tables.source_folders import source_folders
from fer_data.view.material import GivenKind, Material

__all__ = ["MadeBy", "changed_values", "made_by", "quality_limits"]


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What made the data.

    Attributes:
        told_by: what says so: `provenance.json`, seals, or the params file in force.
        code: hash of the code of each stage.
        libraries: versions of each stage, by library.
        params: sections of params.yaml.
    """

    told_by: str
    code: Mapping[str, str]
    libraries: Mapping[str, Mapping[str, str]]
    params: Mapping[str, Any]


def made_by(material: Material) -> MadeBy | None:
    """Return what made the data, as far as anything says it; None where nothing does.

    Raises:
        DatasetError: a seal is damaged.
    """
    if material.shards is not None:
        stated = material.shards.documents.provenance
        return MadeBy(
            "provenance.json", stated.get("code", {}), stated.get("libraries", {}), stated.get("params", {})
        )
    seals = dict(_seals(material))
    if seals:
        params = {key: value for seal in seals.values() for key, value in seal.params.items()}
        sources = {k: v for seal in seals.values() for k, v in seal.params.get("sources", {}).items()}
        return MadeBy(
            "the seals beside it",
            {name: seal.code_sha256 for name, seal in seals.items()},
            {name: seal.libraries for name, seal in seals.items()},
            {**params, **({"sources": sources} if sources else {})},
        )
    if material.params is None or not material.row_tables:
        return None
    return MadeBy("the params file in force", {}, {}, read_document(material.params))


def quality_limits(material: Material) -> dict[str, float] | None:
    """Return the cuts of `align.quality` that made the faces, by name; None where nothing says which."""
    found = made_by(material)
    stated = (found.params.get("align") or {}).get("quality") if found else None
    if not isinstance(stated, Mapping):
        return None
    names = QualityParams.model_fields
    return {name: float(stated[name]) for name in names if isinstance(stated.get(name), int | float)}


def changed_values(params: Mapping[str, Any]) -> list[tuple[str, str, str | None]]:
    """Return each value that is not the demo's: its dotted name, as it is, and the demo's; None: the demo has none.

    A source is held against the demo's, whatever it is called, since it began as that; where it lies is left out.
    """
    demo = demo_params().model_dump(mode="json")
    (first,) = demo["sources"].values()
    demo["sources"] = dict.fromkeys(params.get("sources") or {}, first)
    own, theirs = dict(_flat(params)), dict(_flat(demo))
    return [
        (key, value, theirs.get(key))
        for key, value in own.items()
        if value != theirs.get(key) and not key.endswith(".root")
    ]


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"{above}{key}", text


def _seals(material: Material) -> Iterator[tuple[str, Seal]]:
    """Yield the seals that lie where DVC's stages write them, by stage and source."""
    places: tuple[tuple[GivenKind, str], ...] = (("faces", "align"), ("catalog", "ingest"))
    for kind, stage in places:
        folder = material.folders.get(kind)
        for inner in source_folders(folder) if folder else ():
            place = inner.resolve().parent.parent / "seals"
            if seal_file(place, stage, inner.name).is_file():
                yield f"{stage}@{inner.name}", read_seal(place, stage, inner.name)
