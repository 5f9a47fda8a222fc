"""What a stage or a command loads before it needs it: nothing heavy, so that it starts and refuses at once."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.main import get_command

from fer_data.commands.app import app

ROOT = Path(__file__).parents[1]
HEAVY = {
    "albumentations", "av", "cv2", "datasets", "insightface", "lightning_fabric", "matplotlib", "numba", "numpy",
    "onnx", "onnxruntime", "pandas", "pyarrow", "rich", "scipy", "sklearn", "torch",
}  # fmt: skip
STAGES = sorted(path.stem for path in (ROOT / "stages").glob("[a-z]*.py"))
COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


def newly_loaded(codes: Mapping[str, str], *, cwd: Path = ROOT) -> dict[str, set[str]]:
    """Return the modules that each of several pieces of code loads, one after another in one fresh process.

    Where none of them may load a module, that is as good as a process for each, which starts anew every time.
    """
    text = f"""
import sys
seen = set()
for name, code in {dict(codes)!r}.items():
    try:
        exec(code)
    except SystemExit:
        pass
    print("\\n@", name, *sorted(set(sys.modules) - seen), flush=True)
    seen |= set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=cwd, capture_output=True, text=True, check=True, timeout=300
    )
    lines = (line.split() for line in done.stdout.splitlines() if line.startswith("@ "))
    return {name: set(modules) for _, name, *modules in lines}


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
        ["predict", "none", "--model", "none"],
        ["predict", "none", "--model", "none", "--split", "test"],
        ["replay", "none", "1/00001+1"],
        ["embed", "none", "--model", "none", "--output", "none.parquet"],
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
    networks = {
        "albumentations",
        "datasets",
        "insightface",
        "lightning_fabric",
        "onnxruntime",
        "sklearn",
        "torch",
    }
    found, folder = refusals
    assert not networks & found[name]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("stage", ["train", "evaluate"])
def test_training_and_scoring_refuse_their_input_before_they_load_a_network(
    stage: str, tmp_path: Path
) -> None:
    """What is missing is said at once."""
    paths = ["none", str(tmp_path / "out"), str(tmp_path / "out.csv")]
    words = [*(paths if stage == "train" else ["none", *paths[:2]]), "--metrics", str(tmp_path / "m.json")]
    code = f"sys.argv[1:] = {words!r}; from stages.{stage} import main, run_stage; run_stage(main)"
    assert not {"datasets", "lightning_fabric", "torch"} & loaded(code)


def test_training_never_loads_the_compiler() -> None:
    """It takes half of the time until the first step; every optimiser and Fabric work without it."""
    code = (
        "import torch; from torch.optim import SGD, Adam, AdamW, lr_scheduler; "
        "from train.training.deferred import import_fabric; "
        "fabric = import_fabric()(accelerator='cpu', devices=1); fabric.launch(); net = torch.nn.Linear(2, 2)\n"
        "for kind in (SGD, Adam, AdamW):\n"
        "  own, optimiser = fabric.setup(net, kind(net.parameters(), lr=0.1)); "
        "schedule = lr_scheduler.LambdaLR(optimiser, lambda step: 1.0); "
        "fabric.backward(own(torch.ones(1, 2)).sum()); optimiser.step(); schedule.step(); optimiser.zero_grad(); "
        "optimiser.load_state_dict(optimiser.state_dict())"
    )
    assert not {"torch._dynamo.convert_frame", "sympy"} & loaded(code)
