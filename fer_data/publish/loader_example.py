"""The program in a dataset's card that reads it with PyTorch: two workers, started as every system starts them."""

from dataclasses import dataclass

from fer_data.core.labels.tasks import EXPRESSION

__all__ = ["LoaderExample"]

_PROGRAM = """\
{imports}

if __name__ == "__main__":  # worker processes import this file
    dataset = load_from_disk("{path}").with_format("torch")
{before}    loader = DataLoader(
        dataset["{split}"], batch_size=64, {order}, num_workers=2, multiprocessing_context="spawn"
    )
    for batch in loader:
        pictures = batch["image"] / 255  # (64, 3, {resolution}, {resolution}): RGB in [0, 1]
{losses}        print({printed})
        break
"""
_LOSSES = {
    "expression": """\
        expression = batch["expression"]  # (64,): a class, -1 = none
        logits = torch.zeros(len(pictures), {classes})  # what your network says of the pictures
        {loss} torch.nn.functional.cross_entropy(logits, expression, {weight}ignore_index=-1)
""",
    "valence_arousal": """\
        levels = torch.stack([batch["valence"], batch["arousal"]], dim=1)  # (64, 2): in [-1, 1], NaN = none
        known = ~levels.isnan()
        answers = torch.zeros_like(levels)  # what your network says of the pictures
        {loss} torch.nn.functional.mse_loss(answers[known], levels[known])
""",
    "action_units": """\
        units = torch.stack(list(batch["action_units"].values()), dim=1)  # (64, 13): 1, 0, -1 = none
        known = units >= 0
        answers = torch.zeros(units.shape)  # what your network says of the pictures
        {loss} torch.nn.functional.binary_cross_entropy_with_logits(answers[known], units[known].float())
""",
}
_WEIGHTS = (
    '    weights = torch.tensor(json.loads(Path("{path}/balance.json").read_text())["class_weights"])\n'
)
# Without an expression a row has nothing to teach but other tasks' labels; 1 is the mean weight, as in `train`.
_SAMPLER = """\
    labels = dataset["{split}"]["expression"][:]
    chances = torch.where(labels >= 0, weights[labels], {unlabelled})
    sampler = WeightedRandomSampler(chances, len(labels))
"""


@dataclass(frozen=True, slots=True)
class LoaderExample:
    """What an example follows from.

    Attributes:
        path: of the dataset, from where the program is run.
        resolution: side of the pictures, in px.
        split: that is read; test has no labels to learn from.
        task: of the dataset.
        classes: number of expressions.
        strategy: against class imbalance; only training is weighted or drawn.
    """

    path: str
    resolution: int
    split: str
    task: str
    classes: int
    strategy: str

    def program(self) -> str:
        """Return a whole Python file that imports torch and datasets alone and prints a batch's shape and loss."""
        shown = [task for task in _LOSSES if self.task in (task, "multi_task")]
        tasks = shown if self.split != "test" else []
        weigh = self.split == "train" and EXPRESSION in tasks
        weights, drawn = (
            weigh and self.strategy in {"weights", "sampler"},
            weigh and self.strategy == "sampler",
        )
        losses = [
            _LOSSES[task].format(
                loss="loss +=" if index else "loss =",
                classes=self.classes,
                weight="weight=weights, " if weights and not drawn else "",
            )
            for index, task in enumerate(tasks)
        ]
        before = (_WEIGHTS if weights else "") + (_SAMPLER if drawn else "")
        return _PROGRAM.format(
            imports=_imports(weights=weights, drawn=drawn),
            path=self.path,
            before=before.format(
                path=self.path, split=self.split, unlabelled=0.0 if self.task == EXPRESSION else 1.0
            ),
            split=self.split,
            order="sampler=sampler" if drawn else "shuffle=True",
            resolution=self.resolution,
            losses="".join(losses),
            printed="pictures.shape, loss" if losses else "pictures.shape",
        )


def _imports(*, weights: bool, drawn: bool) -> str:
    own = ["import json", "from pathlib import Path", ""] if weights else []
    loader = "DataLoader, WeightedRandomSampler" if drawn else "DataLoader"
    found = ["import torch", "from datasets import load_from_disk", f"from torch.utils.data import {loader}"]
    return "\n".join(own + found)
