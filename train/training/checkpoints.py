"""Where an interrupted run goes on: its whole state, in the resume store, under all that it follows from."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from fer_data.execution.store import Store, content_key

__all__ = ["SECONDS", "Checkpoints", "EpochRecord", "Learner", "RunState"]

SECONDS = 120.0
"""Between two checkpoints; a kill loses no more than this."""

_FILE = "checkpoint.pt"


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One line of the history: losses are weighted sums of the tasks' means over rows.

    `scores` are those of the development subjects, of the trained tasks, by name. `development_score` chooses the
    checkpoint: the sum of macro F1, mean concordance and mean F1 over units, of the trained tasks.
    """

    epoch: int
    step: int
    train_loss: float
    development_loss: float
    scores: Mapping[str, float]
    development_score: float
    learning_rate: float

    def figures(self) -> dict[str, Any]:
        """Return what it says by name, the scores in the order of their tasks."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "train_loss": self.train_loss,
            "development_loss": self.development_loss,
            **self.development(),
            "learning_rate": self.learning_rate,
        }

    def development(self) -> dict[str, float]:
        """Return the development scores by name."""
        named = {f"development_{name}": value for name, value in self.scores.items()}
        return {**named, "development_score": self.development_score}


@dataclass(slots=True, eq=False)
class RunState:
    """How far a run has come.

    Attributes:
        epoch: 0-based epoch it is in.
        batch: batches of that epoch that are done.
        losses: of that epoch's steps.
        history: finished epochs.
        best: the finished epoch with the best development score so far.
        weights: the network's state at that epoch.
    """

    epoch: int = 0
    batch: int = 0
    losses: list[float] = field(default_factory=list)
    history: list[EpochRecord] = field(default_factory=list)
    best: EpochRecord | None = None
    weights: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Learner:
    """What changes with every step: network, optimiser and schedule."""

    network: nn.Module
    optimiser: Any
    schedule: LambdaLR


class Checkpoints:
    """Keeps the newest state of one run, and gives it back to a run that follows from the same.

    Args:
        root: folder of the resume store; None keeps nothing.
        parts: all that the weights follow from: data, parameters, code.
        seconds: between two checkpoints; 0 keeps every step.
        writes: whether this process is the one that writes.
    """

    def __init__(
        self, root: Path | None, parts: Mapping[str, Any], *, seconds: float = SECONDS, writes: bool = True
    ) -> None:
        self._store = None if root is None else Store(root)
        self._run, self._seconds, self._writes = content_key(parts), seconds, writes
        self._last = time.monotonic()
        self._position: tuple[int, int] | None = None

    @contextmanager
    def lease(self) -> Iterator["Checkpoints"]:
        """Keep this run's checkpoints from being pruned while the block runs, and yield them."""
        with nullcontext() if self._store is None else self._store.lease(self._run, "trains"):
            yield self

    def kept(self) -> str:
        """Return in a sentence where a new run would go on."""
        if self._store is None or self._position is None:
            return f"No checkpoint was due yet ({self._seconds:.0f} s): the next run starts anew."
        epoch, batch = self._position
        return (
            f"A checkpoint of epoch {epoch + 1}, batch {batch:,} stays in the resume store ({self._store.root}), and "
            "the next run goes on from there."
        )

    def restore(self, learner: Learner) -> RunState:
        """Bring a learner to the newest whole checkpoint and return the run's state; without one, the start."""
        for _, key in sorted(self._keys(), reverse=True):
            folder = self._store.get(key) if self._store else None
            stored = None if folder is None else _load(folder / _FILE)
            if stored is not None:
                learner.network.load_state_dict(stored["network"])
                learner.optimiser.load_state_dict(stored["optimiser"])
                learner.schedule.load_state_dict(stored["schedule"])
                torch.set_rng_state(stored["random"])
                state = _state(stored["state"])
                self._position = (state.epoch, state.batch)
                return state
        return RunState()

    def keep(self, learner: Learner, state: RunState) -> None:
        """Store the state after a step, when it is time, and drop the older ones."""
        if self._store is None or not self._writes or time.monotonic() - self._last < self._seconds:
            return
        position = (state.epoch, state.batch)
        about = {"run": self._run, "place": f"{position[0]:08d}/{position[1]:012d}"}
        older = [key for other, key in self._keys() if other < about["place"]]
        with self._store.writing(content_key({"run": self._run, "place": position}), about) as folder:
            torch.save(_document(learner, state), folder / _FILE)
        self._position = position
        self._store.discard(older)
        self._last = time.monotonic()

    def finish(self) -> None:
        """Drop the checkpoints of a run that came to its end."""
        if self._store is not None and self._writes:
            self._store.discard([key for _, key in self._keys()])

    def _keys(self) -> list[tuple[str, str]]:
        """Return place and key of this run's checkpoints."""
        entries = self._store.entries() if self._store else []
        return [(one.about.get("place", ""), one.key) for one in entries if one.about.get("run") == self._run]


def _document(learner: Learner, state: RunState) -> dict[str, Any]:
    return {
        "network": learner.network.state_dict(),
        "optimiser": learner.optimiser.state_dict(),
        "schedule": learner.schedule.state_dict(),
        "random": torch.get_rng_state(),
        "state": {
            "epoch": state.epoch,
            "batch": state.batch,
            "losses": list(state.losses),
            "history": [asdict(record) for record in state.history],
            "best": None if state.best is None else asdict(state.best),
            "weights": state.weights,
        },
    }


def _state(stored: Mapping[str, Any]) -> RunState:
    best = stored["best"]
    return RunState(
        epoch=stored["epoch"],
        batch=stored["batch"],
        losses=list(stored["losses"]),
        history=[EpochRecord(**record) for record in stored["history"]],
        best=None if best is None else EpochRecord(**best),
        weights=stored["weights"],
    )


def _load(path: Path) -> dict[str, Any] | None:
    """Return a checkpoint, or None where it cannot be read: the run then starts from an older one or anew."""
    try:
        loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, UnpicklingError):
        return None
    return loaded
