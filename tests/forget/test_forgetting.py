"""Taking people back: what is removed, what stays, and that an interrupted run goes on."""

import errno
import io
import json
import os
import shlex
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forgotten_projects import PEOPLE, picture, rebuild, record, write_project

from fer_data.commands.forget import _commits, _history, _planned, _to_do
from fer_data.errors import CorpusError, MachineError, ParamsError
from fer_data.execution.store import Store
from fer_data.forget import Forgetting, plan_forgetting
from fer_data.forget import stage as stage_module
from fer_data.forget.history import Traces, history_of, revisions_of
from fer_data.forget.people import read_journal
from fer_data.pictures.images import encode_png
from fer_data.pictures.notes import noted_png
from fer_data.shell.files.outputs import MARK_FILE
from fer_data.shell.files.plain_yaml import load_plain
from fer_data.versions.file import read_versions, write_versions
from fer_data.versions.records import Push, ReleasedResolution, VersionEntry, Versions


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project; `dvc repro` is played by writing the data of those who are not excluded."""
    monkeypatch.delenv("FER_DATA_STORE", raising=False)
    made = write_project(tmp_path / "project")
    _play(monkeypatch, lambda: rebuild(made, _left(made)))
    return made


def _play(monkeypatch: pytest.MonkeyPatch, repro: Callable[[], None], code: int = 0) -> None:
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        if "repro" in command:
            repro()
            return subprocess.CompletedProcess(command, code)
        return real(command, **options)

    monkeypatch.setattr(stage_module.subprocess, "run", run)


def _left(root: Path) -> tuple[str, ...]:
    excluded = load_plain((root / "params.yaml").read_text())["sources"]["sample"]["excluded"]
    return () if excluded == "all" else tuple(name for name in PEOPLE if name not in excluded)


def forget(root: Path, *subjects: str) -> tuple[Forgetting, int]:
    """Forget people, and return what was found and what is left."""
    found = plan_forgetting(root, "sample", subjects)
    found.rebuild()
    found.remove()
    return found, found.prove().hits


def everything(root: Path) -> bytes:
    """Return the names and bytes of every file of a project but its params file."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name != "params.yaml"]
    return b"\0".join(path.read_bytes() + os.fsencode(path.relative_to(root)) for path in files)


def test_nothing_of_one_of_two_is_left_and_the_other_stays(root: Path) -> None:
    """Names and pictures leave checkout, cache, run cache and store; older lists and shards go with them."""
    found, hits = forget(root, "ben_right")

    assert hits == 0
    left = everything(root)
    assert b"ben_right" not in left
    assert picture("ben_right") not in left.replace(picture("anna"), b"")
    assert picture("ben_left") in left
    assert found.plan.objects
    assert found.plan.runs


def test_the_sheet_of_a_video_of_two_goes_with_either(root: Path) -> None:
    """A picture of who was taken for whom shows both."""
    found, _ = forget(root, "ben_right")

    assert "a picture that shows them beside others" in {one.how for one in found.plan.objects.values()}
    assert b"a sheet of ben" not in everything(root)
    assert b"a sheet of anna" in everything(root)


def test_a_plan_changes_nothing(root: Path) -> None:
    """What `--dry-run` sees is all that would go."""
    before = everything(root)
    plan = plan_forgetting(root, "sample", ["anna"]).plan

    assert everything(root) == before
    assert plan.objects
    assert plan.runs
    assert plan.entries
    assert {path.relative_to(root).as_posix() for path in plan.outs} >= {
        "data/faces/sample",
        "data/published/16",
    }


def test_twice_the_same_finds_nothing_more(root: Path) -> None:
    """The name is in the list already and the catalog does not know it any more."""
    forget(root, "anna")
    text = (root / "params.yaml").read_text()
    found, hits = forget(root, "anna")

    assert (found.plan.hits, hits) == (0, 0)
    assert (root / "params.yaml").read_text() == text


def test_an_unknown_name_is_refused_with_the_nearest(root: Path) -> None:
    """In one line, before anything is changed."""
    before = everything(root)
    with pytest.raises(ParamsError, match=r"^SUBJECT \('ben_lef'\) .* Did you mean 'ben_left'\?$"):
        plan_forgetting(root, "sample", ["ben_lef"])

    assert everything(root) == before


def test_a_whole_source_leaves_nothing_to_build(root: Path) -> None:
    """`excluded: all`; where nobody is left no stage runs, and what was built goes."""
    _, hits = forget(root)

    assert hits == 0
    assert not any(picture(person) in everything(root) for person in PEOPLE)
    assert load_plain((root / "params.yaml").read_text())["sources"]["sample"]["excluded"] == "all"


@pytest.mark.parametrize("step", ["rebuild", "store", "object"])
def test_a_crash_at_any_step_is_made_good_by_the_same_command(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Behind the params, behind the rebuild, and in the middle of the removal."""
    with monkeypatch.context() as patched:
        if step == "rebuild":
            _play(patched, lambda: None, code=1)
        elif step == "store":
            patched.setattr(Store, "discard", _crash)
        else:
            removed: list[Path] = []
            real = stage_module._remove

            def remove(path: Path) -> None:
                removed.append(path)
                if len(removed) == 4:
                    _crash()
                real(path)

            patched.setattr(stage_module, "_remove", remove)
        with pytest.raises((MachineError, KeyboardInterrupt)):
            forget(root, "ben_right")
    assert (root / ".fer-data/forget.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(CorpusError, match="did not end"):
        read_journal(root / ".fer-data/forget.json", "other")

    _, hits = forget(root, "ben_right")
    assert hits == 0
    assert b"ben_right" not in everything(root)
    assert picture("ben_right") not in everything(root)
    assert not (root / ".fer-data/forget.json").exists()


def _crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_cache_outside_the_project_is_named_and_left_alone(root: Path, tmp_path: Path) -> None:
    """Others may use it, so that hits are left there."""
    shutil.move(root / ".dvc/cache", tmp_path / "shared")
    config = "[core]\n    no_scm = true\n[cache]\n    dir = ../../shared\n"
    (root / ".dvc/config").write_text(config, encoding="utf-8")
    before = sorted(path for path in (tmp_path / "shared").rglob("*") if path.is_file())
    found, hits = forget(root, "anna")

    assert not found.places.own_cache
    assert hits > 0
    assert set(before) <= set((tmp_path / "shared").rglob("*"))
    assert picture("anna") not in b"".join(path.read_bytes() for path in (root / "data").rglob("*.arrow"))


def test_another_hard_link_is_said(root: Path, tmp_path: Path) -> None:
    """What was linked elsewhere lives on, and nobody here knows where."""
    os.link(root / "data/faces/sample/anna.arrow", tmp_path / "copy.arrow")
    found, hits = forget(root, "anna")

    assert hits == 0
    assert len(found.linked) == 1


def test_a_checkout_of_symbolic_links_is_emptied_too(root: Path) -> None:
    """DVC's cache.type symlink: the checkout holds links to what goes."""
    for path in (root / "data").rglob("*.arrow"):
        real = next(
            one for one in (root / ".dvc/cache/files").rglob("*") if one.is_file() and one.samefile(path)
        )
        path.unlink()
        path.symlink_to(real)
    _, hits = forget(root, "anna")

    assert hits == 0
    assert picture("anna") not in everything(root)


def test_files_that_are_none_of_ours_are_named_and_stay(root: Path) -> None:
    """A note of a person's own is no output; a table of ours goes."""
    (root / "notes.txt").write_text("ben_right called", encoding="utf-8")
    shutil.copy(root / "data/faces/sample/ben_right.arrow", root / "features.arrow")
    found, hits = forget(root, "ben_right")

    assert [one.path.name for one in found.plan.others] == ["notes.txt"]
    assert not (root / "features.arrow").exists()
    assert hits == 1


def test_pictures_without_names_are_known_by_their_bytes(root: Path) -> None:
    """A file in which nobody is named still shows them."""
    (root / "copies.bin").write_bytes(b"\0" * 8 + picture("anna") + picture("ben_left"))
    plan = plan_forgetting(root, "sample", ["anna"]).plan

    assert [(one.path.name, one.how) for one in plan.others] == [("copies.bin", "shows them")]


def _parquet_of(root: Path, person: str, path: Path) -> bytes:
    """Write a person's crops as Parquet, which compresses names and pictures, and return its bytes."""
    with pa.ipc.open_stream(root / f"data/faces/sample/{person}.arrow") as stream:
        table = stream.read_all()
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return path.read_bytes()


@pytest.mark.parametrize("torn", [False, True], ids=["whole", "torn"])
@pytest.mark.parametrize("name", [".16.push.tmp", ".converted.0123abcd.tmp"])
def test_what_a_stopped_writer_left_goes_as_a_whole(root: Path, name: str, torn: bool) -> None:
    """A staged file counts as any other; of one that cannot be read nobody can tell whom it holds."""
    staging = root / "data/published" / name
    data = _parquet_of(root, "ben_right", staging / "part/data/train-00000-of-00001.parquet")
    if torn:
        (staging / "part/data/train-00000-of-00001.parquet").write_bytes(data[:-40])
    (staging / "staged.json").write_text("{}", encoding="utf-8")
    found, hits = forget(root, "ben_right")

    assert staging in found.plan.outputs
    assert not staging.exists()
    assert hits == 0


def test_what_a_stopped_writer_left_of_others_stays(root: Path) -> None:
    """A push of what is not theirs goes on where it was."""
    staging = root / "models/.senet50.push.tmp"
    (staging / "repo").mkdir(parents=True)
    (staging / "repo/README.md").write_text("a model", encoding="utf-8")
    _, hits = forget(root, "anna")

    assert (hits, (staging / "repo/README.md").exists()) == (0, True)


def test_a_table_that_is_cut_off_is_searched_as_far_as_it_goes(root: Path) -> None:
    """A damaged copy of crops shows them all the same."""
    for name, person in (("theirs", "anna"), ("others", "ben_left")):
        whole = (root / f"data/faces/sample/{person}.arrow").read_bytes()
        (root / f"{name}.arrow").write_bytes(whole[:-20])
    plan = plan_forgetting(root, "sample", ["anna"]).plan

    assert [path.name for path in plan.outputs if path.parent == root] + [
        one.path.name for one in plan.others
    ] == ["theirs.arrow"]


def test_a_converted_dataset_goes_though_its_names_are_inside_tar_files(root: Path) -> None:
    """Also of a version whose pictures nobody here knows any more."""
    folder = root / "web"
    (folder / "data").mkdir(parents=True)
    (folder / MARK_FILE).write_text('{"made_by": "fer-data", "kind": "converted"}', encoding="utf-8")
    for number, person in enumerate(PEOPLE):
        members = {"jpg": b"\xff\xd8\xff other bytes", "json": json.dumps({"row_id": f"{person}/1"}).encode()}
        with tarfile.open(folder / f"data/{number}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for suffix, content in members.items():
                member = tarfile.TarInfo(f"train-000000000.{suffix}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    found, hits = forget(root, "ben_right")

    assert [one.path.name for one in found.plan.outputs[folder]] == ["2.tar"]
    assert (hits, folder.exists()) == (0, False)


def test_sheets_that_say_whom_they_show_are_found(root: Path) -> None:
    """A picture of several has no hash of one of them: a PNG says it inside, a folder of sheets beside them."""
    image = encode_png(np.zeros((8, 8, 3), np.uint8))
    (root / "replay.png").write_bytes(noted_png(image, "anna/00001+1 and its parent anna/00001"))
    (root / "another.png").write_bytes(noted_png(image, "ben_left/00001+1 and its parent ben_left/00001"))
    (root / "page.html").write_text("<figcaption>anna/00001</figcaption>", encoding="utf-8")
    (root / "felt").mkdir()
    (root / "felt" / MARK_FILE).write_text('{"made_by": "fer-data", "kind": "sensitivity"}', encoding="utf-8")
    (root / "felt/flip.jpg").write_bytes(b"\xff\xd8\xff\xff\xd9")
    (root / "felt/sensitivity.json").write_text('{"shown": ["anna/00001"]}', encoding="utf-8")
    found, hits = forget(root, "anna")

    assert root / "felt" in found.plan.outputs
    assert sorted(one.path.name for one in found.plan.others) == ["page.html", "replay.png"]
    assert (hits, (root / "felt").exists()) == (2, False)


def test_lines_by_hand_go_unless_they_say_who_else_is_in_the_video(root: Path) -> None:
    """Other lines stay byte for byte."""
    head = (root / "decisions.csv").read_text().splitlines()[0]
    text = f"{head}\r\nanna,anna,0,,,,,exclude\nben,ben_right,0,,,,,exclude\nben,ben_left,5,,,,,exclude\n"
    (root / "decisions.csv").write_bytes(text.encode())
    (root / "same_person.csv").write_text(
        "subject_a,subject_b,note\nanna,ben_left,a mole\n", encoding="utf-8"
    )
    found = plan_forgetting(root, "sample", ["anna", "ben_right"])
    found.rebuild()

    expected = f"{head}\r\nben,ben_right,0,,,,,exclude\nben,ben_left,5,,,,,exclude\n"
    assert (root / "decisions.csv").read_bytes() == expected.encode()
    assert (root / "same_person.csv").read_text() == "subject_a,subject_b,note\n"
    assert [one.kept for one in found.hand_files] == [(3,), ()]
    assert found.other_names == ("ben_left",)


def test_hand_lines_after_one_over_two_lines_keep_their_numbers(root: Path) -> None:
    """Such a line is none of ours and stays, though it names somebody who goes."""
    head = b"subject_a,subject_b,note\n"
    (root / "same_person.csv").write_bytes(head + b'anna,ben_left,"two\nlines"\n\nanna,ben_right,x\n')
    (found,) = plan_forgetting(root, "sample", ["anna"]).hand_files
    found.write()

    assert (root / "same_person.csv").read_bytes() == head + b'anna,ben_left,"two\nlines"\n\n'
    assert found.removed == (5,)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""], ids=["unix", "windows", "none"])
@pytest.mark.parametrize("inside", [b"\r", b"\x0b", b"\x0c", b"\x85", "\u2028".encode()])
def test_the_hand_line_that_is_named_goes_whatever_stands_in_others(
    root: Path, inside: bytes, end: bytes
) -> None:
    """A carriage return within a cell ends no line, nor does what else Python takes for a line's end."""
    stays = b'subject_a,subject_b,note\nben_left,other,"a' + inside + b'b"\n'
    (root / "same_person.csv").write_bytes(stays + b"anna,ben_left,n" + end)
    (found,) = plan_forgetting(root, "sample", ["anna"]).hand_files
    assert found.removed == (3,)

    found.write()
    assert (root / "same_person.csv").read_bytes() == stays


def test_hand_lines_that_moved_since_they_were_listed_are_left(root: Path) -> None:
    """Other lines have their numbers: the file is left as it is."""
    path = root / "same_person.csv"
    path.write_bytes(b"subject_a,subject_b,note\nanna,ben_left,n\n")
    (found,) = plan_forgetting(root, "sample", ["anna"]).hand_files
    moved = b"subject_a,subject_b,note\nben_left,ben_right,n\nanna,ben_left,n\n"
    path.write_bytes(moved)

    with pytest.raises(CorpusError, match=r"same_person.csv has changed since .+ Run the same command again"):
        found.write()
    assert path.read_bytes() == moved


def test_hand_lines_that_cannot_be_told_apart_are_refused(root: Path) -> None:
    """They may name whoever goes; line ends of an old Mac ended in a traceback."""
    (root / "same_person.csv").write_bytes(b"subject_a,subject_b,note\ranna,ben_left,x\r")
    with pytest.raises(CorpusError, match=r"same_person.csv must be CSV in UTF-8"):
        plan_forgetting(root, "sample", ["anna"])


def test_models_and_versions_that_held_them_are_named(root: Path) -> None:
    """By the content hash of the data; VERSIONS.json counts people and rows, and names nobody."""
    (tainted,) = plan_forgetting(root, "sample", ["anna"]).plan.tainted
    entry = VersionEntry(
        name="demo", version="0.1.0", git_revision=None, fer_data="0.1.0", since=None, params={}, params_changed={},
        code={}, code_changed=[], withdrawn=[],
        pushed=[Push(repo="lab/demo", resolution=16, revision="a" * 40, private=True)],
        resolutions={"16": ReleasedResolution(dataset_sha256=tainted.dataset_sha256, bytes=1, splits={})},
    )  # fmt: skip
    write_versions(root / "VERSIONS.json", Versions((entry,)))
    found, hits = forget(root, "anna")

    assert [path.relative_to(root).as_posix() for path in found.plan.models] == ["models/senet50/model.json"]
    (noted,) = read_versions(root / "VERSIONS.json").entries
    assert [(one.people, one.rows, one.reason) for one in noted.withdrawn] == [(1, 1, "withdrawal")]
    assert "anna" not in (root / "VERSIONS.json").read_text()
    assert hits == 0
    for one in (found, plan_forgetting(root, "sample", ["anna"])):
        assert [(version, push.repo) for version, push in one.pushes] == [("demo 0.1.0", "lab/demo")]


def test_a_model_that_names_them_is_named_and_stays(root: Path) -> None:
    """What to do with a trained model is a person's decision: neither it nor its cache object is removed."""
    (root / "models/senet50/model.json").write_text('{"data": {}, "development": ["anna"]}', encoding="utf-8")
    record(root, "models/senet50")
    found, hits = forget(root, "anna")

    assert [path.relative_to(root).as_posix() for path in found.plan.models] == ["models/senet50/model.json"]
    assert hits == 0
    assert (root / "models/senet50/model.json").stat().st_nlink == 2


def test_a_project_without_git_says_nothing_of_history(root: Path) -> None:
    """And what needs no git works."""
    found, hits = forget(root, "anna")
    found.see_history()

    assert (found.revisions, found.traces, hits) == (None, None, 0)


def test_git_is_searched_and_left_alone(root: Path) -> None:
    """Commits whose lock file names what is gone, their tags, and tracked files that name a person."""
    (root / "metrics.json").write_text('{"worst": "anna"}', encoding="utf-8")
    for words in (
        ["init", "-q"], ["add", "dvc.lock", "metrics.json", "params.yaml"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"], ["tag", "v1"],
    ):  # fmt: skip
        subprocess.run(["git", *words], cwd=root, check=True)
    head = (root / ".git/HEAD").read_text()
    found, hits = forget(root, "anna")
    found.see_history()

    assert found.revisions is not None
    assert [one.tags for one in found.revisions] == [("v1",)]
    assert found.traces is not None
    assert "metrics.json" in found.traces.files
    assert [one.path.name for one in found.plan.tracked] == ["metrics.json"]
    assert (hits, (root / ".git/HEAD").read_text()) == (0, head)


def _commit(root: Path, *names: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", *names], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=root, check=True)


def _submodule(root: Path, name: str) -> None:
    """Make a folder of a project a submodule of its repository, with all that lies in it committed."""
    elsewhere = root.parent / "elsewhere"
    (root / name).rename(elsewhere)
    _commit(elsewhere, ".")
    _commit(root, "params.yaml")
    trusting = ["git", "-c", "protocol.file.allow=always"]
    subprocess.run([*trusting, "submodule", "add", "-q", str(elsewhere), name], cwd=root, check=True)
    shutil.rmtree(elsewhere)
    _commit(root, ".gitmodules", name)


def _clone(root: Path, name: str) -> None:
    """Make a folder of a project a repository of its own, of which that of the project knows nothing."""
    _commit(root / name, ".")
    _commit(root, "params.yaml")


def _work_tree(root: Path, name: str) -> None:
    """Have a folder be a second working tree of the project's repository."""
    (root / name).rename(root.parent / "held")
    _commit(root, "params.yaml")
    subprocess.run(["git", "worktree", "add", "-q", "-b", "held", name], cwd=root, check=True)
    for path in (root.parent / "held").iterdir():
        path.rename(root / name / path.name)
    _commit(root / name, ".")


@pytest.mark.parametrize(
    ("keep", "path"),
    [
        pytest.param(_submodule, "labels/notes.txt", id="submodule"),
        pytest.param(_clone, "labels/notes.txt", id="clone"),
        pytest.param(_work_tree, "notes.txt", id="work-tree"),  # which shares the history of the project
    ],
)
def test_what_a_repository_within_tracks_is_left_and_named(
    root: Path, keep: Callable[[Path, str], None], path: str
) -> None:
    """Tables and texts that a person keeps there, and its history; what it does not track is left and told as well."""
    (root / "labels").mkdir()
    shutil.copy(root / "data/faces/sample/anna.arrow", root / "labels/kept.arrow")
    (root / "labels/notes.txt").write_text("anna", encoding="utf-8")
    keep(root, "labels")
    shutil.copy(root / "data/faces/sample/anna.arrow", root / "labels/loose.arrow")
    found, hits = forget(root, "anna")
    found.see_history()

    assert sorted(one.path.name for one in found.plan.tracked) == ["kept.arrow", "notes.txt"]
    assert [one.path.name for one in found.plan.others] == ["loose.arrow"]
    assert sorted(one.name for one in (root / "labels").iterdir() if one.name not in {".git", "params.yaml"}) == [
        "kept.arrow", "loose.arrow", "notes.txt",
    ]  # fmt: skip
    (line,) = [line for line in _to_do(found) if "of its own" in line]
    assert line == (
        "  labels is a repository of its own, of which nothing is removed: 1 of its files hold them; "
        "remove them there yourself"
    )
    assert found.traces is not None
    assert path in found.traces.files
    assert hits == 1


@pytest.mark.parametrize("in_git", [False, True], ids=["dvc", "dvc-and-git"])
def test_another_project_within_loses_nothing(root: Path, in_git: bool) -> None:
    """Neither its cache nor its data nor outputs of commands in it; the plan says to run the command there."""
    other = root / "work/other"
    for name in (".dvc/cache/files/md5/ab/cdef", "data/notes.arrow", "made/features.arrow"):
        (other / name).parent.mkdir(parents=True)
        shutil.copy(root / "data/faces/sample/anna.arrow", other / name)
    mark = json.dumps({"made_by": "fer-data", "kind": "features"})
    (other / "made" / MARK_FILE).write_text(mark, encoding="utf-8")
    if in_git:
        subprocess.run(["git", "init", "-q"], cwd=other, check=True)
    before = everything(other)
    found, hits = forget(root, "anna")

    assert (everything(other), hits) == (before, 3)
    told = "work/other is a project of its own, of which nothing is removed: 3 of its files hold them; run the same "
    assert [line for line in _planned(found) if "of its own" in line] == [f"note: {told}command there"]
    assert [line for line in _to_do(found) if "of its own" in line] == [f"  {told}command there"]


def test_an_output_that_holds_another_project_loses_their_files_alone(root: Path) -> None:
    """Whoever works in an output of a command keeps what lies beside the tables of ours."""
    out = root / "converted"
    (out / "work/.dvc").mkdir(parents=True)
    (out / MARK_FILE).write_text(json.dumps({"made_by": "fer-data", "kind": "converted"}), encoding="utf-8")
    for name in ("loose.arrow", "work/own.arrow"):
        shutil.copy(root / "data/faces/sample/anna.arrow", out / name)
    found, hits = forget(root, "anna")

    assert set(found.plan.outputs) == {out / "loose.arrow"}
    assert (out / "work/own.arrow").exists()
    assert hits == 1


def test_an_output_that_is_kept_in_git_loses_their_files_alone(root: Path) -> None:
    """Such as a converted dataset that is a clone of its repository on a hub: its history is not ours to remove."""
    out = root / "converted"
    out.mkdir()
    (out / MARK_FILE).write_text(json.dumps({"made_by": "fer-data", "kind": "converted"}), encoding="utf-8")
    shutil.copy(root / "data/faces/sample/anna.arrow", out / "loose.arrow")
    (out / "README.md").write_text("all of it", encoding="utf-8")
    (out / "who.txt").write_text("anna", encoding="utf-8")
    _commit(out, "README.md")
    found, hits = forget(root, "anna")

    assert set(found.plan.outputs) == {out / "loose.arrow", out / "who.txt"}
    assert sorted(path.name for path in out.iterdir()) == [MARK_FILE, ".git", "README.md"]
    assert hits == 0


_HAND = "video_id,subject_id,first_frame,last_frame,at_frame,x,y,decision\n"


def _with_decisions(root: Path, name: str) -> None:
    """Have the source of a project keep its decisions in a file, one of which is about anna."""
    text = (root / "params.yaml").read_text(encoding="utf-8")
    (root / "params.yaml").write_text(text.replace("decisions: decisions.csv", f"decisions: {name}"))
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(f"{_HAND}anna,anna,0,,,,,exclude\n", encoding="utf-8")


def _commit_as_told(root: Path, lines: list[str]) -> None:
    for line in lines:
        add, commit = line.split("#")[0].split(";")
        subprocess.run(shlex.split(add), cwd=root, check=True)
        subprocess.run([*shlex.split(commit), "-qm", "x"], cwd=root, check=True)


@pytest.mark.parametrize(
    ("keep", "outer"), [(_submodule, " 'by hand'"), (_clone, "")], ids=["submodule", "clone"]
)
def test_lines_by_hand_in_a_repository_within_are_committed_there(
    root: Path, monkeypatch: pytest.MonkeyPatch, keep: Callable[[Path, str], None], outer: str
) -> None:
    """Before the project's own commit, which names the submodule's."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@b")
    _with_decisions(root, "by hand/who.csv")
    for name in ("metrics", "plots"):
        (root / name).mkdir()
        (root / name / "one.json").write_text("{}", encoding="utf-8")
    keep(root, "by hand")
    found, _ = forget(root, "anna")
    lines = list(_commits(found))

    assert [line.split("#")[0].strip() for line in lines] == [
        "git -C 'by hand' add -A who.csv; git -C 'by hand' commit",
        f"git add -A params.yaml dvc.lock metrics plots{outer}; git commit",
    ]
    _commit_as_told(root, lines)
    told = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=root, check=True, capture_output=True)
    assert told.stdout == b""


def test_lines_by_hand_in_a_submodule_of_a_submodule_are_committed_from_within(root: Path) -> None:
    """Each names the commit of the one within; as git has them they are entries of the index."""
    _with_decisions(root, "lab/by hand/who.csv")
    _commit(root / "lab/by hand", ".")
    _commit(root / "lab", "by hand")
    _commit(root, "params.yaml", "lab")

    assert [line.split("#")[0].strip() for line in _commits(plan_forgetting(root, "sample", ["anna"]))] == [
        "git -C 'lab/by hand' add -A who.csv; git -C 'lab/by hand' commit",
        "git -C lab add -A 'by hand'; git -C lab commit",
        "git add -A params.yaml dvc.lock metrics plots lab; git commit",
    ]


def test_lines_by_hand_outside_of_the_repository_are_told(root: Path, tmp_path: Path) -> None:
    """Git cannot add them from the project; what lies beside it in one repository it can."""
    _with_decisions(root, "../out/who.csv")
    _commit(root, "params.yaml")
    found = plan_forgetting(root, "sample", ["anna"])

    outside = f"  {tmp_path}/out/who.csv lies outside of the repository, and is without their lines: "
    own = "  git add -A params.yaml dvc.lock metrics plots{}; git commit    # params.yaml and dvc.lock name them: "
    assert list(_commits(found)) == [f"{outside}commit that where it is kept", own.format("") + "keep it so"]
    shutil.rmtree(root / ".git")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert list(_commits(found)) == [own.format(" ../out/who.csv") + "keep it so"]


def test_a_folder_behind_a_link_is_named_and_not_searched(root: Path, tmp_path: Path) -> None:
    """It may be others' as well; one that leads to another folder of the project is searched there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/notes.txt").write_text("anna", encoding="utf-8")
    (root / "scratch").symlink_to(tmp_path / "elsewhere")
    (root / "inner").symlink_to(root / "models")
    found, hits = forget(root, "anna")

    (line,) = [line for line in _to_do(found) if "is a link to" in line]
    assert (
        line
        == f"  scratch is a link to {tmp_path / 'elsewhere'}, which was not searched: look there yourself"
    )
    assert (hits, (tmp_path / "elsewhere/notes.txt").read_text()) == (0, "anna")


def test_files_of_the_history_are_counted_name_by_name(root: Path) -> None:
    """Each by its whole path, once for each name in each commit; part of a longer name is somebody else's."""
    (root / "how it went.txt").write_text("ben_left and ben_right", encoding="utf-8")
    (root / "été.txt").write_text("ben_left", encoding="utf-8")
    _commit(root, "how it went.txt", "été.txt")
    (root / "joanna.txt").write_text("joanna, ben_left2", encoding="utf-8")
    _commit(root, "joanna.txt")

    assert history_of(root, ["anna", "ben_left", "ben_right"]) == Traces(
        {"how it went.txt": 2, "été.txt": 1}, commits=1, searched=3
    )
    assert history_of(root, []) == Traces({}, commits=0, searched=0)


def test_history_is_searched_however_many_commits_name_them(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system bounds the arguments of a command: here, as a stand-in for some 42,700 commits, at 30."""
    for number in range(16):
        (root / "notes.txt").write_text(f"anna {number}", encoding="utf-8")
        _commit(root, "notes.txt")
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        if len(command) > 30:
            raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
        return real(command, **options)

    monkeypatch.setattr("fer_data.dvc.git.subprocess.run", run)
    assert history_of(root, ["anna"]) == Traces({"notes.txt": 16}, commits=16, searched=1)


@pytest.mark.parametrize("failing", ["--all", "--no-walk", "ls-files", "show", "tag"])
def test_git_that_fails_is_never_read_as_nothing_found(
    root: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """A history that cannot be searched is not clean, and files that git may track are no outputs to remove."""
    shutil.copy(root / "data/faces/sample/anna.arrow", root / "kept.arrow")
    (root / "notes.txt").write_text("anna", encoding="utf-8")
    _commit(root, "kept.arrow", "notes.txt", "dvc.lock")
    before = everything(root)
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        if failing in command:
            return subprocess.CompletedProcess(command, 128, b"", b"fatal: bad object")
        return real(command, **options)

    monkeypatch.setattr("fer_data.dvc.git.subprocess.run", run)
    with pytest.raises(MachineError, match="gives no answer there: fatal: bad object"):
        plan_forgetting(root, "sample", ["anna"]).see_history()
    assert everything(root) == before


def test_names_that_the_history_is_not_searched_for_are_said(root: Path) -> None:
    """Subjects come before their videos and series; of more than 50 names the plan says that it is not whole."""
    (root / "notes.txt").write_text("ben_right", encoding="utf-8")
    _commit(root, "notes.txt")
    found = plan_forgetting(root, "sample", ["ben_right"])
    found.people.names = {"ben_right", *(f"a{number}" for number in range(52))}
    found.see_history()

    assert found.traces == Traces({"notes.txt": 1}, commits=1, searched=50, unsearched=3)
    (line,) = [line for line in _history(found) if "searched" in line]
    assert line.startswith("  git history was searched for 50 of their names, and not for 3 more")


def test_a_commit_that_took_the_lock_file_away_is_no_failure(root: Path) -> None:
    """Those before it are read all the same."""
    objects = plan_forgetting(root, "sample", ["anna"]).plan.objects
    _commit(root, "dvc.lock")
    subprocess.run(["git", "rm", "-q", "--cached", "dvc.lock"], cwd=root, check=True)
    _commit(root, "params.yaml")

    revisions = revisions_of(root, objects)
    assert revisions is not None
    assert len(revisions) == 1


def test_a_lock_file_that_names_nothing_of_theirs_is_not_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long history has many, and reading their YAML took most of the time."""
    _commit(root, "dvc.lock")
    monkeypatch.setattr("fer_data.forget.history.lock_outs", lambda *_: pytest.fail("it was read"))

    assert revisions_of(root, ["0" * 32]) == []


def test_remotes_are_told_what_to_remove(root: Path) -> None:
    """By the places of objects, which name nobody."""
    config = (root / ".dvc/config").read_text() + "['remote \"big\"']\n    url = s3://bucket/x\n"
    (root / ".dvc/config").write_text(config, encoding="utf-8")
    found, _ = forget(root, "anna")

    assert [(one.name, one.url) for one in found.remotes] == [("big", "s3://bucket/x")]
    listed = (root / ".fer-data/forgotten-objects.txt").read_text().split()
    assert len(listed) == len(found.plan.objects)


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    """Nothing is looked for in a folder of the user's."""
    with pytest.raises(ParamsError, match="must be the root of a DVC project"):
        plan_forgetting(tmp_path, None, ["anna"])
