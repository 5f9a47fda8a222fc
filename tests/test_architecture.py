"""Imports point one way, modules stay small, and importing the package stays cheap."""

import ast
import importlib
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
from fresh_python import printed_by

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path.relative_to(ROOT)
    for folder in ("fer_data", "stages", "train")
    for path in (ROOT / folder).rglob("*.py")
)
VERBS = (
    "align", "balance", "check", "compare", "convert", "diff", "embed", "estimate", "ingest", "init", "leaks",
    "noise", "predict", "publish", "push", "release", "sensitivity", "stats", "submit", "unpack", "verify", "view",
    "weights",
)  # fmt: skip
FACES = {"diff": ("diff_tables",), "stats": ("stats_tables",), "unpack": ("parts",)}
"""Further modules of commands that show what a verb found."""

MAX_TOP_FILES = 8
STAGES = ("sample", "ingest", "align", "multires", "balance", "publish")
CORE_MAY_IMPORT = {"fer_data.core", "fer_data.errors", "numpy", "cv2"}
CORE_MAY_USE = {
    "array", "bisect", "collections", "dataclasses", "enum", "fractions", "functools", "hashlib", "heapq", "itertools",
    "json", "math", "operator", "statistics", "typing",
}  # fmt: skip
"""Modules of Python itself."""

MAX_LINES = 400
MAX_STAGE_LINES = 40
MAX_FUNCTION_LINES = {"loop.py": 60}
DEFAULT_MAX_FUNCTION_LINES = 40
MAX_POSITIONAL = 4
HEAVY = {
    "torch",
    "datasets",
    "insightface",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "cv2",
    "numba",
    "albumentations",
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "base"}


class Source(NamedTuple):
    """What is asked of a module, so that it is parsed once.

    Attributes:
        lines: how many it has.
        imports: the dotted names that it imports, anywhere in it.
        functions: of each its name, its lines but one, and its positional parameters, 0 for a compiled loop.
    """

    lines: int
    imports: set[str]
    functions: list[tuple[str, int, int]]


@cache
def source(path: Path) -> Source:
    """Parse a module."""
    text = (ROOT / path).read_text(encoding="utf-8")
    found = Source(len(text.splitlines()), set(), [])
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.imports.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.imports.add(node.module)
            found.imports.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            found.functions.append((node.name, node.end_lineno - node.lineno, _positional(node)))
    return found


def _positional(node: ast.FunctionDef) -> int:
    if any("njit" in ast.unparse(decorator) for decorator in node.decorator_list):
        return 0
    return sum(one.arg not in {"self", "cls"} for one in node.args.posonlyargs + node.args.args)


def imported(path: Path) -> set[str]:
    """Return the dotted names that a module imports, anywhere in it."""
    return source(path).imports


def below(*parts: str) -> list[Path]:
    """Return the modules below a folder."""
    return [path for path in MODULES if path.parts[: len(parts)] == parts]


def importing(paths: Iterable[Path], *packages: str) -> list[str]:
    """Return each module that imports something of the packages, with what it imports."""
    return [
        f"{path}: {name}"
        for path in paths
        for name in sorted(imported(path))
        if any(under(name, package) for package in packages)
    ]


def under(name: str, package: str) -> bool:
    """Say whether a dotted name is the package or inside it."""
    return name == package or name.startswith(f"{package}.")


def test_core_imports_core_numpy_and_cv2_alone() -> None:
    """The functional core knows no path, clock, torch or logger."""
    foreign = [
        f"{path}: {name}"
        for path in below("fer_data", "core")
        for name in imported(path)
        if name.split(".")[0] not in CORE_MAY_USE
        and not any(under(name, allowed) for allowed in CORE_MAY_IMPORT)
    ]
    assert foreign == []


def test_the_package_never_imports_its_users() -> None:
    """`fer_data` goes into the wheel alone, so it cannot need `stages` or `train`."""
    assert importing(below("fer_data"), "stages", "train") == []


def test_training_never_imports_stages() -> None:
    """`train` is called by stages and not the other way round."""
    assert importing(below("train"), "stages") == []


@pytest.mark.parametrize("stage", STAGES)
def test_stage_modules_never_import_each_other(stage: str) -> None:
    """A stage reads what another wrote, never its code."""
    paths = [p for p in MODULES if p == Path(f"fer_data/{stage}.py") or p.parts[:2] == ("fer_data", stage)]
    assert paths
    assert importing(paths, *(f"fer_data.{name}" for name in STAGES if name != stage)) == []


def folder(path: Path) -> str:
    """Return what a module belongs to: its folder right below `fer_data` or `core`, or itself where there is none."""
    depth = 3 if path.parts[:2] == ("fer_data", "core") else 2
    return ".".join(path.with_suffix("").parts[: min(depth, max(len(path.parts) - 1, 2))]).removesuffix(
        ".__init__"
    )


def folders_imported() -> dict[str, set[str]]:
    """Return which folders of the package each of its folders imports, what only type checkers see left out."""
    known = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): folder(path) for path in MODULES}
    found: dict[str, set[str]] = {}
    for path in (path for path in MODULES if path.parts[0] == "fer_data" and len(path.parts) > 2):
        targets = {known[name] for name in imported(path) if name in known and name != "fer_data"}
        found.setdefault(folder(path), set()).update(targets - {folder(path)})
    return found


def test_few_files_lie_beside_the_folders() -> None:
    """A newcomer reads folders named for verbs and nouns, not a heap of files."""
    top = {path.name for path in MODULES if path.parts[0] == "fer_data" and len(path.parts) == 2}
    assert len(top) <= MAX_TOP_FILES, sorted(top)


def test_no_module_stands_beside_a_folder_of_its_name() -> None:
    """`align.py` beside `align/` or `alignment.py` twice makes a reader guess."""
    names = [path.with_suffix("") for path in MODULES if path.stem != "__init__"]
    assert [str(name) for name in names if any((ROOT / name).glob("*.py"))] == []


def test_folders_of_tests_are_those_of_the_package() -> None:
    """What tests a module is found where the module lies; `train` has its own, and what tests share is apart."""
    folders = {
        path.parent.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("test_*.py")
    }
    own = {path.parent for path in MODULES if path.parts[0] == "fer_data"}
    known = {"gpu", *(path.relative_to("fer_data").as_posix() for path in own)}
    folders = {name for name in folders if not name.startswith("train")}
    assert folders <= known


def test_imports_between_folders_never_come_back() -> None:
    """No folder imports, over any number of others, one that imports it."""
    TopologicalSorter(folders_imported()).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_inside_a_verb_stays_there(verb: str) -> None:
    """Others import what its package offers; its command and its stage alone reach inside."""
    inside = [path for path in MODULES if path.parts[:2] == ("fer_data", verb) and path.stem != "__init__"]
    names = {".".join(path.with_suffix("").parts) for path in inside}
    commands = {Path(f"fer_data/commands/{name}.py") for name in (verb, *FACES.get(verb, ()))}
    faces = commands | {Path(f"stages/{verb}.py")}
    others = [path for path in MODULES if path.parts[:2] != ("fer_data", verb) and path not in faces]
    assert inside
    assert [(str(path), name) for path in others for name in imported(path) & names] == []


def test_faces_are_found_by_one_way_in() -> None:
    """Whoever wants a source's faces asks `tracking/face_finder.py`, which alone knows the finders of the engines."""
    finders = {
        "fer_data.tracking.keyframes.KeyframeFaceFinder",
        "fer_data.tracking.device_batch.FullSearchFaceFinder",
    }
    users = {str(path) for path in MODULES if imported(path) & finders}
    assert users == {"fer_data/tracking/face_finder.py"}


def test_no_package_offers_a_name_that_one_of_its_modules_has() -> None:
    """Python would hand out the module in place of the function once the module is imported."""
    for path in (path for path in MODULES if path.parts[0] == "fer_data" and path.stem == "__init__"):
        offered = set(getattr(importlib.import_module(".".join(path.parent.parts)), "__all__", ()))
        assert not offered & {module.stem for module in MODULES if module.parent == path.parent}, path


def test_stage_scripts_are_wiring_only() -> None:
    """A stage script holds imports, main, one call and its metrics: at most 40 lines."""
    scripts = [path for path in below("stages") if path.stem != "__init__"]
    assert scripts
    assert [str(path) for path in scripts if source(path).lines > MAX_STAGE_LINES] == []


def test_modules_and_functions_stay_small() -> None:
    """Modules have at most 400 lines, functions 40 (the epoch loop 60) and four positional parameters."""
    assert [fault for path in MODULES for fault in too_large(path)] == []


def too_large(path: Path) -> Iterator[str]:
    """Yield what of a module is too large, and a name that says nothing."""
    if source(path).lines > MAX_LINES:
        yield f"{path} is too long"
    if FORBIDDEN_NAMES & {part.removesuffix(".py") for part in path.parts}:
        yield f"{path} says nothing by its name"
    limit = MAX_FUNCTION_LINES.get(path.name, DEFAULT_MAX_FUNCTION_LINES)
    for name, lines, positional in () if _is_command(path) else source(path).functions:
        if lines >= limit:
            yield f"{path}: {name} is too long"
        if positional > MAX_POSITIONAL:
            yield f"{path}: {name} takes {positional} positional"


def _is_command(path: Path) -> bool:
    """Typer reads a command's options from its parameters, so their number is the number of options."""
    return path.parts[0] == "stages" or path.parts[:2] == ("fer_data", "commands")


def test_public_names_exist() -> None:
    """Every name in every `__all__` can be imported; a typo there is found here."""
    for path in MODULES:
        if path.parts[0] != "fer_data":
            continue
        module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
        for name in getattr(module, "__all__", []):
            assert hasattr(module, name), f"{path}: {name}"


def test_importing_the_package_and_the_command_line_is_cheap() -> None:
    """Neither `import fer_data` nor building the command line pulls in torch, datasets or a detector."""
    code = "import sys, fer_data, fer_data.commands.app; print(*sorted(sys.modules))"
    assert not HEAVY & set(printed_by(code).split())
