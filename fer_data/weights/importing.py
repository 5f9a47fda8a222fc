"""Import SENet-50 weights from whatever they were published as, and keep them as safetensors."""

import hashlib
import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor

from fer_data.entry.refusals import check_weights_file
from fer_data.errors import OutputError, ParamsError, WeightsError
from fer_data.model.files import check_tensors
from fer_data.model.releases import KNOWN_RELEASES
from fer_data.model.senet import SENet50
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.outputs import new_file
from fer_data.shell.files.reading import read_regular
from fer_data.weights.names import naming_of, release_names
from fer_data.weights.numpy_pickle import MAX_DIMENSIONS, read_npy, read_pickle
from fer_data.weights.torch_files import LEGACY_MAGIC, ZIP_MAGIC, read_torch_legacy, read_torch_zip

__all__ = ["KNOWN_RELEASES", "Imported", "import_weights"]

_PICKLES = (b"\x80", b"(", b"c", b"}", b"]")
"""How pickles begin: protocol 2 and later, then what a dict, a list or a call begins with before it."""

_COUNTER = "num_batches_tracked"
_CONTAINERS = ("state_dict", "model_state_dict", "model")

MAX_BYTES = 2 << 30
"""Of a weights file: the release has 175 MB, a checkpoint with an optimiser's state three times as much. Reading one
takes at most some ten times its size in memory."""

_MAX_HEADER = 4 << 20
_MAX_VALUES = 10_000
_MAX_NAME = 200

Tensors = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a weights file was found to be.

    Attributes:
        format: `pickle`, `npy`, `torch` or `safetensors`.
        naming: whose names it uses.
        tensors: number of tensors written; batch counters are left out.
        parameters: number of trainable values, the head's included.
        head_classes: outputs of the head.
        base_width: 64 for the real SENet-50.
        source_sha256: hash of the file read.
        known_as: what that hash is known as, or None.
        output_sha256: hash of the file written, for `train.weights_sha256`.
    """

    format: str
    naming: str
    tensors: int
    parameters: int
    head_classes: int
    base_width: int
    source_sha256: str
    known_as: str | None
    output_sha256: str


def import_weights(file: Path, output: Path, *, overwrite: bool = False) -> Imported:
    """Read weights without running code, check every name and shape, and write them as safetensors.

    The same file gives the same bytes. Tensors become float32, sorted by name, under the release's names.

    Raises:
        WeightsError: the file is unsafe, damaged, not finite, or not a SENet-50's.
        ReadingError: it is no regular file, or has more than `MAX_BYTES`.
        ParamsError: the file does not exist.
        OutputError: `output` must not be replaced, or cannot be written.
    """
    check_weights_file(file)
    with new_file(output, name="--output", overwrite=overwrite, inputs=[file]) as temporary:
        content = read_regular(file, MAX_BYTES)
        source_sha256 = hashlib.sha256(content).hexdigest()
        format_, raw = _read(content, file)
        flat = _flatten(raw)
        _check_claim(flat, len(content))
        naming = naming_of(flat)
        names = release_names(flat, naming)
        tensors = {
            names[name]: _value(name, value) for name, value in flat.items() if not name.endswith(_COUNTER)
        }
        network = _check(tensors, str(file))
        _write(temporary, tensors, {"naming": naming, "source": file.name, "source_sha256": source_sha256})
    return Imported(
        format=format_,
        naming=naming,
        tensors=len(tensors),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        head_classes=network.fc.out_features,
        base_width=network.base_width,
        source_sha256=source_sha256,
        known_as=KNOWN_RELEASES.get(source_sha256),
        output_sha256=file_sha256(output),
    )


def _read(content: bytes, file: Path) -> tuple[str, Any]:
    """Tell the format by the first bytes, not by the file's name."""
    formats: tuple[tuple[bytes | tuple[bytes, ...], str, Callable[[bytes], Any]], ...] = (
        (ZIP_MAGIC, "torch", read_torch_zip),
        (LEGACY_MAGIC, "torch", read_torch_legacy),
        (b"\x93NUMPY", "npy", read_npy),
        (_PICKLES, "pickle", read_pickle),
    )
    try:
        if content[8:9] == b"{":
            return "safetensors", _read_safetensors(content)
        for magic, name, read in formats:
            if content.startswith(magic):
                return name, read(content)
    except WeightsError as error:
        raise WeightsError(f"{file}: {error}") from error
    raise WeightsError(
        f"{file} starts with {content[:8]!r}, which is no pickle, PyTorch, .npy or safetensors file. "
        "Name the weights file itself, unpacked."
    )


def _read_safetensors(content: bytes) -> Tensors:
    (header,) = struct.unpack_from("<Q", content)
    if header > _MAX_HEADER:
        raise WeightsError(
            f"The header has {header:,} bytes, at most {_MAX_HEADER:,} are read. Export it again."
        )
    try:
        return load(content)
    except (SafetensorError, LookupError, ValueError, TypeError, RuntimeError) as error:
        raise WeightsError(f"The safetensors file is damaged: {error!s:.300}. Get the file again.") from error


def _flatten(raw: object) -> dict[str, Any]:
    """Return name to array, out of a checkpoint's inner dict, MMdnn's dicts of dicts, or data-parallel names."""
    for key in _CONTAINERS:
        if isinstance(raw, Mapping) and isinstance(raw.get(key), Mapping):
            raw = raw[key]
            break
    if not isinstance(raw, Mapping) or not raw:
        raise WeightsError(f"The file must hold a dict of names and arrays, got {type(raw).__name__}.")
    flat: dict[str, Any] = {}
    for name, value in raw.items():
        inner = value.items() if isinstance(value, Mapping) else ()
        flat |= {f"{name}.{field}": array for field, array in inner} if inner else {f"{name}": value}
        if len(flat) > _MAX_VALUES:
            raise WeightsError(f"The file holds more than {_MAX_VALUES:,} values. Expected a SENet-50's.")
    for name in flat:
        if len(name) > _MAX_NAME or not name.isprintable():
            raise WeightsError(
                f"The file has the name {name[:40]!a}..., which is no tensor's. Export the weights again."
            )
    if all(name.startswith("module.") for name in flat):
        flat = {name.removeprefix("module."): value for name, value in flat.items()}
    return flat


def _check_claim(flat: Mapping[str, Any], size: int) -> None:
    """Refuse names that stand for more values than the file has bytes: one array under many names."""
    arrays = (value for value in flat.values() if isinstance(value, np.ndarray | Tensor))
    claimed = sum(math.prod(array.shape) for array in arrays)
    if claimed > size:
        raise WeightsError(
            f"The {len(flat)} names stand for {claimed:,} values, more than the file has bytes ({size:,}): several "
            "share one array. Export the weights again."
        )


def _value(name: str, value: object) -> Tensor:
    """Return a value as float32; the MMdnn head, a 1x1 convolution, becomes a linear layer."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        with np.errstate(
            over="ignore"
        ):  # a value that is too large for float32 becomes infinite, and is refused
            value = torch.from_numpy(value.astype(np.float32))
    if not isinstance(value, Tensor) or not value.is_floating_point() or value.ndim > MAX_DIMENSIONS:
        kind = f"{type(value).__name__} of {getattr(value, 'dtype', 'no dtype')}"
        raise WeightsError(f"{name} is a {kind}; it must be an array of floats. Export the weights again.")
    tensor = value.detach().to(torch.float32)
    if not tensor.numel() or not bool(torch.isfinite(tensor).all()):
        raise WeightsError(f"{name} is empty or holds values that are not finite. Get the file again.")
    if name.startswith("classifier") and tensor.shape[2:] == (1, 1):
        tensor = tensor.flatten(1)
    return tensor.contiguous()


def _check(tensors: Tensors, source: str) -> SENet50:
    """Hold names and shapes against a network of the file's own width and head; return it, without memory."""
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    stem, head = shapes.get("conv1.weight", ()), shapes.get("fc.weight", ())
    if not stem or not head:
        raise WeightsError(f"{source} lacks conv1.weight or fc.weight. Expected a whole SENet-50.")
    try:
        with torch.device("meta"):
            network = SENet50(head[0], base_width=stem[0])
    except (ParamsError, RuntimeError) as error:  # RuntimeError: sizes that no machine counts to
        raise WeightsError(f"{source} is no SENet-50: {error}") from error
    check_tensors(tensors, network, source)
    return network


def _write(output: Path, tensors: Tensors, provenance: Mapping[str, str]) -> None:
    """Write the tensors with one metadata key, since safetensors writes several in a random order."""
    metadata = {"provenance": json.dumps(provenance, sort_keys=True)}
    try:
        save_file(dict(sorted(tensors.items())), output, metadata)
    except SafetensorError as error:
        raise OutputError(
            f"--output cannot be written: {error}. Make room, or name another place."
        ) from error
