"""The picture on the page of the architecture names the folders that there are, and no import goes up in it."""

import re
from pathlib import Path

from test_architecture import MODULES, imported, under

ROOT = Path(__file__).parents[1]
PICTURE = re.search(
    r"^```\n( stages/.*?)^```", (ROOT / "docs/architecture.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
WIRING = {"commands", "core", "errors", "__init__", "__main__"}
"""What lies beside verbs and nouns."""


def lines_of(name: str) -> list[list[str]]:
    """Return the names on each line of a part of the picture; what stands behind `#` and `|` is not of it."""
    assert PICTURE is not None
    part = re.search(rf"^ {name}\s(.*?)(?=^ +\||\Z)", PICTURE[1], re.MULTILINE | re.DOTALL)
    assert part is not None, name
    return [re.split(r"[#|]", line)[0].split() for line in part[1].splitlines()]


VERBS = {name for line in lines_of("VERBS") for name in line}
NOUNS = lines_of("NOUNS")
CORE = set(lines_of("core/")[0]) - {"errors.py"}


def belongs(path: Path) -> str:
    """Return the folder or file right below the package that a module belongs to."""
    return path.parts[1].removesuffix(".py")


def targets(path: Path) -> set[str]:
    """Return what a module imports of the package, by folder or file right below it."""
    names = {name.split(".")[1] for name in imported(path) if name.startswith("fer_data.")}
    return names & ({belongs(module) for module in MODULES if module.parts[0] == "fer_data"})


def test_each_folder_is_drawn_once_and_each_drawn_name_exists() -> None:
    """A folder that is new, renamed or gone changes the picture."""
    drawn = [*VERBS, *(name for line in NOUNS for name in line)]
    there = {belongs(path) for path in MODULES if path.parts[0] == "fer_data"} - WIRING
    assert sorted(drawn) == sorted(there)
    core = {
        path.parts[2] for path in MODULES if path.parts[:2] == ("fer_data", "core") and len(path.parts) > 3
    }
    assert core == CORE


def test_no_import_goes_up() -> None:
    """Verbs import nouns, each line of nouns those below it, all of them the core; nothing imports the wiring."""
    level = {"core": -2, "errors": -2, **dict.fromkeys(VERBS, len(NOUNS)), "commands": len(NOUNS) + 1}
    level |= {name: len(NOUNS) - 1 - index for index, line in enumerate(NOUNS) for name in line}
    up = [
        f"{path} imports {target}"
        for path in MODULES
        if path.parts[0] == "fer_data" and belongs(path) in level
        for target in targets(path) & set(level)
        if target != belongs(path)
        if level[target] >= level[belongs(path)] and not {target, belongs(path)} <= VERBS | {"core", "errors"}
    ]
    assert up == []


def test_training_stands_beside_the_verbs() -> None:
    """What fine-tunes a network reads what a verb wrote, and none of its code."""
    found = {target for path in MODULES if path.parts[0] == "train" for target in targets(path)}
    assert found & VERBS == set()
    assert not [
        name
        for path in MODULES
        if path.parts[0] == "train"
        for name in imported(path)
        if under(name, "stages")
    ]
