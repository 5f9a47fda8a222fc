"""`fer-data compare` and `fer-data ensemble`, as a user runs them."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

from fer_data.commands.compare import compare, ensemble
from fer_data.errors import DatasetError, ParamsError
from fer_data.tables.schemas import PREDICTIONS, read_table, write_table

APP = typer.Typer()
APP.command()(compare)
APP.command()(ensemble)
FRAMES, VIDEOS = 8, 6


def evaluation(
    folder: Path, seed: int, *, frames: int = FRAMES, classes: tuple[str, ...] = ("Neutral", "Anger", "Fear")
) -> Path:
    """Write an evaluation of three classes whose logits lean to the right one, and return its folder."""
    random = np.random.default_rng(seed)
    rows = []
    for video in range(VIDEOS):
        for frame in range(frames):
            logits = random.normal(0, 1, len(classes)) + np.eye(len(classes))[frame % 3]
            rows.append(
                {
                    "row_id": f"v{video}/{frame + 1:05d}",
                    "subject_id": f"v{video}",
                    "video_id": f"v{video}",
                    "frame_index": frame,
                    "resolution": 64,
                    "expression": frame % 3,
                    "predicted": int(logits.argmax()),
                    "source": "model",
                    "logits": logits.tolist(),
                }
            )
    named = {"classes": json.dumps(classes)}
    table = pa.Table.from_pylist(rows, PREDICTIONS)
    write_table(folder / "predictions.parquet", [table], PREDICTIONS, named)
    return folder


def run(*arguments: object) -> str:
    """Return what was printed; an error of ours is raised."""
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(APP, words, catch_exceptions=False, env={"COLUMNS": "160"}).output


def test_a_comparison_names_both_scores_the_gain_and_its_interval(tmp_path: Path) -> None:
    """The table has them side by side; JSON has the same figures; a folder and its file are one."""
    first, second = evaluation(tmp_path / "a", 1), evaluation(tmp_path / "b", 2)
    text = run("compare", first, second, "--draws", 100)
    found = json.loads(run("compare", first / "predictions.parquet", second, "--draws", 100, "--json"))
    gain = found["64"]["macro_f1"]
    assert gain["difference"] == pytest.approx(gain["second"] - gain["first"])
    for value in (f"{gain['first']:.3f}", f"{gain['second']:.3f}", f"{gain['difference']:+.3f}"):
        assert value in text
    assert f"[{gain['interval']['low']:+.3f}, {gain['interval']['high']:+.3f}]" in text
    assert "48 rows of 6 videos" in text


def test_a_class_that_no_row_has_is_named_beside_the_score_without_it(tmp_path: Path) -> None:
    """Of four classes no row is Surprise: macro F1 is three quarters of that over the classes present."""
    classes = ("Neutral", "Anger", "Fear", "Surprise")
    first, second = (evaluation(tmp_path / name, seed, classes=classes) for seed, name in enumerate("ab"))
    found = json.loads(run("compare", first, second, "--draws", 100, "--json"))["64"]
    assert found["absent"] == ["Surprise"]
    assert found["videos_by_class"] == {"Neutral": 6, "Anger": 6, "Fear": 6, "Surprise": 0}
    assert found["macro_f1"]["second"] == pytest.approx(found["macro_f1_present"]["second"] * 3 / 4)
    texts = [run("compare", first, second, "--draws", 100)]
    texts.append(run("ensemble", first, second, "--output", tmp_path / "joint.parquet", "--draws", 100))
    for text in texts:
        assert "classes present" in text
        assert "No scored row is Surprise: macro F1 counts it 0" in " ".join(text.split())
    assert f"{found['macro_f1_present']['first']:.3f}" in texts[0]


def test_tables_with_absent_classes_fit_80_columns(tmp_path: Path) -> None:
    """No figure is cut, however long the names of the evaluations are."""
    classes = ("Neutral", "Anger", "Fear", "Surprise")
    pair = [evaluation(tmp_path / f"{name}-with-a-long-name", 3, classes=classes) for name in "ab"]
    for words in (["compare"], ["ensemble", "--output", tmp_path / "joint.parquet"]):
        command = [str(word) for word in [words[0], *pair, *words[1:], "--draws", 100]]
        shown = CliRunner().invoke(APP, command, catch_exceptions=False, env={"COLUMNS": "80"}).output
        assert "\u2026" not in shown
        table = [line for line in shown.splitlines() if line[:1] in "\u2502\u2503\u250f"]
        assert max(map(len, table)) <= 80
        assert len(re.findall(r"\[[+-]?\d\.\d{3}, [+-]?\d\.\d{3}\]", shown)) == (
            3 if words == ["compare"] else 7
        )


def test_evaluations_of_other_rows_are_refused(tmp_path: Path) -> None:
    """The message names both paths and how many rows differ; a folder without predictions is named."""
    first, second = evaluation(tmp_path / "a", 1), evaluation(tmp_path / "b", 2, frames=FRAMES - 1)
    with pytest.raises(DatasetError, match=r"48 of \S+/a and 42 of \S+/b; \S+/b lacks 6, such as"):
        run("compare", first, second)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"empty must be an evaluation, but is an empty folder"):
        run("compare", first, tmp_path / "empty")


def test_an_ensemble_is_written_scored_and_can_be_compared(tmp_path: Path) -> None:
    """Three noisy models: their mean is written, its gain over the mean member is told, `compare` reads it."""
    members = [evaluation(tmp_path / name, seed) for seed, name in enumerate("abc")]
    output = tmp_path / "joint.parquet"
    text = run("ensemble", *members, "--output", output, "--draws", 100)
    assert "ensemble" in text
    assert f"written to {output}" in text.replace("\n", "")
    logits = [
        np.array(read_table(one / "predictions.parquet", PREDICTIONS)["logits"].to_pylist())
        for one in members
    ]
    joint = np.array(read_table(output, PREDICTIONS)["logits"].to_pylist())
    np.testing.assert_allclose(joint, np.mean(logits, axis=0), rtol=1e-5)
    found = json.loads(run("ensemble", *members, "--output", output, "--draws", 100, "--json", "--overwrite"))
    assert list(found["members"]) == [str(one) for one in members]
    assert found["gain_over_mean_member"]["64"]["macro_f1"]["difference"] > 0
    assert '"64"' in run("compare", members[0], output, "--draws", 100, "--json")


def test_an_ensemble_is_a_parquet_file(tmp_path: Path) -> None:
    """Another suffix is refused before anything is read."""
    with pytest.raises(ParamsError, match=r"must end in \.parquet"):
        run("ensemble", tmp_path, "--output", tmp_path / "joint.csv")
