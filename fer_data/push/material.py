"""What is to be pushed: a published dataset or a model, held against its own records, and what its licences allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fer_data.errors import DatasetError, FerDataError, LicenceError, ParamsError
from fer_data.model.description import DESCRIPTION_FILE, WEIGHTS_FILE, read_description
from fer_data.published.licences import stated_licence_of, stated_model_licence
from fer_data.published.shards import Shards, is_published, open_shards
from fer_data.shell.files.places import must_be
from fer_data.shell.files.sealed import SEAL, read_json
from fer_data.versions.numbers import is_draft

__all__ = ["Material", "check_public", "material_of"]

Kind = Literal["dataset", "model"]
"""As the Hub calls its kinds of repository."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """A published dataset or a model that can be pushed.

    Attributes:
        folder: where it lies.
        kind: what it is.
        name: of the dataset, or of the one that a model was trained on.
        version: of that dataset; empty where nobody stated one.
        resolution: the side of its pictures in px, 0 where nobody stated one.
        sha256: the hash of its content: of every value and pixel, or of the weights.
        licence: class, reasons and parts.
        shards: the opened dataset; None of a model.
    """

    folder: Path
    kind: Kind
    name: str
    version: str
    resolution: int
    sha256: str
    licence: Mapping[str, Any]
    shards: Shards | None = None

    @property
    def title(self) -> str:
        """Return what a commit is called by, without the hash."""
        what = f"{self.name} {self.version}".strip()
        return f"{what}, {self.resolution} px" if self.kind == "dataset" else f"Model trained on {what}"

    @property
    def is_draft(self) -> bool:
        """Say whether it is a draft of a dataset, or a model of one."""
        return bool(self.version) and is_draft(self.version)

    @property
    def restricted(self) -> bool:
        """Say whether a licence keeps it, or anything that it is made of, from being passed on."""
        return bool(self.licence["kind"] != "open")


def material_of(folder: Path) -> Material:
    """Return what lies in a folder, its documents and sizes checked; pictures are held against their hashes later.

    Raises:
        ParamsError: it is neither a published dataset nor a model.
        DatasetError: the dataset is damaged, or of a version that states no hash of itself.
        WeightsError: the model is damaged.
    """
    if is_published(folder):
        return _dataset(folder)
    if (folder / DESCRIPTION_FILE).exists():
        return _model(folder)
    raise ParamsError(must_be(folder, "a published dataset", name="PATH", made_by="dvc repro publish"))


def _dataset(folder: Path) -> Material:
    shards = open_shards(folder)
    provenance = shards.documents.provenance
    document = read_json(folder / "provenance.json")
    lacking = [name for name in ("dataset_sha256", "splits", "version", "name") if not provenance.get(name)]
    if SEAL not in document or lacking or not shards.documents.files:
        raise DatasetError(
            f"{folder / 'provenance.json'} lacks {', '.join(lacking) or SEAL}, as earlier versions of "
            "fer-data wrote it: what it says of its licence cannot be relied on. Publish the dataset again "
            "with `dvc repro publish`."
        )
    return Material(
        folder,
        "dataset",
        str(provenance["name"]),
        str(provenance["version"]),
        int(provenance.get("resolution") or 0),
        str(provenance["dataset_sha256"]),
        stated_licence_of(provenance),
        shards,
    )


def _model(folder: Path) -> Material:
    checked, document = read_description(folder)
    if not (folder / WEIGHTS_FILE).is_file():
        raise DatasetError(
            f"{folder / WEIGHTS_FILE} is missing. Copy the model again from where it came from."
        )
    data = document.get("data") or {}
    return Material(
        folder,
        "model",
        str(data.get("name") or "data of no name"),
        str(data.get("version") or ""),
        int(data.get("resolution") or 0),
        checked.weights_sha256,
        stated_model_licence(document),
    )


def check_public(material: Material) -> None:
    """Refuse to show to everyone what is restricted, or a draft.

    Raises:
        LicenceError: a licence keeps it from being passed on; the message names the first reason.
        FerDataError: it is a draft.
    """
    if material.restricted:
        reasons = list(material.licence["reasons"])
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        raise LicenceError(
            f"{material.folder} is restricted and must not be public: {reasons[0]}{more} Labels, boxes, landmarks, "
            "tracks, features and models count as the data. Push it without --public, to a private repository."
        )
    if material.is_draft:
        raise FerDataError(
            f"{material.folder} is a draft ({material.version}) and must not be public: its content may "
            "change under the same number. Push it without --public, or set publish.version to a whole one "
            "and publish it again."
        )
