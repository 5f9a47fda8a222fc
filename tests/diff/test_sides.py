"""Datasets by folder, by version of VERSIONS.json and by revision of git, out of DVC's cache."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from changed_faces import dataset, plain_params
from dvc_runs import run_in

from fer_data.diff import both_sides, compare_datasets
from fer_data.dvc import records
from fer_data.dvc.records import tree_md5
from fer_data.errors import DatasetError, ParamsError
from fer_data.versions.file import write_versions
from fer_data.versions.records import ReleasedResolution, VersionEntry, Versions

Git = Callable[..., None]


def cached(root: Path, content: bytes, suffix: str = "") -> str:
    """Put a file into DVC's cache and return its hash."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    path = root / ".dvc/cache/files/md5" / md5[:2] / (md5[2:] + suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return md5 + suffix


def recorded(root: Path, folders: dict[int, Path]) -> None:
    """Record datasets as outs in `dvc.lock`, their files in the cache alone, and commit that."""
    stages = {}
    for side, folder in folders.items():
        paths = [path for path in folder.rglob("*") if path.is_file()]
        hashes = {path.relative_to(folder).as_posix(): cached(root, path.read_bytes()) for path in paths}
        order = sorted(hashes, key=lambda name: tuple(name.split("/")))
        listing = json.dumps([{"md5": hashes[n], "relpath": n} for n in order], sort_keys=True)
        md5 = cached(root, listing.encode(), ".dir")
        assert md5 == tree_md5(hashes)
        out = {"path": f"data/published/{side}", "hash": "md5", "md5": md5}
        stages[f"publish@{side}"] = {"outs": [out]}
    (root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))
    git(root, "add", ".")
    git(root, "commit", "-qm", "Publish")


def git(root: Path, *words: str) -> None:
    """Run git as somebody."""
    done = run_in(root, "git", "-c", "user.name=n", "-c", "user.email=e@example.org", *words)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two datasets of one name, the second with one label more wrong and another version."""
    folder = tmp_path_factory.mktemp("made")
    params = plain_params()
    newer = params.model_copy(update={"publish": params.publish.model_copy(update={"version": "0.2.0"})})
    change = {"a/00001": {"expression": 3}}
    one = dataset(folder / "one", params=params)
    return one, dataset(folder / "two", lambda row: {**row, **change.get(row["row_id"], {})}, params=newer)


@pytest.fixture
def project(made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return, as the working folder, a project that published both in two commits; its working tree has none."""
    monkeypatch.setattr(records, "_cache_folder", lambda root: root / ".dvc" / "cache")
    root = tmp_path / "p"
    (root / ".dvc").mkdir(parents=True)
    (root / ".gitignore").write_text("/.dvc/cache\n")
    git(root, "init", "-q")
    recorded(root, {32: made[0]})
    recorded(root, {32: made[1]})
    monkeypatch.chdir(root)
    return root


def entry(folder: Path, revision: str | None = None) -> VersionEntry:
    """Return what VERSIONS.json has of a dataset."""
    stated = json.loads((folder / "provenance.json").read_text())
    resolution = ReleasedResolution(dataset_sha256=stated["dataset_sha256"], bytes=1, splits={})
    return VersionEntry(
        name=stated["name"], version=stated["version"], git_revision=revision, fer_data="0.1.0",
        resolutions={"32": resolution}, since=None, params={}, params_changed={}, code={}, code_changed=[],
        withdrawn=[], pushed=[],
    )  # fmt: skip


def relabelled(first: str, second: str, resolution: int | None = None) -> int:
    """Compare, and return how many expressions differ."""
    with both_sides(first, second, resolution) as sides:
        report = compare_datasets(*sides).document()
    return int(report["relabelled"].get("expression", {"originals": 0})["originals"])


def test_revisions_come_out_of_the_cache_and_leave_nothing(project: Path, made: tuple[Path, Path]) -> None:
    """Two commits, a commit and a folder, a commit and itself; the working tree and the cache stay as they are."""
    before = sorted(path for path in project.rglob("*") if ".git" not in path.parts)
    assert relabelled("HEAD~1", "HEAD") == 1
    assert relabelled("HEAD~1", str(made[1])) == 1
    assert relabelled(str(made[0]), "HEAD~1") == 0
    with both_sides("HEAD", "HEAD", None) as sides:
        assert compare_datasets(*sides).compared == "content hash"
        folders = [side.folder for side in sides]
    assert not any(folder.exists() for folder in folders)
    assert before == sorted(path for path in project.rglob("*") if ".git" not in path.parts)


def test_versions_are_found_by_tag_by_what_they_state_and_by_their_commit(
    project: Path, made: tuple[Path, Path]
) -> None:
    """`0.1.0`, `v0.1.0` and `NAME@v0.1.0` are one; what is found must have the content of the entry."""
    path = project / "VERSIONS.json"
    old = run_in(project, "git", "rev-parse", "HEAD~1").stdout.strip()
    write_versions(path, Versions((entry(made[0], old), entry(made[1]))))
    git(project, "add", "VERSIONS.json")
    git(project, "commit", "-qm", "Release 0.2.0")
    for first, second in (("v0.1.0", "0.2.0"), ("fer-data-sample@v0.1.0", "v0.2.0"), ("0.1.0", "HEAD")):
        assert relabelled(first, second) == 1
    git(project, "tag", "fer-data-sample@v0.2.0", "HEAD~2")
    with pytest.raises(DatasetError, match=r"VERSIONS.json states .* for fer-data-sample 0.2.0"):
        relabelled("v0.1.0", "v0.2.0")


def test_what_the_cache_lacks_is_said_with_the_argument(project: Path) -> None:
    """And how to fetch it; a tag of the project itself is a revision."""
    git(project, "tag", "v0.1.0", "HEAD~1")
    shutil.rmtree(project / ".dvc/cache")
    with pytest.raises(DatasetError, match=r"A \(v0.1.0\): .*`dvc fetch --all-tags publish@32`"):
        relabelled("v0.1.0", "HEAD")


def test_damage_is_named_by_its_revision(project: Path, made: tuple[Path, Path]) -> None:
    """Not by the temporary folder, which is gone when somebody reads that."""
    shard = next((made[0] / "train").glob("*.arrow")).read_bytes()
    md5 = hashlib.md5(shard, usedforsecurity=False).hexdigest()
    place = shard.index(b"a/00001")
    (project / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).write_bytes(
        shard[:place] + b"b" + shard[place + 1 :]
    )
    with pytest.raises(DatasetError, match=r"^HEAD~1:data/published/32/train/.* was altered or damaged"):
        relabelled("HEAD~1", "HEAD")


def test_an_argument_that_is_nothing_says_what_it_may_be(project: Path) -> None:
    """Neither folder nor version nor revision."""
    for words in (("v9.9.9", "HEAD"), ("--upload-pack=x", "HEAD"), ("HEAD", "no/such/folder")):
        with pytest.raises(ParamsError, match="is no folder, no version in VERSIONS"):
            relabelled(*words)


def test_of_several_resolutions_the_one_of_the_other_dataset_is_taken(
    project: Path, made: tuple[Path, Path], tmp_path: Path
) -> None:
    """Or the one that is asked for; where both have several somebody must say which."""
    recorded(project, {32: made[1], 64: made[0]})
    both = tmp_path / "both"
    for side, folder in ((32, made[0]), (64, made[1])):
        shutil.copytree(folder, both / str(side))
    assert relabelled("HEAD", str(made[0])) == 1
    assert relabelled(str(both), "HEAD", 32) == 1
    with pytest.raises(ParamsError, match=r"--resolution must say which of A \(HEAD\) to compare: 32, 64"):
        relabelled("HEAD", str(both))
    with pytest.raises(ParamsError, match=r"--resolution \(128\) must be one of A"):
        relabelled("HEAD", str(both), 128)
