"""Imports point one way, modules stay small, and importing the package stays cheap."""

import ast
import importlib
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

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
MAX_LINES = 400
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


@cache
def imported(path: Path) -> set[str]:
    """Return the dotted names that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def under(name: str, package: str) -> bool:
    """Say whether a dotted name is the package or inside it."""
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[:2] == ("fer_data", "core")], ids=str)
def test_core_imports_core_numpy_and_cv2_alone(path: Path) -> None:
    """The functional core knows no path, clock, torch or logger."""
    foreign = {
        name
        for name in imported(path)
        if name.split(".")[0] not in {"array", "collections", "dataclasses", "enum", "functools", "hashlib",
                                      "itertools", "json", "math", "typing", "fractions", "bisect", "heapq", "operator",
                                      "statistics"}
        and not any(under(name, allowed) for allowed in CORE_MAY_IMPORT)
    }  # fmt: skip
    assert foreign == set()


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "fer_data"], ids=str)
def test_the_package_never_imports_its_users(path: Path) -> None:
    """`fer_data` goes into the wheel alone, so it cannot need `stages` or `train`."""
    assert not [name for name in imported(path) if under(name, "stages") or under(name, "train")]


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "train"], ids=str)
def test_training_never_imports_stages(path: Path) -> None:
    """`train` is called by stages and not the other way round."""
    assert not [name for name in imported(path) if under(name, "stages")]


@pytest.mark.parametrize("stage", STAGES)
def test_stage_modules_never_import_each_other(stage: str) -> None:
    """A stage reads what another wrote, never its code."""
    paths = [p for p in MODULES if p == Path(f"fer_data/{stage}.py") or p.parts[:2] == ("fer_data", stage)]
    others = [f"fer_data.{name}" for name in STAGES if name != stage]
    assert paths
    assert not [
        name for path in paths for name in imported(path) if any(under(name, other) for other in others)
    ]


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


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.parts[0] == "stages" and p.stem != "__init__"], ids=str
)
def test_stage_scripts_are_wiring_only(path: Path) -> None:
    """A stage script holds imports, main, one call and its metrics: at most 40 lines."""
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= 40


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_modules_and_functions_stay_small(path: Path) -> None:
    """Modules have at most 400 lines, functions 40 (the epoch loop 60) and four positional parameters."""
    text = (ROOT / path).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    assert not FORBIDDEN_NAMES & {part.removesuffix(".py") for part in path.parts}
    limit = MAX_FUNCTION_LINES.get(path.name, DEFAULT_MAX_FUNCTION_LINES)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and not _is_command(path):
            assert node.end_lineno - node.lineno < limit, f"{node.name} is too long"
            positional = [a for a in node.args.posonlyargs + node.args.args if a.arg not in {"self", "cls"}]
            kernel = any("njit" in ast.unparse(decorator) for decorator in node.decorator_list)
            assert kernel or len(positional) <= MAX_POSITIONAL, (
                f"{node.name} takes {len(positional)} positional"
            )


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
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not HEAVY & set(out.stdout.split())
