"""A pickle is read without running what it holds."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from weight_files import python2_pickle

from fer_data.errors import WeightsError
from fer_data.weights_pickle import read_npy, read_pickle


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


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_a_pickle_of_python_3_gives_its_arrays(protocol: int) -> None:
    """The binary protocols without out-of-band buffers are read."""
    array = np.linspace(0, 1, 300, dtype=np.float32)
    np.testing.assert_array_equal(read_pickle(pickle.dumps({"a": array}, protocol=protocol))["a"], array)


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
