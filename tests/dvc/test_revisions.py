"""Outs as an earlier revision of git has them come out of DVC's cache, and the working tree stays as it is."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml
from dvc_runs import run_in

from fer_data.dvc import records
from fer_data.dvc.git import commit_of
from fer_data.dvc.records import Out, find_root, lock_outs, tree_md5
from fer_data.dvc.revisions import commits_that_changed, laid_out, project_at
from fer_data.errors import DatasetError


def cached(root: Path, content: bytes) -> str:
    """Put a file into DVC's cache and return its hash."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    path = root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return md5


def commit(root: Path, files: dict[str, bytes], stage: str = "publish@32") -> Out:
    """Record a folder as a stage's out in `dvc.lock` and commit that; its files lie in the cache alone."""
    hashes = {name: cached(root, content) for name, content in files.items()}
    entries = [{"md5": hashes[name], "relpath": name} for name in sorted(hashes)]
    listing = json.dumps(entries, sort_keys=True).encode()
    md5 = tree_md5(hashes)
    shutil.move(root / ".dvc/cache/files/md5" / cached(root, listing)[:2] / md5[2:-4], cache_path(root, md5))
    out = {"path": "data/published/32", "hash": "md5", "md5": md5}
    (root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {stage: {"outs": [out]}}}))
    assert run_in(root, "git", "add", "dvc.lock").returncode == 0
    person = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    assert run_in(root, "git", *person, "commit", "-qm", "Publish").returncode == 0
    return Out(stage, "data/published/32", md5)


def cache_path(root: Path, md5: str) -> Path:
    """Return where the cache has an object."""
    return root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project of git and DVC."""
    monkeypatch.setattr(records, "_cache_folder", lambda root: root / ".dvc" / "cache")
    (tmp_path / "p" / ".dvc").mkdir(parents=True)
    assert run_in(tmp_path / "p", "git", "init", "-q").returncode == 0
    return tmp_path / "p"


def test_an_earlier_out_is_laid_out_from_the_cache(root: Path) -> None:
    """Each revision has its own files; what is laid out is gone afterwards, and nothing else has changed."""
    commit(root, {"a.json": b"one", "train/b": b"two"})
    commit(root, {"a.json": b"other"})
    before = sorted(path for path in root.rglob("*") if ".git" not in path.parts)
    contents = []
    for name in ("HEAD~1", "HEAD"):
        found = commit_of(root, name) or ""
        project = project_at(root, found)
        with laid_out(project, project.outs[0], found) as folder:
            contents.append({p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()})
        assert not folder.exists()
    assert contents == [{"a.json": b"one", "b": b"two"}, {"a.json": b"other"}]
    assert before == sorted(path for path in root.rglob("*") if ".git" not in path.parts)


def test_what_the_cache_lacks_is_named_with_the_remedy(root: Path) -> None:
    """The list of files, or one of them: `dvc fetch` of the stage brings it, and nothing is fetched unasked."""
    out = commit(root, {"a.json": b"one"})
    found = commit_of(root, "HEAD") or ""
    project = project_at(root, found)
    cache_path(root, hashlib.md5(b"one", usedforsecurity=False).hexdigest()).unlink()
    with pytest.raises(DatasetError, match=r"1 of 1 files.*such as a.json.*`dvc fetch publish@32`"):
        laid_out(project, out, found).__enter__()
    cache_path(root, out.md5).unlink()
    commit(root, {"a.json": b"other"})
    with pytest.raises(
        DatasetError, match=f"`git tag fetched {found[:12]} && dvc fetch --all-tags publish@32"
    ):
        laid_out(project, out, found).__enter__()
    run_in(root, "git", "tag", "v1", found)
    with pytest.raises(DatasetError, match="run `dvc fetch --all-tags publish@32`"):
        laid_out(project, out, found).__enter__()


def test_only_a_commit_is_one(root: Path) -> None:
    """A name that git does not know, or that looks like an option, is none; a damaged lock file is said."""
    commit(root, {"a": b"1"})
    assert [commit_of(root, name) for name in ("v9", "--all", "a..b", "")] == [None] * 4
    (root / "dvc.lock").write_text("stages: [")
    commit_all = run_in(root, "git", "-c", "user.name=n", "-c", "user.email=e@x.org", "commit", "-qam", "x")
    assert commit_all.returncode == 0
    with pytest.raises(DatasetError, match="damaged"):
        project_at(root, commit_of(root, "HEAD") or "")


def test_a_commit_without_a_lock_file_is_refused(root: Path) -> None:
    """The message says what revision to name."""
    (root / "f").write_text("")
    run_in(root, "git", "add", "f")
    run_in(root, "git", "-c", "user.name=n", "-c", "user.email=e@x.org", "commit", "-qm", "x")
    with pytest.raises(DatasetError, match="is not in git at"):
        project_at(root, commit_of(root, "HEAD") or "")


def test_the_root_of_a_project_is_found_from_below(root: Path, tmp_path: Path) -> None:
    """Outside of a project there is none."""
    (root / "data").mkdir()
    assert find_root(root / "data") == root.resolve()
    assert find_root(tmp_path) is None


def test_the_commit_that_brought_a_text_is_the_first_that_changed_it(root: Path) -> None:
    """The oldest first; none of a text that no commit had."""
    commit(root, {"a": b"1"})
    commit(root, {"a": b"2"})
    assert commits_that_changed(root, "dvc.lock", "publish@32") == [commit_of(root, "HEAD~1")]
    assert commits_that_changed(root, "dvc.lock", "no such text") == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("{a: &a 1, b: *a}", "it has an alias"),
        ("[" * 40 + "]" * 40, "nested more than 32 deep"),
        ("{", "damaged"),
    ],
    ids=["alias", "deep", "open"],
)
def test_a_lock_file_that_dvc_never_wrote_is_refused(value: str, reason: str) -> None:
    """Before anything is built of it, which could cost more than its text."""
    with pytest.raises(DatasetError, match=reason):
        lock_outs(f"stages: {value}".encode(), Path("dvc.lock"))
