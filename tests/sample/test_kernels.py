"""Compiled loops are those of the sources that lie there."""

import shutil
from pathlib import Path

import pytest
from warm_python import run_warm

from fer_data.sample import kernels

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
    for constant in range(6):
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
