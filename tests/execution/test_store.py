"""Finished work is found again whole, or not at all."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.errors import StoreError
from fer_data.execution import store as store_module
from fer_data.execution.compute import ComputeParams
from fer_data.execution.leases import exclusive
from fer_data.execution.store import Entry, Store, content_key, prunable, store_folder

KEY = content_key({"video": "a"})
OTHER = content_key({"video": "b"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class InterruptedWriteError(Exception):
    """Stands for anything that ends a block early."""


def put(store: Store, key: str, **files: str) -> None:
    """Write an entry with the given files."""
    with store.writing(key, {"video": "v"}) as folder:
        for name, text in files.items():
            (folder / name).write_text(text)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_the_order_of_parts_does_not_change_a_key(parts: dict[str, object]) -> None:
    """A key follows from what the parts say, not from how they were put together."""
    assert content_key(dict(reversed(parts.items()))) == content_key(parts)


@given(st.dictionaries(st.text(), JSON, max_size=3), st.dictionaries(st.text(), JSON, max_size=3))
def test_different_parts_have_different_keys(first: dict[str, object], second: dict[str, object]) -> None:
    """Two sets of parts share a key when they are the same JSON, and not otherwise."""
    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (content_key(first) == content_key(second)) is same


def test_an_entry_is_found_with_what_was_written(tmp_path: Path) -> None:
    """What went in comes out, and nothing unfinished stays."""
    store = Store(tmp_path)
    put(store, KEY, a="one", b="two")
    folder = store.get(KEY)
    assert folder is not None
    assert ((folder / "a").read_text(), (folder / "b").read_text()) == ("one", "two")
    assert store.get(OTHER) is None
    assert list((tmp_path / "unfinished").iterdir()) == []


def test_an_interrupted_entry_is_absent(tmp_path: Path) -> None:
    """An exception while writing leaves no entry and no rest of one."""
    store = Store(tmp_path)

    def interrupted() -> None:
        with store.writing(KEY, {}) as folder:
            (folder / "a").write_text("half")
            raise InterruptedWriteError("stop")

    with pytest.raises(InterruptedWriteError, match="stop"):
        interrupted()
    assert store.get(KEY) is None
    assert list((tmp_path / "unfinished").iterdir()) == []


def flip(folder: Path) -> None:
    """Change one byte of a file, and not its length."""
    (folder / "a").write_text("onE")


def shorten(folder: Path) -> None:
    """Cut a file."""
    (folder / "a").write_text("on")


def remove(folder: Path) -> None:
    """Lose a file."""
    (folder / "a").unlink()


def scribble(folder: Path) -> None:
    """Break the manifest."""
    (folder / "entry.json").write_text("{")


def rename(folder: Path) -> None:
    """Put another entry's manifest in."""
    manifest = json.loads((folder / "entry.json").read_text())
    (folder / "entry.json").write_text(json.dumps({**manifest, "key": OTHER}))


@pytest.mark.parametrize("damage", [flip, shorten, remove, scribble, rename])
def test_a_damaged_entry_is_absent_and_can_be_made_again(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Nothing damaged is ever handed out, and it does not stand in the way of the new one."""
    store = Store(tmp_path)
    put(store, KEY, a="one")
    folder = store.get(KEY)
    assert folder is not None
    damage(folder)
    assert store.get(KEY) is None
    put(store, KEY, a="one")
    assert store.get(KEY) is not None


def test_the_second_writer_of_a_key_changes_nothing(tmp_path: Path) -> None:
    """Of two that work on one video at once, both end well and one entry stays."""
    store = Store(tmp_path)
    with store.writing(KEY, {}) as slow:
        (slow / "a").write_text("one")
        put(store, KEY, a="one")
    folder = store.get(KEY)
    assert folder is not None
    assert (folder / "a").read_text() == "one"
    assert len(store.entries()) == 1
    assert list((tmp_path / "unfinished").iterdir()) == []


def test_a_writer_replaces_an_entry_that_was_damaged_meanwhile(tmp_path: Path) -> None:
    """A damaged entry never wins against a fresh one."""
    store = Store(tmp_path)
    with store.writing(KEY, {}) as fresh:
        (fresh / "a").write_text("one")
        put(store, KEY, a="one")
        flip(tmp_path / "entries" / KEY[:2] / KEY)
    folder = store.get(KEY)
    assert folder is not None
    assert (folder / "a").read_text() == "one"


def test_entries_tell_size_age_and_what_they_are(tmp_path: Path) -> None:
    """The listing has the payload's bytes, the seconds since its last use, and the writer's words, freshest first."""
    store = Store(tmp_path)
    put(store, KEY, a="123", b="4567")
    put(store, OTHER, a="")
    manifest = tmp_path / "entries" / KEY[:2] / KEY / "entry.json"
    os.utime(manifest, (manifest.stat().st_atime, manifest.stat().st_mtime - 3600))
    newer, older = store.entries()
    assert (newer.key, newer.size_bytes) == (OTHER, 0)
    assert (older.key, older.size_bytes, dict(older.about)) == (KEY, 7, {"video": "v"})
    assert 3600 <= older.age_seconds < 3660
    store.get(KEY)
    assert store.entries()[0].key == KEY


def test_an_absent_store_is_empty(tmp_path: Path) -> None:
    """Looking at a store that no run has made yet makes nothing."""
    assert Store(tmp_path / "none").entries() == []
    assert list(tmp_path.iterdir()) == []


def test_discarding_removes_what_is_named_and_nothing_else(tmp_path: Path) -> None:
    """A withdrawn video's entry goes; a key that is not there is no error."""
    store = Store(tmp_path)
    put(store, KEY, a="one")
    put(store, OTHER, a="two")
    store.discard([KEY, content_key({})])
    assert [entry.key for entry in store.entries()] == [OTHER]


def test_a_key_never_becomes_a_path(tmp_path: Path) -> None:
    """A key that is no hash is refused before anything is touched."""
    with pytest.raises(StoreError, match="64 hexadecimal digits"):
        Store(tmp_path).get("../" * 21 + "x")


def test_a_store_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    """A file where the folder should be ends in one line that names the parameter."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"compute\.store: .* cannot be made"):
        put(Store(tmp_path / "file"), KEY)


def test_a_writer_killed_at_any_moment_leaves_no_entry(tmp_path: Path) -> None:
    """SIGKILL while files are written leaves nothing that reads as an entry, and sweeping removes the rest."""
    code = """
        import os, signal, sys
        from pathlib import Path
        from fer_data.execution.store import Store
        with Store(Path(sys.argv[1])).writing(sys.argv[2], {}) as folder:
            (folder / "a").write_text("one")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code), tmp_path, KEY], check=False)
    store = Store(tmp_path)
    assert result.returncode == -9
    assert store.get(KEY) is None
    assert store.entries() == []
    assert len(list((tmp_path / "unfinished").iterdir())) == 1
    store.sweep()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [".gitignore"]
    assert list((tmp_path / "unfinished").iterdir()) == []


@pytest.mark.parametrize("other", [None, "thesis.tex"])
def test_git_adds_nothing_of_a_store(other: str | None, tmp_path: Path) -> None:
    """A folder that holds other things too keeps what it says to git."""
    if other is not None:
        (tmp_path / other).touch()
    with Store(tmp_path).writing(KEY, {"video_id": "v"}) as folder:
        (folder / "a").touch()
    assert (tmp_path / ".gitignore").exists() == (other is None)


def test_sweeping_leaves_what_a_living_process_writes(tmp_path: Path) -> None:
    """Another clone's run, or `store prune`, never takes the ground from under a writer."""
    store = Store(tmp_path)
    with store.writing(KEY, {}) as folder:
        (folder / "a").write_text("one")
        Store(tmp_path).sweep()
        (folder / "b").write_text("two")
    assert store.get(KEY) is not None


def test_sweeping_leaves_what_an_earlier_version_may_be_writing(tmp_path: Path) -> None:
    """Without a lease, unfinished work is left for a day after its last change; discarded entries go at once."""
    names = (f"{'a' * 16}-1-{'b' * 8}", f"{'c' * 16}-2-{'d' * 8}", f"discarded-{'e' * 8}")
    fresh, old, discarded = (tmp_path / "unfinished" / name for name in names)
    for folder in (fresh, old, discarded):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    for path in (old / "file", old):
        os.utime(path, (0, 0))
    Store(tmp_path).sweep()
    assert list((tmp_path / "unfinished").iterdir()) == [fresh]


def test_sweeping_leaves_what_is_not_ours(tmp_path: Path) -> None:
    """A store may be a folder that has other things in it, however old, even in folders of our names."""
    own = [tmp_path / "unfinished" / "novel" / "a.txt", tmp_path / "leases" / "flat.lease"]
    for path in own:
        path.parent.mkdir(parents=True)
        path.write_text("mine")
        for aged in (path, path.parent):
            os.utime(aged, (0, 0))
    Store(tmp_path).sweep()
    assert [path.read_text() for path in own] == ["mine", "mine"]


def test_an_entry_is_in_use_by_a_lease_on_it_or_on_its_run(tmp_path: Path) -> None:
    """A training names its run once, for all of its checkpoints."""
    store, run = Store(tmp_path), content_key({"run": 1})
    put(store, KEY, a="one")
    with store.writing(OTHER, {"run": run}):
        pass
    assert store.in_use(store.entries()) == {}
    with store.lease(run, "trains"):
        assert list(store.in_use(store.entries())) == [OTHER]
        assert [user.partition(",")[0] for user in store.users()] == ["trains"]
    with store.lease(KEY, "reads"), exclusive(tmp_path, "align"):
        assert list(store.in_use(store.entries())) == [KEY]
        assert [user.partition(",")[0] for user in store.users()] == ["align", "reads"]
    assert store.users() == []


@pytest.mark.parametrize(
    "manifest",
    [
        "[" * 100_000,
        '{"format": 1, "key": "%s", "about": {"run": 1}, "files": {}}',
        '{"format": 1, "key": "%s", "about": [], "files": {}}',
        '{"format": 1, "key": "%s", "about": {}, "files": {"a": 1}}',
        '{"format": 1, "key": "%s", "about": {}, "files": {"a": {"bytes": "1"}}}',
        '{"format": 1, "key": "%s", "about": {}, "files": {"a": {"bytes": ' + "9" * 5000 + "}}}",
        "\xff",
    ],
    ids=["deep", "number", "about", "file", "bytes", "digits", "no-json"],
)
def test_a_wrong_manifest_is_no_entry(tmp_path: Path, manifest: str) -> None:
    """Whatever stands in a shared store, it is skipped or made again, and no error."""
    store = Store(tmp_path)
    put(store, KEY, a="one")
    path = tmp_path / "entries" / KEY[:2] / KEY / "entry.json"
    path.write_text(manifest.replace("%s", KEY))
    assert store.entries() == []
    assert store.get(KEY) is None


def test_an_entry_that_vanishes_while_it_is_listed_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pruning beside a training that lists its checkpoints is no error of either."""
    store = Store(tmp_path)
    put(store, KEY, a="one")
    read = store_module._read_manifest

    def vanishing(folder: Path) -> object:
        manifest = read(folder)
        Store(tmp_path).discard([KEY])
        return manifest

    monkeypatch.setattr(store_module, "_read_manifest", vanishing)
    assert store.entries() == []


@pytest.mark.parametrize(
    ("rules", "doomed"),
    [
        ({}, ""),
        ({"older_than_seconds": 15.0}, "bcd"),
        ({"older_than_seconds": 20.0}, "cd"),
        ({"codes": {"new"}}, "bd"),
        ({"max_bytes": 25}, "cd"),
        ({"max_bytes": 20, "codes": {"new"}}, "bd"),
        ({"max_bytes": 0}, "abcd"),
    ],
    ids=["none", "older", "not-older", "other-code", "size", "size-after-code", "everything"],
)
def test_pruning_takes_the_oldest_and_the_foreign(rules: dict[str, object], doomed: str) -> None:
    """Age and code decide entry by entry; for the size, the least recently used go first."""
    entries = [
        Entry(key, {"code": code}, size_bytes=10, age_seconds=age)
        for key, code, age in [("c", "new", 30.0), ("a", "new", 10.0), ("d", "old", 40.0), ("b", "old", 20.0)]
    ]
    assert "".join(entry.key for entry in prunable(entries, **rules)) == doomed


def test_the_environment_overrides_the_params(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster's nodes can be pointed at their mount without a changed file."""
    compute = ComputeParams(engine="local", workers=0, address=None, store="here")
    monkeypatch.delenv("FER_DATA_STORE", raising=False)
    assert store_folder(compute) == Path("here")
    monkeypatch.setenv("FER_DATA_STORE", "/elsewhere")
    assert store_folder(compute) == Path("/elsewhere")
