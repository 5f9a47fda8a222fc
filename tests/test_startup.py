"""What a stage or a command loads before it needs it: nothing heavy, so that it starts and refuses at once."""

import subprocess
import sys
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


def loaded(code: str, *, cwd: Path = ROOT) -> set[str]:
    """Return the modules that a fresh process has loaded at the end of some code."""
    text = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('\\n@', *sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=cwd, capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.rpartition("@")[2].split())


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_loads_nothing_heavy_before_it_works(stage: str) -> None:
    """Importing it, its help and a wrong command line need neither arrays nor networks."""
    assert not HEAVY & loaded(f"import stages.{stage}")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_loads_nothing_heavy(command: str) -> None:
    """Whoever asks what a command does is not kept waiting."""
    code = f"sys.argv[1:] = [{command!r}, '--help']; from fer_data.commands.app import main; main()"
    assert not HEAVY & loaded(code)


@pytest.mark.parametrize(
    "words",
    [
        ["predict", "none", "--model", "none"],
        ["predict", "none", "--model", "none", "--split", "test"],
        ["replay", "none", "1/00001+1"],
        ["embed", "none", "--model", "none", "--output", "none.parquet"],
        ["export", "none", "none.onnx"],
        ["stats", "none"],
        ["probe", "none"],
        ["probe", "none.parquet"],
        ["weights", "import", "none.pkl", "--output", "none.safetensors"],
    ],
    ids=lambda words: "-".join(words[:2] + words[4:5]),
)
def test_a_command_refuses_its_input_before_it_loads_a_network(words: list[str], tmp_path: Path) -> None:
    """A wrong path costs no ten seconds."""
    code = f"sys.argv[1:] = {words!r}; from fer_data.commands.app import main; main()"
    networks = {
        "albumentations",
        "datasets",
        "insightface",
        "lightning_fabric",
        "onnxruntime",
        "sklearn",
        "torch",
    }
    assert not networks & loaded(code, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stage", ["train", "evaluate"])
def test_training_and_scoring_refuse_their_input_before_they_load_a_network(
    stage: str, tmp_path: Path
) -> None:
    """What is missing is said at once."""
    paths = ["none", str(tmp_path / "out"), str(tmp_path / "out.csv")]
    words = [*(paths if stage == "train" else ["none", *paths[:2]]), "--metrics", str(tmp_path / "m.json")]
    code = f"sys.argv[1:] = {words!r}; from stages.{stage} import main, run_stage; run_stage(main)"
    assert not {"datasets", "lightning_fabric", "torch"} & loaded(code)


@pytest.mark.parametrize("optimiser", ["SGD", "Adam", "AdamW"])
def test_training_never_loads_the_compiler(optimiser: str) -> None:
    """It takes half of the time until the first step; an optimiser and Fabric work without it."""
    code = (
        "import torch; from torch.optim import SGD, Adam, AdamW, lr_scheduler; "
        "from train.training.deferred import import_fabric; "
        "fabric = import_fabric()(accelerator='cpu', devices=1); fabric.launch(); net = torch.nn.Linear(2, 2); "
        f"net, optimiser = fabric.setup(net, {optimiser}(net.parameters(), lr=0.1)); "
        "schedule = lr_scheduler.LambdaLR(optimiser, lambda step: 1.0); "
        "fabric.backward(net(torch.ones(1, 2)).sum()); optimiser.step(); schedule.step(); optimiser.zero_grad(); "
        "optimiser.load_state_dict(optimiser.state_dict())"
    )
    assert not {"torch._dynamo.convert_frame", "sympy"} & loaded(code)
