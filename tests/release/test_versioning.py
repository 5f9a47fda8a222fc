"""`fer-data release` writes what is published as a version once, in a small real project of git and DVC."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc_runs import run_warm_in
from published_with import published_of
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.dvc import records
from fer_data.errors import DatasetError, ParamsError
from fer_data.params.document import load_params
from fer_data.release import Release, contents, next_steps, release
from fer_data.shell.files.sealed import sealed
from fer_data.versions.file import VERSIONS_FILE, read_versions, update_versions
from fer_data.versions.records import Push, Withdrawal

ROOT = Path(__file__).parents[2]
PIPELINE = """\
stages:
  publish:
    matrix:
      px: ${resolutions}
    cmd: PYTHON make.py
    deps:
      - make.py
      - content.txt
    params:
      - publish
    outs:
      - data/published/${item.px}
"""
MAKE = """\
import json, pathlib, shutil, sys
import yaml
sys.path.insert(0, {code!r})
from fer_data.shell.files.sealed import sealed
target = pathlib.Path("data/published/32")
shutil.copytree({base!r}, target)
stated = json.loads((target / "provenance.json").read_text())
stated["params"]["publish"] = yaml.safe_load(open("params.yaml"))["publish"]
stated |= {{key: stated["params"]["publish"][key] for key in ("name", "version")}}
content = pathlib.Path("content.txt").read_text().strip()
stated["dataset_sha256"] = (content * 64)[:64]
if len(content) > 1:
    stated["code"]["publish"] = "0" * 64
(target / "provenance.json").write_text(json.dumps(sealed(stated)))
"""


class Project:
    """A project whose stage `publish` copies a dataset and states the content and version that it is told."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *command: str) -> str:
        """Run a command in it and return what it printed."""
        done = run_warm_in(self.root, *command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def set(self, content: str = "a", **publish: Any) -> None:
        """Publish some content under these values of section `publish`, by hand as DVC would."""
        (self.root / "content.txt").write_text(content)
        params = yaml.safe_load((self.root / "params.yaml").read_text(encoding="utf-8"))
        params["publish"] |= publish
        (self.root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        shutil.rmtree(self.root / "data", ignore_errors=True)
        self.run(sys.executable, "make.py")

    def commit(self) -> None:
        """Commit all that git would take."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "-q", "--allow-empty", "-m", "x")

    def release(self) -> Release:
        """Release what is there."""
        return release(self.root)

    @property
    def numbers(self) -> list[str]:
        """Return the versions in the file."""
        return [one.version for one in read_versions(self.root / VERSIONS_FILE).entries]


@pytest.fixture(scope="module")
def finished(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that was run once and committed."""
    folder = tmp_path_factory.mktemp("finished")
    base = published_of(faces, folder / "made", load_params(ROOT / "params.yaml"))
    made = Project(folder / "project")
    made.root.mkdir()
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["resolutions"], params["train"]["resolution"] = [32], 32
    (made.root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    (made.root / "dvc.yaml").write_text(PIPELINE.replace("PYTHON", sys.executable))
    (made.root / "make.py").write_text(MAKE.format(base=str(base), code=str(ROOT)))
    (made.root / "content.txt").write_text("a")
    made.run("git", "init", "-q")
    for key, value in (("user.name", "x"), ("user.email", "x@example.org"), ("commit.gpgsign", "false")):
        made.run("git", "config", key, value)
    made.run("dvc", "init", "-q")
    made.run("dvc", "config", "cache.type", "hardlink")
    made.run("dvc", "repro", "-q")
    made.commit()
    return made.root


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Project:
    """Return a copy of the finished project."""
    subprocess.run(["cp", "-a", str(finished), str(tmp_path / "project")], check=True)
    return Project(tmp_path / "project")


@pytest.fixture
def trusted(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return the project where DVC is not asked, which takes a second each time: it would say that all is well."""
    monkeypatch.setattr(contents, "differences", lambda _root, _stage: [])
    monkeypatch.setattr(next_steps, "default_remote", lambda _root: "storage")
    monkeypatch.setattr(records, "_cache_folder", lambda root: root / ".dvc" / "cache")
    return project


def test_a_version_is_written_with_what_makes_it_one(trusted: Project) -> None:
    """Hash and counts of each resolution, params, code, and the commit that has them."""
    done = trusted.release()
    assert done.outcome == "released"
    assert done.entry.version == "0.1.0"
    assert done.entry.git_revision == trusted.run("git", "rev-parse", "HEAD").strip()
    assert done.entry.content == {"32": "a" * 64}
    assert done.entry.resolutions["32"].splits["train"].classes["Fear"] == 6
    assert done.entry.params["align.size"] == 256
    assert not {"publish.version", "publish.name"} & set(done.entry.params)
    assert read_versions(trusted.root / VERSIONS_FILE).entries == (done.entry,)
    assert str(trusted.root) not in (trusted.root / VERSIONS_FILE).read_text(encoding="utf-8")


def test_the_same_again_writes_nothing(trusted: Project) -> None:
    """The same version with the same content is no news, whatever was committed since."""
    trusted.release()
    before = (trusted.root / VERSIONS_FILE).stat()
    trusted.commit()
    assert trusted.release().outcome == "unchanged"
    assert (trusted.root / VERSIONS_FILE).stat().st_ino == before.st_ino


def test_the_same_version_with_other_content_is_refused(trusted: Project) -> None:
    """What was released stays what it is; the remedy is another version."""
    trusted.release()
    before = (trusted.root / VERSIONS_FILE).read_bytes()
    trusted.set("b")
    with pytest.raises(
        ParamsError, match=r"0\.1\.0.*other content \(32 px differs\).*Raise publish\.version"
    ):
        trusted.release()
    assert (trusted.root / VERSIONS_FILE).read_bytes() == before


def test_a_lower_version_is_refused(trusted: Project) -> None:
    """Numbers are compared as such, 0.10.0 above 0.9.0; a draft of what was released is lower too."""
    trusted.set(version="0.10.0")
    trusted.release()
    for lower in ("0.9.0", "0.10.0.dev3"):
        trusted.set("b", version=lower)
        with pytest.raises(ParamsError, match=r"must not be lower than the last release, 0\.10\.0"):
            trusted.release()
    assert trusted.numbers == ["0.10.0"]


def test_drafts_are_written_over_and_block_nothing(trusted: Project) -> None:
    """A draft may change; the release compares with the last release, not with a draft of itself."""
    trusted.release()
    trusted.set("b", version="0.2.0.dev1")
    assert trusted.release().outcome == "drafted"
    trusted.set("c")
    assert trusted.release().outcome == "drafted"
    assert trusted.release().outcome == "unchanged"
    trusted.set("d", version="0.2.0")
    done = trusted.release()
    assert (done.outcome, done.entry.since) == ("released", "0.1.0")
    assert trusted.numbers == ["0.1.0", "0.2.0.dev1", "0.2.0"]
    assert read_versions(trusted.root / VERSIONS_FILE).entries[1].content == {"32": "c" * 64}


def test_where_a_draft_was_pushed_to_is_not_forgotten(trusted: Project) -> None:
    """Its older pictures stand there still, and `forget` has to say so."""
    trusted.set(version="0.1.0.dev1")
    trusted.release()
    push = Push(repo="me/x", resolution=32, revision="f" * 40, private=True)
    update_versions(
        trusted.root / VERSIONS_FILE,
        lambda known: known.with_entry(known.entries[0].model_copy(update={"pushed": [push]})),
    )
    trusted.set("b")
    assert trusted.release().entry.pushed == [push]


def test_what_changed_since_the_last_release_is_named(trusted: Project) -> None:
    """Params by their full names with both values, and the stages whose code differs."""
    trusted.release()
    trusted.set("bb", version="0.2.0", shard_mb=400)
    entry = trusted.release().entry
    changed = {key: (change.old, change.new) for key, change in entry.params_changed.items()}
    assert changed == {"publish.shard_mb": (500, 400)}
    assert entry.code_changed == ["publish"]
    assert trusted.release().resolutions_changed == (32,)


def test_equal_content_of_two_versions_is_said(trusted: Project) -> None:
    """A version may be nothing but a new number, and the user hears of it."""
    trusted.release()
    trusted.set(version="0.2.0")
    assert trusted.release().same_as == ("0.1.0",)


def test_another_name_begins_anew(trusted: Project) -> None:
    """Versions are ordered within a name."""
    trusted.set(version="2.0.0")
    trusted.release()
    trusted.set(version="0.1.0", name="other")
    assert trusted.release().entry.since is None


def test_uncommitted_files_are_named_and_no_commit_is(trusted: Project) -> None:
    """They go into the commands, quoted; a project whose dvc.lock git does not have says so too."""
    (trusted.root / "a b.txt").write_text("1")
    trusted.commit()
    (trusted.root / "a b.txt").write_text("2")
    trusted.run("git", "rm", "-q", "--cached", "dvc.lock")
    done = trusted.release()
    assert done.uncommitted == ("a b.txt", "dvc.lock")
    assert done.entry.git_revision is None
    assert done.commands[0] == "git add -- VERSIONS.json 'a b.txt' dvc.lock"


def test_no_command_is_run(trusted: Project) -> None:
    """Neither commit, tag nor push; nothing but VERSIONS.json is new."""
    commit = trusted.run("git", "rev-parse", "HEAD")
    done = trusted.release()
    assert [line.split()[:2] for line in done.commands] == [
        ["git", "add"],
        ["git", "commit"],
        ["git", "tag"],
        ["dvc", "push"],
    ]
    assert trusted.run("git", "rev-parse", "HEAD") == commit
    assert trusted.run("git", "tag") == ""
    assert trusted.run("git", "status", "--porcelain") == "?? VERSIONS.json\n"


def test_the_commands_share_it(trusted: Project, tmp_path: Path) -> None:
    """Run as printed, with remotes of both, they leave nothing to do but to push again."""
    trusted.run("git", "init", "-q", "--bare", str(tmp_path / "git"))
    trusted.run("git", "remote", "add", "origin", str(tmp_path / "git"))
    trusted.run("dvc", "remote", "add", "-q", "--default", "storage", str(tmp_path / "dvc"))
    trusted.commit()
    done = trusted.release()
    assert done.notes == ()
    for line in done.commands:
        trusted.run("sh", "-c", line)
    assert "fer-data-sample@v0.1.0" in trusted.run("git", "ls-remote", "--tags", "origin")
    again = trusted.release()
    assert again.commands == ("dvc push", "git push origin HEAD fer-data-sample@v0.1.0")


def test_a_draft_gets_no_tag(trusted: Project) -> None:
    """What may be written over is no place to come back to."""
    trusted.set(version="0.1.0.dev1")
    assert not [line for line in trusted.release().commands if "tag" in line]


def test_a_tag_of_another_branch_is_not_taken_twice(trusted: Project) -> None:
    """Two branches that release the same number would make two datasets of one name."""
    trusted.run("git", "tag", "fer-data-sample@v0.1.0")
    with pytest.raises(ParamsError, match=r"git has the tag fer-data-sample@v0\.1\.0.*Merge the branch"):
        trusted.release()
    assert not (trusted.root / VERSIONS_FILE).exists()


def test_a_file_that_was_deleted_is_not_begun_anew(trusted: Project) -> None:
    """Or the same version could be released with other content."""
    trusted.release()
    trusted.commit()
    (trusted.root / VERSIONS_FILE).unlink()
    with pytest.raises(ParamsError, match=r"missing here.*git checkout VERSIONS\.json"):
        trusted.release()


def test_people_who_were_taken_back_do_not_come_again(trusted: Project) -> None:
    """A new number over content that was withdrawn is refused."""
    trusted.release()
    taken = Withdrawal(source="sample", people=1, rows=4, reason="withdrawal")
    update_versions(
        trusted.root / VERSIONS_FILE,
        lambda known: known.with_entry(known.entries[0].model_copy(update={"withdrawn": [taken]})),
    )
    trusted.set(version="0.2.0")
    with pytest.raises(ParamsError, match=r"taken back from 0\.1\.0"):
        trusted.release()


def test_few_of_restricted_data_are_not_counted_in_public(trusted: Project) -> None:
    """Git is often public; of data for research counts from 1 to 9 are left out, and the note says who may read."""
    path = trusted.root / "data/published/32/provenance.json"
    stated = json.loads(path.read_text(encoding="utf-8"))
    licence = {"kind": "research", "reasons": ["x"], "parts": []}
    path.write_text(json.dumps(sealed(stated | {"licence": licence})), encoding="utf-8")
    done = trusted.release()
    split = done.entry.resolutions["32"].splits["train"]
    assert split.rows is not None
    assert split.subjects is None
    assert split.classes["Fear"] is None
    assert "for research" in done.notes[0]


WRONG = {
    "another version": ({"version": "0.3.0"}, r"is fer-data-sample 0\.3\.0 at 32 px, expected .* 0\.1\.0"),
    "another side": ({"resolution": 64}, "at 64 px, expected"),
    "no counts": ({"counts": {"train": {}}}, "lacks what a version states"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_is_not_this_version_is_refused(trusted: Project, case: tuple[dict[str, Any], str]) -> None:
    """By what the dataset states of itself; nothing is written."""
    changed, said = case
    path = trusted.root / "data/published/32/provenance.json"
    stated = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(sealed(stated | changed)), encoding="utf-8")
    with pytest.raises(DatasetError, match=said) as refused:
        trusted.release()
    assert "\n" not in str(refused.value)
    assert not (trusted.root / VERSIONS_FILE).exists()


def test_a_side_that_was_never_published_is_refused(trusted: Project) -> None:
    """All of `resolutions` belong to a version."""
    params = yaml.safe_load((trusted.root / "params.yaml").read_text(encoding="utf-8"))
    params["resolutions"] = [32, 64]
    (trusted.root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"dvc\.lock has no publish@64"):
        trusted.release()


def test_a_file_cut_short_is_refused(trusted: Project) -> None:
    """Sizes are held against the dataset's own record."""
    (shard,) = (trusted.root / "data/published/32/train").glob("*.arrow")
    shard.chmod(0o644)
    shard.write_bytes(shard.read_bytes()[:-8])
    with pytest.raises(DatasetError, match=r"has [\d,]+ bytes; provenance\.json states"):
        trusted.release()


def test_outside_of_a_project_one_line_says_where_to_go(trusted: Project, tmp_path: Path) -> None:
    """In a folder of the project too; there is one VERSIONS.json."""
    with pytest.raises(
        ParamsError, match=r"is not the project's folder. Run `fer-data release` in .*project"
    ):
        release(trusted.root / "data")
    with pytest.raises(ParamsError, match="lies in no DVC project"):
        release(tmp_path)


def test_what_dvc_would_build_anew_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for real: sound, then with params that were changed since; `--json` is the one document of stdout."""
    monkeypatch.chdir(project.root)
    done = CliRunner().invoke(app, ["release", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["outcome"] == "released"
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    params["publish"]["version"] = "0.2.0"
    Path("params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"publish of params\.yaml is modified.*dvc repro publish"):
        project.release()
    Path("dvc.yaml").write_text("stages: [")
    with pytest.raises(DatasetError, match=r"`dvc status publish` in .* fails"):
        project.release()


def test_the_table_and_the_changes_are_printed(trusted: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line a split, what changed as old -> new, and the commands."""
    monkeypatch.chdir(trusted.root)
    trusted.release()
    trusted.set("b", version="0.2.0", shard_mb=400)
    done = CliRunner().invoke(app, ["release"])
    assert done.exit_code == 0, done.output
    for said in (
        "publish.shard_mb: 500 -> 400",
        "the same code",
        "git tag -a fer-data-sample@v0.2.0",
        "Since 0.1.0",
    ):
        assert said in done.output
