"""One run over two processes learns as one process does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fer_data.errors import ParamsError
from fer_data.params.train import TrainParams
from train.training.devices import open_fabric

ROOT = Path(__file__).parents[3]
STEPS = 50
TOLERANCE = 1.0e-5

RUN = """
import json, sys
from pathlib import Path
from fer_data.params.train import TrainParams
from train import finetune as module
published, folder, params = sys.argv[1:]
losses, fit = [], module.fit
module.fit = lambda *args, **named: fit(*args, **{**named, "report": lambda done, total, loss: losses.append(loss)})
folder = Path(folder)
module.finetune(Path(published), folder / "model", folder / "train.csv", TrainParams.model_validate_json(params))
(folder / "losses.json").write_text(json.dumps(losses))
"""


def losses_of(published: Path, folder: Path, params: TrainParams, launcher: list[str]) -> list[float]:
    """Run training in processes of its own and return the loss of every step."""
    folder.mkdir()
    (folder / "run.py").write_text(RUN)
    command = [sys.executable, *launcher, str(folder / "run.py"), str(published), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, params.model_dump_json()], check=False, cwd=folder, env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads((folder / "losses.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    "launcher", [[], ["-m", "torch.distributed.run", "--nproc-per-node", "2"]], ids=["fabric", "torchrun"]
)
def test_two_processes_have_the_losses_of_one(
    published: Path, params: TrainParams, tmp_path: Path, launcher: list[str]
) -> None:
    """The first 50 steps within 1e-5: class weights, accumulation, frozen batch statistics, fp32, gloo."""
    changes = {
        "batch_size": 4,
        "accumulate": 2,
        "freeze_batch_norm": True,
        "class_weights": "one_minus_share",
    }
    recipe = params.model_copy(update={**changes, "epochs": 4, "learning_rate": 1.0e-4})
    alone = losses_of(published, tmp_path / "one", recipe, [])
    shared = losses_of(published, tmp_path / "two", recipe.model_copy(update={"devices": 2}), launcher)
    assert len(alone) == len(shared) >= STEPS
    assert max(abs(a - b) for a, b in zip(alone[:STEPS], shared[:STEPS], strict=True)) < TOLERANCE


def test_a_batch_that_cannot_be_shared_is_refused(params: TrainParams) -> None:
    """Before any process is started."""
    with pytest.raises(ParamsError, match=r"batch_size \(15\) must be a multiple of 2, the devices"):
        open_fabric(params.model_copy(update={"batch_size": 15, "devices": 2}))


def test_a_gpu_that_is_not_there_is_refused(params: TrainParams, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing GPU is one clear line."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ParamsError, match=r"train\.device is cuda, but"):
        open_fabric(params.model_copy(update={"device": "cuda"}))
