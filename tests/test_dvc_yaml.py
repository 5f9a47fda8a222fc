"""The pipeline files list what each stage really reads: modules, params and paths."""

import ast
import os
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FILES = ("dvc.yaml", "sample/dvc.yaml")
STAGES: dict[str, Any] = {
    name: {**stage, **stage.get("do", {})}
    for file in FILES
    for name, stage in yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["stages"].items()
}
OURS = ("fer_data", "stages", "train")
START = Path("stages/__init__.py")
"""Ends a stage that is started in vain, before it has read or written anything: it changes no byte of an out."""
LOOKED_AT = {"data/seals", "data/catalog"}
LOADERS = {
    "load_source": {"sources.${key}", "dataset"}, "source_names": {"sources"}, "load_dataset": {"dataset"},
    "dataset_task": {"dataset.task"}, "same_person_file": {"dataset.same_person"},
    "excluded_subjects": {"sources"},
}  # fmt: skip
"""What functions beside `load_section` read of params.yaml."""

MOST_CODE_DEPS, MOST_OF_A_STAGE = 122, 25
"""What the pipelines list; a folder counts once. Coarser folders would have params of one stage re-run others."""


def module_path(name: str) -> Path | None:
    """Return the file of one of our modules, or None for anything else."""
    if name.split(".", maxsplit=1)[0] not in OURS:
        return None
    path = ROOT.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate.relative_to(ROOT)
    return None


@cache
def direct_imports(path: Path) -> set[Path]:
    """Return our files that a file imports, at once or when first asked for, those of type checking left out.

    What `import fer_data` offers to others is no part of a stage.
    """
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {found for name in names if (found := module_path(name) or module_path(lazily(name)))}


def lazily(name: str) -> str:
    """Return the module that a package of ours imports when it is asked for a name, or nothing.

    Type checkers see the import; `tests/shell/test_lazy.py` holds that it is the one that runs.
    """
    package, _, attribute = name.rpartition(".")
    init = module_path(package) if package else None
    for node in _code_lines(init) if init and init.name == "__init__.py" else []:
        if isinstance(node, ast.If):
            for inner in node.body:
                if isinstance(inner, ast.ImportFrom) and attribute in {alias.name for alias in inner.names}:
                    return str(inner.module)
    return ""


def closure(stage: str) -> set[Path]:
    """Return every file of ours that `python -m stages.<stage>` can run, package markers and `START` left out."""
    todo, seen = [START, Path(f"stages/{stage}.py")], set()
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo.extend(direct_imports(path))
    return {path for path in seen - {START} if path.name != "__init__.py" or len(_code_lines(path)) > 1}


@cache
def _code_lines(path: Path) -> list[ast.stmt]:
    return ast.parse((ROOT / path).read_text(encoding="utf-8")).body


def covered(path: Path, deps: list[str]) -> bool:
    """Say whether a file is a dep or lies in a folder that is one."""
    return any(path == Path(dep) or Path(dep) in path.parents for dep in deps)


@pytest.mark.parametrize("stage", STAGES)
def test_deps_are_the_modules_that_the_stage_imports(stage: str) -> None:
    """A changed module re-runs the stages that use it, and no others."""
    deps = [dep for dep in STAGES[stage].get("deps", []) if dep.split("/")[0] in OURS]
    needed = closure(stage)
    missing = sorted(str(path) for path in needed if not covered(path, deps))
    idle = sorted(dep for dep in deps if not any(covered(path, [dep]) for path in needed))
    assert (missing, idle) == ([], [])


def test_what_starts_a_stage_only_ends_it_or_frees_memory() -> None:
    """So it is no dependency; what it calls is one of every stage."""
    assert {str(path) for path in direct_imports(START)} == {
        "fer_data/shell/garbage.py",
        "fer_data/shell/interruption.py",
        "fer_data/shell/lifetime.py",
    }
    for entry in STAGES.values():
        assert "fer_data/shell" in entry["deps"]
        assert str(START) not in entry["deps"]


def test_code_dependencies_are_few() -> None:
    """A list that nobody can read is held by nobody."""
    counts = {
        stage: sum(dep.split("/")[0] in OURS for dep in entry.get("deps", []))
        for stage, entry in STAGES.items()
    }
    assert sum(counts.values()) <= MOST_CODE_DEPS, counts
    assert max(counts.values()) <= MOST_OF_A_STAGE, counts


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_writes_its_seal_which_publish_alone_reads(stage: str) -> None:
    """Code that gives the same bytes changes a seal and no other out, so that it re-runs no stage between."""
    seals = "data/seals/"
    item = "@${item.px}" if "matrix" in STAGES[stage] else "/${key}" if "foreach" in STAGES[stage] else ""
    written = [out for out in STAGES[stage]["outs"] if str(out).startswith(seals)]
    read = [dep for dep in STAGES[stage].get("deps", []) if str(dep).startswith(seals)]
    before = ["ingest", "align", "multires@${item.px}.json", "balance@${item.px}.json"]
    assert written == [f"{seals}{stage}{item}.json"]
    assert read == ([f"{seals}{name}" for name in before] if stage == "publish" else [])


def test_train_depends_on_what_it_learns_from() -> None:
    """Its rows, and balance.json with the content hash of all splits; not the record of what code made them."""
    read = [dep for dep in STAGES["train"]["deps"] if dep.startswith("data/")]
    dataset = "data/published/${train.resolution}"
    assert read == [f"{dataset}/balance.json", f"{dataset}/train"]


@pytest.mark.parametrize(
    ("changed", "file", "stage"),
    [
        *(("align", "fer_data/assignment/assign.py", stage) for stage in ("multires", "balance", "train")),
        ("evaluate", "train/evaluation/tasks/expression/plots.py", "train"),
    ],
)
def test_code_of_one_stage_alone_is_no_dependency_of_another(changed: str, file: str, stage: str) -> None:
    """No folder brings it in either: the same crops are not reduced, augmented or trained on again for other code.

    Nor does a changed table or plot of `evaluate` train again.
    """
    alone = closure(changed).difference(*(closure(other) for other in STAGES if other != changed))
    deps = [dep for dep in STAGES[stage]["deps"] if dep.split("/")[0] in OURS]
    assert Path(file) in alone
    assert [str(path) for path in sorted(alone) if covered(path, deps)] == []


def test_the_model_is_an_artifact() -> None:
    """DVC's model registry finds it at the out of its stage."""
    document = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    (model,) = document["artifacts"].values()
    assert (model["path"], model["type"]) == ("models/senet50", "model")
    assert model["path"] in STAGES["train"]["outs"]


@pytest.mark.parametrize("stage", STAGES)
def test_params_are_the_sections_that_the_stage_loads(stage: str) -> None:
    """A changed section re-runs the stages that read it; `compute` never does."""
    text = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in [Path(f"stages/{stage}.py")])
    loaded = set(re.findall(r'load_section\(\s*"(\w+)"', text)) - {"compute"}
    for loader, sections in LOADERS.items():
        loaded |= sections if f"{loader}(" in text else set()
    listed = set(STAGES[stage].get("params", []))
    assert loaded <= listed
    assert "compute" not in listed


@pytest.mark.parametrize("stage", STAGES)
def test_paths_in_the_command_are_deps_outs_or_metrics(stage: str) -> None:
    """No stage reads or writes a path that DVC does not know of; seals lie in one folder, named for their stages.

    Stages after `align` get the folder of catalogs as well, and look at no more than what its folders are called.
    """
    entry = STAGES[stage]
    known = {
        next(iter(item)) if isinstance(item, dict) else item
        for key in ("deps", "outs", "metrics", "plots")
        for item in entry.get(key, [])
    }
    words = shlex.split(entry["cmd"])
    paths = [word for word in words if "/" in word]
    assert words[:3] == ["python", "-m", f"stages.{stage}"]
    assert paths
    assert [path for path in paths if path not in known | parents(known) | LOOKED_AT] == []


def parents(known: set[str]) -> set[str]:
    """Return the folders of paths that end in a parameter: the stage adds the item, or train.resolution, itself."""
    return {path.partition("${")[0].rpartition("/")[0] for path in known if "${" in path}


@pytest.mark.parametrize("stage", STAGES)
def test_no_parameter_reaches_a_shell(stage: str) -> None:
    """A shell reads `cmd`, so nothing of params.yaml stands in it, quoted or not."""
    assert "${" not in str(STAGES[stage]["cmd"])
    assert not set("$`;&|<>*?\\\n") & set(STAGES[stage]["cmd"])


@pytest.mark.parametrize("side", ["../mine", "../../mine", "../../../mine", "x/../../../mine"])
def test_a_side_that_leads_elsewhere_is_an_overlap(side: str) -> None:
    """DVC refuses an out that two stages have; without that it would remove the user's folder before a stage runs."""
    matrix = [entry for entry in STAGES.values() if "matrix" in entry]
    outs, seals = zip(*(entry["outs"][:2] for entry in matrix), strict=True)
    metrics = [name for entry in matrix for name in uncached(entry) if name.startswith("metrics/")]
    for written in (outs, metrics):
        assert len({os.path.normpath(path.replace("${item.px}", side)) for path in written}) == 1
        assert len({os.path.normpath(path.replace("${item.px}", "128")) for path in written}) == len(matrix)
    led = {os.path.normpath(path.replace("${item.px}", side)) for path in seals}
    assert len(led) == 1 or all(path.startswith("data/seals/") for path in led)


@pytest.mark.parametrize("name", ["../mine", "../../mine", "x/../../../mine"])
def test_a_source_that_leads_elsewhere_is_an_overlap(name: str) -> None:
    """As a side: catalog and faces of such a name would be the same folder, which DVC refuses before it removes it."""
    looped = [entry for entry in STAGES.values() if "foreach" in entry]
    for key, led in ((name, 1), ("own", 2)):
        outs = [entry["outs"][0].replace("${key}", key) for entry in looped]
        assert len({os.path.normpath(path) for path in outs}) == led


def test_metrics_and_plots_stay_in_git() -> None:
    """They are small and reviewed in diffs, so DVC does not cache them; nor does it list each stage's by itself."""
    for stage, entry in STAGES.items():
        assert not {"metrics", "plots"} & set(entry), stage
        tracked = {name for name in names(entry) if name.startswith(("metrics/", "plots/"))}
        assert tracked == set(uncached(entry)), stage
        assert any(name.startswith("metrics/") for name in tracked), stage


def test_what_dvc_shows_is_one_line_of_the_model_and_named_plots() -> None:
    """A table of every stage's numbers is 330 columns wide and in no order; every plot says what its axes are."""
    document = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    assert document["metrics"] == ["metrics/evaluate.json"]
    written = {
        name.replace("item.px", "train.resolution") for entry in STAGES.values() for name in names(entry)
    }
    for plot in document["plots"]:
        ((name, says),) = plot.items()
        assert says.keys() == {"template", "title", "x", "y", "x_label", "y_label"}, name
        assert max(len(says["x_label"]), len(says["y_label"])) <= 40, name
        assert all(file in written or str(Path(file).parent) in written for file in says["y"]), name


def test_every_metric_is_of_a_stage_that_any_corpus_runs() -> None:
    """`dvc metrics show` warns of each one that is missing, as the sample's is wherever another corpus is read."""
    sample = yaml.safe_load((ROOT / "sample/dvc.yaml").read_text(encoding="utf-8"))["stages"]["sample"]
    assert "metrics" not in sample
    assert {"metrics/sample.json": {"cache": False}} in sample["outs"]


def names(entry: dict[str, Any]) -> list[str]:
    """Return the paths of a stage's outs."""
    return [next(iter(out)) if isinstance(out, dict) else out for out in entry["outs"]]


def uncached(entry: dict[str, Any]) -> list[str]:
    """Return those of them that git holds."""
    return [
        next(iter(out))
        for out in entry["outs"]
        if isinstance(out, dict) and not next(iter(out.values()))["cache"]
    ]
