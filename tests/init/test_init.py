"""From a clone to one's own data: parameters are merged with their comments, and only the demo's figures go."""

import hashlib
import json
import os
import shutil
import subprocess
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from fer_data.commands.init import init, params
from fer_data.errors import MachineError, OutputError, ParamsError
from fer_data.params.document import Params, load_params
from fer_data.params.merging import merge_text, merge_values
from fer_data.params.profiles import demo_text, merged, profile_names
from fer_data.params.source import AffWild2Section
from fer_data.shell.files.plain_yaml import load_plain

ROOT = Path(__file__).parents[2]
FIGURES = {
    "ingest@sample": "metrics/ingest/sample.json",
    "multires@16": "metrics/multires/16.json",
    "train": "plots/train.csv",
}
SECTIONS = {"ingest@sample": "sources", "multires@16": "multires", "train": "train"}


def run(*arguments: object, command: object = init) -> Result:
    """Run one command."""
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


def refused(*arguments: object) -> str:
    """Return the error of ours that a run ends with."""
    error = run(*arguments).exception
    assert isinstance(error, ParamsError), error
    return str(error)


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    who = {
        f"GIT_{who}_{what}": "test@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **who}, check=True, capture_output=True
    )


def record(folder: Path, values: dict[str, Any]) -> None:
    """Write figures and the lock file of a run with some parameters."""
    stages = {}
    for stage, name in FIGURES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps({"macro_f1": 0.738, "root": next(iter(values["sources"].values()))["root"]})
        )
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        section = SECTIONS[stage]
        read = {section: values[section]}
        if section == "sources":
            read = {f"sources.{source}": own for source, own in values["sources"].items()}
        stages[stage] = {
            "params": {"params.yaml": read},
            "outs": [{"path": f"data/{stage}", "md5": "0.dir"}, {"path": name, "md5": md5}],
        }
    (folder / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))


def figures(folder: Path) -> list[str]:
    """Return the names of the figures that are there."""
    return [name for name in FIGURES.values() if (folder / name).is_file()]


@cache
def read_demo() -> dict[str, Any]:
    """Return the demo's values; tests must not change them."""
    values: dict[str, Any] = load_plain(demo_text())
    return values


def demo_as(over: dict[str, Any]) -> dict[str, Any]:
    """Return the demo's values with its source called as a profile calls its own."""
    values = read_demo()
    (source,) = values["sources"].values()
    return {**values, "sources": {next(iter(over.get("sources", {"sample": None}))): source}}


@pytest.fixture(scope="module")
def whole_clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a clone has, as far as `init` looks: parameters, profiles, pipeline and the demo's figures in git."""
    folder = tmp_path_factory.mktemp("whole") / "clone"
    folder.mkdir()
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    (folder / "params.yaml").write_text(demo_text(), encoding="utf-8")
    (folder / "dvc.yaml").write_text("stages: {}\n")
    record(folder, read_demo())
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "demo")
    return folder


@pytest.fixture
def clone(whole_clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enter a copy of it that a test may change."""
    folder = Path(shutil.copytree(whole_clone, tmp_path / "clone"))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("profile", profile_names(ROOT / "profiles"))
def test_a_profile_is_merged_with_comments(clone: Path, profile: str) -> None:
    """The values are the demo's and the profile's; no comment of the demo is lost that a profile does not replace."""
    result = run(profile)
    assert result.exit_code == 0, result.output
    text = (clone / "params.yaml").read_text(encoding="utf-8")
    over = load_plain((clone / f"profiles/{profile}.yaml").read_text(encoding="utf-8"))
    assert load_plain(text) == merge_values(demo_as(over), over, Params)
    load_params(clone / "params.yaml")
    assert f"`fer-data init {profile}`" in text.splitlines()[0]
    assert "# the folder layout and file formats" in text
    replaced = any(
        "corpus" in entry for entry in over.get("sources", {}).values()
    )  # by one of another kind, whole
    lost = demo_text().partition("\ndataset:")[0].count("#") if replaced else 2
    assert text.count("#") >= demo_text().count("#") - lost


def test_init_says_what_comes_next(clone: Path, tmp_path: Path) -> None:
    """Three commands, with the corpus that was named; those of the demo where that is the corpus."""
    (tmp_path / "my corpus").mkdir()
    assert run("ci", "--force").output.splitlines()[-4:] == [
        "Next:", "  fer-data doctor", "  dvc repro", "  fer-data stats data/published/128"
    ]  # fmt: skip
    result = run("affwild2", "--root", tmp_path / "my corpus")
    assert result.output.splitlines()[-4:] == [
        "Next:", f"  fer-data check '{tmp_path}/my corpus' --params params.yaml", "  fer-data doctor", "  dvc repro"
    ]  # fmt: skip
    assert load_params().source().root == f"{tmp_path}/my corpus"


def test_init_names_what_the_sources_before_left(clone: Path, tmp_path: Path) -> None:
    """Where the demo ran, `multires` would stop at its faces hours later; of the same sources nothing is to go."""
    for name in ("faces/sample", "catalog/sample", "catalog/affwild2"):
        (clone / "data" / name).mkdir(parents=True)
    told = "  rm -r data/faces/sample data/catalog/sample    # of sources that are not listed now"
    assert told in run("affwild2", "--root", tmp_path).output.splitlines()
    assert "  rm -r data/catalog/affwild2 " in run("ci").output
    assert (clone / "data/faces/sample").is_dir()


def test_own_data_do_not_go_by_the_demos_name_and_licence(clone: Path, tmp_path: Path) -> None:
    """Rendered faces are CC0; what another corpus allows is for its user to state."""
    assert run("--root", tmp_path).exit_code == 0
    own = load_params().publish
    assert (own.name, own.licence) == ("own-corpus", "other")


@pytest.mark.parametrize("name", ["a b", "yes", "1", "x: y #z", "é", "'", '"', "a\nb", "-", "null", "{a}"])
def test_a_root_of_any_name_is_read_back(clone: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever YAML would make of it, it stays the folder that was named."""
    (clone / name).mkdir()
    assert run("affwild2", "--root", name).exit_code == 0
    assert load_params().source().root == name


def test_a_root_in_the_home_folder_is_written_in_full(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DVC expands no `~`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "corpus").mkdir()
    assert run("affwild2", "--root", "~/corpus").exit_code == 0
    assert load_params().source().root == str(tmp_path / "corpus")


def test_an_edited_file_is_kept_without_force(clone: Path) -> None:
    """What init itself wrote may be replaced; one changed character may not, and no figure is touched before that."""
    assert run("affwild2").exit_code == 0
    assert run("affwild2-cpu").exit_code == 0
    edited = (clone / "params.yaml").read_text(encoding="utf-8").replace("epochs: 2", "epochs: 3")
    (clone / "params.yaml").write_text(edited, encoding="utf-8")
    assert "params.yaml was edited and would be lost" in refused("affwild2")
    assert (clone / "params.yaml").read_text(encoding="utf-8") == edited
    assert run("affwild2", "--force").exit_code == 0
    assert load_params().train.epochs == 4


@pytest.mark.parametrize("text", ["", "a: [", "{}", "\0", "source: 5"])
def test_whatever_a_user_has_there_counts_as_edited(clone: Path, text: str) -> None:
    """Also what is no params file at all."""
    (clone / "params.yaml").write_text(text)
    assert "was edited" in refused()
    assert run("--force").exit_code == 0
    assert (clone / "params.yaml").read_text(encoding="utf-8") == demo_text()


def test_a_link_is_never_replaced(clone: Path) -> None:
    """Not even with --force: it leads to a file that is somebody's."""
    (clone / "mine.yaml").write_text(demo_text(), encoding="utf-8")
    (clone / "params.yaml").unlink()
    (clone / "params.yaml").symlink_to("mine.yaml")
    assert isinstance(run("affwild2", "--force").exception, OutputError)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["afwild2"],
            "PROFILE ('afwild2') must be a file of profiles/ without .yaml. Did you mean 'affwild2'?",
        ),
        (
            ["affwild2-gpu"],
            "PROFILE ('affwild2-gpu') must be a file of profiles/ without .yaml. Did you mean 'affwild2-cpu'?",
        ),
        (["../ci"], "PROFILE ('../ci') must be a file of profiles/ without .yaml."),
        (
            ["zzz"],
            "Expected affwild2, affwild2-cpu, ci, paper-baseline, paper-multires or pictures.",
        ),
        (["ci", "--root", "nowhere"], "--root (nowhere) must be an existing folder."),
    ],
)
def test_wrong_arguments_change_nothing(clone: Path, arguments: list[str], message: str) -> None:
    """One line with the remedy, and everything is as it was."""
    assert message in refused(*arguments)
    assert (clone / "params.yaml").read_text(encoding="utf-8") == demo_text()
    assert figures(clone) == list(FIGURES.values())


def test_without_a_clone_init_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package alone has no pipeline."""
    monkeypatch.chdir(tmp_path)
    assert "is no clone of fer-data: dvc.yaml or profiles/ is missing" in refused("affwild2")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "train:\n  epoch: 3\n",
            "profiles/mine.yaml: train.epoch is an unknown key. Did you mean 'train.epochs'?",
        ),
        ("train:\n  epochs: 0\n", "profiles/mine.yaml: train.epochs (0) is wrong"),
        ("train: {epochs: 3, seed: 8}\n", "profiles/mine.yaml must have one key a line"),
        ("- 1\n", "profiles/mine.yaml must be a mapping of sections"),
        ("a: [", "profiles/mine.yaml is not valid YAML"),
    ],
)
def test_a_wrong_profile_is_one_line(clone: Path, text: str, message: str) -> None:
    """A user's own profile is checked as params.yaml is."""
    (clone / "profiles/mine.yaml").write_text(text)
    assert message in refused("mine")


def test_lists_and_maps_of_names_are_replaced_whole(clone: Path) -> None:
    """A profile's layout has its own names and none of another's; a key without a comment keeps the demo's."""
    inner = ["layout:", "  videos:", "    - v/*", "  labels:", "    expression:", "      train: a/*.txt"]
    text = "\n".join(["sources:", "  mine:", *(f"    {line}" for line in inner), ""])
    (clone / "profiles/mine.yaml").write_text(text + "train:\n  epochs: 3\n  batch_size: 8\n")
    assert run("mine").exit_code == 0, refused("mine")
    own = load_params()
    layout = own.source().own(AffWild2Section).layout
    assert layout is not None
    assert layout.labels == {"expression": {"train": "a/*.txt"}}
    assert own.train.batch_size == 8
    assert "  batch_size: 8             # of all devices together" in (clone / "params.yaml").read_text()
    assert run("ci").exit_code == 0
    assert load_params().resolutions == [128, 16]


@pytest.fixture(scope="module")
def wholes() -> dict[str, dict[str, Any]]:
    """Return the values in force of each profile."""
    folder = ROOT / "profiles"
    return {name: merged(name, folder=folder).values for name in profile_names(folder)}


@given(st.data())
@settings(max_examples=50)  # each reads YAML four times
def test_text_and_values_are_merged_alike(wholes: dict[str, dict[str, Any]], data: st.DataObject) -> None:
    """Whatever keys a profile takes out of another's, its lines become the values that they say."""
    whole = wholes[data.draw(st.sampled_from(sorted(wholes)))]
    over = {
        section: {key: value for key, value in keys.items() if data.draw(st.booleans())}
        if isinstance(keys, dict)
        else keys
        for section, keys in whole.items()
        if data.draw(st.booleans())
    }
    over = {section: keys for section, keys in over.items() if keys}
    name = next(iter(whole["sources"]))
    base = demo_text().replace("  sample:\n", f"  {name}:\n")
    text = merge_text(base, yaml.safe_dump(over), Params) if over else base
    own = {**read_demo(), "sources": {name: read_demo()["sources"]["sample"]}}
    assert load_plain(text) == merge_values(own, over, Params)


def test_the_demos_figures_go_and_git_has_them(clone: Path) -> None:
    """Nobody takes the demo's scores for those of another corpus; the demo itself keeps them."""
    assert run().exit_code == 0
    assert figures(clone) == list(FIGURES.values())
    assert "Removed 3 files of the demo's figures" in run("affwild2").output
    assert figures(clone) == []
    assert not (clone / "metrics").exists()
    git(clone, "checkout", "--", "metrics", "plots")
    assert figures(clone) == list(FIGURES.values())


def test_a_users_own_figures_stay(clone: Path) -> None:
    """Changed bytes, figures of another corpus, committed or not, and files that nobody recorded."""
    (clone / FIGURES["ingest@sample"]).write_text("{}")
    (clone / "metrics/mine.json").write_text("{}")
    assert "Removed 2 files" in run("affwild2").output
    assert figures(clone) == [FIGURES["ingest@sample"]]
    assert (clone / "metrics/mine.json").is_file()
    record(clone, merged("affwild2").values)
    assert "Removed" not in run("ci").output
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "mine")
    assert "Removed" not in run("affwild2").output
    assert figures(clone) == list(FIGURES.values())


def test_without_git_the_lock_file_tells(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A downloaded archive has the demo's lock file; a lock file of other values, or a broken one, clears nothing."""
    shutil.rmtree(clone / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(clone.parent))
    assert "Removed 3 files" in run("affwild2").output
    values = deepcopy(read_demo())
    values["train"]["epochs"] = 99
    record(clone, values)
    assert "Removed 2 files" in run("affwild2-cpu").output
    assert figures(clone) == [FIGURES["train"]]
    record(clone, read_demo())
    for text in ("{", "[]", "stages: 5", "stages: {ingest@sample: 5}"):
        (clone / "dvc.lock").write_text(text)
        assert "Removed" not in run("ci").output
    (clone / "dvc.lock").unlink()
    assert "Removed" not in run("affwild2").output


def test_git_that_fails_leaves_everything_as_it_is(clone: Path) -> None:
    """Nobody knows then whose figures those are: the lock file that is there may be of a run of the user's own."""
    (clone / ".git/HEAD").write_text("damaged\n", encoding="utf-8")
    error = run("affwild2").exception

    assert isinstance(error, MachineError)
    assert "gives no answer there" in str(error)
    assert (clone / "params.yaml").read_text(encoding="utf-8") == demo_text()
    assert figures(clone) == list(FIGURES.values())


@pytest.mark.parametrize(
    "path", ["../victim.json", "metrics/../../victim.json", "/victim.json", "metrics/link/victim.json"]
)
def test_a_lock_file_leads_nowhere_else(clone: Path, path: str) -> None:
    """Only plain files within metrics/ and plots/ are looked at."""
    victim = clone.parent / "victim.json"
    victim.write_text("{}")
    (clone / "metrics/link").symlink_to("../..")
    lock = yaml.safe_load((clone / "dvc.lock").read_text())
    md5 = hashlib.md5(b"{}", usedforsecurity=False).hexdigest()
    lock["stages"]["ingest@sample"]["outs"] = [
        {"path": path.replace("/victim", f"{victim.parent}/victim") if path[0] == "/" else path, "md5": md5}
    ]
    (clone / "dvc.lock").write_text(yaml.safe_dump(lock))
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "lock")
    run("affwild2")
    assert victim.is_file()


def test_params_shows_what_is_in_force_and_what_differs(clone: Path) -> None:
    """Those that differ are counted; tests/snapshots/params.txt shows them."""
    assert "0 of " in run(command=params).output
    run("ci")
    result = run(command=params)
    assert result.exit_code == 0
    assert "11 of " in result.output
    (clone / "params.yaml").write_text("a: 1")
    assert isinstance(run(command=params).exception, ParamsError)
