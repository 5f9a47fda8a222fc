"""VERSIONS.json is read in a strict form, written whole and always the same, and changed by one at a time."""

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from fer_data.errors import DatasetError, OutputError
from fer_data.versions.file import VERSIONS_FILE, read_versions, update_versions, write_versions
from fer_data.versions.records import Change, Push, VersionEntry, Versions, Withdrawal

SHA = "ab" * 32


def entry(version: str = "0.1.0", name: str = "faces", **values: Any) -> VersionEntry:
    """Return a version of 64 and 128 px."""
    splits = {"train": {"rows": 3, "copies": 1, "subjects": 2, "videos": 2, "classes": {"Fear": 2}}}
    one = {"dataset_sha256": SHA, "bytes": 10, "splits": splits}
    given: dict[str, Any] = {
        "name": name, "version": version, "git_revision": None, "fer_data": "0.1.0",
        "resolutions": {"128": one, "64": one}, "since": None, "params": {"b": 1, "a": None},
        "params_changed": {"a": Change(old=1)}, "code": {"align@x": SHA}, "code_changed": [],
        "withdrawn": [], "pushed": [],
    }  # fmt: skip
    return VersionEntry.model_validate(given | values)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """Withdrawals, pushes, and values that were not there before come back as they were."""
    withdrawn = [Withdrawal(source="own", people=2, rows=40, reason="withdrawal")]
    pushed = [Push(repo="me/faces", resolution=64, revision="a" * 40, private=True)]
    versions = Versions().with_entry(entry(withdrawn=withdrawn, pushed=pushed))
    write_versions(tmp_path / VERSIONS_FILE, versions)
    assert read_versions(tmp_path / VERSIONS_FILE) == versions


def test_no_file_is_no_version(tmp_path: Path) -> None:
    """A project that never released anything has none."""
    assert read_versions(tmp_path / VERSIONS_FILE) == Versions()


def test_the_same_versions_are_the_same_bytes(tmp_path: Path) -> None:
    """The order in which they came, and that of their keys, does not matter: a diff in git shows what is new."""
    numbers = ["0.10.0", "0.2.0.dev2", "0.2.0"]
    for file, order in (("one", numbers), ("other", numbers[::-1])):
        versions = Versions()
        for number in order:
            versions = versions.with_entry(entry(number)).with_entry(entry(number, "a"))
        write_versions(tmp_path / file, versions)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    document = json.loads((tmp_path / "one").read_text(encoding="utf-8"))
    listed = [(one["name"], one["version"]) for one in document["versions"]]
    assert listed == [
        (name, number) for name in ("a", "faces") for number in ("0.2.0.dev2", "0.2.0", "0.10.0")
    ]
    assert list(document["versions"][0]["resolutions"]) == ["64", "128"]
    assert list(document["versions"][0]["params"]) == ["a", "b"]


def test_a_draft_is_neither_its_release_nor_the_last_one(tmp_path: Path) -> None:
    """`0.2.0.dev1` stands beside `0.2.0` and before it; `0.01.0` is `0.1.0`."""
    versions = Versions().with_entry(entry()).with_entry(entry("0.2.0.dev1"))
    last = versions.last_release("faces")
    assert last is not None
    assert last.version == "0.1.0"
    assert versions.get("faces", "0.2.0") is None
    assert versions.get("faces", "0.01.0") is last
    assert versions.get("other", "0.1.0") is None


BROKEN = {
    "no JSON": ("<<<<<<< HEAD\n{}", "not readable as JSON.*git checkout"),
    "empty": ("", "not readable as JSON"),
    "another kind": ('{"name": "package"}', "no file of versions.*Move it away"),
    "a list": ("[]", "no file of versions"),
    "no list": ({"versions": {}}, "a list 'versions'"),
    "another key beside": ({"versions": [], "x": 1}, "nothing else"),
    "an entry that is none": ({"versions": [3]}, r"versions\.0: "),
    "an unknown key": ({"versions": ["x"]}, r"versions\.0\.x: Extra inputs"),
    "twice": ({"versions": [None, None]}, r"faces 0\.1\.0 is listed twice"),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_refused_and_left(tmp_path: Path, case: tuple[Any, str]) -> None:
    """One line says what is wrong and how to get the old file back; nothing is written over it."""
    content, said = case
    if isinstance(content, dict):
        document = json.loads(entry().model_dump_json(exclude_unset=True))
        put = {None: document, "x": document | {"x": 1}}
        if isinstance(content["versions"], list):
            content = content | {"versions": [put.get(one, one) for one in content["versions"]]}
        content = json.dumps({"made_by": "fer-data", "kind": "versions"} | content)
    path = tmp_path / VERSIONS_FILE
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=said) as refused:
        update_versions(path, lambda known: known.with_entry(entry()))
    assert "\n" not in str(refused.value)
    assert path.read_text(encoding="utf-8") == content


def test_a_link_or_a_folder_is_never_replaced(tmp_path: Path) -> None:
    """Whatever stands there is left; a link to nothing as well."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder").mkdir()
    for name in ("link", "folder"):
        with pytest.raises((DatasetError, OutputError)):
            update_versions(tmp_path / name, lambda known: known.with_entry(entry()))
        with pytest.raises(OutputError, match="no plain file"):
            write_versions(tmp_path / name, Versions())
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    """A version that is there already leaves the file untouched, and nothing beside it."""
    path = tmp_path / VERSIONS_FILE
    update_versions(path, lambda known: known.with_entry(entry()))
    before = path.stat()
    update_versions(path, lambda known: known.with_entry(entry()))
    assert path.stat().st_ino == before.st_ino
    assert [one.name for one in tmp_path.iterdir()] == [VERSIONS_FILE]


def _add(path: str, number: int) -> None:
    update_versions(Path(path), lambda known: known.with_entry(entry(f"0.{number}.0")))


def test_two_at_a_time_lose_nothing(tmp_path: Path) -> None:
    """Each change is made to what the other has written."""
    path = tmp_path / VERSIONS_FILE
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add, args=(str(path), number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [one.version for one in read_versions(path).entries] == [f"0.{number}.0" for number in range(4)]
