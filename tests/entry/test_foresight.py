"""The first stage that runs knows of errors and needs of every later one."""

import os
import re
import shlex
import shutil
import subprocess
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from dvc_runs import run_python
from safetensors.numpy import save_file

import fer_data.entry.foresight
from fer_data.entry import needs
from fer_data.entry.foresight import foretell
from fer_data.entry.needs import check_params, unmet_needs
from fer_data.errors import ParamsError
from fer_data.params.document import Params, validate_document
from fer_data.shell.ancestry import Ancestor
from fer_data.shell.files.atomic import file_sha256

ROOT = Path(__file__).parents[2]
STAGES = {
    name: stage.get("do", stage)["cmd"]
    for file in ("sample/dvc.yaml", "dvc.yaml")
    for name, stage in yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["stages"].items()
}
QUICK = {"ingest", "train"}
SOURCE = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["sources"]["sample"]


def document(**changes: dict[str, Any]) -> dict[str, Any]:
    """Return the demo's parameters with some keys of some sections changed."""
    values: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, keys in changes.items():
        values[section] |= keys
    return values


def params(**changes: dict[str, Any]) -> Params:
    """Return the same, checked."""
    return validate_document(document(**changes), Path("params.yaml"))


def write_params(folder: Path, **changes: dict[str, Any]) -> None:
    """Write the same as the params.yaml of a folder."""
    (folder / "params.yaml").write_text(yaml.safe_dump(document(**changes)))


def run_stage(folder: Path, stage: str, values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run a stage by hand in a folder that holds params.yaml alone."""
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    px = ["--px", "128"] if stage in {"multires", "balance", "publish"} else []
    return run_python(folder, *shlex.split(STAGES[stage])[1:], *px)


@pytest.mark.parametrize(
    "stage",
    [
        "ingest",
        "train",
        *(pytest.param(name, marks=pytest.mark.slow) for name in STAGES if name not in QUICK),
    ],
)
def test_whichever_stage_runs_first_refuses_an_error_of_any_section(stage: str, tmp_path: Path) -> None:
    """A value that only the last stages read stops the first one, in one line, with nothing written."""
    section = "train" if stage != "train" else "evaluate"
    key = {"train": "base_width", "evaluate": "bootstrap_draws"}[section]
    ended = run_stage(tmp_path, stage, document(**{section: {key: 8}}))
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: params.yaml: {section}.{key} (8) is wrong: ")
    assert ended.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_help_of_a_stage_needs_no_params(tmp_path: Path) -> None:
    """A person may ask what a stage takes before params.yaml is right."""
    assert run_python(tmp_path, "-m", "stages.ingest", "--help").returncode == 0


def test_what_only_a_later_stage_needs_is_one_warning(tmp_path: Path) -> None:
    """Absent weights of `train` do not stop `ingest`, which says so once and then does its own work."""
    for name in ("decisions.csv", "same_person.csv"):
        shutil.copy(ROOT / name, tmp_path)
    ended = run_stage(tmp_path, "ingest", document(train={"weights": "nowhere.safetensors"}))
    warning, error = ended.stderr.splitlines()
    assert warning.startswith(
        "warning: a later stage will stop here. train.weights (nowhere.safetensors) does not"
    )
    assert error.startswith("error: sources.sample.root (data/sample)")


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder of a test, whose params.yaml names weights for `train` that are not there."""
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path, train={"weights": "nowhere.safetensors"})
    return tmp_path


@pytest.mark.usefixtures("no_weights")
def test_a_stage_leaves_its_own_needs_to_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """`train` refuses absent weights by itself, so that nothing is said twice."""
    foretell("train")
    assert capsys.readouterr().err == ""
    foretell("publish")
    assert "nowhere.safetensors" in capsys.readouterr().err


def test_a_run_of_dvc_is_warned_once(
    no_weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every stage is a process of its own; the next run is warned anew, and a broken mark does no harm."""
    (no_weights / ".dvc/tmp").mkdir(parents=True)
    said = []
    for run in ("1", "1", "2", "2"):
        monkeypatch.setattr(
            fer_data.entry.foresight, "runner", lambda _, started=run: Ancestor(os.getppid(), started, ())
        )
        foretell("ingest")
        said.append(capsys.readouterr().err.count("warning: "))
    assert said == [1, 0, 1, 0]
    (no_weights / ".dvc/tmp/fer-data-foretold").write_bytes(b"\xff")
    foretell("ingest")
    assert "warning: " in capsys.readouterr().err


def test_only_the_first_process_of_a_training_warns(
    no_weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others run the same stage beside it; the whole file is checked in each."""
    monkeypatch.setenv("LOCAL_RANK", "1")
    foretell("ingest")
    assert capsys.readouterr().err == ""
    write_params(no_weights, train={"base_width": 8})
    with pytest.raises(ParamsError, match=r"base_width \(8\)"):
        foretell("ingest")


def test_the_demo_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the package and some disk runs the demo."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    assert unmet_needs(params()) == []


@pytest.mark.parametrize(
    ("changes", "stage", "message"),
    [
        ({"align": {"device": "cuda"}}, "align", r"align\.device \(cuda\) needs a GPU"),
        ({"align": {"decoder": "nvdec"}}, "align", r"align\.decoder \(nvdec\) needs a GPU and"),
        ({"train": {"device": "cuda"}}, "train", r"train\.device \(cuda\) needs a GPU"),
        ({"evaluate": {"device": "cuda"}}, "evaluate", r"evaluate\.device \(cuda\) needs a GPU"),
        (
            {"sources": {"sample": {**SOURCE, "crops": "nowhere"}}, "publish": {"licence": "other"}},
            "align",
            r"sources\.sample\.crops \(nowhere\) must be an existing folder",
        ),
        ({"train": {"weights": "nowhere"}}, "train", r"train\.weights \(nowhere\) does not exist"),
    ],
    ids=["align", "decoder", "train", "evaluate", "crops", "weights"],
)
def test_a_need_names_stage_parameter_and_remedy(
    changes: dict[str, Any], stage: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a machine without a GPU and without files lacks is known before anything runs."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    monkeypatch.setattr(needs, "_gpu_count", lambda: 0)
    (found,) = unmet_needs(params(**changes))
    assert found.stage == stage
    with pytest.raises(ValueError, match=message):
        raise ValueError(found.message)


def test_a_licence_over_a_known_corpus_is_a_need(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hours before `publish` refuses it: files of Aff-Wild2 in a folder of one's own are Aff-Wild2."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    (tmp_path / "train" / "Fear").mkdir(parents=True)
    (tmp_path / "train" / "Fear" / "1-30-1280x720.jpg").touch()
    (tmp_path / "truth.parquet").touch()
    values = document(publish={"licences": {"lab": "cc0-1.0"}})
    profile = yaml.safe_load((ROOT / "profiles" / "pictures.yaml").read_text(encoding="utf-8"))
    values["sources"] = {"lab": {**profile["sources"]["pictures"], "root": str(tmp_path)}}
    found = [need.message for need in unmet_needs(validate_document(values, Path("params.yaml")))]
    assert any(
        re.search(r"publish\.licences\.lab \(cc0-1\.0\) must be .* the source is Aff-Wild2", one)
        for one in found
    )


def test_torchcodec_that_cannot_be_loaded_is_a_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be installed and lack a library; else that came to light at the first video."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    monkeypatch.setattr(needs, "_gpu_count", lambda: 1)
    monkeypatch.setattr(needs, "find_spec", lambda _: ModuleSpec("torchcodec", None))
    (found,) = unmet_needs(params(align={"decoder": "nvdec"}))
    assert found.stage == "align"
    assert (
        "(nvdec) needs torchcodec with CUDA and FFmpeg's libraries, which cannot be loaded here"
        in found.message
    )


def test_torchcodec_that_ends_the_process_is_a_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a library built for another torch nothing may be left to print."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    monkeypatch.setattr(needs, "_gpu_count", lambda: 1)
    monkeypatch.setattr(needs, "find_spec", lambda _: ModuleSpec("torchcodec", None))
    monkeypatch.setattr(needs, "_NVDEC_FAULT", "import os; os.abort()")
    (found,) = unmet_needs(params(align={"decoder": "nvdec"}))
    assert "needs torchcodec, which fails while it is loaded here" in found.message


def test_more_devices_than_gpus_are_a_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of GPUs is that of this machine."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    monkeypatch.setattr(needs, "_gpu_count", lambda: 2)
    train = {"device": "cuda", "devices": 4}
    assert [need.message for need in unmet_needs(params(train=train))] == [
        "train.devices (4) must be at most 2, the GPUs of this machine."
    ]
    assert unmet_needs(params(train=train | {"devices": 2})) == []


def test_little_disk_is_a_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's data would not fit."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 10.0**9)
    (found,) = unmet_needs(params())
    assert "GB free; the demo alone needs" in found.message


def test_the_detectors_pack_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pack that is not unpacked, or a file of another hash, is said before `align` runs."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    detector = document()["align"]["detector"] | {"name": "insightface", "weights": "no_such_pack"}
    (found,) = unmet_needs(params(align={"detector": detector}))
    assert found.message.startswith("align.detector.weights (no_such_pack) must be an ONNX file or a pack")
    (tmp_path / "det.onnx").write_bytes(b"x")
    (found,) = unmet_needs(params(align={"detector": detector | {"weights": str(tmp_path / "det.onnx")}}))
    assert found.message.startswith("align.detector.sha256 (None) must be that of det.onnx")


def test_weights_are_held_against_hash_and_width(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash to write is named; another network's weights would end the run only when `train` starts."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    path = tmp_path / "w.safetensors"
    save_file({"conv1.weight": np.zeros((64, 3, 7, 7), np.float32)}, path)

    def said(**train: object) -> list[str]:
        own = {"weights": str(path), "weights_sha256": None, **train}
        return [need.message for need in unmet_needs(params(train=own))]

    right = file_sha256(path)
    assert said() == [f"train.weights_sha256 is null for {path}. Check the file, then write {right} there."]
    assert said(weights_sha256="0" * 64) == [
        f"train.weights_sha256 ({'0' * 64}) must be that of {path}, which is {right}. Correct one."
    ]
    assert said(weights_sha256=right) == [
        f"train.weights ({path}) is of base_width 64, and train.base_width is 16. Correct one."
    ]
    assert said(weights_sha256=right, base_width=64) == []
    path.write_bytes(b"no safetensors")
    assert "no SENet-50" in said(weights_sha256=file_sha256(path))[0]


def test_needs_are_errors_of_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`fer-data check --params` lists each with the stage that stops without it."""
    monkeypatch.setattr(needs, "LEAST_FREE_GB", 0.0)
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(document(train={"weights": "nowhere"})))
    _, (found,) = check_params(tmp_path / "p.yaml")
    assert (found.rule, found.severity) == ("train-needs", "error")


def test_a_wrong_line_of_confirmed_pairs_is_told_by_the_first_stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not by the first stage that sees all sources, hours later."""
    (tmp_path / "same.csv").write_text("subject_a,subject_b,note\na,a,\n")
    write_params(tmp_path, dataset={"same_person": str(tmp_path / "same.csv")})
    foretell("ingest", tmp_path / "params.yaml")
    assert "same.csv, line 2: subject_a and subject_b ('a') must be two subjects" in capsys.readouterr().err


@pytest.mark.parametrize("lacking", ["decisions.csv", "same_person.csv"])
def test_an_absent_file_that_is_kept_by_hand_is_told_by_the_first_stage(lacking: str, tmp_path: Path) -> None:
    """In one line that says how to make it; with both files there, nothing is said before the stage's own error."""
    for name in {"decisions.csv", "same_person.csv"} - {lacking}:
        shutil.copy(ROOT / name, tmp_path)
    ended = run_stage(tmp_path, "ingest", document(train={"weights": None, "weights_sha256": None}))
    warning, error = ended.stderr.splitlines()
    key = {"decisions.csv": "sources.sample.decisions", "same_person.csv": "dataset.same_person"}[lacking]
    assert warning.startswith(
        f"warning: a later stage will stop here. {key} ({lacking}) must be a file that begins with "
    )
    assert "there is none. Make one of that line alone." in warning
    assert error.startswith("error: sources.sample.root (data/sample)")


@pytest.mark.parametrize(
    ("class_map", "message"),
    [
        (
            {"Hapiness": "Happiness"},
            r"names 'Hapiness', a class that no source has\. Did you mean 'Happiness'\?",
        ),
        ({"Contempt": None, "bored": None}, "names 'Contempt', 'bored', a class"),
        ({"Other": None}, None),
    ],
    ids=["misspelt", "foreign", "known"],
)
def test_a_class_map_names_what_a_source_can_have(
    tmp_path: Path, class_map: dict[str, str | None], message: str | None
) -> None:
    """A misspelt class is found by the first stage, and not by the first that sees every table, hours later."""
    write_params(tmp_path, dataset={"class_map": class_map})
    if message is None:
        foretell("ingest", tmp_path / "params.yaml")
        return
    with pytest.raises(ParamsError, match=message):
        foretell("ingest", tmp_path / "params.yaml")
