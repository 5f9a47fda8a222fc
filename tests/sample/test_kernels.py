"""Compiled loops are those of the sources that lie there."""

import ast
import gc
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
from warm_python import run_warm

from fer_data.sample import kernels
from fer_data.sample.ahead import compile_shade
from fer_data.sample.shade import shade

COLOUR = "from painter.kernels import inlined\n\n@inlined\ndef colour(x):\n    return x + {constant}\n"
SHADE = """from painter.colours import colour
from painter.kernels import loop

@loop
def shade(x):
    return colour(x)
"""
PAINT = """import sys
sys.dont_write_bytecode = True  # Python takes two versions of one second and one size for the same
from painter.shading import shade
print(shade(1.0), sum(shade.stats.cache_hits.values()))
"""
TAKE_TURNS = """import fcntl
from painter import kernels, shading
early = kernels._lock_file(kernels._code_folder(), shading.shade, "early")
with kernels._locked(early, fcntl.LOCK_EX):  # as another process does while it compiles
    kernels.compile_unless_under_way(shading.shade, 1.0)
print(len(shading.shade.signatures))
kernels.compile_unless_under_way(shading.shade, 1.0)
print(len(shading.shade.signatures))
"""
WAIT = """import time
from pathlib import Path
import painter.shading
Path(f"{time.monotonic_ns()}.here").touch()
while len(list(Path().glob("*.here"))) < 4:
    time.sleep(0.001)
"""


@pytest.fixture
def painter(tmp_path):
    """Return a package with our kernels, a loop, and what is inlined into it in a module of its own."""
    package = tmp_path / "painter"
    package.mkdir()
    shutil.copy(kernels.__file__, package / "kernels.py")
    (package / "shading.py").write_text(SHADE)
    (package / "colours.py").write_text(COLOUR.format(constant=1.0))
    return package


def _painted(package: Path) -> tuple[float, int]:
    """Return what a process of its own paints, and how many loops it found compiled."""
    done = run_warm("-c", PAINT, cwd=package.parent)
    assert not done.returncode, done.stderr
    number, hits = done.stdout.split()
    return float(number), int(hits)


def _folders(root: Path) -> list[Path]:
    return sorted(root.glob("loops-*"))


def test_a_change_of_what_is_inlined_from_another_module_is_compiled(painter):
    """The old machine code is not used for new sources, and is found again when the sources are the old ones."""
    assert _painted(painter) == (2.0, 0)
    assert _painted(painter) == (2.0, 1)
    (painter / "colours.py").write_text(COLOUR.format(constant=100.0))
    assert _painted(painter) == (101.0, 0)
    (painter / "colours.py").write_text(COLOUR.format(constant=1.0))
    assert _painted(painter) == (2.0, 1)


def test_machine_code_of_older_sources_does_not_pile_up(painter):
    """Three older versions stay beside the present one."""
    for constant in range(5):
        (painter / "colours.py").write_text(COLOUR.format(constant=float(constant)))
        assert _painted(painter) == (constant + 1.0, 0)
    assert len(_folders(painter / "__pycache__")) == 4


@pytest.mark.parametrize("user_can_write", [True, False], ids=["user's cache", "nowhere"])
def test_a_package_that_cannot_be_written_is_cached_for_the_user_or_not_at_all(
    painter, tmp_path, user_can_write
):
    """A file in the place of a folder is what not even root can write into; the loop is compiled all the same."""
    (painter / "__pycache__").write_text("no folder")
    user = tmp_path / "user"
    if not user_can_write:
        user.write_text("no folder")
    code = f"import os; os.environ['XDG_CACHE_HOME'] = {str(user)!r}\n{PAINT}"
    for hits in (0, int(user_can_write)):
        done = run_warm("-c", code, cwd=tmp_path)
        assert done.stdout.split() == ["2.0", str(hits)], done.stderr
    assert len(_folders(user / "numba")) == user_can_write


def test_of_processes_that_begin_together_one_compiles(painter):
    """Three of four, which call the loop in the same instant, wait for the fourth's machine code."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: run_warm("-c", f"{WAIT}{PAINT}", cwd=painter.parent), range(4)))
    assert sorted(process.stdout.split()[-1:] for process in done) == [["0"], ["1"], ["1"], ["1"]], done


def test_a_loop_that_another_process_compiles_is_left_to_it(painter):
    """Nothing is compiled while another has the loop in hand, and once nobody has, it is."""
    done = run_warm("-c", TAKE_TURNS, cwd=painter.parent)
    assert done.stdout.split() == ["0", "1"], done.stderr


def test_the_shader_that_is_compiled_for_nothing_is_that_of_people(clip):
    """Numbers of another type or layout would have it compiled a second time."""
    compile_shade()
    assert clip
    assert len(shade.signatures) == 1


def _imported_from_elsewhere(source: str) -> set[str]:
    """Return the names that a module of the renderer imports from our code outside its folder."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in imports if str(node.module).startswith("fer_data")]
    return {
        alias.asname or alias.name
        for node in ours
        if not str(node.module).startswith("fer_data.sample")
        for alias in node.names
    }


def _foreign(kernel, source: str) -> set[str]:
    """Return what a kernel reads that may change while the hash of the folder does not."""
    return _imported_from_elsewhere(source) & set(kernel.py_func.__code__.co_names)


def test_nothing_from_outside_the_hashed_folder_is_compiled_in():
    """A constant or function of another folder could change, and the machine code of the old one would stay in use."""
    found = 0
    for path in sorted(Path(kernels.__file__).parent.glob("*.py")):
        module = import_module(f"fer_data.sample.{path.stem}")
        own = [
            value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__
        ]
        for kernel in (value for value in own if hasattr(value, "py_func")):
            found += 1
            assert not _foreign(kernel, path.read_text()), kernel
    assert found > 40
    assert _foreign(kernels.unit, "from fer_data.core.vectors import dot") == {"dot"}


@pytest.mark.parametrize("enabled", [True, False], ids=["looked for", "left"])
def test_no_garbage_is_looked_for_while_a_loop_is_compiled(tmp_path, enabled):
    """The collector is off within, and afterwards as it was, also where compiling fails."""

    def compiling(signature):
        during.append(gc.isenabled())
        raise ValueError(signature)

    during, before = [], gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(ValueError, match="float64"):
            kernels._one_at_a_time(compiling, tmp_path / "lock", "float64")
        assert (during, gc.isenabled()) == ([False], enabled)
    finally:
        (gc.enable if before else gc.disable)()
