"""Features of a published dataset, and probes on them."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from published_with import publish
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.embed import embed
from fer_data.embed.probe import ProbeOptions, probe
from fer_data.errors import DatasetError, ParamsError, WeightsError
from fer_data.model.files import Model, load_model, save_model
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50, initialise
from fer_data.params.document import load_params
from fer_data.publish import PublishInputs
from fer_data.published.dataset import Crops, open_published
from fer_data.shell.progress import Progress
from fer_data.tables.features import FeatureSet, read_features, write_features

ROOT = Path(__file__).parents[2]
OPTIONS = ProbeOptions(0, 200, 7)
CLASSES = ["Neutral", "Anger", "Disgust"]
pytestmark = pytest.mark.usefixtures("shallow")


def write_model(folder: Path, contract: InputContract) -> Path:
    """Write a small network with random weights."""
    network = SENet50(7, base_width=16)
    initialise(network, 3)
    save_model(folder, Model(network.eval(), tuple("abcdefg"), contract, {}))
    return folder


@pytest.fixture(scope="module")
def model(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model whose field of view is the published dataset's."""
    return write_model(tmp_path_factory.mktemp("embed") / "model", open_published(published).contract(32))


@pytest.mark.parametrize("suffix", ["parquet", "safetensors"])
def test_every_row_has_the_features_before_the_head(
    published: Path, model: Path, tmp_path: Path, suffix: str
) -> None:
    """Row by row in the dataset's order they are those of the network, whatever the batch; copies are marked."""
    output = tmp_path / f"features.{suffix}"
    summary = embed(published, model, output, device="cpu", batch_size=5)
    found, dataset, loaded = read_features(output), open_published(published), load_model(model)
    assert (summary["rows"], summary["dimensions"]) == found.features.shape == (found.copied.size, 512)
    names = [name for split in dataset.splits.values() for name in split[:]["row_id"].to_pylist()]
    assert found.texts["row_id"].tolist() == names
    assert found.copied.tolist() == ["+" in name for name in names]
    assert found.about["data"]["dataset_sha256"] == dataset.provenance["dataset_sha256"]
    crops = Crops(dataset.splits["train"], np.arange(3), loaded.contract)
    pictures = np.ascontiguousarray(loaded.contract.centre(crops.read(np.arange(3))))
    with torch.inference_mode():
        expected = loaded.network.features(loaded.contract.to_input(torch.from_numpy(pictures)))
    np.testing.assert_allclose(found.features[:3], expected.numpy(), rtol=1e-4, atol=1e-4)


def test_another_field_of_view_is_refused(published: Path, tmp_path: Path) -> None:
    """Crops of another geometry would give features that mean nothing."""
    model = write_model(tmp_path / "model", InputContract(32, "box", 0.3))
    with pytest.raises(WeightsError, match="trained on box"):
        embed(published, model, tmp_path / "f.parquet", device="cpu", batch_size=5)


def test_another_suffix_is_refused(published: Path, model: Path, tmp_path: Path) -> None:
    """Before anything is computed."""
    with pytest.raises(ParamsError, match=r"^--output \(.*\) must end in \.parquet or \.safetensors"):
        embed(published, model, tmp_path / "f.npy", device="cpu", batch_size=5)


def made_features(separable: bool, *, overlap: bool = False) -> FeatureSet:
    """Return 12 people of 20 frames; `separable` features say the class, the others only who it is."""
    random = np.random.default_rng(1)
    people = np.repeat(np.arange(12), 20)
    labels = np.tile(np.repeat([0, 1, 2, 0], 5), 12)
    person = random.normal(0, 3, (12, 8))[people]
    signal = np.eye(3)[labels] * 8 if separable else np.zeros((240, 3))
    features = np.concatenate([person, signal], axis=1) + random.normal(0, 1, (240, 11))
    names = np.array([f"p{one}" for one in people], np.str_)
    splits = np.where(people < 8, "train", "validation")
    names[-1] = "p0" if overlap else names[-1]
    texts = {
        "row_id": np.arange(240).astype(np.str_),
        "subject_id": names,
        "video_id": names,
        "split": splits,
    }
    about = {"classes": CLASSES, "model": {}, "data": {}}
    copied = np.zeros(240, bool)
    return FeatureSet(features.astype(np.float32), labels, np.arange(240), copied, texts, about)


def persons_of(made: FeatureSet) -> NDArray[np.str_]:
    """Return who the 12 subjects are, of whom three are one person."""
    subjects = made.texts["subject_id"]
    return np.where(np.isin(subjects, ["p11", "p5"]), "p0", subjects)


@pytest.mark.parametrize("folds", [0, 3])
def test_both_probes_read_off_what_is_there(tmp_path: Path, folds: int) -> None:
    """Features that say the class are read; of always guessing one class both are clear by their intervals.

    Folds are of people whom the corpus names, one of them under three names, as are the intervals.
    """
    made = made_features(True)
    if folds:
        given = np.full(240, "given")
        made = dataclasses.replace(
            made, texts=made.texts | {"person_id": persons_of(made), "subject_source": given}
        )
    write_features(tmp_path / "f.parquet", made)
    found = probe(tmp_path / "f.parquet", ProbeOptions(folds, 200, 7))
    guess = found["probes"]["largest"]["macro_f1"]
    assert found["rows"] == (240 if folds else 80)
    assert (found["people"] if folds else found["videos"]) == (10 if folds else 4)
    assert guess == pytest.approx(2 * 0.5 / 1.5 / 3)
    for name in ("linear", "knn"):
        scores = found["probes"][name]
        assert scores["macro_f1"] == scores["macro_f1_present"] > guess + 0.3
        if not folds:
            assert scores["macro_f1_interval"] is None  # four videos
            continue
        assert scores["macro_f1_interval"]["low"] > guess + 0.3
        assert scores["macro_f1_interval"]["low"] <= scores["macro_f1"] <= scores["macro_f1_interval"]["high"]


def test_features_that_only_tell_people_apart_score_as_chance(tmp_path: Path) -> None:
    """Who it is says nothing of another person's expression, so no leak of people can lift the score."""
    write_features(tmp_path / "f.safetensors", made_features(False))
    found = probe(tmp_path / "f.safetensors", ProbeOptions(4, 200, 7))
    assert found["probes"]["knn"]["macro_f1"] < 0.45
    assert found["probes"]["linear"]["macro_f1"] < 0.45


def test_copies_and_unlabelled_rows_are_left_out(tmp_path: Path) -> None:
    """A row that is either is neither fitted nor scored."""
    made = made_features(True)
    made.copied[200:210] = True
    made.expression[210:215] = -1
    write_features(tmp_path / "f.parquet", made)
    assert probe(tmp_path / "f.parquet", OPTIONS)["rows"] == 80 - 15


def test_a_person_on_both_sides_is_refused(tmp_path: Path) -> None:
    """The score would be that of recognising people."""
    write_features(tmp_path / "f.parquet", made_features(True, overlap=True))
    with pytest.raises(DatasetError, match=r"share 'p0'\. Use --folds"):
        probe(tmp_path / "f.parquet", OPTIONS)


@pytest.mark.parametrize("suffix", ["parquet", "safetensors"])
def test_a_person_under_two_names_is_in_one_fold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """Folds go by `person_id` where the file has it, and by subject in a file of an earlier version."""
    made = made_features(True)
    persons = persons_of(made)
    named = dataclasses.replace(made, texts=made.texts | {"person_id": persons})
    write_features(tmp_path / f"named.{suffix}", named)
    write_features(tmp_path / f"earlier.{suffix}", made)
    found = read_features(tmp_path / f"named.{suffix}")
    assert found.texts["person_id"].tolist() == persons.tolist()

    class Asked(Exception):  # noqa: N818 - what follows from the folds takes long, and is not looked at here
        pass

    def watched(groups: NDArray[np.str_], _labels: NDArray[np.int64], **_given: int) -> NDArray[np.int64]:
        raise Asked(len(set(groups.tolist())))

    monkeypatch.setattr("fer_data.embed.probe.group_folds", watched)
    for file, groups in (("named", 10), ("earlier", 12)):
        with pytest.raises(Asked, match=rf"^{groups}$"):
            probe(tmp_path / f"{file}.{suffix}", ProbeOptions(5, 20, 7))
    with pytest.raises(DatasetError, match=r"share 'p0'\. Use --folds"):
        probe(tmp_path / f"named.{suffix}", OPTIONS)


def test_features_name_persons_where_somebody_has_two_names(
    publish_inputs: PublishInputs, published: Path, model: Path, tmp_path: Path
) -> None:
    """Of a dataset without such people the file is as it always was."""
    (tmp_path / "same.csv").write_text("subject_a,subject_b,note\nb,a,\n", encoding="utf-8")
    inputs = dataclasses.replace(publish_inputs, same_person=tmp_path / "same.csv")
    publish(inputs, tmp_path / "named", resolution=32, params=load_params(ROOT / "params.yaml"))
    for name, dataset in (("named", tmp_path / "named"), ("plain", published)):
        embed(dataset, model, tmp_path / f"{name}.parquet", device="cpu", batch_size=8)
    texts = read_features(tmp_path / "named.parquet").texts
    assert {*texts["person_id"][texts["subject_id"] == "b"].tolist()} == {"a"}
    assert "person_id" not in read_features(tmp_path / "plain.parquet").texts


@pytest.mark.parametrize("name", ["absent.parquet", "absent.safetensors", "text.parquet", "text.safetensors"])
def test_a_file_without_features_is_refused(tmp_path: Path, name: str) -> None:
    """Missing and foreign files are named, with what makes them."""
    for suffix in ("parquet", "safetensors"):
        (tmp_path / f"text.{suffix}").write_bytes(b"hello")
    with pytest.raises(DatasetError, match=r"holds no features: .*fer-data embed"):
        read_features(tmp_path / name)


def test_a_long_probe_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fit of the linear probe counts: strengths times folds, which take minutes of wide features."""
    fits: list[int] = []
    monkeypatch.setattr(Progress, "advance", lambda _, amount=1, **__: fits.append(amount))
    write_features(tmp_path / "f.parquet", made_features(True))
    probe(tmp_path / "f.parquet", OPTIONS)
    assert len(fits) == 4 * 3


def test_the_commands_embed_and_probe(published: Path, model: Path, tmp_path: Path) -> None:
    """Features are written and the probes' table, or JSON, is printed."""
    output = str(tmp_path / "f.parquet")
    run = CliRunner().invoke(app, ["embed", str(published), "--model", str(model), "--output", output])
    assert run.exit_code == 0
    assert "rows of 512 features" in run.output
    write_features(Path(output), made_features(True))
    table = CliRunner().invoke(app, ["probe", output, "--draws", "100"])
    assert "20 nearest neighbours" in table.output
    found = json.loads(CliRunner().invoke(app, ["probe", output, "--draws", "100", "--json"]).stdout)
    assert found["dimensions"] == 11


@pytest.mark.parametrize("suffix", [".parquet", ".safetensors"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": np.full((240, 4), np.nan, np.float32)}, "of row 0 are not finite"),
        ({"expression": np.full(240, 9)}, r"must be in \[0, 2\]"),
        ({"expression": np.full(240, -2)}, "or -1 for none"),
        ({"about": {}}, "does not name its classes"),
        ({"about": []}, "does not name its classes"),
    ],
    ids=["not-finite", "class", "negative", "no-classes", "no-dict"],
)
def test_features_that_no_model_gives_are_refused(
    tmp_path: Path, suffix: str, change: dict[str, Any], message: str
) -> None:
    """Each message names the file and what is wrong."""
    path = tmp_path / f"f{suffix}"
    write_features(path, dataclasses.replace(made_features(separable=True), **change))
    with pytest.raises(DatasetError, match=message):
        read_features(path)
