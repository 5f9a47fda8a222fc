"""A model exported to ONNX computes the same and says what it must be fed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fer_data import export as onnx_export
from fer_data.errors import WeightsError
from fer_data.export import TOLERANCE, export_onnx
from fer_data.model.files import Model
from fer_data.model.input_contract import InputContract, read_contract
from fer_data.model.senet import SENet50, initialise
from fer_data.shell.files.atomic import file_sha256

pytestmark = pytest.mark.usefixtures("shallow")


@pytest.fixture(scope="module")
def model() -> Model:
    """Return a narrow network whose batch statistics and residual branches are not those of a fresh one."""
    network = SENet50(7, base_width=16)
    initialise(network, 3)
    generator = torch.Generator().manual_seed(4)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.0, generator=generator)
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 2.0, generator=generator)
    torch.nn.init.normal_(network.fc.weight, std=0.5, generator=generator)
    contract = InputContract(64, "similarity", 0.2)
    return Model(network.eval(), tuple(f"class é {index}" for index in range(7)), contract, {})


@pytest.fixture(scope="module")
def exported(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the exported file."""
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export_onnx(model, path)
    return path


@pytest.mark.parametrize("count", [1, 5])
def test_logits_are_those_of_torch_for_any_batch(model: Model, exported: Path, count: int) -> None:
    """Pictures that the export never saw, in batches of other sizes, give the same logits."""
    pictures = np.random.default_rng(count).integers(0, 256, (count, 64, 64, 3), np.uint8)
    inputs = model.contract.to_input(torch.from_numpy(pictures)).contiguous()
    session = onnx_export._session(exported)
    found = session.run(["logits"], {"input": inputs.numpy()})[0]
    with torch.inference_mode():
        expected = model.network(inputs).numpy()
    assert np.ptp(expected, axis=0).max() > 10 * TOLERANCE or count == 1
    np.testing.assert_allclose(found, expected, atol=TOLERANCE * max(1.0, np.abs(expected).max()))


def test_the_input_contract_and_classes_are_inside(model: Model, exported: Path) -> None:
    """The metadata gives back the contract, hash checked, and the names of the outputs."""
    session = onnx_export._session(exported)
    metadata = session.get_modelmeta().custom_metadata_map
    stored = read_contract(json.loads(metadata["input_contract"]), metadata["input_contract_sha256"])
    assert stored == model.contract
    assert tuple(json.loads(metadata["classes"])) == model.classes
    assert metadata["trained_on"] == model.trained_on


def test_a_statement_of_a_licence_is_held_against_the_data_it_names(model: Model, tmp_path: Path) -> None:
    """A model of Aff-Wild2 whose `model.json` was rewritten to be open is exported as what it is."""
    data = {"name": "faces", "version": "0.1.0", "resolution": 64, "corpus": "affwild2", "rendered": False}
    rewritten = {"data": data, "licence": {"kind": "open", "reasons": [], "parts": []}}
    export_onnx(replace(model, description=rewritten), tmp_path / "model.onnx")
    metadata = onnx_export._session(tmp_path / "model.onnx").get_modelmeta().custom_metadata_map
    assert json.loads(metadata["licence"])["kind"] == "research"


def test_the_same_model_gives_the_same_bytes(model: Model, exported: Path, tmp_path: Path) -> None:
    """Exporting again writes an equal file, and says its hash."""
    assert export_onnx(model, tmp_path / "again.onnx").sha256 == file_sha256(exported)


def test_other_logits_are_refused_and_nothing_is_left(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph that computes something else ends in an error, without a file."""
    other = SENet50(7, base_width=16).eval()
    torch.nn.init.normal_(other.fc.bias, mean=3.0)
    write = onnx_export._export
    monkeypatch.setattr(onnx_export, "_export", lambda _, *rest: write(other, *rest))
    with pytest.raises(WeightsError, match="logits differ from torch's by"):
        export_onnx(model, tmp_path / "wrong.onnx")
    assert list(tmp_path.iterdir()) == []


def test_every_task_has_an_output_of_its_own(tmp_path: Path) -> None:
    """Named after the task, equal to the network's columns; the metadata names classes and units."""
    network = SENet50(3, base_width=16, heads={"valence_arousal": 2, "action_units": 4})
    initialise(network, 3)
    units = ("AU01", "AU04", "AU12", "AU25")
    model = Model(network.eval(), ("a", "b", "c"), InputContract(64, "similarity", 0.2), {}, units)
    found = export_onnx(model, tmp_path / "model.onnx")
    assert found.outputs == ("logits", "valence_arousal", "action_units")
    pictures = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), np.uint8)
    inputs = model.contract.to_input(torch.from_numpy(pictures)).contiguous()
    session = onnx_export._session(tmp_path / "model.onnx")
    outputs = session.run(list(found.outputs), {"input": inputs.numpy()})
    with torch.inference_mode():
        expected = network(inputs).numpy()
    assert [one.shape for one in outputs] == [(2, 3), (2, 2), (2, 4)]
    np.testing.assert_allclose(np.concatenate(outputs, axis=1), expected, atol=TOLERANCE)
    assert tuple(json.loads(session.get_modelmeta().custom_metadata_map["action_units"])) == units
