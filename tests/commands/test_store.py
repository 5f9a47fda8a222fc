"""`fer-data store` shows what is kept and makes room."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fer_data.commands.app import app
from fer_data.errors import ParamsError, StoreError
from fer_data.execution.leases import exclusive
from fer_data.execution.source_hash import source_hash
from fer_data.execution.store import Store, content_key
from fer_data.video_jobs.keys import CODE

DAY = 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a store with a fresh entry of the present code and an old one of other code."""
    store = Store(tmp_path)
    for name, code, days in (("fresh", source_hash(CODE), 0), ("old", "0" * 64, 10)):
        key = content_key({"video": name})
        with store.writing(key, {"video_id": name, "code": code}) as entry:
            (entry / "crops").write_bytes(bytes(1_500_000))
        manifest = tmp_path / "entries" / key[:2] / key / "entry.json"
        os.utime(manifest, (manifest.stat().st_mtime - days * DAY,) * 2)
    return tmp_path


def run(*arguments: str, folder: Path) -> Result:
    """Run `fer-data store ... --store FOLDER`; our errors are raised here."""
    return CliRunner().invoke(app, ["store", *arguments, "--store", str(folder)], catch_exceptions=False)


def kept(folder: Path) -> list[str]:
    """Return the videos that the store has, as `show --json` lists them."""
    listed = json.loads(run("show", "--json", folder=folder).stdout)
    return [entry["about"]["video_id"] for entry in listed]


def test_show_lists_videos_sizes_ages_and_code(folder: Path) -> None:
    """A person sees which entries are large, old, or of no more use."""
    text = run("show", folder=folder).stdout
    assert "2 entries, 3.00 MB" in text
    lines = {
        name: next(line for line in text.splitlines() if name in line.split()) for name in ("fresh", "old")
    }
    assert "1.50 MB" in lines["fresh"]
    assert "present" in lines["fresh"]
    assert "10 days ago" in lines["old"]
    assert "other" in lines["old"]


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (("--older-than-days", "5"), ["fresh"]),
        (("--older-than-days", "20"), ["fresh", "old"]),
        (("--other-code",), ["fresh"]),
        (("--max-gb", "0.002"), ["fresh"]),
        (("--all",), []),
        (("--all", "--dry-run"), ["fresh", "old"]),
    ],
    ids=["older", "none-older", "other-code", "size", "all", "dry-run"],
)
def test_prune_removes_what_the_rules_say(folder: Path, rules: tuple[str, ...], left: list[str]) -> None:
    """What is left is what the rules leave, and the output counts the rest."""
    text = run("prune", *rules, folder=folder).stdout
    assert kept(folder) == left
    named = 2 if "--dry-run" in rules else 2 - len(left)
    assert text.startswith(f"{'would remove' if '--dry-run' in rules else 'removed'} {named} entries")


def test_show_says_which_span_of_a_video_an_entry_holds(tmp_path: Path) -> None:
    """Parts of a long video that a run has not joined yet are told apart."""
    about = {"video_id": "long", "kind": "span", "span": "3/15", "code": source_hash(CODE)}
    with Store(tmp_path).writing(content_key({"span": 3}), about) as entry:
        (entry / "crops").write_bytes(bytes(100))
    assert "span 3/15" in run("show", folder=tmp_path).stdout


def test_prune_without_a_rule_removes_nothing(folder: Path) -> None:
    """Nobody empties a store by a slip."""
    with pytest.raises(ParamsError, match="prune needs a rule: --older-than-days"):
        run("prune", folder=folder)
    assert kept(folder) == ["fresh", "old"]


@pytest.mark.parametrize("rule", ["--older-than-days", "--max-gb"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1"])
def test_what_is_no_amount_is_no_rule(folder: Path, rule: str, value: str) -> None:
    """NaN compares with nothing, so that no entry would be safe, or none would go."""
    assert run("prune", rule, value, folder=folder).exit_code == 2


def test_prune_waits_for_no_run(folder: Path) -> None:
    """While a run holds the store its entries stay."""
    with exclusive(folder, "align"), pytest.raises(StoreError, match="in use by align, process"):
        run("prune", "--all", folder=folder)
    assert kept(folder) == ["fresh", "old"]


@pytest.mark.parametrize("arguments", [["show"], ["show", "--json"], ["prune", "--all"]], ids=" ".join)
@pytest.mark.parametrize(
    ("made", "said"),
    [([], "does not exist"), (["store"], "is a file"), (["store/videos.mp4"], "is another folder")],
    ids=["absent", "file", "folder-of-other-things"],
)
def test_what_is_no_store_is_refused_and_left_alone(
    arguments: list[str], made: list[str], said: str, tmp_path: Path
) -> None:
    """Neither shown as empty nor pruned: the message says what lies there, and nothing is written into it."""
    for name in made:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ParamsError, match=rf"--store \(.*store\) must be a resume store, but {said}\. Name"):
        run(*arguments, folder=tmp_path / "store")
    assert sorted(tmp_path.rglob("*")) == before


def test_the_default_store_says_who_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first run there is no store yet."""
    monkeypatch.setenv("FER_DATA_STORE", str(tmp_path / "later"))
    with pytest.raises(
        ParamsError, match=r"does not exist\. `align` and `train` make it when they first run"
    ):
        CliRunner().invoke(app, ["store", "show"], catch_exceptions=False)


def test_an_empty_store_has_no_entries(tmp_path: Path) -> None:
    """A folder with nothing in it may become one."""
    assert "0 entries" in run("show", folder=tmp_path).stdout


def test_the_params_file_names_the_store(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --store the folder is compute.store of the params file."""
    monkeypatch.delenv("FER_DATA_STORE")
    params = tmp_path_factory.mktemp("params") / "params.yaml"
    text = (Path(__file__).parents[2] / "params.yaml").read_text()
    params.write_text(text.replace("store: .fer-data/store", f"store: {folder}"))
    result = CliRunner().invoke(app, ["store", "show", "--params", str(params)], catch_exceptions=False)
    assert "2 entries" in result.stdout
