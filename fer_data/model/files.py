"""Store a network with its description, load it again, and start one from VGGFace2 weights."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from fer_data.core.labels.tasks import EXPRESSION, LABELS, TASKS, UNITS
from fer_data.errors import OutputError, WeightsError
from fer_data.model.description import DESCRIPTION_FILE, REMEDY, WEIGHTS_FILE, read_description
from fer_data.model.input_contract import InputContract, read_contract
from fer_data.model.senet import SENet50
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.sealed import SEAL, sealed
from fer_data.tables.origin import trained_on

__all__ = [
    "Model",
    "check_tensors",
    "head_sizes",
    "load_model",
    "load_release_weights",
    "save_model",
    "stated_licence",
    "write_model",
]

STATED = {"architecture", "classes", "input_contract", "input_contract_sha256", "weights_sha256", SEAL}
"""What `write_model` itself writes into `model.json`; the rest is the description."""


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network and what is known of it.

    Attributes:
        network: the network, in evaluation mode.
        classes: names of the outputs for expression, in order; none without such a head.
        contract: what it must be fed.
        description: the rest of `model.json`: recipe, weights it started from, data it saw, and its licence as it is
            stated; `published.licences.stated_model_licence` says what may be done.
        units: names of the outputs for action units, in order; none without such a head.
        weights_sha256: of the file that it was loaded from; None for one that was never stored.
    """

    network: SENet50
    classes: tuple[str, ...]
    contract: InputContract
    description: Mapping[str, Any]
    units: tuple[str, ...] = ()
    weights_sha256: str | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """Return the tasks that it has heads for, in the order of its outputs."""
        return tuple(self.network.columns)

    def outputs_of(self, task: str) -> tuple[str, ...]:
        """Return the names of a task's outputs, in order."""
        return {EXPRESSION: self.classes, UNITS: self.units}.get(task, LABELS[task].names)

    @property
    def trained_on(self) -> str:
        """Return which data it was trained on, and whether their faces were rendered."""
        return trained_on(self.description.get("data"))

    @property
    def note(self) -> str | None:
        """Return what must be said with every answer of a model that never saw a real face; None of another."""
        if not (self.description.get("data") or {}).get("rendered"):
            return None
        return f"the model was trained on {self.trained_on}: what it says of real faces means nothing"

    def stated(self, key: str) -> Any:  # noqa: ANN401 - any JSON value, whose form `ModelDocument` holds
        """Return what `model.json` says under a key.

        Raises:
            WeightsError: it says nothing.
        """
        if self.description.get(key) is None:
            raise WeightsError(
                f"{DESCRIPTION_FILE} of the model lacks {key!r}, which is needed here. {REMEDY}"
            )
        return self.description[key]


def save_model(folder: Path, model: Model) -> None:
    """Write a new folder with a model, or replace an older one's, as `write_model` does.

    Raises:
        OutputError: something else stands at `folder`.
        WeightsError: a weight is not finite.
    """
    with new_folder(folder, "model", overwrite=True) as temporary:
        write_model(temporary, model)


def write_model(folder: Path, model: Model) -> None:
    """Write `model.safetensors` and `model.json`, which states the weights' hash and its own, into a folder.

    Raises:
        OutputError: the disk is full.
        WeightsError: a weight is not finite.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.network.state_dict().items()}
    _check_finite(
        tensors, "The trained network", "Training diverged: lower train.learning_rate and run it again."
    )
    architecture: dict[str, Any] = {"name": "senet50", "base_width": model.network.base_width}
    if model.tasks != (EXPRESSION,):
        architecture |= {"tasks": list(model.tasks), UNITS: list(model.units)}
    try:
        save_file(tensors, folder / WEIGHTS_FILE)
    except SafetensorError as error:
        raise OutputError(f"The model cannot be written: {error}. Make room, and run it again.") from error
    document = {
        "architecture": architecture,
        "classes": list(model.classes),
        "input_contract": model.contract.document(),
        "input_contract_sha256": model.contract.sha256(),
        "weights_sha256": file_sha256(folder / WEIGHTS_FILE),
        **model.description,
    }
    write_json(folder / DESCRIPTION_FILE, sealed(document))


def load_model(folder: Path) -> Model:
    """Return a stored model on the CPU; its description, shapes, hash and values are checked, in that order.

    Nothing is allocated before the shapes in the file's header fit the description.

    Raises:
        WeightsError: a file is missing or altered, or does not describe a network of this version.
    """
    checked, document = read_description(folder)
    contract = read_contract(checked.input_contract, checked.input_contract_sha256)
    classes, units = tuple(checked.classes), tuple(checked.architecture.action_units)
    width, heads = checked.architecture.base_width, head_sizes(checked.architecture.tasks, units)
    path = folder / WEIGHTS_FILE
    with torch.device("meta"):
        expected = SENet50(len(classes), base_width=width, heads=heads)
    check_tensors(read_header(path), expected, str(path))
    _check_hash(path, checked.weights_sha256)
    tensors = read_tensors(path)
    _check_finite(tensors, str(path), REMEDY)
    network = SENet50(len(classes), base_width=width, heads=heads)
    network.load_state_dict(tensors)
    description = {key: value for key, value in document.items() if key not in STATED and value is not None}
    return Model(network.eval(), classes, contract, description, units, checked.weights_sha256)


def _check_hash(path: Path, stated: str) -> None:
    found = file_sha256(path)
    if found != stated:
        raise WeightsError(
            f"{path} was altered or damaged: its SHA-256 is {found[:12]}, {DESCRIPTION_FILE} states {stated[:12]}. "
            f"{REMEDY}"
        )


def _check_finite(tensors: Mapping[str, Tensor], source: str, remedy: str) -> None:
    for name in sorted(tensors):
        if not bool(torch.isfinite(tensors[name]).all()):
            raise WeightsError(f"{source} holds values in {name} that are not finite. {remedy}")


def head_sizes(tasks: Collection[str], units: Sequence[str]) -> dict[str, int]:
    """Return the outputs of the heads beside that of expression, by task.

    >>> head_sizes(["expression", "valence_arousal"], [])
    {'valence_arousal': 2}
    """
    names = {task: LABELS[task].names for task in TASKS if task in tasks and task != EXPRESSION}
    return {task: len(units if LABELS[task].kind == "units" else outputs) for task, outputs in names.items()}


def read_header(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file without their values: names, shapes and types alone.

    Raises:
        WeightsError: the file is missing, no regular file, or damaged.
    """
    if not path.is_file():
        kind = "no regular file" if path.exists() else "missing"
        raise WeightsError(f"{path} is {kind}. {REMEDY}")
    try:
        with safe_open(path, "pt") as file:
            parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 - no mapping
            return {name: _without_values(part) for name, part in parts.items()}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path} cannot be read as safetensors: {error}. {REMEDY}") from error


def _without_values(part: Any) -> Tensor:  # noqa: ANN401 - a slice of safetensors, which has no types
    kind = {"F32": torch.float32, "I64": torch.int64}.get(part.get_dtype(), torch.uint8)
    return torch.empty(part.get_shape(), dtype=kind, device="meta")


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    read_header(path)
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path} cannot be read as safetensors: {error}. {REMEDY}") from error


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
        wanted = torch.int64 if name.endswith("num_batches_tracked") else torch.float32
        if tensors[name].dtype != wanted:
            raise WeightsError(
                f"{source}: {name} is of {tensors[name].dtype}, expected {wanted}. Import it again."
            )


def load_release_weights(network: SENet50, path: Path, sha256: str | None) -> None:
    """Copy weights in the names of the VGGFace2 release into a network, in place.

    A head of as many classes as the network's is copied; any other must be well formed and is dropped. Heads of other
    tasks stay as they are. Values in half precision, which makes a file half as large, are widened; none changes.

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
    tensors = {name: _widened(value) for name, value in read_tensors(path).items()}
    _check_finite(tensors, str(path), "Import the weights again.")
    head = next(iter(tensors.get("fc.weight", torch.empty(0)).shape), 0)
    with torch.device("meta"):
        released = SENet50(max(head, 1), base_width=network.base_width)
    check_tensors(tensors, released, str(path))
    if network.columns.get(EXPRESSION) != slice(0, head):
        tensors = {name: value for name, value in tensors.items() if not name.startswith("fc.")}
    network.load_state_dict(tensors, strict=False)


def _widened(value: Tensor) -> Tensor:
    return value.float() if value.dtype == torch.float16 else value


def stated_licence(path: Path) -> str | None:
    """Return the licence that a safetensors file states of itself, by the Hub's name; None where it states none.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    read_header(path)
    with safe_open(path, "pt") as file:
        licence: str | None = (file.metadata() or {}).get("licence")
    return licence and licence.lower()
