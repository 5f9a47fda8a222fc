"""Stage `balance`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_data.balance.stage import _train_rows, balance
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.errors import DatasetError, ParamsError
from fer_data.multires import multires
from fer_data.params.balance import BalanceParams
from fer_data.params.multires import MultiresParams
from fer_data.params.source import DatasetParams
from fer_data.pictures.images import decode
from fer_data.tables.published_series import row_splits
from fer_data.tables.schemas import COPIES, PLAN, read_arrow, read_table

DATASET = DatasetParams(task="expression", classes="header", class_map={}, same_person="same_person.csv")
COUNTS = [28, 4, 6, 6, 4, 2, 2]


def params(strategy: str = "augment", **changes: Any) -> BalanceParams:
    """Return the section's parameters with some of them changed."""
    values = {"strategy": strategy, "seed": 7, "target_ratio": 0.5, "max_copies": 3, **changes}
    return BalanceParams.model_validate(values)


@pytest.fixture(scope="module")
def variants(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the resolutions 96 and 32."""
    folder = tmp_path_factory.mktemp("multires")
    for size in (96, 32):
        multires(
            faces, folder / str(size), size, MultiresParams(method="area", png_up_to_px=64, jpeg_quality=95)
        )
    return folder


def run(faces: Path, variants: Path, output: Path, size: int = 32, **given: Any) -> dict[str, Any]:
    """Run the stage on a resolution."""
    chosen = {"balance": params(), "dataset": DATASET, **given}
    return balance(faces, variants / str(size), output, resolution=size, **chosen)


def copies(folder: Path) -> list[dict[str, Any]]:
    """Return all rendered copies of a folder."""
    return [
        row
        for path in sorted(folder.glob("*.arrow"))
        for batch in read_arrow(path, COPIES)
        for row in batch.to_pylist()
    ]


def test_copies_bring_the_classes_to_the_target(faces: Path, variants: Path, tmp_path: Path) -> None:
    """Every class reaches half of the largest, or four times its rows; only kept training rows count."""
    summary = run(faces, variants, tmp_path / "out")
    assert summary["train_counts"] == COUNTS
    assert summary["copies"] == [0, 10, 8, 8, 10, 6, 6]
    assert summary["imbalance_ratio_before"] == 14
    assert summary["imbalance_ratio_after"] == 3.5
    assert summary["copies_total"] == len(copies(tmp_path / "out")) == 48


def test_the_plan_is_the_same_at_every_resolution(faces: Path, variants: Path, tmp_path: Path) -> None:
    """`plan.parquet` has equal bytes, so the resolutions show the same copies."""
    for size in (96, 32):
        run(faces, variants, tmp_path / str(size), size)
    assert (tmp_path / "96/plan.parquet").read_bytes() == (tmp_path / "32/plan.parquet").read_bytes()


def test_every_planned_copy_is_rendered_in_order(faces: Path, variants: Path, tmp_path: Path) -> None:
    """Copies carry their parent, number and seed, and have the resolution's size."""
    run(faces, variants, tmp_path / "out")
    plan = read_table(tmp_path / "out/plan.parquet", PLAN).to_pylist()
    made = copies(tmp_path / "out")
    assert [row["row_id"] for row in made] == [f"{row['parent_id']}+{row['copy']}" for row in plan]
    assert [json.loads(row["augmentation"])["seed"] for row in made] == [row["seed"] for row in plan]
    assert {decode(row["image"]).shape for row in made} == {(32, 32, 3)}


def test_copies_have_the_encoder_of_their_resolution(faces: Path, variants: Path, tmp_path: Path) -> None:
    """PNG up to 64 px, JPEG above, as for the originals."""
    for size in (96, 32):
        run(faces, variants, tmp_path / str(size), size)
    assert all(row["image"].startswith(b"\xff\xd8") for row in copies(tmp_path / "96"))
    assert all(row["image"].startswith(b"\x89PNG") for row in copies(tmp_path / "32"))


def test_two_runs_give_the_same_bytes(faces: Path, variants: Path, tmp_path: Path) -> None:
    """Nothing depends on what ran before."""
    for name in ("one", "two"):
        run(faces, variants, tmp_path / name, 96)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize(
    "forked", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["forked", "spawned"]
)
def test_worker_processes_give_the_same_bytes(
    faces: Path, variants: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, forked: bool
) -> None:
    """Two processes write what one writes, whether they are copies of it or fresh ones."""
    run(faces, variants, tmp_path / "one", 96)
    monkeypatch.setattr("fer_data.execution.engines.ordered.can_fork", lambda: forked)
    monkeypatch.setattr("fer_data.balance.stage._COPIES_PER_FORK", 1)
    monkeypatch.setattr("fer_data.balance.stage._COPIES_PER_WORKER", 1)
    run(faces, variants, tmp_path / "two", 96, workers=2)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize("strategy", ["weights", "sampler", "none"])
def test_only_augment_makes_copies(faces: Path, variants: Path, tmp_path: Path, strategy: str) -> None:
    """One switch: a strategy without copies has an empty plan, and only two of them have weights."""
    summary = run(faces, variants, tmp_path / "out", balance=params(strategy))
    assert copies(tmp_path / "out") == []
    assert len(read_table(tmp_path / "out/plan.parquet", PLAN)) == 0
    stored = json.loads((tmp_path / "out/balance.json").read_text(encoding="utf-8"))
    assert (stored["strategy"], stored["train_counts"]) == (strategy, COUNTS)
    assert stored["classes"] == list(SEVEN_CLASSES)
    assert (stored["class_weights"] is None) == (strategy == "none")
    assert summary["copies_total"] == 0


def test_augmenting_gives_no_weights(faces: Path, variants: Path, tmp_path: Path) -> None:
    """Classes that were balanced by copies are not weighted as well."""
    assert run(faces, variants, tmp_path / "out")["class_weights"] is None


def test_another_task_balances_where_expressions_stay(faces: Path, variants: Path, tmp_path: Path) -> None:
    """For valence and arousal only subject `a` trains with an expression in the same split."""
    source = DATASET.model_copy(update={"task": "valence_arousal"})
    run(faces, variants, tmp_path / "out", dataset=source)
    assert copies(tmp_path / "out") == []
    stored = json.loads((tmp_path / "out/balance.json").read_text(encoding="utf-8"))
    assert stored["train_counts"] == [8, 0, 0, 0, 4, 0, 0]


def test_without_expressions_only_none_is_possible(
    variants: Path, tmp_path: Path, faces_without_labels: Path
) -> None:
    """A strategy that has nothing to count is refused, with the way out."""
    with pytest.raises(
        ParamsError, match=r"balance.strategy \(weights\) needs training rows .* Set it to none"
    ):
        run(faces_without_labels, variants, tmp_path / "out", balance=params("weights"))
    assert run(faces_without_labels, variants, tmp_path / "out", balance=params("none"))["copies_total"] == 0


def test_a_variant_of_another_size_is_refused(faces: Path, variants: Path, tmp_path: Path) -> None:
    """Copies are rendered at their own resolution or not at all."""
    with pytest.raises(DatasetError, match="holds 96 px pictures, expected 32 px"):
        balance(faces, variants / "96", tmp_path / "out", resolution=32, balance=params(), dataset=DATASET)
    assert not (tmp_path / "out").exists()


def test_copies_differ_from_their_parents(faces: Path, variants: Path, tmp_path: Path) -> None:
    """A copy is another picture, of much the same brightness."""
    run(faces, variants, tmp_path / "out")
    made = copies(tmp_path / "out")
    assert len({row["image"] for row in made}) == len(made)
    assert np.mean([decode(row["image"]).std() for row in made]) > 20


@pytest.mark.parametrize("classes", [7, 6, 1])
def test_labels_beyond_the_last_class_are_no_training_rows(faces: Path, classes: int) -> None:
    """With seven classes 6 is the last one; the first that is none of them is left out, and so are those behind it."""
    found = _train_rows(faces, row_splits(faces, "expression"), classes)["expression"].to_pylist()
    assert [found.count(label) for label in range(7)] == [*COUNTS[:classes], *[0] * (7 - classes)]
