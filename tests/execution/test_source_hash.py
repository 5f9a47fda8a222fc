"""A result's key changes with the code that makes it, and with nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fer_data.execution.source_hash import source_closure, source_hash

ROOT = Path(__file__).parents[2]
WORKER = "fer_data.media.video"


def test_the_closure_holds_every_module_that_python_loads() -> None:
    """Nothing that an import really pulls in is left out of the hash."""
    code = f"import {WORKER}, sys, json; print(json.dumps([n for n in sys.modules if n.startswith('fer_data.')]))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(json.loads(out.stdout))
    assert "fer_data.errors" in loaded
    assert loaded <= set(source_closure(WORKER))


def package(root: Path, inner: str) -> dict[str, Path]:
    """Write a package with three modules, of which `outer` imports `inner` lazily, and return outer's closure."""
    folder = root / "fer_data"
    (folder / "core").mkdir(parents=True, exist_ok=True)
    (folder / "core" / "__init__.py").write_text("")
    (folder / "core" / "inner.py").write_text(inner)
    (folder / "outer.py").write_text("def f():\n    from fer_data.core.inner import g\n    return g()\n")
    (folder / "idle.py").write_text("import fer_data.outer\n")
    return source_closure("fer_data.outer", root)


def test_the_closure_follows_imports_inside_functions_and_goes_one_way(tmp_path: Path) -> None:
    """Lazy imports count, packages' own code counts, and modules that merely use ours do not."""
    assert sorted(package(tmp_path, "")) == ["fer_data.core", "fer_data.core.inner", "fer_data.outer"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ('"""Say more."""\ndef g():\n    "Return one."\n    return 1  # why\n', True),
        ("def g():\n\n    return (1)\n", True),
        ("def g():\n    return 2\n", False),
        ("def g():\n    return '1'\n", False),
    ],
    ids=["words", "format", "value", "type"],
)
def test_code_counts_and_words_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, same: bool
) -> None:
    """A comment or docstring costs no re-run; a changed value does, in any module below."""
    hashes = []
    for inner in ("def g():\n    return 1\n", text):
        closure = package(tmp_path, inner)
        monkeypatch.setattr("fer_data.execution.source_hash.source_closure", lambda _, found=closure: found)
        source_hash.cache_clear()
        hashes.append(source_hash("fer_data.outer"))
    source_hash.cache_clear()
    assert (hashes[0] == hashes[1]) is same
