"""A result's key changes with the code that makes it, and with nothing else."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fer_data.execution.source_hash import source_closure, source_hash
from tests.support.fresh_python import printed_by

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


HASHED = "from fer_data.execution.source_hash import source_hash; print(source_hash('fer_data.errors'))"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """Have a fresh Python keep what it compiles in a folder; return what finds there what is known of sources."""
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    return lambda: list(tmp_path.rglob("source_hash.*.json"))


def test_a_later_process_takes_no_source_apart(kept: Callable[[], list[Path]]) -> None:
    """A stage, and each of its workers, would spend up to half a second on it."""
    first = printed_by(HASHED)
    assert len(kept()) == 1
    assert printed_by(HASHED.replace("print", "import ast; ast.parse = None; print")) == first


def _by_other_code(text: str) -> str:
    files = {key: [imported, "0" * 64] for key, (imported, _) in json.loads(text)["files"].items()}
    return json.dumps({"by": "0" * 64, "files": files})


@pytest.mark.parametrize(
    "damage",
    [_by_other_code, lambda _: "", lambda _: "[]", lambda text: text.replace('"files"', '"others"')],
    ids=["other code", "empty", "no object", "no files"],
)
def test_what_is_damaged_or_by_other_code_is_not_known(
    kept: Callable[[], list[Path]], damage: Callable[[str], str]
) -> None:
    """The hash is that of a process that knows nothing, and the next one knows again."""
    first = printed_by(HASHED)
    (file,) = kept()
    whole = file.read_text()
    file.write_text(damage(whole))
    assert (printed_by(HASHED), file.read_text()) == (first, whole)


def test_nothing_is_kept_where_python_may_keep_nothing(
    kept: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `PYTHONDONTWRITEBYTECODE` asks."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    printed_by(HASHED)
    assert kept() == []


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is installed for all cannot be written by its users."""
    (tmp_path / "file").touch()
    first = printed_by(HASHED)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "file"))
    assert printed_by(HASHED) == first
