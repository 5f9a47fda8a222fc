"""`fer-data leaks`: planted leaks are found, and nothing of a description is kept."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml
from leak_faces import pixel_network, planted, published_clips
from safetensors.torch import save_file
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.errors import DatasetError, DetectorError
from fer_data.leaks import check_describer, find_leaks
from fer_data.leaks.describers import Face, View, open_describer
from fer_data.model import releases
from fer_data.model.senet import SENet50
from fer_data.params.document import load_params
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.same_person import read_pairs

ROOT = Path(__file__).parents[2]
PARAMS = load_params(ROOT / "params.yaml")
TWO_NAMES, LOOKALIKE, COPIED = ("p0", "q7"), ("p1", "q8"), ("p2", "q9")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published dataset with planted leaks; tests must not write to it."""
    clips = [replace(one, video="p3-a") if one.video == "p4-a" else one for one in planted()]
    return published_clips(tmp_path_factory.mktemp("planted"), clips, PARAMS)


@pytest.fixture(scope="module")
def params(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a params file that names the stand-in for a network."""
    folder = tmp_path_factory.mktemp("network")
    network = pixel_network(folder / "pixels.onnx")
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["align"]["identity"] = {
        "name": "insightface", "weights": str(network), "sha256": file_sha256(network), "keep": False,
    }  # fmt: skip
    (folder / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return folder / "params.yaml"


class Done(NamedTuple):
    """A run of the command: its words, what it printed, and what it found."""

    words: list[str]
    printed: str
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def done(dataset: Path, params: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Return one run of the command; tests must not write to its folder."""
    output = tmp_path_factory.mktemp("found") / "leaks"
    words = ["leaks", str(dataset), "--params", str(params), "--output", str(output)]
    summaries: list[dict[str, Any]] = []

    def noted(*given: Any, **named: Any) -> dict[str, Any]:
        summaries.append(find_leaks(*given, **named))
        return summaries[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.leaks.find_leaks", noted)
        run = CliRunner().invoke(app, words, catch_exceptions=False)
    assert run.exit_code == 0, run.output
    (summary,) = summaries
    return Done(words, run.stdout, summary)


@pytest.fixture(scope="module")
def found(done: Done) -> tuple[Path, dict[str, Any]]:
    """Return the folder and the summary of that run; tests must not write to it."""
    return Path(done.words[-1]), done.summary


def pair(summary: dict[str, Any], names: tuple[str, str]) -> dict[str, Any]:
    """Return the row of two subjects."""
    (row,) = [one for one in summary["suspects"] if (one["subject_a"], one["subject_b"]) == names]
    return row


def test_one_person_under_two_names_is_called(found: tuple[Path, dict[str, Any]]) -> None:
    """Both names and the copied clip stand first, and are called; they are in two splits."""
    summary = found[1]
    first = {(one["subject_a"], one["subject_b"]) for one in summary["suspects"][:2]}
    assert first == {TWO_NAMES, COPIED}
    for names in first:
        row = pair(summary, names)
        assert (row["called"], row["across_splits"]) == ("yes", "yes")
        assert {row["split_a"], row["split_b"]} == {"train", "validation"}


def test_a_lookalike_is_not_called(found: tuple[Path, dict[str, Any]]) -> None:
    """It is more similar than others, and other people all the same."""
    row = pair(found[1], LOOKALIKE)
    assert (row["called"], row["same_clip"]) == ("no", "no")
    others = [one["similarity"] for one in found[1]["suspects"]]
    assert row["similarity"] > float(np.median(others))


def test_a_clip_under_another_name_is_found_without_faces(found: tuple[Path, dict[str, Any]]) -> None:
    """It was compressed, resized and begins later; no other two clips are taken for one."""
    (copy,) = found[1]["copies"]
    assert (copy["video_a"], copy["video_b"], copy["across_splits"]) == ("p2-a", "q9-a", "yes")
    assert copy["offset_seconds"] == pytest.approx(-0.3, abs=0.11)
    assert found[1]["copied_clips"] == {"all": 1, "across_splits": 1}
    assert pair(found[1], COPIED)["same_clip"] == "yes"


def test_what_a_similarity_is_worth_is_counted(found: tuple[Path, dict[str, Any]]) -> None:
    """Genuine pairs are of different videos; the threshold lies over all other pairs, and one more may reach it."""
    (group,) = found[1]["groups"]
    assert (group["subjects"], group["pairs"], group["across"]) == (14, 14 * 13 // 2, 49)
    assert (group["genuine"]["of"], group["genuine"]["people"]) == ("different videos", 13)
    false = group["false_rate"]
    assert (false["errors"], false["pairs"]) == (0, 41)
    assert (group["together"], group["together_rate"]["errors"]) == (1, 0)
    assert group["expected_false_links"] == pytest.approx(91 / 42)
    assert group["at_most"] == pytest.approx(false["high"] * group["pairs"])
    assert group["miss_rate"]["errors"] == 0
    assert group["called"] == 2


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(
    dataset: Path, params: Path, found: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Tables, sheets and summary follow from the dataset and the network alone."""
    again = find_leaks(dataset, tmp_path / "leaks", load_params(params))
    assert again == found[1]
    names = sorted(path.name for path in found[0].iterdir())
    assert sorted(path.name for path in (tmp_path / "leaks").iterdir()) == names
    for name in names:
        assert (tmp_path / "leaks" / name).read_bytes() == (found[0] / name).read_bytes(), name


def test_the_lines_are_ready_and_only_their_maker_may_read_them(found: tuple[Path, dict[str, Any]]) -> None:
    """They are of the very format; sheets are private, and no file holds a description."""
    output, summary = found
    pairs = read_pairs(output / "lines.csv")
    assert {one.subjects for one in pairs} == {TWO_NAMES, COPIED}
    with (output / "suspects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(summary["suspects"])
    assert {row["decision"] for row in rows} == {""}
    names = {path.name for path in output.iterdir()} - {".gitignore", ".fer-data.json"}
    assert {
        "suspects.csv",
        "lines.csv",
        "copies.csv",
        "summary.json",
        "pairs-001.jpg",
        "copies-001.jpg",
    } <= names
    assert {path.suffix for path in output.iterdir() if not path.name.startswith(".")} == {
        ".csv",
        ".json",
        ".jpg",
    }
    assert output.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in output.glob("[!.]*")} == {0o600}
    assert (
        json.loads((output / "summary.json").read_text(encoding="utf-8"))["network"]["name"] == "insightface"
    )


def test_without_enough_genuine_pairs_there_is_no_threshold(params: Path, tmp_path: Path) -> None:
    """Pairs are ranked, the leak stands first, and the summary says why nothing is called; confirmed pairs are gone."""
    (tmp_path / "same.csv").write_text("subject_a,subject_b,note\nq4,p0,\n", encoding="utf-8")
    dataset = published_clips(tmp_path / "data", planted(8), PARAMS, tmp_path / "same.csv")
    summary = find_leaks(dataset, tmp_path / "leaks", load_params(params))
    (group,) = summary["groups"]
    assert (group["threshold"], group["called"], group["expected_false_links"]) == (None, 0, None)
    assert "people with a genuine pair are too few for a threshold (10 are needed)" in group["note"]
    assert group["pairs"] == 8 * 7 // 2 - 1
    assert {one["called"] for one in summary["suspects"]} == {"unknown"}
    assert (summary["suspects"][0]["subject_a"], summary["suspects"][0]["subject_b"]) == ("p2", "q6")
    assert len(read_pairs(tmp_path / "leaks/lines.csv")) == 8


def test_no_network_is_refused(dataset: Path, tmp_path: Path) -> None:
    """The command names how to get one, in one line, and writes nothing."""
    done = CliRunner().invoke(app, ["leaks", str(dataset), "--output", str(tmp_path / "leaks")])
    assert isinstance(done.exception, DetectorError)
    assert "align.identity.name (none) must name a network" in str(done.exception)
    assert "`fer-data weights get sface`" in str(done.exception)
    assert not (tmp_path / "leaks").exists()


def test_small_pictures_are_refused(published: Path, params: Path, tmp_path: Path) -> None:
    """At 32 px nobody is told from anybody."""
    with pytest.raises(DatasetError, match=r"has pictures of 32 px, and faces are compared from 64 px on"):
        find_leaks(published, tmp_path / "leaks", load_params(params))
    assert not (tmp_path / "leaks").exists()


def test_the_command_prints_both_forms(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables for people, and one document for programs, of the same run."""
    assert "One clip in two videos" in done.printed
    assert "copy the lines of lines.csv" in done.printed.replace("\n", " ")
    monkeypatch.setattr("fer_data.leaks.find_leaks", lambda *_, **__: done.summary)
    run = CliRunner().invoke(app, [*done.words, "--json", "--overwrite"])
    document = json.loads(run.stdout)
    assert {"output", "network", "data", "licence", "people", "groups", "suspects", "copies"} <= set(document)
    assert {name: document[name] for name in done.summary} == json.loads(
        json.dumps(done.summary, default=str)
    )


def test_vggface2_weights_count_by_their_hash_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SENet-50 in train.weights describes faces if it is a known release, and not when anything else taught it."""
    monkeypatch.setattr("fer_data.leaks.describers._SENET_WIDTH", 16)
    monkeypatch.setattr("fer_data.leaks.describers._SENET_PX", 64)
    weights = tmp_path / "senet.safetensors"
    tensors = {k: v for k, v in SENet50(5, base_width=16).state_dict().items() if "num_batches" not in k}
    save_file(tensors, weights, {"source_sha256": "1" * 64})
    changed = PARAMS.train.model_copy(
        update={"weights": str(weights), "weights_sha256": file_sha256(weights)}
    )
    own = PARAMS.model_copy(update={"train": changed})
    with pytest.raises(DetectorError, match="must name a network"):
        check_describer(own)
    monkeypatch.setitem(releases.KNOWN_RELEASES, "1" * 64, "ours")
    assert check_describer(own) == "senet50"
    describer = open_describer(own, View("similarity", 0.0, 256, 128))
    picture = np.random.default_rng(7).integers(0, 255, (128, 128, 3)).astype(np.uint8)
    vector = describer.describe(Face(picture, None, None))
    assert vector.shape == (512,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    altered = PARAMS.train.model_copy(update={"weights": str(weights), "weights_sha256": "0" * 64})
    with pytest.raises(DetectorError, match="must name a network"):
        check_describer(PARAMS.model_copy(update={"train": altered}))
