"""The program that shows how to read a dataset with PyTorch."""

import json
import shutil
from pathlib import Path

import pytest

from fer_data.publish.loader_example import LoaderExample

ROOT = Path(__file__).parents[2]
CASES = [
    ("expression", "augment", "train"),
    ("expression", "weights", "train"),
    ("expression", "sampler", "train"),
    ("expression", "sampler", "validation"),
    ("valence_arousal", "none", "train"),
    ("action_units", "none", "train"),
    ("multi_task", "weights", "train"),
    ("multi_task", "sampler", "train"),
    ("expression", "augment", "test"),
]


@pytest.fixture(scope="module")
def folder(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published dataset whose `balance.json` has weights; tests must not write to it."""
    folder = shutil.copytree(published, tmp_path_factory.mktemp("weighted") / "32")
    balance = json.loads((folder / "balance.json").read_text(encoding="utf-8"))
    (folder / "balance.json").write_text(json.dumps(balance | {"class_weights": [0.5] * 7}))
    return Path(folder)


@pytest.mark.parametrize(("task", "strategy", "split"), CASES, ids=["-".join(case) for case in CASES])
def test_it_runs_for_every_task_and_strategy(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    task: str,
    strategy: str,
    split: str,
) -> None:
    """A batch has its shape and, where there are labels, a finite loss; the card's own test starts the workers."""
    program = LoaderExample("32", 32, split, task, classes=7, strategy=strategy).program()
    single = program.replace('num_workers=2, multiprocessing_context="spawn"', "num_workers=0")
    assert single != program
    monkeypatch.chdir(folder.parent)
    exec(compile(single, "example", "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert "3, 32, 32])" in printed
    assert ("tensor(" in printed) == (split != "test")
    assert "nan" not in printed


@pytest.mark.parametrize(
    ("strategy", "split", "weighted", "drawn"),
    [
        ("augment", "train", False, False),
        ("none", "train", False, False),
        ("weights", "train", True, False),
        ("sampler", "train", False, True),
        ("weights", "validation", False, False),
        ("sampler", "validation", False, False),
    ],
)
def test_imbalance_is_met_once_and_in_training_alone(
    strategy: str, split: str, weighted: bool, drawn: bool
) -> None:
    """Copies, weights or a sampler, as the dataset was made; validation is read as it is."""
    program = LoaderExample("32", 32, split, "expression", classes=7, strategy=strategy).program()
    assert ("weight=weights" in program) == weighted
    assert ("sampler=sampler" in program) == drawn
    assert ("shuffle=True" in program) == (not drawn)


@pytest.mark.parametrize(("task", "chance"), [("expression", "0.0"), ("multi_task", "1.0")])
def test_rows_without_an_expression_are_drawn_for_their_other_labels(task: str, chance: str) -> None:
    """A sampler by classes takes them as `train` does: as an average row, and never where nothing else is learnt."""
    program = LoaderExample("32", 32, "train", task, classes=7, strategy="sampler").program()
    assert f"torch.where(labels >= 0, weights[labels], {chance})" in program


def test_the_readme_shows_the_program_of_the_demo() -> None:
    """What a new user copies is what every card's test runs."""
    program = LoaderExample(
        "data/published/128", 128, "train", "expression", classes=7, strategy="augment"
    ).program()
    assert f"```python\n{program}```" in (ROOT / "docs/pytorch.md").read_text(encoding="utf-8")
