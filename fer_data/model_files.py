"""Store a network with its description, load it again, and start one from VGGFace2 weights."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from fer_data.errors import ParamsError, WeightsError
from fer_data.files import atomic_directory, file_sha256, write_json
from fer_data.input_contract import InputContract, read_contract
from fer_data.senet import SENet50

__all__ = ["Model", "check_tensors", "head_sizes", "load_model", "load_release_weights", "save_model"]

WEIGHTS_FILE = "model.safetensors"
DESCRIPTION_FILE = "model.json"


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network and what is known of it.

    Attributes:
        network: the network, in evaluation mode.
        classes: names of the outputs for expression, in order; none without such a head.
        contract: what it must be fed.
        description: the rest of `model.json`: recipe, weights it started from, data it saw.
        units: names of the outputs for action units, in order; none without such a head.
    """

    network: SENet50
    classes: tuple[str, ...]
    contract: InputContract
    description: Mapping[str, Any]
    units: tuple[str, ...] = ()

    @property
    def tasks(self) -> tuple[str, ...]:
        """Return the tasks that it has heads for, in the order of its outputs."""
        return tuple(self.network.columns)


def save_model(folder: Path, model: Model) -> None:
    """Write `model.safetensors` and `model.json`, both or neither."""
    architecture: dict[str, Any] = {"name": "senet50", "base_width": model.network.base_width}
    if model.tasks != ("expression",):
        architecture |= {"tasks": list(model.tasks), "action_units": list(model.units)}
    document = {
        "architecture": architecture,
        "classes": list(model.classes),
        "input_contract": model.contract.document(),
        "input_contract_sha256": model.contract.sha256(),
        **model.description,
    }
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.network.state_dict().items()}
    with atomic_directory(folder) as temporary:
        save_file(tensors, temporary / WEIGHTS_FILE)
        write_json(temporary / DESCRIPTION_FILE, document)


def load_model(folder: Path) -> Model:
    """Return a stored model on the CPU, its names, shapes and input contract checked.

    Raises:
        WeightsError: a file is missing or altered, or does not describe a network of this version.
    """
    try:
        document = json.loads((folder / DESCRIPTION_FILE).read_text(encoding="utf-8"))
        architecture, classes = document.pop("architecture"), tuple(document.pop("classes"))
        contract = read_contract(document.pop("input_contract"), document.pop("input_contract_sha256"))
        base_width, units = architecture["base_width"], tuple(architecture.get("action_units", ()))
        network = SENet50(
            len(classes),
            base_width=base_width,
            heads=head_sizes(architecture.get("tasks", ["expression"]), units),
        )
    except FileNotFoundError as error:
        raise WeightsError(f"{folder} holds no model: {error}. Run `dvc repro train` to make one.") from error
    except (json.JSONDecodeError, KeyError, ParamsError, TypeError) as error:
        raise WeightsError(
            f"{folder / DESCRIPTION_FILE} is damaged: {error!r}. Train or export it again."
        ) from error
    tensors = read_tensors(folder / WEIGHTS_FILE)
    check_tensors(tensors, network, str(folder / WEIGHTS_FILE))
    network.load_state_dict(tensors)
    return Model(network.eval(), classes, contract, document, units)


def head_sizes(tasks: Collection[str], units: Sequence[str]) -> dict[str, int]:
    """Return the outputs of the heads beside that of expression, by task.

    >>> head_sizes(["expression", "valence_arousal"], [])
    {'valence_arousal': 2}
    """
    sizes = {"valence_arousal": 2, "action_units": len(units)}
    return {task: size for task, size in sizes.items() if task in tasks}


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    try:
        return load_file(path)
    except (FileNotFoundError, SafetensorError) as error:
        raise WeightsError(f"{path} cannot be read as safetensors: {error}.") from error


def check_tensors(tensors: Mapping[str, Tensor], network: SENet50, source: str) -> None:
    """Hold every name and shape of `tensors` against the network's; batch counters may be absent.

    Raises:
        WeightsError: naming the first missing, unknown or ill-shaped tensor and how many there are.
    """
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    needed = {name for name in expected if not name.endswith("num_batches_tracked")}
    missing, unknown = sorted(needed - set(tensors)), sorted(set(tensors) - set(expected))
    for kind, names in (("lacks", missing), ("has unknown", unknown)):
        if names:
            raise WeightsError(
                f"{source} {kind} {len(names)} tensors, such as {names[0]!r}. Expected a SENet-50's names."
            )
    for name in sorted(set(tensors)):
        if tuple(tensors[name].shape) != expected[name]:
            raise WeightsError(
                f"{source}: {name} has shape {tuple(tensors[name].shape)}, expected {expected[name]} "
                f"for base_width {network.base_width}. It is another network's."
            )


def load_release_weights(network: SENet50, path: Path, sha256: str | None) -> None:
    """Copy weights in the names of the VGGFace2 release into a network, in place.

    A head of as many classes as the network's is copied; any other must be well formed and is dropped. Heads of other
    tasks stay as they are.

    Raises:
        WeightsError: the file is missing, its hash is not stated or another, or a name or shape differs.
    """
    if not path.is_file():
        raise WeightsError(f"train.weights ({path}) does not exist. Make it with `fer-data weights import`.")
    found = file_sha256(path)
    if sha256 is None:
        raise WeightsError(
            f"train.weights_sha256 is null for {path}. Check the file, then write {found} there."
        )
    if found != sha256:
        raise WeightsError(
            f"{path} has SHA-256 {found}, but train.weights_sha256 is {sha256}. Correct one of them."
        )
    tensors = read_tensors(path)
    head = next(iter(tensors.get("fc.weight", torch.empty(0)).shape), 0)
    with torch.device("meta"):
        released = SENet50(max(head, 1), base_width=network.base_width)
    check_tensors(tensors, released, str(path))
    if network.columns.get("expression") != slice(0, head):
        tensors = {name: value for name, value in tensors.items() if not name.startswith("fc.")}
    network.load_state_dict(tensors, strict=False)
