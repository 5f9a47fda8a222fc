"""The organisers' archives become a corpus folder."""

import fcntl
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus_trees import SEVEN, source

from fer_data.corpora.corpus import open_corpus
from fer_data.errors import CorpusError, FerDataError
from fer_data.shell.files.outputs import kind_of
from fer_data.unpack import unpack_archives


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    """Write a zip file with members in the order given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(path: Path, members: dict[str, bytes], link: str | None = None) -> Path:
    """Write a tar file, with a symbolic link when one is given."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        if link:
            info = tarfile.TarInfo("link")
            info.type, info.linkname = tarfile.SYMTYPE, link
            archive.addfile(info)
    return path


def files(root: Path) -> list[str]:
    """Return the visible files under a folder."""
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(path for path in found if not path.rsplit("/", 1)[-1].startswith("."))


def labels(rows: int) -> bytes:
    """Return a label file."""
    return "\n".join([SEVEN, *["0"] * rows]).encode()


def test_archives_become_a_corpus(tmp_path: Path) -> None:
    """Batches and several editions' labels lie side by side, a folder called like its archive is not doubled."""
    archives = [
        write_zip(
            tmp_path / "batch1.zip", {"batch1/a.mp4": b"a", "__MACOSX/._a.mp4": b"", "batch1/.DS_Store": b""}
        ),
        write_tar(tmp_path / "batch2.tar.gz", {"./b.avi": b"b"}),
        write_zip(tmp_path / "annotations.zip", {"annotations/EXPR_Set/Train_Set/a.txt": labels(1)}),
        write_zip(
            tmp_path / "Third ABAW Annotations.zip",
            {"Third ABAW Annotations/EXPR_Classification_Challenge/Validation_Set/b.txt": labels(2)},
        ),
    ]
    root = tmp_path / "root"

    done = list(unpack_archives(archives, root))

    assert [(item.folder.name, item.files, item.state) for item in done] == [
        ("batch1", 1, "unpacked"),
        ("batch2", 1, "unpacked"),
        ("annotations", 1, "unpacked"),
        ("Third ABAW Annotations", 1, "unpacked"),
    ]
    assert files(root) == [
        "Third ABAW Annotations/EXPR_Classification_Challenge/Validation_Set/b.txt",
        "annotations/EXPR_Set/Train_Set/a.txt",
        "batch1/a.mp4",
        "batch2/b.avi",
    ]
    corpus = open_corpus(root, source(root, edition=2))
    assert [s.subject_id for s in corpus.subjects] == ["a"]
    assert [f.rule for f in corpus.findings] == ["edition-chosen", "video-without-labels"]


def test_archives_inside_archives_are_unpacked_in_place(tmp_path: Path) -> None:
    """A batch that holds zip files gives their contents."""
    inner = write_zip(tmp_path / "inner.zip", {"part/a.mp4": b"a"}).read_bytes()
    archive = write_zip(tmp_path / "batch1.zip", {"videos/part.zip": inner})

    list(unpack_archives([archive], tmp_path / "root"))

    assert files(tmp_path / "root") == ["batch1/videos/part/a.mp4"]


def test_second_run_leaves_what_is_there(tmp_path: Path) -> None:
    """An interrupted run can be started again: complete folders stay, the missing one is unpacked."""
    first = write_zip(tmp_path / "batch1.zip", {"a.mp4": b"a"})
    second = write_zip(tmp_path / "batch2.zip", {"b.mp4": b"b"})
    root = tmp_path / "root"
    list(unpack_archives([first], root))
    stamp = (root / "batch1/a.mp4").stat().st_mtime_ns

    done = list(unpack_archives([first, second], root))

    assert [item.state for item in done] == ["present", "unpacked"]
    assert (root / "batch1/a.mp4").stat().st_mtime_ns == stamp


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    """Half-filled folders that nobody holds go away, those of a running process stay."""
    archive = write_zip(tmp_path / "batch1.zip", {"a.mp4": b"a"})
    root = tmp_path / "root"
    dead, alive = root / ".batch1.0123abcd.tmp", root / ".batch1.4567abcd.tmp"
    for folder in (dead, alive):
        folder.mkdir(parents=True)
        (folder / "a.mp4").write_bytes(b"half")

    with (root / ".batch1.4567abcd.lock.tmp").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        list(unpack_archives([archive], root))

    assert not dead.exists()
    assert alive.exists()


def test_an_archive_may_hold_names_of_ours(tmp_path: Path) -> None:
    """Marks, git's own lists and a folder called like our own lifting are no reason to fail."""
    members = {
        "batch1/.batch1.lifted/a.mp4": b"a",
        "batch1/.gitignore": b"!*",
        "batch1/.fer-data.json": b"{}",
    }
    archive = write_zip(tmp_path / "batch1.zip", members)
    list(unpack_archives([archive], tmp_path / "root"))
    folder = tmp_path / "root" / "batch1"
    assert kind_of(folder) == "archive"
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / ".batch1.lifted" / "a.mp4").read_bytes() == b"a"


@pytest.mark.parametrize("made_by", ["hand", "another-archive"])
def test_nothing_is_overwritten(tmp_path: Path, made_by: str) -> None:
    """A folder that is not from the archive is left alone, and the run says so."""
    root = tmp_path / "root"
    if made_by == "hand":
        (root / "batch1").mkdir(parents=True)
        (root / "batch1/a.mp4").write_bytes(b"mine")
    else:
        list(unpack_archives([write_zip(tmp_path / "old/batch1.zip", {"a.mp4": b"mine"})], root))
    archive = write_zip(tmp_path / "batch1.zip", {"a.mp4": b"theirs"})

    with pytest.raises(
        CorpusError, match=r"batch1 exists and is not from batch1\.zip; nothing is overwritten"
    ):
        list(unpack_archives([archive], root))

    assert (root / "batch1/a.mp4").read_bytes() == b"mine"


def test_two_archives_of_one_name_are_refused_before_anything_happens(tmp_path: Path) -> None:
    """Label archives of two editions with one name have to be told apart by the user."""
    archives = [
        write_zip(tmp_path / name / "annotations.zip", {"x.txt": name.encode()}) for name in ("one", "two")
    ]

    with pytest.raises(CorpusError, match=r"would both become .*annotations\. Rename one after its edition"):
        list(unpack_archives(archives, tmp_path / "root"))

    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    "member",
    ["../evil", "/evil", "a/../../evil", "..\\evil", "C:\\evil", "a//b"],
    ids=["up", "root", "up2", "dos", "drive", "gap"],
)
def test_members_stay_inside(tmp_path: Path, member: str) -> None:
    """A member that could leave its folder ends the archive, and nothing of it stays."""
    archive = write_zip(tmp_path / "batch1.zip", {"fine.mp4": b"", member: b"x"})

    with pytest.raises(CorpusError, match=r"batch1\.zip, .*: the path must stay inside the archive"):
        list(unpack_archives([archive], tmp_path / "root"))

    assert not (tmp_path / "root").exists()
    assert not (tmp_path / "evil").exists()


def test_links_are_refused_in_both_kinds(tmp_path: Path) -> None:
    """Links could point anywhere, so neither zip nor tar may hold one."""
    path = tmp_path / "links.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")

    for archive_path in (path, write_tar(tmp_path / "more.tar.gz", {"a": b""}, link="/etc/passwd")):
        with pytest.raises(CorpusError, match="only plain files are unpacked, no links"):
            list(unpack_archives([archive_path], tmp_path / "root"))


def test_tar_members_stay_inside(tmp_path: Path) -> None:
    """A tar member that leaves its folder ends the archive."""
    archive = write_tar(tmp_path / "bad.tar.gz", {"../evil": b"x"})

    with pytest.raises(CorpusError, match=r"bad\.tar\.gz, .*: the path must stay inside the archive"):
        list(unpack_archives([archive], tmp_path / "root"))

    assert not (tmp_path / "root").exists()


def _truncated(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-40])
    return path


def _flipped(path: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("damage", "message"),
    [(_truncated, "cannot be read: .*Download it again"), (_flipped, "Download it again")],
    ids=["truncated", "flipped-byte"],
)
def test_damaged_archive_leaves_nothing(tmp_path: Path, damage: object, message: str) -> None:
    """A download that broke off or went wrong is named, and no half-filled folder stays."""
    archive = damage(write_zip(tmp_path / "batch1.zip", {"a.mp4": bytes(range(256)) * 20}))  # type: ignore[operator]

    with pytest.raises(CorpusError, match=message):
        list(unpack_archives([archive], tmp_path / "root"))

    assert files(tmp_path) == ["batch1.zip"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".", "must be an existing file, but is a folder"),
        ("nowhere.zip", "must be an existing file"),
        ("batch1.rar", r"must end in \.zip or \.tar"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, message: str) -> None:
    """What is missing or no archive that we can read is named with the rule."""
    if name.endswith("rar"):
        (tmp_path / name).write_bytes(b"")

    with pytest.raises(CorpusError, match=message):
        list(unpack_archives([tmp_path / name], tmp_path / "root"))


def test_an_archive_cut_inside_an_inner_one_is_not_taken_for_it(tmp_path: Path) -> None:
    """The last list of contents in the file is the inner one's; the outer one never came."""
    inner = write_zip(tmp_path / "inner.zip", {"b.txt": b"b" * 99})
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.txt", "a")
        archive.write(inner, "inner.zip")
        archive.writestr("c.txt", "c" * 100_000)
    content = outer.read_bytes()
    cut = content.index(inner.read_bytes()) + inner.stat().st_size
    outer.write_bytes(content[:cut])
    with pytest.raises(CorpusError, match="does not begin with its first file"):
        list(unpack_archives([outer], tmp_path / "root"))
    assert not (tmp_path / "root/outer").exists()


def test_an_empty_archive_is_empty(tmp_path: Path) -> None:
    """Nothing in it is no damage."""
    assert [
        done.files for done in unpack_archives([write_zip(tmp_path / "a.zip", {})], tmp_path / "root")
    ] == [0]


def test_a_folder_that_is_lifted_may_hold_anything(tmp_path: Path) -> None:
    """Also what looks like our own temporary name, or is called like the archive once more."""
    members = {"a/.a.lifted/x.txt": b"x", "a/.a.lifted_/y.txt": b"y", "a/a/z.txt": b"z"}
    list(unpack_archives([write_zip(tmp_path / "a.zip", members)], tmp_path / "root"))
    found = {
        path.relative_to(tmp_path / "root/a").as_posix() for path in (tmp_path / "root/a").rglob("*.txt")
    }
    assert found == {".a.lifted/x.txt", ".a.lifted_/y.txt", "a/z.txt"}


def test_contents_out_of_proportion_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb of zeros is no corpus, in a zip file or a tar file."""
    monkeypatch.setattr("fer_data.unpack.archives.FREE_BYTES", 1 << 20)
    zeros = {"a.txt": bytes(2 << 20)}
    for bomb in (write_zip(tmp_path / "a.zip", zeros), write_tar(tmp_path / "b.tar.gz", zeros)):
        with pytest.raises(CorpusError, match="out of proportion to its own size"):
            list(unpack_archives([bomb], tmp_path / "root"))


@pytest.mark.parametrize("write", [write_zip, write_tar], ids=["zip", "tar"])
def test_members_a_thousand_folders_deep_are_refused(tmp_path: Path, write: Callable[..., Path]) -> None:
    """Python would run out of recursion over them."""
    bomb = write(tmp_path / ("a.zip" if write is write_zip else "a.tar.gz"), {"d/" * 1500 + "x": b"x"})
    with pytest.raises(CorpusError, match="64 deep at most"):
        list(unpack_archives([bomb], tmp_path / "root"))


def test_a_name_that_is_no_text_is_one_error(tmp_path: Path) -> None:
    """A member that says it is UTF-8 and is not."""
    path = write_zip(tmp_path / "a.zip", {"\u00e9\u00e9.txt": b"x"})
    path.write_bytes(path.read_bytes().replace("\u00e9\u00e9".encode(), b"\xff\xff\xff\xff"))
    with pytest.raises(CorpusError, match="cannot be read"):
        list(unpack_archives([path], tmp_path / "root"))


def write_plain_tar(path: Path, members: dict[str, bytes]) -> Path:
    """Write a tar file without compression."""
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


CUT = {"a/1.txt": b"1" * 700, "a/2.txt": b"2", "a/inner.zip": b"", "a/3.txt": b"3" * 2000}


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_cut_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    """No beginning of an archive is taken for a smaller one, nor is one with something behind it."""
    inner = write_zip(tmp_path / "inner.zip", {"b.txt": b"b" * 99, "c.txt": b"c"}).read_bytes()
    members = {**CUT, "a/inner.zip": inner}
    whole = tmp_path / f"whole.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
            for name, member in members.items():
                archive.writestr(name, member)
        ends = range(0, whole.stat().st_size, 7)
    else:
        write_plain_tar(whole, members)
        with tarfile.open(whole) as tar:
            ends = range(0, tar.getmembers()[-1].offset_data + 2049, 256)
    content = whole.read_bytes()
    cut = tmp_path / f"cut.{kind}"
    for damaged in (
        *(content[:end] for end in ends),
        content + b"more",
        content + inner,
        content + bytes(1 << 17),
    ):
        cut.write_bytes(damaged)
        with pytest.raises(CorpusError, match="Download it again"):
            list(unpack_archives([cut], tmp_path / "root"))
    cut.write_bytes(content)
    assert [done.files for done in unpack_archives([cut], tmp_path / "root")] == [5]


def test_a_damaged_header_inside_a_tar_file_loses_no_member(tmp_path: Path) -> None:
    """Python takes a header that it cannot read for the end of the archive."""
    path = write_plain_tar(tmp_path / "a.tar", {"1.txt": b"1", "2.txt": b"2", "3.txt": b"3"})
    content = bytearray(path.read_bytes())
    content[1024 + 150] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(CorpusError, match="damaged or cut short behind 1,024 bytes"):
        list(unpack_archives([path], tmp_path / "root"))


TWICE = "twice, or as a file and as a folder"
MEMBERS: dict[str, tuple[list[str], str]] = {
    "twice": (["x.txt", "x.txt"], TWICE),
    "file-then-folder": (["x", "x/y"], TWICE),
    "file-then-deep-folder": (["x", "x/y/z"], TWICE),
    "folder-then-file": (["x/y", "x"], TWICE),
    "absolute": (["/x.txt"], "must stay inside"),
    "up": (["x/../../y"], "must stay inside"),
    "dos": (["..\\y"], "must stay inside"),
    "drive": (["C:y"], "must stay inside"),
    "long": (["n" * 256], "File name too long"),
    "only-a-suffix": ([".zip"], "must be a plain file name"),
    "dot": (["..zip"], "must be a plain file name"),
    "dots": (["...zip"], "must be a plain file name"),
    "escape": (["\x1b[2J.zip"], "must be a plain file name"),
}


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize(("names", "message"), MEMBERS.values(), ids=MEMBERS.keys())
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_of_members_are_checked_alike_in_both_kinds(
    tmp_path: Path, kind: str, names: list[str], message: str
) -> None:
    """Nothing is written twice or outside, and what cannot be written is said."""
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"x")
    else:
        with tarfile.open(path, "w") as tar:
            for name in names:
                tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(CorpusError, match=message) as caught:
        list(unpack_archives([path], tmp_path / "root"))
    assert str(caught.value).isprintable()
    assert files(tmp_path) == [path.name]


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_special_members_of_a_tar_file_are_refused(tmp_path: Path, kind: bytes) -> None:
    """Hard links, pipes and devices are no pictures."""
    info = tarfile.TarInfo("x")
    info.type, info.linkname = kind, "/etc/passwd"
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(info)
    with pytest.raises(CorpusError, match="only plain files"):
        list(unpack_archives([tmp_path / "a.tar"], tmp_path / "root"))


def test_headers_and_nested_archives_are_no_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A header of a megabyte is not read, and inner archives share the room of the outermost."""
    long = tarfile.TarInfo("x")
    long.pax_headers = {"comment": "c" * (1 << 20)}
    with tarfile.open(tmp_path / "h.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(long)
    with pytest.raises(CorpusError, match="a header is larger than any header is"):
        list(unpack_archives([tmp_path / "h.tar.gz"], tmp_path / "root"))
    monkeypatch.setattr("fer_data.unpack.archives.FREE_BYTES", 1 << 20)
    inner = write_zip(tmp_path / "inner.zip", {"zeros": bytes(1 << 19)}).read_bytes()
    nested = write_zip(tmp_path / "nested.zip", {f"{n}.zip": inner for n in range(4)})
    with pytest.raises(CorpusError, match="out of proportion to its own size"):
        list(unpack_archives([nested], tmp_path / "root"))


def test_a_users_own_file_or_link_is_never_overwritten(tmp_path: Path) -> None:
    """What is called like the archive stays, whatever it is."""
    archive = write_zip(tmp_path / "a.zip", {"x.txt": b"theirs"})
    root = tmp_path / "root"
    root.mkdir()
    for make in (lambda: (root / "a").write_bytes(b"mine"), lambda: (root / "a").symlink_to("nowhere")):
        make()
        with pytest.raises(FerDataError, match=r"nothing is overwritten|link"):
            list(unpack_archives([archive], root))
        assert os.path.lexists(root / "a")
        (root / "a").unlink()


def test_a_tar_file_of_nothing_is_refused_at_its_first_block(tmp_path: Path) -> None:
    """Reserved space that nothing was downloaded into is not read to its end: hashing a terabyte would take an hour."""
    archive = tmp_path / "a.tar"
    with archive.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(CorpusError, match=r"Archive a\.tar does not begin with a file"):
        list(unpack_archives([archive], tmp_path / "root"))
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("write", [write_zip, write_tar], ids=["zip", "tar"])
def test_a_small_archive_of_very_many_files_is_refused(
    tmp_path: Path, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty files cost a disk, too: a megabyte can name a million of them."""
    monkeypatch.setattr("fer_data.unpack.archives.FREE_BYTES", 1 << 20)
    bomb = write(
        tmp_path / ("a.zip" if write is write_zip else "a.tar.gz"), {str(n): b"" for n in range(2000)}
    )
    with pytest.raises(CorpusError, match="out of proportion to its own size"):
        list(unpack_archives([bomb], tmp_path / "root"))
    assert not (tmp_path / "root").exists()
