"""A pickle is read without running what it holds."""

import contextlib
import os
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weight_files import array_pickle, python2_pickle

from fer_data.errors import WeightsError
from fer_data.weights import inert_pickle
from fer_data.weights.numpy_pickle import read_npy, read_pickle


class Calls:
    """An object whose pickle calls a function when it is read."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def test_a_pickle_of_python_2_gives_its_arrays() -> None:
    """Names and values come back as written, in the release's own format."""
    arrays = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "b" * 300: np.float32([[-1.5]])}
    found = read_pickle(python2_pickle(arrays))
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["<f2", "<f4", "<f8", "i1", "<i8", "u1"])
def test_a_pickle_of_python_3_gives_its_arrays(protocol: int, kind: str) -> None:
    """Every protocol is read, rows and columns first, scalars and empty arrays too."""
    array = np.linspace(0, 100, 300).astype(kind).reshape(3, 100)
    given = {
        "a": array,
        "b": np.asfortranarray(array),
        "c": array[0, 5],
        "d": array[:0, 0],
        7: [True, None, 1 << 40],
    }
    found = read_pickle(pickle.dumps(given, protocol=protocol))
    for name in ("a", "b", "c", "d"):
        np.testing.assert_array_equal(found[name], given[name])
        assert found[name].dtype == array.dtype
    assert found[7] == given[7]


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("hidden", [False, True], ids=["plain", "nested"])
def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path, protocol: int, hidden: bool) -> None:
    """The offending global is named, and what it would have done has not happened."""
    harm = tmp_path / "harm"
    call: Any = Calls(os.mkdir, str(harm))
    value = {"conv1.weight": np.zeros(2, np.float32), "inner": [{"deep": (1, call)}]} if hidden else call
    with pytest.raises(WeightsError, match=r"global (posix|nt)\.mkdir, which could run code"):
        read_pickle(pickle.dumps(value, protocol=protocol))
    assert not harm.exists()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\x80\x02cbuiltins\neval\nU\x011\x85R.", r"builtins\.eval"),
        (b"\x80\x02c__builtin__\nexec\nU\x00\x85R.", r"__builtin__\.exec"),
        (b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.", r"numpy\.ndarray\.__init__"),
        (b"\x80\x02cnumpy.testing._private.utils\nruncode\n.", r"numpy\.testing"),
        (python2_pickle({}, b"U\x01xcos\nsystem\nU\x04true\x85R"), r"os\.system"),
    ],
    ids=["eval", "python2-exec", "attribute-of-admitted", "inside-numpy", "release-format"],
)
def test_every_other_global_is_named(content: bytes, named: str) -> None:
    """Nothing is admitted for its module alone, nor reached through an admitted class."""
    with pytest.raises(WeightsError, match=named):
        read_pickle(content)


def test_an_object_array_cannot_hide_a_call() -> None:
    """Objects inside a numpy array are held to the same rule."""
    array = np.array([Calls(os.getcwd)], dtype=object)
    with pytest.raises(WeightsError, match="getcwd"):
        read_pickle(pickle.dumps({"a": array}, protocol=2))


def test_text_codecs_other_than_latin1_are_refused() -> None:
    """The admitted codec function reaches no other codec."""
    with pytest.raises(WeightsError, match="expected 'latin1'"):
        read_pickle(b"\x80\x02c_codecs\nencode\nU\x01aU\x04zlib\x86R.")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80\x02", b"\x80\x02}(U", b"\x80\x02K\x01\x85R."],
    ids=["empty", "cut", "mid-key", "bad-call"],
)
def test_a_damaged_pickle_is_an_error_of_ours(content: bytes) -> None:
    """Truncation and nonsense end in one message."""
    with pytest.raises(WeightsError, match="damaged or of another kind"):
        read_pickle(content)


def test_an_npy_file_of_a_dict_gives_the_dict(tmp_path: Path) -> None:
    """What numpy.save writes for a dict is read without numpy's own unpickling."""
    np.save(tmp_path / "a.npy", np.array({"conv1": {"weights": np.ones(3, np.float32)}}, dtype=object))
    found = read_npy((tmp_path / "a.npy").read_bytes())
    np.testing.assert_array_equal(found["conv1"]["weights"], np.ones(3))


def test_an_npy_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """The object inside is held to the same rule."""
    np.save(tmp_path / "a.npy", np.array({"a": Calls(os.getcwd)}, dtype=object))
    with pytest.raises(WeightsError, match="getcwd"):
        read_npy((tmp_path / "a.npy").read_bytes())


def test_an_npy_file_of_numbers_is_refused(tmp_path: Path) -> None:
    """A single array of numbers has no names."""
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    with pytest.raises(WeightsError, match="expected one pickled dict of arrays"):
        read_npy((tmp_path / "a.npy").read_bytes())


FIELDS = b"N(U\x01ft}U\x01fcnumpy\ndtype\nU\x02O8K\x00K\x01\x87RK\x00\x86s"
"""A field of objects over raw bytes, which numpy takes for pointers."""

OFTEN = (
    b"(X\x00\x20\x00\x00" + b"a" * 0x2000 + b"q\x05" + b"c_codecs\nencode\nh\x05U\x06latin1\x86R" * 300 + b"t"
)
PAIRS = (
    b"](" + b"".join(b"](U\x03%03dNe" % n for n in range(200)) + b"e\x85q\x05ccollections\nOrderedDict\nq\x06("
) + b"h\x06h\x05R" * 2000 + b"t"  # fmt: skip
"""One list of pairs, of which a call makes a dict each time."""

HOSTILE: dict[str, tuple[bytes, str]] = {
    "object-field": (
        array_pickle(b"V8", b"K\x01\x85", b"ABCDEFGH", order=b"|", parts=FIELDS),
        "fields or parts",
    ),
    "void": (
        array_pickle(b"V8", b"K\x01\x85", b"ABCDEFGH", order=b"|"),
        "of little-endian floats or integers",
    ),
    "text": (
        array_pickle(b"S8", b"K\x01\x85", b"ABCDEFGH", order=b"|"),
        "of little-endian floats or integers",
    ),
    "big-endian": (
        array_pickle(b"f4", b"K\x01\x85", b"ABCD", order=b">"),
        "of little-endian floats or integers",
    ),
    "objects": (array_pickle(b"O8", b"K\x01\x85", b"ABCDEFGH", order=b"|"), "list must be"),
    "claim": (array_pickle(b"f4", b"J\xff\xff\xff\x7f\x85", b"ABCD"), "needs 8,589,934,588 bytes, it has 4"),
    "negative": (array_pickle(b"f4", b"J\xff\xff\xff\xff\x85", b"ABCD"), "8 sides of 0 or more"),
    "nine-sides": (array_pickle(b"f4", b"(" + b"K\x01" * 9 + b"t", b"ABCD"), "8 sides of 0 or more"),
    "ndarray-called": (b"cnumpy\nndarray\nJ\xff\xff\xff\x7f\x85R", "calls numpy.ndarray"),
    "dtype-alone": (b"cnumpy\ndtype\nU\x02V8K\x00K\x01\x87R", "a type stands where a value must be"),
    "twice": (array_pickle(b"f4", b"K\x01\x85", b"ABCD") + b"(NNNNtb", "two states"),
    "length": (b"\x8d" + b"\xff" * 7 + b"\x7f", "bytes are claimed"),
    "negative-length": (b"T\xff\xff\xff\xff", "bytes are claimed"),
    "long-number": (b"\x8b\xff\xff\xff\x7f", "a number of 2,147,483,647 bytes"),
    "long-digits": (b"(I" + b"9" * 200 + b"\n", "a number of 200 digits"),
    "deep": (b"N" + b"\x85" * 40, "nested more than 32 deep"),
    "itself": (b"]q\x00h\x00a", "holds itself"),
    "doubled": (
        b"]q\x00" + b"".join(b"(h%ch%clq%c" % (n, n, n + 1) for n in range(200)),
        "nested more than 32",
    ),
    "same-bytes-often": (OFTEN, "more bytes than the file holds"),
    "same-pairs-often": (PAIRS, "more items of dicts than the file holds"),
    "long-key": (b"}X\x00\x10\x00\x00" + b"k" * 4096 + b"Ns", "at most 1000 characters"),
    "mark": (b"((t(R", "a mark stands where a value must be"),
    "extension": (b"\x82\x01", "asks for the opcode EXT1"),
    "buffer": (b"\x97", "asks for the opcode NEXT_BUFFER"),
    "persistent": (b"NQ", "asks for the opcode BINPERSID"),
    "inst": (b"(icos\nsystem\n", r"asks for the global cos\.system"),
    "escape": (b"cos\x1b[2J\nsystem\n", r"asks for the global os\\x1b\[2J\.system"),
}


@pytest.mark.parametrize(("opcodes", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_pickle_claims_no_more_than_it_holds(opcodes: bytes, message: str) -> None:
    """No pointer is made of bytes, no length, shape or repetition takes memory that the file does not back."""
    tracemalloc.start()
    with pytest.raises(WeightsError, match=message):
        read_pickle(b"\x80\x02" + opcodes + b".")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (1 << 20) + 200 * len(opcodes)


def test_opcodes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle that pushes and pops without end stops at the limit, of which the release takes a twentieth."""
    assert inert_pickle.MAX_OPCODES == 300_000
    monkeypatch.setattr(inert_pickle, "MAX_OPCODES", 3_000)
    assert read_pickle(b"\x80\x02" + b"N0" * 1_498 + b"}q\x00.") == {}
    with pytest.raises(WeightsError, match="more than 3,000 opcodes"):
        read_pickle(b"\x80\x02" + b"N0" * 1_498 + b"}q\x00q\x00.")


@given(st.data())
def test_a_mutated_pickle_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever bytes change, nothing but our own error comes out."""
    base = python2_pickle({"a": np.arange(4, dtype=np.float32), "b": np.ones((2, 2), np.float32)})
    content = bytearray(data.draw(st.sampled_from([base, pickle.dumps({"a": np.ones(3)}, protocol=5)])))
    for index, value in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)))):
        content[index] = value
    with contextlib.suppress(WeightsError):
        read_pickle(bytes(content))
