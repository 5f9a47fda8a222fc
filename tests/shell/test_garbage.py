"""When Python looks for garbage in a process of ours."""

from pathlib import Path

import pytest
from fresh_python import printed_by

CYCLE = """
class Cycle:
    def __del__(self):
        print("found", flush=True)

def leave():
    cycle = Cycle()
    cycle.itself = cycle
"""


def run(code: str) -> list[str]:
    """Return the words that code prints in a fresh process."""
    return printed_by(f"import gc\nfrom fer_data.shell.garbage import *\n{CYCLE}\n{code}").split()


def test_garbage_is_looked_for_again_and_not_in_what_was_loaded() -> None:
    """What a stage makes is freed as before; what it has loaded is never gone through."""
    code = "look_later(); print(gc.isenabled()); leave(); look_from_now(); print(gc.isenabled()); leave(); gc.collect()"
    assert run(code) == ["False", "True", "found"]


def test_none_is_looked_for_before_the_end() -> None:
    """All memory is freed then; a file that is not closed by then was no garbage."""
    assert run("look_later(); leave(); look_from_now(); leave()") == []
    assert run("leave()") == ["found"]


def test_who_put_nothing_off_is_left_alone() -> None:
    """A caller of ours in another program has its own ways, be they to look for no garbage at all."""
    code = "look_from_now(); print(gc.isenabled(), gc.get_freeze_count())"
    assert run(code) == ["True", "0"]
    assert run(f"gc.disable(); {code}") == ["False", "0"]
    assert run(f"look_later(); look_from_now(); gc.unfreeze(); gc.disable(); {code}") == ["False", "0"]


@pytest.mark.parametrize(("program", "looks"), [("-m", "False"), ("-c", "True")], ids=["run", "imported"])
def test_a_stage_looks_later(program: str, looks: str) -> None:
    """From the first of its imports on, but not in a process that merely imports it."""
    assert run(f"import sys; sys.argv = [{program!r}]; import stages; print(gc.isenabled())") == [looks]


def test_a_stage_looks_from_when_it_works(tmp_path: Path) -> None:
    """Whatever the stage, what it works with is loaded when its output is begun to be sealed."""
    code = (
        "look_later()\n"
        "from pathlib import Path\n"
        "from fer_data.execution.seals import sealing\n"
        f"with sealing(Path({str(tmp_path)!r}) / 'multires@16.json', 'multires', multires={{}}):\n"
        "    print(gc.isenabled())"
    )
    assert run(code) == ["True"]
