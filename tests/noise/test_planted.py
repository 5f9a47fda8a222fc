"""Wrong labels that are planted in the label files of a rendered corpus of its own are found."""

from pathlib import Path

import numpy as np
import pytest

from experiments.label_noise import CHANGES, found_at, plant
from experiments.published import publish_balanced, seals_with
from experiments.training import load_changed
from fer_data.align import align
from fer_data.core.metrics.label_noise import suspicion
from fer_data.ingest import ingest
from fer_data.model.files import Model, load_release_weights, save_model
from fer_data.model.senet import SENet50
from fer_data.multires import multires
from fer_data.noise import NoiseOptions, find_suspects
from fer_data.params.document import Params
from fer_data.publish import PublishInputs
from fer_data.published.dataset import open_published
from fer_data.sample import sample

ROOT = Path(__file__).parents[2]
LABELS = "annotations/EXPR_Set/Train_Set"


def test_wrong_labels_are_drawn_of_the_kind_that_was_asked_for() -> None:
    """As many as the rate says, none of them the right one, and the same again for the same seed."""
    labels = np.arange(70) % 7
    for kind in ("any", "confused"):
        found, wrong = plant(labels, 7, kind=kind, rate=0.1, seed=3)
        assert wrong.sum() == 7
        assert (found != labels).tolist() == wrong.tolist()
        assert np.array_equal(found, plant(labels, 7, kind=kind, rate=0.1, seed=3)[0])


def test_precision_and_recall_are_those_of_the_first_of_the_list() -> None:
    """Of 30, two of four wrong ones stand in the first ten."""
    wrong = np.zeros(30, bool)
    wrong[[0, 5, 12, 25]] = True
    found = found_at(list(range(30)), 8, wrong)
    assert found["precision, first 10"] == 0.2
    assert found["recall, first 20"] == 0.75
    assert found["precision, as many as planted"] == 0.25
    assert found["recall, all suspects"] == 0.5


def plant_in_files(root: Path, share: float) -> set[str]:
    """Make runs of the label files of train wrong, and return the rows that are."""
    runs = []
    for path in sorted((root / LABELS).glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        starts = [i for i, line in enumerate(lines) if line != "-1" and (not i or lines[i - 1] != line)]
        for start in starts:
            same = [i for i in range(start, len(lines)) if set(lines[start : i + 1]) == {lines[start]}]
            runs.append((path, same, int(lines[start])))
    labels, wrong = plant(np.array([run[2] for run in runs]), 7, kind="any", rate=share, seed=1)
    planted = set()
    for index in np.flatnonzero(wrong):
        path, frames, _ = runs[index]
        lines = path.read_text(encoding="utf-8").splitlines()
        for frame in frames:
            lines[frame + 1] = str(labels[index])
            planted.add(f"{path.stem}/{frame + 1:05d}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return planted


def published_of(folder: Path, params: Params, root: Path) -> Path:
    """Return the dataset of a corpus, through every stage."""
    source = params.source().changed(root=str(root))
    ingest(root, folder / "catalog", source)
    inputs = PublishInputs(folder / "faces", folder / "variant", folder / "balanced")
    align(
        folder / "catalog", root, inputs.faces, folder / "reports",
        source=source, align=params.align, compute=params.compute,
    )  # fmt: skip
    multires(inputs.faces, inputs.variant, 128, params.multires)
    publish_balanced(inputs, folder / "published", params, resolution=128, seals=seals_with(params))
    return folder / "published/128"


@pytest.mark.slow
def test_planted_labels_are_found_in_a_rendered_corpus(tmp_path: Path) -> None:
    """Of 24 people with one label in six wrong most of the first ten suspects are planted, and half of all are found.

    The features are those of the weights that the demo starts from, which know other rendered people alone.
    """
    changes = ["sample.seed=4101", "sample.train_subjects=24", "sample.other_subjects=4"]
    params = load_changed(ROOT / "params.yaml", [*CHANGES, *changes])
    sample(tmp_path / "sample", params.sample)
    planted = plant_in_files(tmp_path / "sample", 1 / 6)
    dataset = published_of(tmp_path, params, tmp_path / "sample")
    published = open_published(dataset)
    network = SENet50(7, base_width=params.train.base_width)
    load_release_weights(network, ROOT / (params.train.weights or ""), params.train.weights_sha256)
    contract = published.contract(params.train.input_px)
    save_model(tmp_path / "model", Model(network.eval(), tuple(published.classes), contract, {}))
    options = NoiseOptions("cpu", 64, 7)
    found = find_suspects(dataset, tmp_path / "model", tmp_path / "out", options=options)
    listed = [one["first_row_id"] in planted for one in found["suspects"] if one["split"] == "train"]
    runs = len({row.split("/")[0] for row in planted})
    assert sum(listed[:10]) >= 7, listed
    assert sum(listed) >= 0.5 * runs, (sum(listed), runs)
    assert suspicion(np.array([[0.5, 0.5]]), np.array([0]))[0] == 0
