"""A name is found in whatever way a file writes it, in the checkout and in git's history."""

import codecs
import csv
import html
import io
import json
import re
import shlex
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote, urlencode

import pytest
import yaml
from forgotten_projects import rebuild, write_project
from hypothesis import example, given
from hypothesis import strategies as st

from fer_data.corpora.given_rows import picture_id
from fer_data.errors import ParamsError
from fer_data.forget import plan_forgetting
from fer_data.forget.history import Traces, history_of
from fer_data.forget.people import People
from fer_data.forget.search import Finder, is_named
from fer_data.forget.spellings import _ESCAPES, pattern_for_git, readings_of
from fer_data.shell.shown import markdown

Writer = Callable[[str], bytes]


def _csv(name: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(["who", f"{name}, who left"])
    return text.getvalue().encode()


def _entities(name: str) -> bytes:
    return "".join(one if one.isascii() else f"&#{ord(one)};" for one in html.escape(name)).encode()


_WRITERS: dict[str, Writer] = {
    "plain": lambda name: f"{name} left".encode(),
    "apart": lambda name: normalize("NFD", f"of {name}").encode(),
    "json": lambda name: json.dumps({"who": name}).encode(),
    "json-letters": lambda name: json.dumps({"who": name}, ensure_ascii=False).encode(),
    "json-apart": lambda name: json.dumps([normalize("NFD", name)]).encode(),
    "json-capitals": lambda name: re.sub(
        r"u[0-9a-f]{4}", lambda found: f"u{found[0][1:].upper()}", json.dumps(name)
    ).encode(),
    "json-in-json": lambda name: json.dumps({"inner": json.dumps({"who": name})}).encode(),
    "json-after-a-line": lambda name: json.dumps(f"left:\n{name}\n").encode(),
    "json-slash": lambda name: json.dumps(f"data/{name}/00001").replace("/", "\\/").encode(),
    "yaml": lambda name: yaml.safe_dump({"who": name}, width=1000).encode(),
    "yaml-letters": lambda name: yaml.safe_dump([name], allow_unicode=True, width=1000).encode(),
    "html": lambda name: f"<td>{html.escape(name)}</td>".encode(),
    "html-numbers": lambda name: f"<td>{_entities(name)}</td>".encode(),
    "xml": lambda name: f"<td>{name.encode('ascii', 'xmlcharrefreplace').decode()}</td>".encode(),
    "address": lambda name: f'<a href="x/{quote(name)}.html">'.encode(),
    "markdown": lambda name: f"- {markdown(name)} left".encode(),
    "latex": lambda name: re.sub(r"[_&%#$]", r"\\\g<0>", name).encode(),
    "shell": lambda name: f"rm {shlex.quote(name)}".encode(),
    "query": lambda name: f"?{urlencode({'who': name})}&x=1".encode(),
    "python": lambda name: f"{[name]!a}".encode(),
    "csv": _csv,
}
_OF_MANY_LINES: dict[str, Writer] = {
    "utf-16": lambda name: codecs.BOM_UTF16_LE + f"left: {name}".encode("utf-16-le"),
    "yaml-broken": lambda name: yaml.safe_dump([name], width=1).encode(),
    "broken": lambda name: name.replace(" ", "\n").encode(),
}
_NAMES = [
    "josé",
    "tall one",
    "jürgen d'été",
    'b"én',
    "张伟",
    "ann😀",
    "a&b",
    "ẽva",
    "anna_maria",
    "o'neil b",
    "a[b]c",
    "tom~1",
    "x*y1",
    "c$sh",
    "p|q12",
    picture_id("train/josé 1.jpg"),
]


def _finder(name: str, more: int = 0) -> Finder:
    return Finder(People("lab", {name, *(f"nobody_{number}" for number in range(more))}))


@pytest.mark.parametrize("more", [0, 100], ids=["few", "many"])
@pytest.mark.parametrize("name", _NAMES)
def test_a_name_is_found_however_a_file_writes_it(tmp_path: Path, name: str, more: int) -> None:
    """And a name that has it as a part is somebody else's."""
    finder, path = _finder(name, more), tmp_path / "notes"
    found: dict[str, list[bool]] = {}
    for how, write in {**_WRITERS, **_OF_MANY_LINES}.items():
        for other in (name, f"{name}2", f"x{name}"):
            path.write_bytes(write(other))
            found.setdefault(how, []).append(finder.look(path) is not None)
    assert {how: said for how, said in found.items() if said != [True, False, False]} == {}


def test_a_name_in_the_letters_of_old_windows_is_found(tmp_path: Path) -> None:
    """Spreadsheets write so; a file that is UTF-8 but for a byte is searched as that too."""
    path = tmp_path / "notes.csv"
    for content in ("left: josé".encode("cp1252"), "left: josé, ".encode() + b"\xff"):
        path.write_bytes(content)
        assert _finder("josé").look(path)


@pytest.mark.parametrize("spell", [str, lambda name: normalize("NFD", name)], ids=["whole", "apart"])
def test_a_file_is_called_after_somebody_in_whole_letters_and_apart(spell: Callable[[str], str]) -> None:
    """As macOS names files; and `jose` is another name than one of which the accent stands apart."""
    path = spell("sheets/josé.jpg")
    assert is_named(_finder("josé"), path)
    assert not is_named(_finder("jose"), path)


def test_a_table_of_letters_apart_is_theirs(tmp_path: Path) -> None:
    """In a cell of ids, where a number counts as well."""
    path = tmp_path / "rows.csv"
    path.write_text(normalize("NFD", "subject_id,x\nél,1\n"), encoding="utf-8")
    assert _finder("él").look(path)


@pytest.mark.parametrize(
    "text", ["train/josé 1.jpg", "/data/raw/train/josé 1.jpg: no face", r"train\/jos\u00e9 1.jpg"]
)
def test_a_picture_is_found_by_its_path(text: str) -> None:
    """Its name is the path, quoted; another folder's picture is another."""
    finder = _finder(picture_id("train/josé 1.jpg"))
    assert finder.named(text)
    assert is_named(finder, "crops/train/josé 1.jpg")
    assert not finder.named(text.replace("train", "test"))


@given(
    st.text(st.sampled_from("ab1-_ '\"&<%+éЯ张😀\u0301"), min_size=3, max_size=8)
    .map(lambda text: normalize("NFC", text))
    .filter(lambda text: text == text.strip() and len(text) > 2 and any(map(str.isalpha, text))),
    st.sampled_from(sorted(_WRITERS)),
)
@example("'1a", "html-numbers")
@example("1a'", "python")
def test_git_finds_what_is_found_in_a_checkout(name: str, how: str) -> None:
    """Both patterns for git, the quick one of a part and that of the whole, match the line that a writer writes."""
    line = _WRITERS[how](name).decode()
    assert _finder(name).named(line)
    for whole in (False, True):
        assert re.search(pattern_for_git(name, whole=whole), line)


@pytest.mark.parametrize("name", _NAMES)
def test_history_has_a_name_however_a_file_wrote_it(tmp_path: Path, name: str) -> None:
    """Of each way of writing one file; a longer name is none."""
    for number, write in enumerate(_WRITERS.values()):
        (tmp_path / f"{number}.txt").write_bytes(write(name) + b"\n" + write(f"{name}2"))
        (tmp_path / f"another {number}.txt").write_bytes(write(f"{name}2"))
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)

    traces = history_of(tmp_path, [name])
    assert traces is not None
    assert traces.files == {f"{number}.txt": 1 for number in range(len(_WRITERS))}


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize(
    "write",
    [
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("cp1252"),
    ],
    ids=["utf-16-le", "utf-16-be", "cp1252"],
)
def test_history_has_a_name_in_letters_of_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Writer, locale: str
) -> None:
    """Whatever git takes for a letter; where a line or a file begins and ends, and within; a longer name is none."""
    monkeypatch.setenv("LC_ALL", locale)
    names = ["anna", "josé", "éa", "él", "张伟", "ann😀", "train%2Fren%C3%A9%201.jpg"]
    texts = {"whole": "{}", "lines": "x\n{}\nx", "words": "of {} who"}
    expected: dict[str, dict[str, int]] = {name: {} for name in names}
    for number, name in enumerate(names):
        for where, text in texts.items():
            for kind, one in {"own": name, "longer": f"{name}2", "behind": f"x{name}"}.items():
                path = f"{number}-{where}-{kind}"
                try:
                    (tmp_path / path).write_bytes(write(text.format(one)))
                except UnicodeEncodeError:
                    continue
                expected[name] |= {path: 1} if kind == "own" else {}
        apart = " ".join(name) + "\n" + "\t".join(name)
        (tmp_path / f"{number}-letters").write_text(apart, encoding="utf-8")
    _git(tmp_path, "init -q", "add .", "commit -qm x")
    for name, files in expected.items():
        assert history_of(tmp_path, [name]) == Traces(dict(sorted(files.items())), len(files) > 0, 1)


def _git(root: Path, *commands: str) -> None:
    for words in commands:
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *words.split()], cwd=root, check=True, capture_output=True)


def test_history_has_files_that_are_called_after_somebody(tmp_path: Path) -> None:
    """Pictures too, also one that is gone or has another name now; each commit that brought or removed it counts."""
    for name in ("josé.png", "rosé.png"):
        (tmp_path / name).write_bytes(b"\x89PNG\0")
    _git(tmp_path, "init -q", "add .", "commit -qm x", "mv josé.png who.png", "commit -qm y")
    assert history_of(tmp_path, ["josé"]) == Traces({"josé.png": 2}, commits=2, searched=1)


def test_history_has_what_git_takes_for_binary(tmp_path: Path) -> None:
    """Such as a file with zeros; by its attributes a table may be called so as well."""
    (tmp_path / "zeros.csv").write_bytes(b"a\0b\nanna,1\n")
    (tmp_path / "kept.csv").write_text("anna,1\n", encoding="utf-8")
    (tmp_path / ".gitattributes").write_text("*.csv binary\n", encoding="utf-8")
    _git(tmp_path, "init -q", "add .", "commit -qm x")
    traces = history_of(tmp_path, ["anna"])
    assert traces is not None
    assert traces.files == {"kept.csv": 1, "zeros.csv": 1}


def test_history_has_what_a_merge_alone_brought(tmp_path: Path) -> None:
    """Neither side had it; what a side had is counted there."""
    (tmp_path / "a").write_text("1\n", encoding="utf-8")
    _git(tmp_path, "init -q -b main", "add .", "commit -qm x", "checkout -qb side")
    (tmp_path / "b").write_text("ben\n", encoding="utf-8")
    _git(tmp_path, "add .", "commit -qm side", "checkout -q main")
    (tmp_path / "c").write_text("1\n", encoding="utf-8")
    _git(tmp_path, "add .", "commit -qm main", "merge -q --no-commit side")
    (tmp_path / "a").write_text("1\nanna\n", encoding="utf-8")
    _git(
        tmp_path, "add .", "commit -qm merged", "checkout -qb other HEAD~1", "merge -q --no-ff -m again main"
    )

    assert history_of(tmp_path, ["anna", "ben"]) == Traces({"a": 1, "b": 1}, commits=2, searched=2)


def test_a_file_in_a_tar_file_may_be_called_after_somebody(tmp_path: Path) -> None:
    """Whatever it holds."""
    for name, theirs in (("crops/josé.bin", True), ("crops/rosé.bin", False)):
        with tarfile.open(tmp_path / "some.tar", "w") as tar:
            tar.addfile(tarfile.TarInfo(name))
        assert bool(_finder("josé").look(tmp_path / "some.tar")) is theirs


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE], ids=["symbolic", "hard"])
@pytest.mark.parametrize(
    ("target", "theirs"),
    [("/usr/bin/env", False), ("link", False), ("faces/josé.jpg", True)],
    ids=["elsewhere", "itself", "them"],
)
def test_a_link_in_a_tar_file_is_theirs_by_where_it_leads(
    tmp_path: Path, kind: bytes, target: str, theirs: bool
) -> None:
    """It is not followed: it may lead out of the file, or to itself."""
    link = tarfile.TarInfo("link")
    link.type, link.linkname = kind, target
    with tarfile.open(tmp_path / "some.tar", "w") as tar:
        tar.addfile(link)
    assert bool(_finder("josé").look(tmp_path / "some.tar")) is theirs


def test_an_escape_begins_with_the_first_of_its_backslashes() -> None:
    """None is looked for behind each of a long row of them, which would take the square of its length."""
    text = r"a\\\u0041"
    assert [at for at in range(len(text)) if _ESCAPES.match(text, at)] == [1]
    assert list(readings_of(text)) == ["aA"]


def test_a_person_is_named_with_accents_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell on macOS completes it; params.yaml excludes the name once, in whole letters."""
    monkeypatch.delenv("FER_DATA_STORE", raising=False)
    monkeypatch.setattr("forgotten_projects.PEOPLE", ("josé", "anna"))
    root = write_project(tmp_path / "project")
    rebuild(root, ("josé", "anna"))
    (root / "notes.json").write_text(json.dumps(["josé"]), encoding="utf-8")

    found = plan_forgetting(root, "sample", [normalize("NFD", "josé"), "josé"])
    assert (found.people.subjects, found.excluded) == ({"josé"}, ["josé"])
    assert [one.path.name for one in found.plan.others] == ["notes.json"]
    with pytest.raises(ParamsError, match="must be one of the 2 subjects"):
        plan_forgetting(root, "sample", ["jose"])
