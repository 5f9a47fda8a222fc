"""YAML is read as plain values, within bounds that no document gets around."""

import os
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fer_data.errors import ParamsError
from fer_data.shell.files.plain_yaml import MAX_BYTES, MAX_DEPTH, MAX_VALUES, PlainYamlError, load_plain
from fer_data.shell.sections.load import read_document

ROOT = Path(__file__).parents[3]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**19), 10**19) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def laughs(value: str) -> str:
    """Return a document whose last line stands for ten billion times a value."""
    lines = [f"a: &a [{', '.join([value] * 10)}]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in pairwise("abcdefghi")]
    return "\n".join(lines)


def merges() -> str:
    """Return a document whose last mapping merges a hundred million others."""
    lines = ["a: &a {key: 1}"]
    lines += [f"{new}: &{new} {{<<: [{', '.join([f'*{old}'] * 10)}]}}" for old, new in pairwise("abcdefghi")]
    return "\n".join(lines)


BOMBS = {
    "aliases": (laughs("x"), "line 4: the values up to here must be at most 2000"),
    "long-texts": (f"a: &a {'x' * 20_000}\nb: [{'*a, ' * 9000}]", "line 2: the values up to here"),
    "merges": (merges(), "the values up to here must be at most"),
    "values": (f"a: [{'1,' * 100_000}]", "the values up to here must be at most"),
    "lists": ("a: " + "[" * 100_000, f"nesting must be at most {MAX_DEPTH} deep"),
    "mappings": ("{" * 100_000, f"nesting must be at most {MAX_DEPTH} deep"),
    "indents": ("".join(f"{' ' * depth}a:\n" for depth in range(600)), "line 33: nesting must be at most"),
    "keys": ("? " * 100_000, f"nesting must be at most {MAX_DEPTH} deep"),
    "documents": ("---\n" * 60_000, "the values up to here|a single document"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would grow without bound is refused while it is read: in seconds, with some megabytes.

    A tenth of the values is read, with a tenth of the memory, as tracing takes three times as long as reading.
    """
    text, message = BOMBS[name]
    monkeypatch.setattr("fer_data.shell.files.plain_yaml.MAX_VALUES", MAX_VALUES // 10)
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises(PlainYamlError, match=message) as caught:
        load_plain(text)
    assert time.process_time() - begin < 10
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", "line 4: key 'c' must not stand twice"),
        ("1: a", "line 1: key '1' must be text. Quote it"),
        ("~: a", "key '~' must be text"),
        ("no: a", "key 'no' must be text"),
        ("? [a, b]\n: c", "key a mapping or list must be text"),
        ("a: " + "9" * 5000, r"line 1: '9{40}\.\.\.' must be a whole number of at most 20 decimal digits"),
        ("a: 0x" + "f" * 5000, "must be a whole number of at most 20 decimal digits"),
        ("a: 010", "'010' must be a whole number"),
        ("a: 1_000", "'1_000' must be a whole number"),
        ("a: 1:30", "'1:30' must be a whole number"),
        ("a: 1:30.5", "'1:30.5' must be a number"),
        ("a: 1." + "0" * 5000, "must be a number of at most 20 decimal digits"),
        ("a: yes", "'yes' must be true or false, or a text. Quote a text"),
        ("a: [Off]", "'Off' must be true or false"),
        ("a: 2024-99-99", "'2024-99-99' must be a number, a text, true, false or null. Quote a text"),
        ("a: 2024-01-01", "must be a number, a text"),
        ("a: =", "'=' must be a number, a text"),
        ("a: !!int x", "tag 'tag:yaml.org,2002:int' must be left out"),
        ("a: !!binary eA==", "must be left out"),
        ("a: !!set {b}", "must be left out"),
        ("a: !!python/object/apply:os.system [touch P]", "must be left out"),
        ("a: &a [*a]", "alias 'a' must follow what it stands for"),
        ("a: *b", "alias 'b' must follow what it stands for"),
        ("a: &b 1\nc: &b 2", "is not valid YAML: .*duplicate anchor"),
        ("<<: 1", "is not valid YAML: .*expected a mapping"),
        ('a: "\\0"', "must not hold the character 0"),
        ('a: "\\ud800"', "half of a surrogate pair"),
        ("a: \x1b[31m", "is not valid YAML: unacceptable character #x001b"),
        ("%YAML 9.1\n---\na", "is not valid YAML"),
        ("a: 1\n---\nb: 2", "a single document"),
        ("a:\n\tb: 1", r"is not valid YAML: .* Indent with spaces, not tabs\."),
    ],
)
def test_what_readers_understand_differently_is_refused(text: str, message: str) -> None:
    """DVC reads YAML 1.2 and we 1.1: nothing passes that is one value for DVC and another for a stage."""
    with pytest.raises(PlainYamlError, match=message):
        load_plain(text)


def test_what_is_done_with_the_values_of_a_document_stays_with_them() -> None:
    """A document that is read again is what its text says."""
    for _ in range(2):
        values = load_plain("a: [1]")
        assert values == {"a": [1]}
        values["a"].append(2)


def test_anchors_aliases_and_merges_are_read() -> None:
    """A person may name a value once and use it again."""
    text = "a: &a {b: 1, c: [x, 2.5]}\nd: *a\ne: {<<: *a, b: 3}\nf: !!str 1"
    value = {"b": 1, "c": ["x", 2.5]}
    assert load_plain(text) == {"a": value, "d": value, "e": {**value, "b": 3}, "f": "1"}


@given(st.dictionaries(TEXT, PLAIN, max_size=4))
def test_what_is_written_as_yaml_is_read_back(value: dict[str, object]) -> None:
    """Every plain value within the bounds survives a round trip through PyYAML."""
    assert load_plain(yaml.safe_dump(value)) == value


@pytest.mark.parametrize(
    "path", [ROOT / "params.yaml", *(ROOT / "profiles").glob("*.yaml")], ids=lambda p: p.name
)
def test_our_own_files_are_far_from_the_bounds(path: Path) -> None:
    """A tenth of each bound is enough for a real params file, and the value is what PyYAML reads."""
    text = path.read_text(encoding="utf-8")
    assert len(text) < MAX_BYTES / 10
    assert text.count("\n") < MAX_VALUES / 10
    assert load_plain(text) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1".encode("utf-16"), r"params\.yaml must be UTF-8 text; byte 0 is none\. Save it as UTF-8\."),
        (b"a: \xe9", "must be UTF-8 text; byte 3 is none"),
        (b"#" * (MAX_BYTES + 1), f"{MAX_BYTES:,} are read of such a file at most"),
        (b"", "must be a mapping of sections"),
        (laughs("x").encode(), r"params\.yaml line 5: the values up to here"),
        (b"\xef\xbb\xbfx: 1", "unknown section 'x'"),
        (b"? " + b"x" * 900 + b"\n: 1", r"unknown section 'x+\.\.\.x+'\. Expected source"),
    ],
    ids=["utf-16", "latin-1", "large", "empty", "bomb", "byte-order-mark", "long-key"],
)
def test_a_wrong_params_file_is_one_short_error(tmp_path: Path, content: bytes, message: str) -> None:
    """Whatever the bytes are, the message names the file and fits a line."""
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(ParamsError, match=message) as caught:
        read_document(path)
    assert len(str(caught.value)) - len(str(tmp_path)) < 600


@pytest.mark.parametrize("kind", ["folder", "pipe", "endless", "dangling", "loop"])
def test_a_params_file_that_is_no_file_does_not_hang(tmp_path: Path, kind: str) -> None:
    """Only a regular file is read; a pipe that nobody writes to would be waited for without end."""
    path = tmp_path / "params.yaml"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "endless":
            path.symlink_to("/dev/zero")
        case "dangling":
            path.symlink_to("nowhere")
        case _:
            path.symlink_to("params.yaml")
    with pytest.raises(ParamsError, match=r"params\.yaml"):
        read_document(path)
