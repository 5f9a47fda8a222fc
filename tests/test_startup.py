"""What stages and commands load: nothing heavy before they know that they will work, then what they work with."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.main import get_command

from benchmarks.startup import STAGES as WORK_OF_STAGES
from fer_data.commands.app import app

ROOT = Path(__file__).parents[1]
HEAVY = {
    "albumentations", "av", "cv2", "datasets", "insightface", "lightning_fabric", "matplotlib", "numba", "numpy",
    "onnx", "onnxruntime", "pandas", "pyarrow", "rich", "scipy", "sklearn", "torch",
}  # fmt: skip
STAGES = sorted(path.stem for path in (ROOT / "stages").glob("[a-z]*.py"))
COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]
NETWORKS = {
    "albumentations", "datasets", "insightface", "lightning_fabric", "matplotlib", "numba", "onnx", "onnxruntime",
    "pandas", "sklearn", "torch",
}  # fmt: skip
"""What takes long to load, and few need."""
_DATASETS = {"datasets", "pandas", "torch"}
NO_TORCH = {
    **{f"command:{path.stem}": set[str]() for path in (ROOT / "fer_data/commands").glob("[a-z]*.py")},
    **{f"stage:{name}": set[str]() for name in STAGES},
    "command:decide": {"onnx", "onnxruntime"},
    "command:estimate": {"onnx", "onnxruntime"},
    "command:sample": {"numba"},
    "stage:align": {"onnx", "onnxruntime"},
    "stage:sample": {"numba"},
    "stage:balance": {"albumentations"},
}
WITH_TORCH = {
    "command:weights": {"torch"},
    **dict.fromkeys(
        (
            "command:embed",
            "command:noise",
            "command:predict",
            "command:sensitivity",
            "stage:evaluate",
            "stage:train",
        ),
        _DATASETS,
    ),
    "command:leaks": {*_DATASETS, "onnx", "onnxruntime"},
    "command:export": {"onnx", "onnxruntime", "torch"},
}
"""What of that each command and stage may load in order to work. What they draw, augment or train with comes once they
do."""
MAY_LOAD = NO_TORCH | WITH_TORCH


def newly_loaded(
    codes: Mapping[str, str], *branches: Mapping[str, str], cwd: Path = ROOT
) -> dict[str, set[str]]:
    """Return the modules that each of several pieces of code loads, one after another in one fresh process.

    Where none of them may load a module, that is as good as a process for each, which starts anew every time. The
    codes of each branch run in a copy of the process as it is after the others.
    """
    text = f"""
import os, sys
seen = set()
def load(codes):
    for name, code in codes.items():
        try:
            exec(code, globals())
        except SystemExit:
            pass
        print("\\n@", name, *sorted(set(sys.modules) - seen), flush=True)
        seen.update(sys.modules)
load({dict(codes)!r})
for branch in {[dict(branch) for branch in branches]!r}:
    if (copy := os.fork()) == 0:
        load(branch)
        os._exit(0)
    if os.waitpid(copy, 0)[1]:
        sys.exit(1)
"""
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=cwd, capture_output=True, text=True, check=True, timeout=300
    )
    lines = (line.split() for line in done.stdout.splitlines() if line.startswith("@ "))
    found = {name: set(modules) for _, name, *modules in lines}
    assert set(found) == set(codes).union(*branches), "a code ended the process"
    return found


def loaded(code: str, *, cwd: Path = ROOT) -> set[str]:
    """Return the modules that a fresh process has loaded at the end of some code."""
    return newly_loaded({"it": code}, cwd=cwd)["it"]


def call(*words: str) -> str:
    """Return code that runs `fer-data` with some words."""
    return f"sys.argv[1:] = {list(words)!r}; from fer_data.commands.app import main; main()"


@pytest.fixture(scope="module")
def stages() -> dict[str, set[str]]:
    """Return what importing each stage loads."""
    return newly_loaded({stage: f"import stages.{stage}" for stage in STAGES})


@pytest.fixture(scope="module")
def helps() -> dict[str, set[str]]:
    """Return what the help of each command loads."""
    return newly_loaded({command: call(command, "--help") for command in COMMANDS})


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_loads_nothing_heavy_before_it_works(stage: str, stages: dict[str, set[str]]) -> None:
    """Importing it, its help and a wrong command line need neither arrays nor networks."""
    assert not HEAVY & stages[stage]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_loads_nothing_heavy(command: str, helps: dict[str, set[str]]) -> None:
    """Whoever asks what a command does is not kept waiting."""
    assert not HEAVY & helps[command]


REFUSED = {
    "-".join(words[:2] + words[4:5]): words
    for words in [
        ["check", "none"],
        ["verify", "none"],
        ["compare", "none", "none"],
        ["diff", "none", "none"],
        ["ensemble", "none", "none", "--output", "none.parquet"],
        ["submit", "none", "--output", "none"],
        ["unpack", "none.zip", "root"],
        ["decide", "v"],
        ["estimate", "none"],
        ["params"],
        ["store", "show"],
        ["predict", "none", "--model", "none"],
        ["predict", "none", "--model", "none", "--split", "test"],
        ["replay", "none", "1/00001+1"],
        ["embed", "none", "--model", "none", "--output", "none.parquet"],
        ["noise", "none", "--model", "none", "--output", "none"],
        ["sensitivity", "none", "--model", "none", "--output", "none"],
        ["export", "none", "none.onnx"],
        ["stats", "none"],
        ["probe", "none"],
        ["probe", "none.parquet"],
        ["weights", "import", "none.pkl", "--output", "none.safetensors"],
    ]
}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, set[str]], Path]:
    """Return what each refusal of wrong words loads, and the working folder."""
    folder = tmp_path_factory.mktemp("refused")
    return newly_loaded({name: call(*words) for name, words in REFUSED.items()}, cwd=folder), folder


@pytest.mark.parametrize("name", REFUSED)
def test_a_command_refuses_its_input_before_it_loads_a_network(
    name: str, refusals: tuple[dict[str, set[str]], Path]
) -> None:
    """A wrong path costs no ten seconds, and nothing is written."""
    found, folder = refusals
    assert not NETWORKS & found[name]
    assert list(folder.iterdir()) == []


def test_training_and_scoring_refuse_their_input_before_they_load_a_network(tmp_path: Path) -> None:
    """What is missing is said at once."""
    out, table = str(tmp_path / "out"), str(tmp_path / "out.csv")
    codes = {}
    for stage, paths in {"train": ["none", out, table], "evaluate": ["none", "none", out]}.items():
        words = [*paths, "--metrics", str(tmp_path / "m.json")]
        codes[stage] = (
            f"sys.argv[1:] = {words!r}; from stages.{stage} import main, run_stage; run_stage(main)"
        )
    for stage, modules in newly_loaded(codes).items():
        assert f"stages.{stage}" in modules
        assert not {"datasets", "lightning_fabric", "torch"} & modules


def imports_of(name: str) -> str:
    """Return what loads all that a command or a stage works with: the imports inside of its module's functions."""
    kind, name = name.split(":")
    if kind == "stage":
        return WORK_OF_STAGES[name]
    tree = ast.parse((ROOT / f"fer_data/commands/{name}.py").read_text(encoding="utf-8"))
    inside = (
        node for function in tree.body if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    )
    return "\n".join(ast.unparse(node) for node in inside if isinstance(node, ast.Import | ast.ImportFrom))


STEPS = """
import torch
from torch.optim import SGD, Adam, AdamW, lr_scheduler
from fer_data.model.determinism import deterministic
from train.training.deferred import import_fabric
with deterministic(1):
    pass
fabric = import_fabric()(accelerator="cpu", devices=1)
fabric.launch()
net = torch.nn.Linear(2, 2)
for kind in (SGD, Adam, AdamW):
    own, optimiser = fabric.setup(net, kind(net.parameters(), lr=0.1))
    schedule = lr_scheduler.LambdaLR(optimiser, lambda step: 1.0)
    fabric.backward(own(torch.ones(1, 2)).sum())
    optimiser.step()
    schedule.step()
    optimiser.zero_grad()
    optimiser.load_state_dict(optimiser.state_dict())
import inspect  # to name the source of a frame, it asks every module for its file
inspect.getmodule(inspect.currentframe())
"""


@pytest.fixture(scope="module")
def working() -> dict[str, set[str]]:
    """Return what each command and stage loads in order to work, and what training then loads.

    What it adds to those before it, which may load no more than it: else what they may load would not be seen of it.
    """
    nothing = {name: imports_of(name) for name, modules in MAY_LOAD.items() if not modules}
    chains: list[list[str]] = []
    for name in sorted(MAY_LOAD.keys() - nothing.keys(), key=lambda name: (len(MAY_LOAD[name]), name)):
        longer = (chain for chain in chains if MAY_LOAD[chain[-1]] <= MAY_LOAD[name])
        chain = next(longer, None)
        if chain is None:
            chains.append(chain := [])
        chain.append(name)
    branches = [{name: imports_of(name) for name in chain} for chain in chains]
    next(branch for branch in branches if "stage:train" in branch)["steps"] = STEPS
    return newly_loaded(nothing, *branches)


@pytest.mark.parametrize("name", MAY_LOAD)
def test_nothing_slow_is_loaded_that_is_not_worked_with(name: str, working: dict[str, set[str]]) -> None:
    """A table, a card or a check waits for no network, no plot and no `datasets`, and the network for no plot."""
    assert working[name] & NETWORKS <= MAY_LOAD[name]


def test_augmentation_loads_no_network() -> None:
    """Torch and the client of the Hub are left out, which its library loads where they are installed."""
    found = loaded("import fer_data.media.augmentation")
    assert "albumentations" in found
    assert not {"torch", "huggingface_hub"} & found


def test_training_never_loads_the_compiler(working: dict[str, set[str]]) -> None:
    """It takes half of the time until the first step; every optimiser and Fabric work without it."""
    assert not {"torch._dynamo.convert_frame", "sympy"} & set().union(*working.values())
