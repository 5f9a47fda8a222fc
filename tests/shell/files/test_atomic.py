"""Files are whole or absent."""

import hashlib
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from file_states import every_state

from fer_data.assignment.hand_lines import LAST_FRAME, HandLine, append_line
from fer_data.commands.completion import _copied
from fer_data.errors import OutputError
from fer_data.forget.hand_files import HandFile
from fer_data.forget.params_text import exclude_in
from fer_data.shell.files.atomic import atomic_file, file_sha256, rewrite, write_json, write_new
from fer_data.shell.files.outputs import new_folder


class InterruptedWriteError(Exception):
    """Stands for anything that ends a block early."""


def write_half(path: Path) -> None:
    """Write something and fail."""
    path.write_text("half")
    raise InterruptedWriteError("stop")


def test_an_interrupted_file_leaves_the_old_one(tmp_path: Path) -> None:
    """After an exception the old content stands and nothing lies beside it."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(InterruptedWriteError, match="stop"), atomic_file(path) as temporary:
        write_half(temporary)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


def test_a_link_or_folder_is_never_replaced(tmp_path: Path) -> None:
    """Metrics and plots are plain files; a link there would hide where they went."""
    (tmp_path / "m.json").symlink_to("elsewhere")
    (tmp_path / "d").mkdir()
    for name in ("m.json", "d"):
        with pytest.raises(OutputError, match="is no plain file"):
            write_json(tmp_path / name, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "m.json"]


def test_many_files_inside_a_temporary_folder_need_no_locks(tmp_path: Path) -> None:
    """What lies in a folder that is not there yet is as good as its folder."""
    with new_folder(tmp_path / "d", "faces") as folder:
        with atomic_file(folder / "a") as temporary:
            temporary.write_text("a")
            assert not list(folder.glob(".*.lock.tmp"))
        assert (folder / "a").read_text() == "a"


def test_json_refuses_what_json_cannot_say(tmp_path: Path) -> None:
    """NaN is no JSON; a metrics file with one would break its readers."""
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "m.json", {"f1": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    """The hash is the standard one, so that users can check it with sha256sum."""
    path = tmp_path / "x"
    path.write_bytes(b"fer" * 1_000_000)
    assert file_sha256(path) == hashlib.sha256(b"fer" * 1_000_000).hexdigest()


def _by_itself(path: Path) -> None:
    rewrite(path, b"other")


def _by_forget(path: Path) -> None:
    HandFile(path, (1,), (), file_sha256(path)).write()


def _by_its_params(path: Path) -> None:
    path.write_text("sources:\n  lab:\n    excluded: []\n", encoding="utf-8")
    assert exclude_in(path, "lab", ["anna"])


def _by_decide(path: Path) -> None:
    path.write_text("video_id,subject_id,first_frame,last_frame,at_frame,x,y,decision\n", encoding="utf-8")
    append_line(path, HandLine("here", "v", "anna", 0, LAST_FRAME, None, None))


def _by_completion(path: Path) -> None:
    path.rename(path.with_name(".bashrc"))
    copy = _copied(path.with_name(".bashrc"))
    assert copy is not None
    copy.rename(path)


@pytest.mark.parametrize(
    "write",
    [_by_itself, _by_forget, _by_its_params, _by_decide, _by_completion],
    ids=lambda one: one.__name__,
)
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664], ids=oct)
def test_a_file_that_is_rewritten_keeps_its_mode_from_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, write: Callable[[Path], None]
) -> None:
    """Whoever may not read it cannot open what is to take its place either, not even before it is whole."""
    path = tmp_path / "a"
    path.write_text("first\nsecond\n", encoding="utf-8")
    path.chmod(mode)
    with every_state(tmp_path) as seen:
        write(path)

    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert {found for found, size in seen if size} == {mode}
    assert all(found & ~mode == 0 for found, _ in seen)


def test_a_file_that_is_missing_is_rewritten_as_any_other(tmp_path: Path) -> None:
    """Its mode is by the umask."""
    (tmp_path / "any").touch()
    rewrite(tmp_path / "a", b"new")

    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "any").stat().st_mode


@pytest.mark.parametrize("mode", [None, 0o600])
@pytest.mark.parametrize("there", ["file", "link", "link-to-nothing"])
def test_a_new_file_is_never_one_that_is_there(tmp_path: Path, there: str, mode: int | None) -> None:
    """Its mode would be that of another, or its bytes would go where a link leads."""
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "link").symlink_to("old")
    (tmp_path / "link-to-nothing").symlink_to("nothing")
    path = tmp_path / there.replace("file", "old")
    with pytest.raises(FileExistsError):
        write_new(path, b"new", mode=mode)

    assert (tmp_path / "old").read_bytes() == b"old"
    assert not (tmp_path / "nothing").exists()
