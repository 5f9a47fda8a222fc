"""Libraries that others would load only because they are installed."""

import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from fresh_python import printed_by

from fer_data.shell.left_out import leave_pandas_out, leaving_out


def run(code: str) -> str:
    """Return what code prints in a fresh process."""
    return printed_by(code).strip()


def test_what_is_left_out_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for it in the block is told what Python says of a module that is not installed."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with leaving_out("colorsys"), pytest.raises(ModuleNotFoundError, match="colorsys"):
        import_module("colorsys")


def test_no_stage_hands_pandas_to_pyarrow() -> None:
    """Which would take NaN for a value once pandas is left out."""
    root = Path(__file__).parents[2]
    code = [path for folder in ("fer_data", "train", "stages") for path in (root / folder).rglob("*.py")]
    assert len(code) > 300
    assert [
        path for path in code if re.search(r"^\s*(import|from) pandas", path.read_text(), re.MULTILINE)
    ] == []


def test_afterwards_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays behind, also after an error."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with pytest.raises(ValueError, match="mine"), leaving_out("colorsys"):
        raise ValueError("mine")
    assert import_module("colorsys").__name__ == "colorsys"


def test_what_is_loaded_already_stays() -> None:
    """A module that somebody works with is theirs."""
    with leaving_out("json"):
        assert import_module("json").loads("1") == 1


def test_a_stage_makes_arrays_without_pandas() -> None:
    """Arrow looks for pandas once; what a caller turns into a frame of it works all the same."""
    assert (
        run(
            "import sys, pyarrow\n"
            "from fer_data.shell.left_out import leave_pandas_out\n"
            "leave_pandas_out()\n"
            "table = pyarrow.table({'a': pyarrow.array([1, 2])})\n"
            "print('pandas' in sys.modules, len(table.to_pandas()), 'pandas' in sys.modules)"
        )
        == "False 2 True"
    )


def test_without_pyarrow_there_is_nothing_to_leave_out() -> None:
    """A process that has no tables loads none for it."""
    assert (
        run(
            "import sys\n"
            "from fer_data.shell.left_out import leave_pandas_out\n"
            "leave_pandas_out()\n"
            "print('pyarrow' in sys.modules)"
        )
        == "False"
    )


def test_a_library_that_needs_what_is_left_out_gets_it(tmp_path: Path) -> None:
    """A later version of it, or a module that has moved: more is loaded, and nothing breaks."""
    (tmp_path / "albumentations").mkdir()
    words = "import albumentations.tensors\n__version__ = 'later'\ndef __getattr__(name): return object\n"
    (tmp_path / "albumentations/__init__.py").write_text(words, encoding="utf-8")
    (tmp_path / "albumentations/tensors.py").write_text("import torch\n", encoding="utf-8")
    (tmp_path / "torch.py").write_text("", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    code += "from fer_data.media.augmentation import LIBRARY\nprint(LIBRARY, 'torch' in sys.modules)"
    assert run(code) == "albumentations later True"


def test_arrow_that_needs_pandas_gets_it_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it did before anything was left out."""
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    stand_in = ModuleType("pyarrow")
    stand_in.array = lambda _: import_module("pandas")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyarrow", stand_in)
    leave_pandas_out()
    assert not any(type(finder).__name__ == "_Absent" for finder in sys.meta_path)
