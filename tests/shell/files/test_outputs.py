"""Nothing is replaced that is not known to be an older output of ours, and nothing is left half-written."""

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from fer_data.errors import OutputError
from fer_data.shell.files import outputs, temporaries
from fer_data.shell.files.outputs import MARK_FILE, check_apart, check_outputs, kind_of, new_file, new_folder


class InterruptedWriteError(Exception):
    """Stands for anything that ends a block early."""


def write_half(path: Path) -> None:
    """Write something and fail."""
    path.write_text("half")
    raise InterruptedWriteError


def write_folder(path: Path, text: str = "new", kind: str = "faces", **options: object) -> None:
    """Write a folder of one file."""
    with new_folder(path, kind, **options) as folder:  # type: ignore[arg-type]
        (folder / "a").write_text(text)


def write_file(path: Path, text: str = "new", **options: object) -> None:
    """Write a file."""
    with new_file(path, **options) as temporary:  # type: ignore[arg-type]
        temporary.write_text(text)


def tree(root: Path) -> dict[str, bytes | str]:
    """Return all that lies below a folder: bytes of files, targets of links, nothing of folders."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        else:
            found[name] = path.read_bytes() if path.is_file() else ""
    return found


def names(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_bears_its_kind_and_hides_from_git(tmp_path: Path) -> None:
    """The mark has equal bytes every time, and `git add` takes nothing of the folder."""
    for name in ("one", "two/deep"):
        write_folder(tmp_path / name)
    assert kind_of(tmp_path / "one") == "faces"
    assert tree(tmp_path / "one") == tree(tmp_path / "two/deep")
    assert (tmp_path / "one" / ".gitignore").read_text() == "*\n"
    assert json.loads((tmp_path / "one" / MARK_FILE).read_text()) == {"kind": "faces", "made_by": "fer-data"}


def test_an_older_output_of_the_same_kind_needs_the_flag(tmp_path: Path) -> None:
    """Without it the error says so; with it the old content is gone."""
    write_folder(tmp_path / "d", "old")
    (tmp_path / "d" / "stale").touch()
    with pytest.raises(OutputError, match=r"--output \(.*\) exists already.*give --overwrite"):
        write_folder(tmp_path / "d", name="--output")
    assert (tmp_path / "d" / "a").read_text() == "old"
    write_folder(tmp_path / "d", overwrite=True)
    assert sorted(tree(tmp_path)) == ["d", f"d/{MARK_FILE}", "d/.gitignore", "d/a"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    """What a user made for it holds nothing to lose."""
    (tmp_path / "d").mkdir()
    write_folder(tmp_path / "d")
    assert (tmp_path / "d" / "a").read_text() == "new"


def _foreign(path: Path) -> None:
    path.mkdir()
    (path / "thesis.tex").write_text("years of work")


def _hidden(path: Path) -> None:
    path.mkdir()
    (path / ".profile").touch()


def _other_kind(path: Path) -> None:
    write_folder(path, kind="model")


def _mark_by(content: bytes) -> object:
    def make(path: Path) -> None:
        path.mkdir()
        (path / MARK_FILE).write_bytes(content)

    return make


def _mark_is_a_pipe(path: Path) -> None:
    path.mkdir()
    os.mkfifo(path / MARK_FILE)


def _mark_is_a_link(path: Path) -> None:
    write_folder(path.with_name("other"))
    path.mkdir()
    (path / MARK_FILE).symlink_to(path.with_name("other") / MARK_FILE)


def _git_root(path: Path) -> None:
    write_folder(path)
    (path / ".git").mkdir()


def _git_worktree(path: Path) -> None:
    write_folder(path)
    (path / ".git").write_text("gitdir: elsewhere")


def _git_root_inside(path: Path) -> None:
    write_folder(path)
    (path / "thesis" / "x" / ".git").mkdir(parents=True)


def _link_to_folder(path: Path) -> None:
    write_folder(path.with_name("real"))
    path.symlink_to("real")


def _link_to_file(path: Path) -> None:
    path.with_name("real").write_text("mine")
    path.symlink_to("real")


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


ALWAYS = [_link_to_folder, _link_to_file, _dangling, _loop, _pipe, _socket, _foreign, _git_root]
FOLDERS = [
    *ALWAYS,
    _hidden,
    _other_kind,
    _git_worktree,
    _git_root_inside,
    _mark_is_a_pipe,
    _mark_is_a_link,
    *map(_mark_by, (b"", b"[]", b"{", b"\xff", b'{"kind": "faces"}', b"[" * 4000, b" " * 5000)),
]


WRITERS: dict[str, Callable[[Path], AbstractContextManager[Path]]] = {
    "folder": lambda path: new_folder(path, "faces", name="--output", overwrite=True),
    "file": lambda path: new_file(path, name="--output", overwrite=True),
}


@pytest.mark.parametrize(
    ("kind", "make"), [*(("folder", make) for make in FOLDERS), *(("file", make) for make in ALWAYS)]
)
def test_an_output_never_takes_the_place_of(kind: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    """Whatever is not our own output of that kind stays, with the flag too, and no work is begun."""
    make(tmp_path / "d")
    before = {path: path.lstat().st_ino for path in tmp_path.rglob("*")}
    with pytest.raises(OutputError, match=r"--output \(.*d\) "), WRITERS[kind](tmp_path / "d"):
        pytest.fail("the work was begun")
    assert {path: path.lstat().st_ino for path in tmp_path.rglob("*")} == before


def test_a_folder_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    """The flag does not turn a file into a folder."""
    (tmp_path / "d").write_text("mine")
    with pytest.raises(OutputError, match="is a file; a folder is written there"):
        write_folder(tmp_path / "d", overwrite=True)
    assert (tmp_path / "d").read_text() == "mine"


def test_a_file_is_replaced_with_the_flag_alone(tmp_path: Path) -> None:
    """An older file stays without it."""
    write_file(tmp_path / "deep" / "f", "old")
    with pytest.raises(OutputError, match="exists already"):
        write_file(tmp_path / "deep" / "f")
    assert (tmp_path / "deep" / "f").read_text() == "old"
    write_file(tmp_path / "deep" / "f", overwrite=True)
    assert (tmp_path / "deep" / "f").read_text() == "new"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Return an input folder, with a mark as our own datasets have one."""
    write_folder(tmp_path / "parent" / "dataset")
    return tmp_path / "parent" / "dataset"


SAME = {
    "itself": lambda data: data,
    "its parent": lambda data: data.parent,
    "dots": lambda data: data / ".." / "dataset",
    "up from inside": lambda data: data / "a" / ".." if (data / "a").is_dir() else data / ".",
    "inside": lambda data: data / "out",
    "deep inside": lambda data: data / "x" / "y" / "out",
    "a file of it": lambda data: data / "a",
}


@pytest.mark.parametrize("where", SAME)
@pytest.mark.parametrize("write", [write_folder, write_file])
@pytest.mark.parametrize("linked", [False, True], ids=["plain", "linked"])
def test_an_input_is_never_changed(where: str, write: object, linked: bool, dataset: Path) -> None:
    """Neither replaced, nor held by what is replaced, nor written into, however it is spelled."""
    before = tree(dataset)
    spelled = dataset
    if linked:
        (dataset.parent.parent / "way").symlink_to(dataset.parent)
        spelled = dataset.parent.parent / "way" / "dataset"
    with pytest.raises(OutputError, match="output"):
        write(SAME[where](spelled), overwrite=True, inputs=[dataset])  # type: ignore[operator]
    assert tree(dataset) == before
    assert names(dataset.parent) == ["dataset"]


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_a_link_to_an_input_is_never_replaced(link: object, tmp_path: Path) -> None:
    """One file under two names is one file."""
    (tmp_path / "in").write_text("mine")
    link(tmp_path / "in", tmp_path / "out")  # type: ignore[operator]
    with pytest.raises(OutputError, match=r"is a link|is an input"):
        write_file(tmp_path / "out", overwrite=True, inputs=[tmp_path / "in"])
    assert (tmp_path / "in").read_text() == (tmp_path / "out").read_text() == "mine"


def test_an_input_may_itself_be_a_link(dataset: Path) -> None:
    """The folder behind a linked input is guarded."""
    (dataset.parent / "link").symlink_to(dataset)
    with pytest.raises(OutputError, match="is an input"):
        write_folder(dataset, overwrite=True, inputs=[dataset.parent / "link"])


def test_another_output_is_not_written_into(dataset: Path) -> None:
    """A published dataset stays as it is, an input or not."""
    with pytest.raises(OutputError, match=r"a finished output \(faces\)"):
        write_file(dataset / "joint.parquet")


@pytest.mark.parametrize("spelled", [".", "..", "", "../work", "../work/.", "../.."])
def test_the_working_directory_is_never_replaced(
    spelled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor what holds it, although it bears the mark."""
    write_folder(tmp_path / "up" / "work")
    (tmp_path / "up" / MARK_FILE).write_bytes((tmp_path / "up" / "work" / MARK_FILE).read_bytes())
    monkeypatch.chdir(tmp_path / "up" / "work")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match=r"is the working directory|holds the working directory"):
        write_folder(Path(spelled), overwrite=True)
    assert tree(tmp_path) == before


def test_home_and_root_are_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are named."""
    write_folder(tmp_path / "up" / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "up" / "home"))
    with pytest.raises(OutputError, match="is the home folder"):
        write_folder(tmp_path / "up" / "home", overwrite=True)
    for root in ("/", "//", "/..", "/tmp/../.."):
        with pytest.raises(OutputError, match=r"root of the file system|is or holds|holds "):
            write_folder(Path(root), overwrite=True)


def test_mount_points_are_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what holds one: a blank in its name is written in octal by the kernel."""
    write_folder(tmp_path / "a d")
    (tmp_path / "a d" / "disk").mkdir()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"36 35 98:0 / {str(tmp_path).replace(' ', chr(92) + '040')}/a\\040d/disk rw - ext4 /dev/x rw\n"
    )
    monkeypatch.setattr(outputs, "_MOUNTS", mounts)
    with pytest.raises(OutputError, match="is or holds a mount point"):
        write_folder(tmp_path / "a d", overwrite=True)


def test_a_place_that_cannot_be_is_refused_before_the_work(tmp_path: Path) -> None:
    """A file as parent, a name too long or not in UTF-8, a zero byte."""
    (tmp_path / "file").touch()
    indices = [
        tmp_path / "file" / "d",
        tmp_path / "file" / "x" / "d",
        tmp_path / ("n" * 256),
        tmp_path / ("n" * 256) / "d",
        tmp_path / "\udcff",
        tmp_path / "\udcff" / "d",
        tmp_path / "a\0b",
        tmp_path / "absent" / ".." / "d",
        tmp_path / "file" / ".." / "d",
        Path("/proc/d"),
        tmp_path.joinpath(*["n" * 250] * 17),
    ]
    for index in indices:
        for write in (new_folder(index, "faces"), new_file(index)):
            with pytest.raises(OutputError, match=r"cannot be written|must be named"), write:
                pytest.fail("the work was begun")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("length", [161, 255])
def test_a_long_name_leaves_room_for_its_temporary(length: int, tmp_path: Path) -> None:
    """Whatever name the file system takes can be written."""
    write_folder(tmp_path / ("n" * length))
    write_file(tmp_path / ("é" * (length // 2)))
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize("old", [False, True], ids=["new", "overwritten"])
def test_an_interrupted_folder_leaves_what_was_there(old: bool, tmp_path: Path) -> None:
    """The old output stands, no folder made above it stays, nothing lies beside it."""
    if old:
        write_folder(tmp_path / "x" / "d", "old")
    before = tree(tmp_path)
    with (
        pytest.raises(InterruptedWriteError),
        new_folder(tmp_path / "x" / "d", "faces", overwrite=True) as folder,
    ):
        write_half(folder / "a")
    assert tree(tmp_path) == before


def write_both(temporary: Path, target: Path) -> None:
    """Write our file and, as another program, the one that it is to become."""
    temporary.write_text("new")
    target.write_text("mine")


def test_what_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """The place is looked at again when the work is done."""
    with (
        pytest.raises(OutputError, match="did not write"),
        new_folder(tmp_path / "d", "faces", overwrite=True),
    ):
        _foreign(tmp_path / "d")
    with pytest.raises(OutputError, match="exists already"), new_file(tmp_path / "f") as temporary:
        write_both(temporary, tmp_path / "f")
    assert tree(tmp_path) == {"d": "", "d/thesis.tex": b"years of work", "f": b"mine"}


def _no_flags(old: Path, new: Path, flag: int) -> bool:
    return False


def test_without_exchange_the_old_folder_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File systems that cannot exchange names give the same result."""
    monkeypatch.setattr(temporaries, "_rename", _no_flags)
    write_folder(tmp_path / "d", "old")
    write_folder(tmp_path / "d", overwrite=True)
    assert sorted(tree(tmp_path)) == ["d", f"d/{MARK_FILE}", "d/.gitignore", "d/a"]
    assert (tmp_path / "d" / "a").read_text() == "new"


def test_a_failed_second_step_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without exchange, an error between the two steps loses nothing."""
    write_folder(tmp_path / "d", "old")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name.endswith(".tmp") and not self.name.endswith(".old.tmp"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(temporaries, "_rename", _no_flags)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OutputError, match="cannot be written: Input/output error"):
        write_folder(tmp_path / "d", overwrite=True)
    assert (tmp_path / "d" / "a").read_text() == "old"
    assert names(tmp_path) == ["d"]


def run_python(code: str, folder: Path) -> "subprocess.Popen[str]":
    """Start a program in a folder and return it once it has said `ready`."""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


WRITER = """
import time
from pathlib import Path
from fer_data.shell.files.outputs import new_folder
with new_folder(Path("d"), "faces", overwrite=True) as folder:
    (folder / "a").write_text("half")
    print("ready", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_writer_left_goes_with_the_next(tmp_path: Path) -> None:
    """The old output stands after SIGKILL, and the next writer of the same place sweeps."""
    write_folder(tmp_path / "d", "old")
    process = run_python(WRITER, tmp_path)
    process.kill()
    process.communicate()
    assert len(names(tmp_path)) == 3
    assert (tmp_path / "d" / "a").read_text() == "old"
    write_folder(tmp_path / "d", overwrite=True)
    assert names(tmp_path) == ["d"]


def test_what_a_killed_writer_left_goes_with_the_next_beside_it(tmp_path: Path) -> None:
    """A place that nobody writes again is swept by whoever writes in the same folder; what has no lock stays."""
    process = run_python(WRITER, tmp_path)
    process.kill()
    process.communicate()
    (tmp_path / ".theirs.0123abcd.tmp").write_text("of another program")
    write_file(tmp_path / "f")
    assert names(tmp_path) == [".theirs.0123abcd.tmp", "f"]


def test_what_a_living_writer_holds_is_not_swept(tmp_path: Path) -> None:
    """Another process at work on the same place is left alone, whatever its process id."""
    process = run_python(WRITER, tmp_path)
    try:
        held = set(names(tmp_path))
        write_folder(tmp_path / "d")
        assert set(names(tmp_path)) == held | {"d"}
    finally:
        process.kill()
        process.communicate()


KILLED_BETWEEN = """
import time
from pathlib import Path
from fer_data.shell.files import temporaries
from fer_data.shell.files.outputs import new_folder
temporaries._rename = lambda *a: False
rename = Path.rename
def stop(self, target):
    if not str(target).endswith(".old.tmp"):
        print("ready", flush=True)
        time.sleep(600)
    return rename(self, target)
Path.rename = stop
with new_folder(Path("d"), "faces", overwrite=True) as folder:
    (folder / "a").write_text("new")
"""


@pytest.mark.parametrize(("overwrite", "beside"), [(False, False), (True, False), (False, True)])
def test_a_kill_between_the_two_steps_loses_nothing(overwrite: bool, beside: bool, tmp_path: Path) -> None:
    """The next writer finds what was put aside and puts it back, before it asks whether it may replace it."""
    write_folder(tmp_path / "d", "old")
    process = run_python(KILLED_BETWEEN, tmp_path)
    process.kill()
    process.communicate()
    assert not (tmp_path / "d").exists()
    if beside:
        write_file(tmp_path / "f")
        (tmp_path / "f").unlink()
    elif overwrite:
        write_folder(tmp_path / "d", overwrite=True)
    else:
        with pytest.raises(OutputError, match="exists already"):
            write_folder(tmp_path / "d")
    assert names(tmp_path) == ["d"]
    assert (tmp_path / "d" / "a").read_text() == ("new" if overwrite else "old")


def test_outputs_of_one_command_are_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are never the same, nor one inside the other, however they are spelled."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    check_apart({"OUTPUT": Path("a"), "--plot": None, "--metrics": Path("b/m.json")})
    for other in (Path("a"), Path("x/../a"), tmp_path / "a", Path("a/m.json"), Path()):
        with pytest.raises(OutputError, match=r"--metrics \(.*\) must not be, hold or lie in OUTPUT \(.*a\)"):
            check_apart({"OUTPUT": Path("a"), "--metrics": other})


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ("out", "must not be, hold or lie in OUTPUT"),
        ("out/m.json", "must not be, hold or lie in OUTPUT"),
        (".", "must not be, hold or lie in OUTPUT"),
        ("params.yaml", r"must end in \.json or \.csv"),
        ("file/m.json", "cannot be written"),
        ("link.json", "is a link"),
        ("folder.json", "is a folder"),
        ("done/m.json", "a finished output"),
    ],
)
def test_metrics_have_a_place_before_a_stage_works(
    metrics: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apart from the output, a plain file of their kind, and in no finished output."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "link.json").symlink_to("elsewhere")
    (tmp_path / "folder.json").mkdir()
    write_folder(tmp_path / "done")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match=message):
        check_outputs({"OUTPUT": Path("out")}, {"--metrics": Path(metrics)})
    check_outputs({"OUTPUT": Path("out")}, {"--metrics": Path("new/m.json"), "HISTORY": None})
    assert tree(tmp_path) == before


class LibraryError(Exception):
    """What a library raises that has errors of its own, as safetensors has."""


_SAID = "No space left on device"
FULL: list[Exception] = [
    OSError(errno.ENOSPC, f"Error writing bytes to file. Detail: [errno 28] {_SAID}"),
    LibraryError(f"I/O error: {_SAID} (os error 28)"),
    OSError(f"write failed: {_SAID}"),
    LibraryError("write error (File too large)"),
]


@pytest.mark.parametrize("full", FULL, ids=["system", "library", "text", "limit of a file"])
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_disk_that_fills_up_names_the_output(tmp_path: Path, kind: str, full: Exception) -> None:
    """Who writes several outputs knows which one wants room, and nothing of it stays."""
    writing = new_folder(tmp_path / "d", "faces") if kind == "folder" else new_file(tmp_path / "d")
    with (
        pytest.raises(
            OutputError,
            match=r"^output \(.*d\) cannot be written: (No space left on device|File too large)\. Make",
        ),
        writing,
    ):
        raise full
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, _SAID, "/elsewhere/tmpab"),
        RuntimeError(f"unable to allocate shared memory(shm) for file </torch_7>: {_SAID} (28)"),
        OSError(errno.EIO, "x"),
        KeyError("x"),
    ],
)
def test_what_is_wrong_elsewhere_is_not_the_outputs(tmp_path: Path, error: Exception) -> None:
    """A temporary folder that is full keeps its own name, and so does every other error."""
    with pytest.raises(type(error)) as met, new_file(tmp_path / "d"):
        raise error
    assert met.value is error
