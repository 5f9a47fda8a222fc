"""`fer-data verify` finds damage in data and in DVC's cache, and its commands mend it with real DVC."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
import yaml
from dvc_runs import run_warm_in
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.dvc import records
from fer_data.dvc.records import find_project, tree_md5
from fer_data.errors import DatasetError, ParamsError
from fer_data.model.files import Model, save_model
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50
from fer_data.verify import Report, verify
from fer_data.verify.rows import damaged_rows

if TYPE_CHECKING:
    from fer_data.publish import PublishInputs

STAGES = """\
stages:
  align:
    cmd: python make.py align {faces} data/faces
    outs:
      - data/faces
    metrics:
      - metrics/align.json:
          cache: false
  multires:
    matrix:
      px:
        - 32
    cmd: python make.py multires {variant} data/multires/${{item.px}}
    deps:
      - data/faces
    outs:
      - data/multires/${{item.px}}
  publish:
    matrix:
      px:
        - 32
    cmd: python make.py publish {published} data/published/${{item.px}}
    deps:
      - data/multires/${{item.px}}
    outs:
      - data/published/${{item.px}}
"""
MAKE = """\
import pathlib, shutil, sys
stage, source, target = sys.argv[1:]
shutil.copytree(source, target)
pathlib.Path("metrics").mkdir(exist_ok=True)
if stage == "align":
    pathlib.Path("metrics/align.json").write_text("{}")
with open("ran.log", "a") as log:
    print(stage, file=log)
"""


@dataclass
class DvcProject:
    """A small real DVC project whose stages copy what the real ones made."""

    root: Path

    def run(self, *command: str) -> str:
        """Run a command in it and return what it printed."""
        done = run_warm_in(self.root, *command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def mend(self, report: Report) -> list[str]:
        """Run a report's commands as they are printed, and return the stages that ran."""
        (self.root / "ran.log").unlink(missing_ok=True)
        for line in report.commands:
            self.run("sh", "-c", line)
        log = self.root / "ran.log"
        return log.read_text().split() if log.exists() else []

    def cache_object(self, name: str) -> Path:
        """Return the cache object of a file that is sound."""
        import hashlib

        md5 = hashlib.md5((self.root / name).read_bytes(), usedforsecurity=False).hexdigest()
        return self.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


@pytest.fixture(scope="module")
def finished(
    faces: Path, publish_inputs: "PublishInputs", published: Path, tmp_path_factory: pytest.TempPathFactory
) -> DvcProject:
    """Return a project that was run once, its cache linked as ours is where nothing can be reflinked."""
    made = DvcProject(tmp_path_factory.mktemp("finished") / "a project")
    made.root.mkdir()
    shutil.copy(Path(__file__).parents[2] / ".dvcignore", made.root)
    text = STAGES.format(faces=faces, variant=publish_inputs.variant, published=published)
    (made.root / "dvc.yaml").write_text(text)
    (made.root / "make.py").write_text(MAKE)
    made.run("git", "init", "-q")
    made.run("dvc", "init", "-q")
    made.run("dvc", "config", "cache.type", "hardlink")
    made.run("dvc", "repro", "-q")
    return made


ask_for_cache = records._cache_folder


@pytest.fixture
def known_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not ask DVC for its cache, which takes a second each time; it is where DVC has it by default."""
    monkeypatch.setattr(records, "_cache_folder", lambda root: root / ".dvc" / "cache")


@pytest.fixture
def project(finished: DvcProject, tmp_path: Path, known_cache: None) -> DvcProject:
    """Return a copy of the finished project, hard links and times included, to be damaged."""
    finished.run("cp", "-a", str(finished.root), str(tmp_path / "a project"))
    return DvcProject(tmp_path / "a project")


def flip(path: Path, index: float = 0.5) -> None:
    """Flip one bit in place, as a disk does: name, inode, size and rights stay."""
    mode, when = path.stat().st_mode, path.stat()
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * index))
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 4]))
    os.utime(path, ns=(when.st_atime_ns, when.st_mtime_ns))
    path.chmod(mode)


def test_the_pipeline_of_a_folder_is_part_of_the_project(tmp_path: Path, known_cache: None) -> None:
    """Its paths are seen from its working folder, its stages bear its file's name; a project inside is left out."""
    entry = {"path": "data/sample", "hash": "md5", "md5": "0" * 32 + ".dir"}
    stage = {"cmd": "true", "outs": [entry]}
    made = {
        "dvc.lock": {"ingest": {"cmd": "true", "deps": [entry], "outs": [{**entry, "path": "data/catalog"}]}},
        "sample/dvc.yaml": {"sample": {"wdir": "..", "cmd": "true", "outs": ["data/sample"]}},
        "sample/dvc.lock": {"sample": stage},
        "other/dvc.yaml": {"sample": stage},
        "other/dvc.lock": {"sample": stage},
    }
    for name, stages in made.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(yaml.safe_dump({"stages": stages}))
    for folder in (".dvc", "other/.dvc"):
        (tmp_path / folder).mkdir()
    project = find_project(tmp_path)
    assert project is not None
    assert [(out.stage, out.path) for out in project.outs] == [
        ("ingest", "data/catalog"),
        ("sample/dvc.yaml:sample", "data/sample"),
    ]
    assert project.needs["ingest"] == {"sample/dvc.yaml:sample"}


def test_what_the_pipeline_no_longer_has_is_nobodys_loss(tmp_path: Path, known_cache: None) -> None:
    """DVC keeps the records of sides that params.yaml lost, and of the sample where another corpus is read."""
    entry = {"hash": "md5", "md5": "0" * 32 + ".dir"}
    stages = {
        name: {"cmd": "true", "outs": [{**entry, "path": f"data/{name}"}]} for name in ("ingest", "gone")
    }
    stages |= {f"publish@{px}": {"cmd": "true", "outs": [{**entry, "path": f"data/{px}"}]} for px in (64, 32)}
    made = {
        "params.yaml": {"resolutions": [64]},
        "dvc.yaml": {"stages": {"ingest": {}, "publish": {"matrix": {"px": "${resolutions}"}}}},
        "dvc.lock": {"stages": stages},
        "sample/dvc.yaml": {"stages": {"sample": {"wdir": ".."}}},
        "sample/dvc.lock": {"stages": {"sample": {"outs": [{**entry, "path": "data/sample"}]}}},
    }
    (tmp_path / ".dvc").mkdir()
    for name, document in made.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(yaml.safe_dump(document))
    project = find_project(tmp_path)
    assert project is not None
    assert [out.path for out in project.outs] == ["data/ingest", "data/64"]
    (tmp_path / "data/sample").mkdir(parents=True)
    project = find_project(tmp_path)
    assert project is not None
    assert [out.path for out in project.outs] == ["data/ingest", "data/64", "data/sample"]


def test_what_dvc_brings_back_is_as_recorded(project: DvcProject) -> None:
    """`dvc pull` and `dvc checkout` bring no .gitignore, which is no data."""
    shutil.rmtree(project.root / "data/published/32")
    project.run("dvc", "checkout", "-q")
    assert not (project.root / "data/published/32/.gitignore").exists()
    assert verify(project.root).differences == ()


def test_a_sound_project_is_as_recorded(project: DvcProject) -> None:
    """Nothing differs, each inode is read once, and every kind of path can be asked for."""
    assert ask_for_cache(project.root) == project.root / ".dvc" / "cache"
    report = verify(project.root)
    assert (report.differences, report.commands) == ((), ())
    for name in ("data", "data/faces", "data/faces/a.arrow", "data/published/32", "metrics/align.json"):
        assert 0 < verify(project.root / name).files < report.files


def test_a_flip_in_a_linked_crop_is_found_in_workspace_and_cache_and_mended(project: DvcProject) -> None:
    """`dvc repro` trusts its read-only object; our commands rebuild that stage alone, and all is as it was."""
    crop = project.root / "data/faces/a.arrow"
    before, stored = crop.read_bytes(), project.cache_object("data/faces/a.arrow")
    project.run("dvc", "status")  # DVC remembers what it hashed by inode and time
    flip(crop)
    assert project.run("dvc", "repro").count("Running stage") == 0
    report = verify(project.root)
    (found,) = report.differences
    assert (found.file, found.where, found.stage) == (crop, "both", "align")
    assert found.cache_object == stored
    assert found.rows[0].startswith("row ")
    assert found.rows[0].endswith(": the picture")
    assert report.commands[-1] == "dvc repro --force --single-item align"
    assert project.mend(report) == ["align"]
    assert crop.read_bytes() == before
    assert verify(project.root).differences == ()
    assert "up to date" in project.run("dvc", "status")


@pytest.mark.slow
def test_damage_in_several_stages_is_mended_in_their_order(project: DvcProject) -> None:
    """What two damaged stages read and write is rebuilt first to last; the sound ones do not run."""
    flip(project.root / "data/published/32/train/data-00000-of-00001.arrow")
    flip(project.root / "data/multires/32/b.arrow")
    report = verify(project.root)
    assert [found.stage for found in report.differences] == ["multires@32", "publish@32"]
    assert project.mend(report) == ["multires", "publish"]
    assert verify(project.root).differences == ()
    assert "up to date" in project.run("dvc", "status")


@pytest.mark.slow
def test_what_the_cache_still_has_is_checked_out(project: DvcProject) -> None:
    """A file that went missing, or a copy that was altered, costs no stage; the altered row is named."""
    project.run("dvc", "config", "cache.type", "copy")
    project.run("dvc", "checkout", "--relink", "-q")
    (project.root / "data/faces/b.arrow").unlink()
    flip(project.root / "data/multires/32/a.arrow", 0.4)
    report = verify(project.root)
    assert [found.remedy for found in report.differences] == ["checkout", "checkout"]
    assert "the picture" in report.differences[1].rows[0]
    assert project.mend(report) == []
    assert verify(project.root).differences == ()


@pytest.mark.slow
def test_a_damaged_cache_behind_sound_data_is_filled_again(project: DvcProject) -> None:
    """The next checkout would have brought the damage; nothing is rebuilt."""
    project.run("dvc", "config", "cache.type", "copy")
    project.run("dvc", "checkout", "--relink", "-q")
    stored = project.cache_object("data/faces/a.arrow")
    flip(stored)
    report = verify(project.root / "data/faces")
    (found,) = report.differences
    assert (found.where, found.cache_object, found.remedy) == ("cache", stored, "commit")
    assert project.mend(report) == []
    assert verify(project.root).differences == ()


@pytest.mark.parametrize("how", ["altered", "missing"])
def test_a_damaged_list_of_files_is_found(project: DvcProject, how: str) -> None:
    """The cache's list of a folder is held against its name; without it the folder's own hash decides."""
    md5 = next(
        line.split()[-1] for line in (project.root / "dvc.lock").read_text().splitlines() if ".dir" in line
    )
    stored = project.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    if how == "altered":
        flip(stored)
        report = verify(project.root)
        assert [found.cache_object for found in report.differences] == [stored]
        assert project.mend(report) == []
    else:
        stored.unlink()
        assert verify(project.root).differences == ()
        flip(project.root / "data/faces/a.arrow")
        report = verify(project.root)
        assert "not those that were recorded" in report.differences[0].problem
        assert project.mend(report) == ["align"]
    assert verify(project.root).differences == ()


def test_a_file_that_nobody_recorded_is_removed(project: DvcProject) -> None:
    """Files that .dvcignore leaves out are not meant."""
    (project.root / "data/faces/cache-1.arrow").touch()
    (project.root / "data/faces/new.arrow").touch()
    report = verify(project.root)
    assert report.commands == ("rm -f data/faces/new.arrow",)
    project.mend(report)
    assert verify(project.root).differences == ()


def test_the_command_names_row_object_and_commands(
    project: DvcProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1 with differences, 0 without; JSON says the same."""
    monkeypatch.chdir(project.root)
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0
    flip(project.root / "data/faces/a.arrow")
    done = CliRunner().invoke(app, ["verify"])
    assert done.exit_code == 1
    assert "cache object" in done.stdout
    assert "  dvc repro --force --single-item align" in done.stdout
    done = CliRunner().invoke(app, ["verify", "data/faces", "--json"])
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert said["commands"][-1] == "dvc repro --force --single-item align"
    assert said["differences"][0]["where"] == "both"


def test_a_damaged_lock_file_is_one_sentence(project: DvcProject) -> None:
    """Paths that lead outside, aliases and other hashes are refused."""
    lock = project.root / "dvc.lock"
    text = lock.read_text()
    for old, new in (
        ("data/faces", "../x"),
        ("md5: ", "md5: &a x"),
        ("stages:", "stages: [*b]"),
        ("out", "\0"),
    ):
        lock.write_text(text.replace(old, new, 1) if old != "data/faces" else text.replace(old, new))
        with pytest.raises(DatasetError, match=r"dvc\.lock"):
            verify(project.root)


@pytest.fixture
def copied(published: Path, tmp_path: Path) -> Path:
    """Return a published dataset outside any DVC project."""
    return Path(shutil.copytree(published, tmp_path / "copied" / "32"))


@pytest.mark.parametrize(
    ("change", "name", "problem"),
    [
        (
            lambda folder: flip(folder / "train/data-00000-of-00001.arrow"),
            "train/data-00000-of-00001.arrow",
            "altered",
        ),
        (lambda folder: flip(folder / "README.md"), "README.md", "altered"),
        (lambda folder: (folder / "rows.parquet").unlink(), "rows.parquet", "missing"),
        (lambda folder: (folder / "train/more.arrow").touch(), "train/more.arrow", "nobody recorded"),
        (lambda folder: flip(folder / "provenance.json", 0.1), "provenance.json", "provenance.json"),
        (
            lambda folder: (folder / "balance.json").unlink() or os.mkfifo(folder / "balance.json"),
            "balance.json",
            "no",
        ),
    ],
    ids=["shard", "card", "missing", "unknown", "provenance", "pipe"],
)
def test_a_copied_dataset_is_held_against_its_provenance(
    copied: Path, change: Callable[[Path], object], name: str, problem: str
) -> None:
    """Without DVC the dataset's own hashes tell, and there is no command that could rebuild it."""
    assert verify(copied).differences == ()
    change(copied)
    (found,) = verify(copied.parent).differences
    assert found.file == copied / name
    assert problem in found.problem
    assert verify(copied).commands == ()


def test_a_file_that_has_grown_is_not_read(copied: Path) -> None:
    """A sparse file of any size costs nothing: its size alone says that it is altered."""
    (shard,) = (copied / "train").glob("*.arrow")
    shard.chmod(0o644)
    os.truncate(shard, 1 << 31)
    report = verify(copied)
    assert [(found.file, found.problem) for found in report.differences] == [(shard, "altered")]
    assert report.num_bytes < 1 << 24


def test_a_model_is_held_against_its_description(tmp_path: Path) -> None:
    """Weights and description alike."""
    torch.manual_seed(0)
    contract = InputContract(64, "similarity", 0.2)
    save_model(tmp_path / "model", Model(SENet50(2, base_width=16), ("a", "b"), contract, {}))
    assert verify(tmp_path / "model").differences == ()
    flip(tmp_path / "model/model.safetensors")
    assert [found.file.name for found in verify(tmp_path / "model").differences] == ["model.safetensors"]
    flip(tmp_path / "model/model.json")
    assert [found.file.name for found in verify(tmp_path / "model").differences] == ["model.json"]


def test_what_nobody_recorded_is_refused(tmp_path: Path) -> None:
    """An empty folder has nothing to be held against."""
    with pytest.raises(ParamsError, match=r"has no record to be held against: .* Name one"):
        verify(tmp_path)


def test_rows_without_hashes_are_told_by_a_whole_copy_or_by_decoding(faces: Path, tmp_path: Path) -> None:
    """Files of earlier versions carry no hashes; where nothing shows the row, the number of rows is said."""
    import pyarrow as pa

    with pa.ipc.open_stream((faces / "a.arrow").read_bytes()) as reader:
        table = reader.read_all()
    for name in ("old.arrow", "damaged.arrow"):
        with pa.ipc.new_stream(str(tmp_path / name), table.schema) as writer:
            writer.write_table(table)
    encoded = table["image"][3].as_py()
    content = (tmp_path / "old.arrow").read_bytes()
    flipped = encoded[:-60] + bytes([encoded[-60] ^ 1]) + encoded[-59:]
    (tmp_path / "damaged.arrow").write_bytes(content.replace(encoded, flipped))
    assert damaged_rows(tmp_path / "damaged.arrow", tmp_path / "old.arrow") == ["row 3 (a/00004)"]
    assert "one of 12 rows" in damaged_rows(tmp_path / "damaged.arrow", None)[0]
    (tmp_path / "damaged.arrow").write_bytes(content.replace(encoded, bytes(len(encoded))))
    assert damaged_rows(tmp_path / "damaged.arrow", None) == ["row 3 (a/00004): the picture"]


def test_a_folder_has_the_hash_that_dvc_gives_it(project: DvcProject) -> None:
    """Sorted by the parts of each path, as DVC sorts them."""
    listed = json.loads(next((project.root / ".dvc/cache/files/md5").rglob("*.dir")).read_text())
    files = {entry["relpath"]: entry["md5"] for entry in listed}
    assert tree_md5(files) in (project.root / "dvc.lock").read_text()
