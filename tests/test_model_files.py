"""Storing, loading and starting from weights."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from fer_data.errors import WeightsError
from fer_data.files import file_sha256
from fer_data.input_contract import InputContract
from fer_data.model_files import Model, head_sizes, load_model, load_release_weights, save_model
from fer_data.senet import SENet50, initialise

CONTRACT = InputContract(64, "similarity", 0.2)


def network(classes: int, seed: int) -> SENet50:
    """Return a narrow network with drawn weights."""
    drawn = SENet50(classes, base_width=16).eval()
    initialise(drawn, seed)
    return drawn


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Return a stored model of two classes."""
    save_model(
        tmp_path / "model", Model(network(2, 1), ("Neutral", "Anger"), CONTRACT, {"train": {"seed": 7}})
    )
    return tmp_path / "model"


def write_release(path: Path, classes: int = 9) -> dict[str, torch.Tensor]:
    """Write weights as the release names them, without batch counters, and return them."""
    tensors = {
        k: v for k, v in network(classes, 5).state_dict().items() if not k.endswith("num_batches_tracked")
    }
    save_file(tensors, path)
    return tensors


def test_a_stored_model_gives_the_same_logits(stored: Path) -> None:
    """Weights, classes, contract and description come back."""
    model = load_model(stored)
    x = torch.rand(2, 3, 64, 64) * 255 - 100
    with torch.inference_mode():
        assert model.network(x).equal(network(2, 1)(x))
    assert (model.classes, model.contract) == (("Neutral", "Anger"), CONTRACT)
    assert model.description == {"train": {"seed": 7}}
    assert not model.network.training


def test_the_same_model_is_stored_as_the_same_bytes(stored: Path, tmp_path: Path) -> None:
    """A second save of what was loaded changes nothing."""
    save_model(tmp_path / "again", load_model(stored))
    for name in ("model.safetensors", "model.json"):
        assert file_sha256(tmp_path / "again" / name) == file_sha256(stored / name)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """The message says what makes one."""
    with pytest.raises(WeightsError, match=r"holds no model: .*dvc repro train"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "is damaged"), ('{"classes": []}', "is damaged: KeyError")],
    ids=["cut", "lacking"],
)
def test_a_damaged_description_is_refused(stored: Path, text: str, message: str) -> None:
    """Half a description describes nothing."""
    (stored / "model.json").write_text(text)
    with pytest.raises(WeightsError, match=message):
        load_model(stored)


def test_an_altered_input_contract_is_refused(stored: Path) -> None:
    """Inference never runs on another mean or channel order than training did."""
    document = json.loads((stored / "model.json").read_text())
    document["input_contract"]["channels"] = "RGB"
    (stored / "model.json").write_text(json.dumps(document))
    with pytest.raises(WeightsError, match="input contract was altered"):
        load_model(stored)


def test_damaged_weights_are_refused(stored: Path) -> None:
    """A file cut short is no safetensors file."""
    path = stored / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="cannot be read as safetensors"):
        load_model(stored)


def test_release_weights_fill_everything_but_the_head(tmp_path: Path) -> None:
    """The backbone is the file's; the head of other classes stays as drawn."""
    tensors = write_release(tmp_path / "w.safetensors")
    ours = network(7, 1)
    head = ours.fc.weight.clone()
    load_release_weights(ours, tmp_path / "w.safetensors", file_sha256(tmp_path / "w.safetensors"))
    state = ours.state_dict()
    assert all(state[name].equal(value) for name, value in tensors.items() if not name.startswith("fc."))
    assert ours.fc.weight.equal(head)


def test_a_head_of_the_same_classes_is_taken_over(tmp_path: Path) -> None:
    """Weights of a network like ours come whole."""
    tensors = write_release(tmp_path / "w.safetensors", classes=7)
    ours = network(7, 1)
    load_release_weights(ours, tmp_path / "w.safetensors", file_sha256(tmp_path / "w.safetensors"))
    assert ours.fc.weight.equal(tensors["fc.weight"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("layer3.5.conv4.bias"), r"lacks 1 tensors, such as 'layer3\.5\.conv4\.bias'"),
        (lambda t: t.pop("fc.weight"), r"lacks 1 tensors, such as 'fc\.weight'"),
        (lambda t: t.update(extra=torch.zeros(1)), "has unknown 1 tensors, such as 'extra'"),
        (
            lambda t: t.update({"conv1.weight": torch.zeros(64, 3, 7, 7)}),
            r"conv1\.weight has shape \(64, 3, 7, 7\)",
        ),
        (lambda t: t.update({"fc.bias": torch.zeros(4)}), r"fc\.bias has shape \(4,\), expected \(9,\)"),
        (lambda t: t.update({"fc.weight": torch.tensor(1.0)}), r"fc\.bias has shape \(9,\), expected \(1,\)"),
    ],
    ids=["missing", "no head", "unknown", "other width", "uneven head", "scalar"],
)
def test_wrong_names_and_shapes_are_refused(tmp_path: Path, change: object, message: str) -> None:
    """The first wrong tensor is named, and the network is left alone."""
    write_release(tmp_path / "w.safetensors")
    tensors = load_file(tmp_path / "w.safetensors")
    assert callable(change)
    change(tensors)
    save_file(tensors, tmp_path / "wrong.safetensors")
    ours = network(7, 1)
    with pytest.raises(WeightsError, match=message):
        load_release_weights(
            ours, tmp_path / "wrong.safetensors", file_sha256(tmp_path / "wrong.safetensors")
        )
    assert ours.conv1.weight.equal(network(7, 1).conv1.weight)


def test_another_hash_is_refused(tmp_path: Path) -> None:
    """The parameters name one file, and no other is taken for it."""
    write_release(tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"but train\.weights_sha256 is 0000"):
        load_release_weights(network(7, 1), tmp_path / "w.safetensors", "0" * 64)


@pytest.mark.parametrize("classes", [("Neutral", "Anger"), ()], ids=["with expression", "without"])
def test_a_model_of_several_tasks_comes_back(tmp_path: Path, classes: tuple[str, ...]) -> None:
    """Heads, units and outputs are those that were stored, with and without a head for expression."""
    drawn = SENet50(
        len(classes), base_width=16, heads=head_sizes(["valence_arousal", "action_units"], ["AU04"])
    )
    initialise(drawn, 2)
    save_model(tmp_path / "model", Model(drawn.eval(), classes, CONTRACT, {}, ("AU04",)))
    found = load_model(tmp_path / "model")
    x = torch.rand(2, 3, 64, 64) * 255 - 100
    with torch.inference_mode():
        assert found.network(x).equal(drawn(x))
    assert (found.classes, found.units) == (classes, ("AU04",))
    assert found.tasks == (("expression",) if classes else ()) + ("valence_arousal", "action_units")


def test_release_weights_leave_the_heads_of_other_tasks_alone(tmp_path: Path) -> None:
    """The backbone is the file's, whatever is learnt on it."""
    tensors = write_release(tmp_path / "w.safetensors")
    ours = SENet50(0, base_width=16, heads={"valence_arousal": 2})
    initialise(ours, 1)
    head = ours.heads["valence_arousal"].weight.clone()
    load_release_weights(ours, tmp_path / "w.safetensors", file_sha256(tmp_path / "w.safetensors"))
    assert ours.conv1.weight.equal(tensors["conv1.weight"])
    assert ours.heads["valence_arousal"].weight.equal(head)
