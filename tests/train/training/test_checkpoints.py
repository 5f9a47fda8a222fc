"""A run that is killed and started again ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.execution.store import Store
from fer_data.params.train import TrainParams
from fer_data.shell.files.atomic import file_sha256
from train import finetune as finetune_module
from train.finetune import finetune
from train.training.checkpoints import Checkpoints

ROOT = Path(__file__).parents[3]
STEPS_PER_EPOCH = 3  # 120 training rows in batches of 32


@pytest.fixture(scope="module")
def short(params: TrainParams) -> TrainParams:
    """Return two epochs of a recipe with everything that is drawn."""
    drawn = {"multi_resolution": "random", "grayscale": 0.3, "horizontal_flip": 0.5}
    changes = {"epochs": 2, "batch_size": 32, **drawn}
    return params.model_copy(update=changes)


@pytest.fixture(scope="module")
def whole(published: Path, short: TrainParams, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    finetune(published, folder / "model", folder / "train.csv", short)
    return folder


def assert_equal(folder: Path, whole: Path) -> None:
    """Check weights, description, card and history against the uninterrupted run's."""
    for name in ("model/model.safetensors", "model/model.json", "model/README.md", "train.csv"):
        assert file_sha256(folder / name) == file_sha256(whole / name), name


@pytest.mark.parametrize("step", [1, STEPS_PER_EPOCH, STEPS_PER_EPOCH + 2])
def test_a_run_goes_on_from_where_it_was_stopped(
    step: int,
    published: Path,
    short: TrainParams,
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the middle of either epoch and between them: the same bits, and the finished steps are not done again."""
    steps: list[int] = []
    fit = finetune_module.fit

    def stopped(*args: object, report: object, **named: object) -> object:
        def count(done: int, total: int, loss: float) -> None:
            steps.append(done)
            if len(steps) == step + 1:
                raise KeyboardInterrupt

        return fit(*args, report=count, **named)

    monkeypatch.setattr(finetune_module, "fit", stopped)
    run = {"store": tmp_path / "store", "checkpoint_seconds": 0.0}
    with pytest.raises(KeyboardInterrupt):
        finetune(published, tmp_path / "model", tmp_path / "train.csv", short, **run)
    assert len(Store(tmp_path / "store").entries()) == 1
    finetune(published, tmp_path / "model", tmp_path / "train.csv", short, **run)
    assert steps[step + 1 :] == list(range(step + 1, 2 * STEPS_PER_EPOCH + 1))
    assert_equal(tmp_path, whole)
    assert Store(tmp_path / "store").entries() == []


KILLED = """
import json, os, signal, sys
from pathlib import Path
from fer_data.params.train import TrainParams
from tests.support.shallow import shallow_networks
from train import finetune as module
published, folder, params, step = sys.argv[1:]
fit = module.fit
def report(done, total, loss):
    if done == int(step):
        os.kill(os.getpid(), signal.SIGKILL)
module.fit = lambda *args, report: None
module.fit = lambda *args, **named: fit(*args, **{**named, "report": report})
folder = Path(folder)
with shallow_networks():
    module.finetune(Path(published), folder / "model", folder / "train.csv", TrainParams.model_validate_json(params),
                    store=folder / "store", checkpoint_seconds=0.0)
"""


def kill_at(step: int, published: Path, short: TrainParams, folder: Path) -> None:
    """Run a training in a process of its own that ends by SIGKILL after a step."""
    words = [str(published), str(folder), short.model_dump_json(), str(step)]
    command = [sys.executable, "-c", KILLED, *words]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.mark.slow
def test_a_killed_process_leaves_a_whole_checkpoint(
    published: Path, short: TrainParams, whole: Path, tmp_path: Path
) -> None:
    """SIGKILL at a random step; the next run gives the bits of an uninterrupted one."""
    step = 2 + int.from_bytes(os.urandom(1), "big") % (2 * STEPS_PER_EPOCH - 2)
    kill_at(step, published, short, tmp_path)
    assert len(Store(tmp_path / "store").entries()) == 1
    finetune(published, tmp_path / "model", tmp_path / "train.csv", short, store=tmp_path / "store")
    assert_equal(tmp_path, whole)


def test_other_data_params_or_code_never_find_the_checkpoint(tmp_path: Path) -> None:
    """The key holds all that the weights follow from."""
    from torch import nn
    from torch.optim import SGD
    from torch.optim.lr_scheduler import LambdaLR

    from train.training.checkpoints import Learner, RunState

    network = nn.Linear(2, 1)
    optimiser = SGD(network.parameters(), lr=0.1)
    learner = Learner(network, optimiser, LambdaLR(optimiser, lambda _: 1.0))
    Checkpoints(tmp_path, {"code": "1"}, seconds=0.0).keep(learner, RunState(epoch=3, batch=1))
    assert Checkpoints(tmp_path, {"code": "1"}).restore(learner).epoch == 3
    assert Checkpoints(tmp_path, {"code": "2"}).restore(learner).epoch == 0
    assert Checkpoints(None, {"code": "1"}).restore(learner).epoch == 0


def test_an_identical_run_keeps_a_newer_checkpoint_of_another(tmp_path: Path) -> None:
    """Two clones that train the same on one store do not take each other's progress."""
    from torch import nn
    from torch.optim import SGD
    from torch.optim.lr_scheduler import LambdaLR

    from train.training.checkpoints import Learner, RunState

    network = nn.Linear(2, 1)
    optimiser = SGD(network.parameters(), lr=0.1)
    learner = Learner(network, optimiser, LambdaLR(optimiser, lambda _: 1.0))
    for epoch in (3, 1):
        Checkpoints(tmp_path, {"code": "1"}, seconds=0.0).keep(learner, RunState(epoch=epoch))
    assert Checkpoints(tmp_path, {"code": "1"}).restore(learner).epoch == 3
    Checkpoints(tmp_path, {"code": "1"}, seconds=0.0).keep(learner, RunState(epoch=4))
    assert len(Store(tmp_path).entries()) == 1


def test_pruning_and_another_clones_sweep_do_not_disturb_a_training(
    published: Path, short: TrainParams, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its checkpoints stay, whatever is pruned meanwhile; `show` and `prune` name it; it ends with the same bytes.

    The locks are those of open files, so that the process that trains and one that prunes may be the same.
    """
    store, fit = tmp_path / "store", finetune_module.fit
    said: dict[int, tuple[str, str]] = {}

    def meanwhile(done: int, total: int, loss: float) -> None:
        said[done] = (pruned(store), invoke("show", store))
        Store(store).sweep()

    monkeypatch.setattr(
        finetune_module, "fit", lambda *args, **named: fit(*args, **(named | {"report": meanwhile}))
    )
    run = {"store": store, "checkpoint_seconds": 0.0}
    finetune(published, tmp_path / "model", tmp_path / "train.csv", short, **run)
    assert_equal(tmp_path, whole)
    by = f"in use: trains, process {os.getpid()} on "
    assert f"kept 1 {by}" in said[STEPS_PER_EPOCH][0]
    assert by in said[STEPS_PER_EPOCH][1]


@pytest.mark.slow
def test_what_a_killed_training_left_is_pruned_like_anything_else(
    published: Path, short: TrainParams, tmp_path: Path
) -> None:
    """Nobody holds it any more, and nothing of it stays."""
    kill_at(STEPS_PER_EPOCH, published, short, tmp_path)
    output = pruned(tmp_path / "store")
    assert output.startswith("removed 1 entries")
    assert "in use" not in output
    left = {path.name for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert left == {"lock", ".gitignore"}


def invoke(command: str, store: Path, *options: str) -> str:
    """Return what `fer-data store` prints."""
    words = ["store", command, "--store", str(store), *options]
    return CliRunner().invoke(app, words, catch_exceptions=False).output


def pruned(store: Path) -> str:
    """Prune a whole store and return what is said."""
    return invoke("prune", store, "--all")
