"""Folders of others are walked without going round in circles or out of them."""

from pathlib import Path

import pytest

from fer_data.errors import ReadingError
from fer_data.shell.files import walking
from fer_data.shell.files.walking import MAX_DEPTH, match_files, walk_files, walk_folders

Skips = list[tuple[str, str]]


def walked(root: Path) -> tuple[list[str], Skips]:
    """Return the files below a folder, and what was skipped with the rule."""
    skips: Skips = []
    files = [str(path) for path in walk_files(root, lambda *said: skips.append(said[:2]))]
    return files, skips


@pytest.mark.parametrize("target", ["/", "..", ".", "../.."], ids=["disk", "parent", "self", "above"])
def test_a_link_to_a_folder_around_it_is_not_followed(tmp_path: Path, target: str) -> None:
    """Otherwise the whole disk would be read as a corpus."""
    root = tmp_path / "outer/root"
    root.mkdir(parents=True)
    (root / "a.txt").touch()
    (tmp_path / "outer/b.txt").touch()
    (root / "link").symlink_to(target)
    files, skips = walked(root)
    assert files == ["a.txt"]
    assert skips in ([("link", "link-loop")], [])


def test_folders_that_links_lead_to_are_walked_once(tmp_path: Path) -> None:
    """Corpora lie on several disks, joined by links; a second way to a folder adds nothing."""
    disk, root = tmp_path / "disk", tmp_path / "root"
    disk.mkdir()
    root.mkdir()
    (disk / "a.txt").touch()
    (disk / "back").symlink_to(disk)
    for name in ("x", "y"):
        (root / name).symlink_to(disk)
    assert walked(root) == (["x/a.txt"], [])


def test_depth_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long chain of folders is no RecursionError."""
    folder = tmp_path
    for _ in range(100):
        folder = folder / "d"
    folder.mkdir(parents=True)
    (tmp_path / "a").touch()
    files, skips = walked(tmp_path)
    assert files == ["a"]
    assert [rule for _, rule in skips] == ["too-deep"]
    assert skips[0][0].count("d") == MAX_DEPTH + 1
    assert match_files(tmp_path, "**/*") == ["a"]
    monkeypatch.setattr(walking, "MAX_ENTRIES", 1)
    with pytest.raises(ReadingError, match="More than 1 files and folders"):
        walked(tmp_path)
    with pytest.raises(ReadingError, match="More than 1 files and folders"):
        match_files(tmp_path, "**/*")


@pytest.mark.parametrize(
    "pattern",
    ["*.txt", "*/*.txt", "**/*.txt", "a/**/*.txt", "a/b/2.txt", "a/./b/*", "[ab]/*", "nothing/*", "**"],
)
def test_globs_match_what_pathlib_matches(tmp_path: Path, pattern: str) -> None:
    """The files are those of `Path.glob`, save that everything but a folder counts."""
    for name in ("1.txt", "a/1.txt", "a/b/2.txt", "b/x.TXT", ".h/1.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    wanted = pattern if pattern != "**" else "**/*"
    ours = [path for path in match_files(tmp_path, pattern) if not path.startswith("loop")]
    theirs = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.glob(wanted) if p.is_file())
    assert ours == [path for path in theirs if not path.startswith("loop")]
    assert not [path for path in match_files(tmp_path, pattern) if path.startswith("loop")]


def test_a_glob_names_what_is_no_regular_file_too(tmp_path: Path) -> None:
    """A broken link in the place of a label file is found, and refused where it is read."""
    (tmp_path / "x.txt").symlink_to("nowhere")
    (tmp_path / "y.txt").symlink_to("y.txt")
    assert match_files(tmp_path, "*.txt") == ["x.txt", "y.txt"]


def test_folders_say_which_names_are_links_and_which_were_walked_before(tmp_path: Path) -> None:
    """One folder under two classes is no picture of either; who reads it can say so."""
    root, disk = tmp_path / "root", tmp_path / "disk"
    for name in ("a/x", "b", "c"):
        (root / name).mkdir(parents=True)
    disk.mkdir()
    for file in (root / "a/2.jpg", root / "a/10.jpg", disk / "3.jpg"):
        file.touch()
    (root / "a/linked.jpg").symlink_to(disk / "3.jpg")
    (root / "b/one").symlink_to(disk)
    (root / "c/two").symlink_to(disk)
    skips: Skips = []
    found = [
        (str(folder.path), folder.files, folder.links)
        for folder in walk_folders(root, lambda *said: skips.append(said[:2]))
    ]
    assert found == [
        (".", [], []),
        ("a", ["10.jpg", "2.jpg", "linked.jpg"], ["linked.jpg"]),
        ("a/x", [], []),
        ("b", [], ["one"]),
        ("b/one", ["3.jpg"], []),
        ("c", [], ["two"]),
    ]
    assert skips == [("c/two", "walked-before")]
