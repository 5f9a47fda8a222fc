"""Published weights become safetensors, or are refused with the reason."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from weight_files import (
    Arrays,
    mmdnn_names,
    python2_pickle,
    release_arrays,
    release_shapes,
    timm_legacy_names,
)

from fer_data.errors import ParamsError, WeightsError
from fer_data.model.files import load_release_weights
from fer_data.model.senet import SENet50
from fer_data.shell.files.atomic import file_sha256
from fer_data.weights import KNOWN_RELEASES, import_weights

Write = Callable[[Path, Arrays], None]


def tensors_of(arrays: Arrays) -> dict[str, torch.Tensor]:
    """Return arrays as tensors."""
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def renamed(arrays: Arrays, names: dict[str, str]) -> Arrays:
    """Return arrays under other names."""
    return {names[name]: array for name, array in arrays.items()}


def write_release(path: Path, arrays: Arrays) -> None:
    """Write the release's own format."""
    path.write_bytes(python2_pickle(arrays))


def write_state_dict(path: Path, arrays: Arrays) -> None:
    """Write a checkpoint of a data-parallel network, batch counters included."""
    tensors = {f"module.{name}": tensor for name, tensor in tensors_of(arrays).items()}
    torch.save(
        {"state_dict": {**tensors, "module.bn1.num_batches_tracked": torch.tensor(3)}, "epoch": 4}, path
    )


def write_legacy_torch(path: Path, arrays: Arrays) -> None:
    """Write PyTorch's format from before its zip files."""
    torch.save(tensors_of(arrays), path, _use_new_zipfile_serialization=False)


def write_mmdnn_npy(path: Path, arrays: Arrays) -> None:
    """Write MMdnn's dict of dicts, in its own field names and with the head as a 1x1 convolution."""
    fields = {"weight": "weights", "bias": "bias", "running_mean": "mean", "running_var": "var"}
    layers: dict[str, dict[str, Any]] = {}
    for name, array in renamed(arrays, mmdnn_names(list(arrays))).items():
        layer, field = name.rsplit(".", 1)
        own = "scale" if field == "weight" and layer.endswith("_bn") else fields[field]
        head = layer == "classifier_1" and field == "weight"
        layers.setdefault(layer, {})[own] = array[:, :, None, None] if head else array
    with path.open("wb") as file:
        np.save(file, np.array(layers, dtype=object))


def write_mmdnn_torch(path: Path, arrays: Arrays) -> None:
    """Write the MMdnn export's state dict."""
    torch.save(tensors_of(renamed(arrays, mmdnn_names(list(arrays)))), path)


def write_mmdnn_pickle(path: Path, arrays: Arrays) -> None:
    """Write the MMdnn export's names as a pickle."""
    path.write_bytes(pickle.dumps(renamed(arrays, mmdnn_names(list(arrays))), protocol=4))


def write_timm(path: Path, arrays: Arrays) -> None:
    """Write timm's legacy_seresnet50."""
    torch.save(tensors_of(renamed(arrays, timm_legacy_names(list(arrays)))), path)


def write_safetensors(path: Path, arrays: Arrays) -> None:
    """Write safetensors under the release's names."""
    save_file(tensors_of(arrays), path)


@pytest.mark.parametrize(
    ("write", "format_", "naming"),
    [
        (write_release, "pickle", "release"),
        (write_state_dict, "torch", "release"),
        (write_legacy_torch, "torch", "release"),
        (write_safetensors, "safetensors", "release"),
        (write_mmdnn_npy, "npy", "mmdnn"),
        (write_mmdnn_torch, "torch", "mmdnn"),
        (write_mmdnn_pickle, "pickle", "mmdnn"),
        (write_timm, "torch", "timm-legacy"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_every_published_form_gives_the_same_tensors(
    tmp_path: Path, write: Write, format_: str, naming: str
) -> None:
    """Format and naming are found in the content, and the tensors are those of the release, bit for bit."""
    arrays = release_arrays()
    write(tmp_path / "weights.bin", arrays)
    found = import_weights(tmp_path / "weights.bin", tmp_path / "out.safetensors")
    assert (found.format, found.naming, found.tensors) == (format_, naming, 331)
    assert (found.head_classes, found.base_width) == (8, 16)
    written = load_file(tmp_path / "out.safetensors")
    assert set(written) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(written[name].numpy(), array)


def test_the_full_release_is_counted_and_starts_a_network(tmp_path: Path) -> None:
    """A file of the release's size has 43,723,943 parameters, and train's loader takes what was written."""
    arrays = {name: np.zeros(shape, np.float32) for name, shape in release_shapes().items()}
    arrays["conv1.weight"] += 0.25
    write_release(tmp_path / "senet50_ft_weight.pkl", arrays)
    found = import_weights(tmp_path / "senet50_ft_weight.pkl", tmp_path / "vggface2.safetensors")
    assert (found.parameters, found.tensors, found.head_classes) == (43_723_943, 331, 8631)
    network = SENet50(7)
    load_release_weights(network, tmp_path / "vggface2.safetensors", found.output_sha256)
    assert bool((network.conv1.weight == 0.25).all())


def test_the_output_is_the_same_bytes_each_time_and_says_where_it_comes_from(tmp_path: Path) -> None:
    """Two imports are byte-equal; the metadata holds the source's name and hash and the naming."""
    write_release(tmp_path / "w.pkl", release_arrays())
    first, second = (import_weights(tmp_path / "w.pkl", tmp_path / name) for name in ("a", "b"))
    assert first.output_sha256 == second.output_sha256 == file_sha256(tmp_path / "a")
    with safe_open(tmp_path / "a", "pt") as file:
        provenance = json.loads(file.metadata()["provenance"])
    assert provenance == {
        "naming": "release",
        "source": "w.pkl",
        "source_sha256": file_sha256(tmp_path / "w.pkl"),
    }


def test_a_known_hash_is_said_to_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose hash stands in the list gets its name; any other gets none."""
    write_release(tmp_path / "w.pkl", release_arrays())
    assert import_weights(tmp_path / "w.pkl", tmp_path / "a").known_as is None
    monkeypatch.setitem(KNOWN_RELEASES, file_sha256(tmp_path / "w.pkl"), "ours")
    assert import_weights(tmp_path / "w.pkl", tmp_path / "b").known_as == "ours"


def without(arrays: Arrays, name: str) -> Arrays:
    """Return arrays without one."""
    return {key: value for key, value in arrays.items() if key != name}


def silently_wrong(arrays: Arrays) -> Arrays:
    """Return arrays under the names of timm's seresnet50."""
    return {
        name.replace(".conv4.", ".se.fc1.").replace(".conv5.", ".se.fc2."): v for name, v in arrays.items()
    }


CHANGES: dict[str, tuple[Callable[[Arrays], dict[str, Any]], str]] = {
    "missing": (lambda a: without(a, "layer2.1.bn2.running_var"), "lacks 1 tensors, such as 'layer2.1.bn2"),
    "no-head": (lambda a: without(a, "fc.weight"), r"lacks conv1\.weight or fc\.weight"),
    "unknown": (lambda a: {**a, "layer5.0.conv1.weight": a["bn1.bias"]}, "has unknown 1 tensors"),
    "shape": (lambda a: {**a, "layer1.0.conv4.weight": np.zeros((4, 64, 3, 3), np.float32)}, "has shape"),
    "width": (lambda a: {**a, "conv1.weight": np.zeros((20, 3, 7, 7), np.float32)}, r"base_width \(20\)"),
    "timm-seresnet50": (silently_wrong, "silently wrong"),
    "other-network": (lambda a: {"features.0.weight": a["bn1.bias"]}, "no naming of a SENet-50"),
    "integers": (lambda a: {**a, "bn1.bias": np.zeros(16, np.int64)}, "must be an array of floats"),
    "text": (lambda a: {**a, "bn1.bias": "zero"}, "must be an array of floats"),
    "not-finite": (lambda a: {**a, "bn1.bias": a["bn1.bias"] * np.nan}, "not finite"),
    "collision": (
        lambda a: {
            **renamed(a, mmdnn_names(list(a))),
            "conv1/7x7_s2.weight": a["conv1.weight"],
        },
        "both mean 'conv1.weight'",
    ),
    "empty": (lambda _: {}, "must hold a dict of names and arrays"),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES.keys())
def test_other_weights_are_refused(
    tmp_path: Path, change: Callable[[Arrays], dict[str, Any]], message: str
) -> None:
    """Whatever is not a whole SENet-50 is refused with the reason, and nothing is written."""
    (tmp_path / "w.pkl").write_bytes(pickle.dumps(change(release_arrays()), protocol=2))
    with pytest.raises(WeightsError, match=message):
        import_weights(tmp_path / "w.pkl", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_torch_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """A .pth file is read with weights only; the global it asks for is named."""
    torch.save({"state_dict": {"conv1.weight": torch.nn.Linear(1, 1)}}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"torch\.nn\.modules\.linear\.Linear"):
        import_weights(tmp_path / "w.pth", tmp_path / "out")


def test_a_torch_file_that_asks_for_a_blocked_module_is_refused(tmp_path: Path) -> None:
    """Modules that torch itself blocks, such as os, make a message of their own; the global is named all the same."""
    torch.save({"conv1.weight": RunsCode(tmp_path / "made")}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"asks for the global posix\.mkdir, which could run code"):
        import_weights(tmp_path / "w.pth", tmp_path / "out")
    assert not (tmp_path / "made").exists()


class RunsCode:
    """An object whose pickle makes a folder when it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path, protocol: int) -> None:
    """Among real weights or alone, in any protocol, the global is named and nothing has run."""
    for value in (
        RunsCode(tmp_path / "harm"),
        {"conv1.weight": 0, "fc.weight": [RunsCode(tmp_path / "harm")]},
    ):
        (tmp_path / "w.pkl").write_bytes(pickle.dumps(value, protocol=protocol))
        with pytest.raises(WeightsError, match=r"asks for the global (posix|nt)\.mkdir"):
            import_weights(tmp_path / "w.pkl", tmp_path / "out")
        assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>not found</html>", "no pickle, PyTorch, .npy or safetensors file"),
        (b"PK\x03\x04rest", "PyTorch file is damaged"),
        (b"\x10\0\0\0\0\0\0\0{broken", "is damaged"),
        (b"", "no pickle, PyTorch, .npy or safetensors file"),
    ],
    ids=["web-page", "zip", "safetensors", "empty"],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """A failed download ends in one message."""
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        import_weights(tmp_path / "w", tmp_path / "out")


@pytest.mark.parametrize(
    ("header", "body", "message"),
    [
        (b'{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}', b"", "overflow"),
        (b'{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}', b"a", "damaged"),
        (b'{"conv1.weight":{"dtype":"F32","shape":[%s],"data_offsets":[0,4]},"fc.weight":{"dtype":"F32","shape":[1],'
         b'"data_offsets":[4,8]},"layer1.0.conv4.weight":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}'
         % b",".join([b"1"] * 100), bytes(12), "must be an array of floats"),
        (b"{" + b" " * (5 << 20), b"", "at most 4,194,304 are read"),
    ],
    ids=["huge", "type", "sides", "header"],
)  # fmt: skip
def test_a_safetensors_header_that_lies_is_refused(
    tmp_path: Path, header: bytes, body: bytes, message: str
) -> None:
    """What a header says of types, shapes and its own length is not believed."""
    (tmp_path / "w").write_bytes(len(header).to_bytes(8, "little") + header + body)
    with pytest.raises(WeightsError, match=message):
        import_weights(tmp_path / "w", tmp_path / "out")


def test_one_array_under_many_names_is_refused(tmp_path: Path) -> None:
    """Each name would cost memory of its own, of which a small file can ask for any amount."""
    array = np.zeros(1000, np.float32)
    names = ["conv1.weight", "layer1.0.conv4.weight", "fc.weight", *(f"x{n}" for n in range(3000))]
    (tmp_path / "w").write_bytes(pickle.dumps(dict.fromkeys(names, array), protocol=2))
    with pytest.raises(WeightsError, match="several share one array"):
        import_weights(tmp_path / "w", tmp_path / "out")


def test_names_are_no_terminal_codes(tmp_path: Path) -> None:
    """A name with an escape sequence is shown escaped; a name of a page is cut."""
    for name in ("conv1.\x1b[31mweight", "n" * 900):
        (tmp_path / "w").write_bytes(pickle.dumps({name: np.zeros(1, np.float32)}, protocol=2))
        with pytest.raises(WeightsError, match=r"which is no tensor's") as caught:
            import_weights(tmp_path / "w", tmp_path / "out")
        assert str(caught.value).isprintable()


def test_paths_are_checked_first(tmp_path: Path) -> None:
    """A missing file, and an output that would overwrite the input, are usage errors."""
    with pytest.raises(ParamsError, match="does not exist"):
        import_weights(tmp_path / "none", tmp_path / "out")
    (tmp_path / "w").write_bytes(b"x")
    with pytest.raises(ParamsError, match="is an input"):
        import_weights(tmp_path / "w", tmp_path / "w")
