"""Storing, loading and starting from weights."""

import json
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from fer_data.errors import WeightsError
from fer_data.model.files import (
    Model,
    head_sizes,
    load_model,
    load_release_weights,
    save_model,
    stated_licence,
)
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50, initialise
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.sealed import sealed

CONTRACT = InputContract(64, "similarity", 0.2)
pytestmark = pytest.mark.usefixtures("shallow")


def network(classes: int, seed: int) -> SENet50:
    """Return a narrow network with drawn weights."""
    drawn = SENet50(classes, base_width=16).eval()
    initialise(drawn, seed)
    return drawn


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a stored model of two classes; tests must not write to it."""
    folder = tmp_path_factory.mktemp("made") / "model"
    save_model(folder, Model(network(2, 1), ("Neutral", "Anger"), CONTRACT, {"train": {"seed": 7}}))
    return folder


@pytest.fixture
def stored(made: Path, tmp_path: Path) -> Path:
    """Return a copy of it that a test may change."""
    return Path(shutil.copytree(made, tmp_path / "model"))


@cache
def release(classes: int) -> dict[str, torch.Tensor]:
    """Return weights as the release names them, without batch counters."""
    state = network(classes, 5).state_dict()
    return {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}


def write_release(path: Path, classes: int = 9) -> dict[str, torch.Tensor]:
    """Write such weights, and return them; tests must not change them."""
    save_file(release(classes), path)
    return release(classes)


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
    with pytest.raises(WeightsError, match=r"must be a model, but .*dvc repro train"):
        load_model(tmp_path)


Change = Callable[[dict[str, Any]], object]


def redescribed(folder: Path, change: Change, *, seal: bool = True) -> None:
    """Change a stored model's description, and seal it again unless told otherwise."""
    document = json.loads((folder / "model.json").read_text())
    change(document)
    (folder / "model.json").write_text(json.dumps(sealed(document) if seal else document))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not readable as JSON"),
        (b"\xff\xfe{}", "is not readable as JSON: 'utf-8' codec"),
        (b"1" * 5000, "is not readable as JSON"),
        (b"[" * 100_000, "is not readable as JSON"),
        (b'{"a": NaN}', "NaN is not a number of JSON"),
        (b'{"a": "\\ud800"}', "is not readable as JSON"),
        (b"[]", "must be a mapping, got a list"),
        (b'{"classes": []}', "damaged or of another version: architecture: Field required"),
    ],
    ids=["cut", "not utf-8", "huge number", "deep", "nan", "half a character", "list", "lacking"],
)
def test_a_damaged_description_is_refused(stored: Path, content: bytes, message: str) -> None:
    """Whatever bytes stand in model.json, one sentence says what is wrong and what to do."""
    (stored / "model.json").write_bytes(content)
    with pytest.raises(WeightsError, match=message) as caught:
        load_model(stored)
    assert "dvc repro --force train" in str(caught.value)


def resized(px: int) -> Change:
    """Return a change to an input contract of another side, consistent in itself."""
    contract = InputContract(px, "similarity", 0.2)
    return lambda d: d.update(input_contract=contract.document(), input_contract_sha256=contract.sha256())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["architecture"].update(base_width=4096), "base_width: Input should be less than"),
        (lambda d: d["architecture"].update(base_width=10**30), "base_width: Input should be"),
        (lambda d: d["architecture"].update(base_width="16"), "base_width: Input should be a valid integer"),
        (lambda d: d["architecture"].update(base_width=512), r"has shape \(16,\), expected \(512"),
        (lambda d: d.update(classes=["a", "b", "c"]), r"fc\.bias has shape \(2,\), expected \(3,\)"),
        (
            lambda d: d.update(classes=[f"c{n}" for n in range(100_000)]),
            "classes: List should have at most 1000",
        ),
        (lambda d: d.update(classes=[1, 2]), "classes.0: Input should be a valid string"),
        (lambda d: d.update(classes=["a", "a"]), "classes must not repeat"),
        (lambda d: d.update(classes=["a", "b\x1b[2J"]), "classes.1: String should match pattern"),
        (lambda d: d.update(classes="ab"), "classes: Input should be a valid list"),
        (lambda d: d["architecture"].update(tasks=["pose"]), "tasks.0: Input should be 'expression'"),
        (lambda d: d["architecture"].update(tasks=[]), "tasks: List should have at least 1"),
        (lambda d: d["architecture"].update(tasks=["valence_arousal"]), "must fit the outputs"),
        (lambda d: d["architecture"].update(action_units=["AU99"]), "unknown 'AU99'"),
        (lambda d: d.update(architecture=None), "architecture: Input should be a valid dict"),
        (lambda d: d.update(data=[]), "data: Input should be a valid dict"),
        (lambda d: d.update(data={"resolution": "x"}), "data.name: Field required"),
        (lambda d: d.update(train_counts=[1]), "one count a class"),
        (lambda d: d.update(more=1), "more: Extra inputs are not permitted"),
        (lambda d: d.pop("weights_sha256"), "weights_sha256: Field required"),
        (resized(-1), r"input_px \(-1\) is out of range"),
        (resized(0), r"input_px \(0\) is out of range"),
        (resized(100_000), r"input_px \(100000\) is out of range"),
        (lambda d: d.update(input_contract=[]), "input_contract: Input should be a valid dict"),
    ],
)
def test_a_description_out_of_bounds_is_refused(stored: Path, change: Change, message: str) -> None:
    """Classes, widths and sides have stated bounds, checked before a network is built."""
    redescribed(stored, change)
    with pytest.raises(WeightsError, match=message):
        load_model(stored)


def test_a_network_larger_than_its_file_is_never_allocated(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shapes in the weights' header are compared first, without values."""
    redescribed(stored, lambda d: d["architecture"].update(base_width=512))
    built: list[torch.device] = []
    monkeypatch.setattr(SENet50, "__setattr__", _noting(built))
    with pytest.raises(WeightsError, match="has shape"):
        load_model(stored)
    assert {device.type for device in built} == {"meta"}


def _noting(built: list[torch.device]) -> Callable[[SENet50, str, object], None]:
    def note(network: SENet50, name: str, value: object) -> None:
        if isinstance(value, torch.nn.Linear):
            built.append(value.weight.device)
        torch.nn.Module.__setattr__(network, name, value)  # type: ignore[arg-type]

    return note


def test_an_edited_description_is_refused(stored: Path) -> None:
    """One changed letter in a class' name is noticed: the description is sealed."""
    redescribed(stored, lambda d: d.update(classes=["Neutral", "Angel"]), seal=False)
    with pytest.raises(WeightsError, match="altered or damaged after it was written"):
        load_model(stored)


def test_a_flipped_bit_in_the_weights_is_refused(stored: Path) -> None:
    """The weights' hash stands in model.json."""
    path = stored / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"model\.safetensors was altered or damaged: its SHA-256 is"):
        load_model(stored)


@pytest.mark.parametrize("value", [float("nan"), float("inf")], ids=["nan", "inf"])
def test_weights_that_are_not_finite_are_refused_even_with_their_hash(stored: Path, value: float) -> None:
    """A network of NaN answers nothing, whoever wrote it."""
    tensors = load_file(stored / "model.safetensors")
    tensors["layer2.0.conv1.weight"][0, 0] = value
    save_file(tensors, stored / "model.safetensors")
    redescribed(stored, lambda d: d.update(weights_sha256=file_sha256(stored / "model.safetensors")))
    with pytest.raises(WeightsError, match=r"values in layer2\.0\.conv1\.weight that are not finite"):
        load_model(stored)


def test_a_network_that_diverged_is_never_stored(tmp_path: Path) -> None:
    """Training that ends in NaN says so and leaves no model."""
    diverged = network(2, 1)
    with torch.no_grad():
        diverged.fc.weight[0, 0] = float("nan")
    with pytest.raises(WeightsError, match=r"fc\.weight that are not finite\. Training diverged"):
        save_model(tmp_path / "model", Model(diverged, ("a", "b"), CONTRACT, {}))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("kind", ["folder", "fifo", "missing"])
@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
def test_only_regular_files_are_opened(stored: Path, name: str, kind: str) -> None:
    """A folder or a pipe in place of a file is refused at once."""
    (stored / name).unlink()
    if kind == "folder":
        (stored / name).mkdir()
    elif kind == "fifo":
        os.mkfifo(stored / name)
    with pytest.raises(WeightsError, match=r"regular file|is missing|must be a model"):
        load_model(stored)


def test_what_a_model_does_not_state_is_asked_for_in_one_sentence(stored: Path) -> None:
    """A description without the training counts serves prediction, and says so where they are needed."""
    with pytest.raises(WeightsError, match="lacks 'train_counts', which is needed here"):
        load_model(stored).stated("train_counts")


def test_an_altered_input_contract_is_refused(stored: Path) -> None:
    """Inference never runs on another mean or channel order than training did."""
    redescribed(stored, lambda d: d["input_contract"].update(channels="RGB"))
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


def test_a_file_of_weights_may_state_its_licence(tmp_path: Path) -> None:
    """By the Hub's name, in lower case; most files state none."""
    tensors = write_release(tmp_path / "w.safetensors")
    assert stated_licence(tmp_path / "w.safetensors") is None
    save_file(tensors, tmp_path / "open.safetensors", {"licence": "CC0-1.0"})
    assert stated_licence(tmp_path / "open.safetensors") == "cc0-1.0"


def test_weights_in_half_precision_are_widened(tmp_path: Path) -> None:
    """Training computes as with the same values in single precision."""
    tensors = write_release(tmp_path / "w.safetensors", classes=7)
    half = {name: value.half() if value.ndim > 1 else value for name, value in tensors.items()}
    save_file(half, tmp_path / "half.safetensors")
    ours = network(7, 1)
    load_release_weights(ours, tmp_path / "half.safetensors", file_sha256(tmp_path / "half.safetensors"))
    state = ours.state_dict()
    assert all(state[name].equal(value.float()) for name, value in half.items())
    assert state["conv1.weight"].dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("layer1.1.conv4.bias"), r"lacks 1 tensors, such as 'layer1\.1\.conv4\.bias'"),
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
