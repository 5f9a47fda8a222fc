"""A published dataset beside a model that may see its pictures."""

from pathlib import Path
from typing import Any

from fer_data.model.files import Model, load_model
from fer_data.model.options import check_device
from fer_data.published.dataset import Published, open_published
from fer_data.published.licence_records import Covered
from fer_data.published.licences import of_both

__all__ = ["cited", "open_with_model"]


def open_with_model(dataset: Path, model: Path, device: str) -> tuple[Published, Model]:
    """Return a published dataset and a model that may see its pictures.

    Raises:
        DatasetError: the dataset is missing or damaged.
        WeightsError: the model is missing or damaged, or its input contract asks for crops of another geometry.
        ParamsError: the device is not there.
    """
    check_device(device)
    published, loaded = open_published(dataset), load_model(model)
    view = published.contract(loaded.contract.input_px)
    loaded.contract.check_crops(view.geometry, view.margin)
    return published, loaded


def cited(published: Published, model: Model, *, made: Covered = "labels") -> dict[str, Any]:
    """Return what a summary states of the model and the dataset that it comes from, and of its licence.

    `made` says what of the dataset is in it: features, or labels beside predictions.
    """
    names = ("name", "version", "dataset_sha256", "resolution")
    return {
        "model": {
            "weights_sha256": model.weights_sha256,
            "input_contract_sha256": model.contract.sha256(),
            "trained_on": model.trained_on,
        },
        "note": model.note,
        "data": {name: published.provenance.get(name) for name in names},
        "licence": of_both(published.provenance, model.description, made),
    }
