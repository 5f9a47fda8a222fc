"""A second source joins the first, whose rows and pictures stay, and leaves again."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml
from conftest import PARAMS, write_faces
from corpus_trees import SEVEN, source, write_text, write_video
from dvc_runs import DVC, begin_project, run_in
from published_with import published_of

from fer_data.ingest import ingest
from fer_data.params.document import load_params
from fer_data.params.profiles import merged
from fer_data.params.sample import SampleParams
from fer_data.published.dataset import open_published
from fer_data.sample.corpus import sample
from fer_data.shell.files.findings import read_findings
from fer_data.stats import stats
from fer_data.tables.face_rows import metadata
from fer_data.tables.origin import stated_prefixes
from fer_data.tables.schemas import FACE_ROWS, ROWS, VIDEOS, read_table
from train.evaluation.scored_rows import row_corpora

ROOT = Path(__file__).parents[1]
CODE = ("fer_data", "stages")
pytestmark = pytest.mark.usefixtures("plain_cards")


def everything(dataset: Path) -> list[dict[str, Any]]:
    """Return the rows of a published dataset, pictures as bytes."""
    loaded = datasets.load_from_disk(str(dataset))
    splits = {name: rows.cast_column("image", datasets.Image(decode=False)) for name, rows in loaded.items()}
    return [{**row, "split": name} for name, rows in splits.items() for row in rows]


def originals(dataset: Path) -> dict[str, dict[str, Any]]:
    """Return those without augmented copies by row_id."""
    return {row["row_id"]: row for row in everything(dataset) if not row["parent_id"]}


def same(one: object, other: object) -> bool:
    """Say whether two rows are the same; NaN is."""
    return repr(one) == repr(other)


def test_a_second_source_leaves_the_rows_of_the_first_as_they_are(tmp_path: Path) -> None:
    """Every column and every picture; the column `corpus` says whose a row is."""
    params = load_params(PARAMS)
    write_faces(tmp_path / "one/first", source="first")
    for name, prefix in (("first", ""), ("second", "b-")):
        write_faces(tmp_path / "two" / name, source=name, prefix=prefix)
    alone = originals(published_of(tmp_path / "one", tmp_path / "alone", params))
    both = originals(published_of(tmp_path / "two", tmp_path / "both", params))
    assert all(same(both[row_id], row) for row_id, row in alone.items())
    assert {row["corpus"] for row in alone.values()} == {"first"}
    assert {row_id for row_id, row in both.items() if row["corpus"] == "second"} == {
        f"b-{name}" for name in alone
    }
    said = {name: (tmp_path / name / "32/README.md").read_text("utf-8") for name in ("alone", "both")}
    for split in {row["split"] for row in both.values()}:
        of_split = [row for row in everything(tmp_path / "both/32") if row["split"] == split]
        for name in ("first", "second"):
            own = [row for row in of_split if row["corpus"] == name]
            line = f"| {name} | {split} | {len(own)} | {len({row['subject_id'] for row in own})} |"
            assert line in said["both"].splitlines()
    assert "corpora" not in said["alone"]
    counted = stats(tmp_path / "both/32")
    assert list(counted.corpora) == ["first", "second"]
    assert counted.corpora["first"].splits["expression"] == stats(tmp_path / "alone/32").splits["expression"]
    for folder, expected in (("both", {"a": "first", "b-a": "second"}), ("alone", {"a": "first"})):
        named = row_corpora(open_published(tmp_path / folder / "32"))
        subjects = read_table(tmp_path / folder / "32/rows.parquet", FACE_ROWS)["subject_id"].to_pylist()
        of = dict(zip(subjects, named, strict=False))
        assert {name: of[name] for name in expected} == expected


def test_a_prefix_goes_before_every_id_of_a_catalog(tmp_path: Path) -> None:
    """Of rows, subjects and videos, of findings, and of the subjects that the organisers' crops are of."""
    root = tmp_path / "root"
    write_video(root / "batch1/102.mp4", 5)
    for subject, lines in (("102", 5), ("lost", 3)):
        write_text(root / f"annotations/EXPR_Set/Train_Set/{subject}.txt", SEVEN, [0] * lines)
    ingest(root, tmp_path / "catalog", source(root, prefix="b-"))
    rows = read_table(tmp_path / "catalog/rows.parquet", ROWS).to_pylist()
    assert {(row["row_id"][:6], row["subject_id"], row["video_id"]) for row in rows} == {
        ("b-102/", "b-102", "b-102"), ("b-lost", "b-lost", "b-lost")
    }  # fmt: skip
    videos = read_table(tmp_path / "catalog/videos.parquet", VIDEOS).to_pylist()
    assert [(video["video_id"], video["path"]) for video in videos] == [("b-102", "batch1/102.mp4")]
    named = {one.subject_id for one in read_findings(tmp_path / "catalog/problems.jsonl") if one.subject_id}
    assert named == {"b-lost"}
    assert stated_prefixes(metadata(tmp_path / "catalog", ROWS)) == {"own": "b-"}


def project(folder: Path) -> dict[str, Any]:
    """Make a DVC project of our stages up to `publish`, without its code as dependencies; return its parameters."""
    folder.mkdir()
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    kept = {name: stages[name] for name in ("ingest", "align", "multires", "balance", "publish")}
    for stage in kept.values():
        own = stage.get("do", stage)
        own["deps"] = [dep for dep in own["deps"] if not dep.startswith(CODE)]
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": kept}))
    for name in ("decisions.csv", "same_person.csv"):
        (folder / name).write_text((ROOT / name).read_text(encoding="utf-8"))
    begin_project(folder)
    params = merged("ci", folder=ROOT / "profiles").values
    params["resolutions"], params["train"]["resolution"] = [32], 32
    return params


def write(folder: Path, params: dict[str, Any], sources: dict[str, Any]) -> None:
    """Write parameters with these sources."""
    (folder / "params.yaml").write_text(yaml.safe_dump({**params, "sources": sources}))


def repro(folder: Path) -> tuple[int, set[str], str]:
    """Run `dvc repro`; return its code, the stages that it ran, and what it said."""
    done = run_in(folder, DVC, "repro")
    return done.returncode, set(re.findall(r"Running stage '([^']+)'", done.stdout)), done.stdout


@pytest.mark.slow
def test_a_corpus_joins_and_leaves_with_real_dvc(tmp_path: Path) -> None:
    """Adding one computes its own stages alone before `multires`, where what one left that is gone stops it."""
    values = load_params(PARAMS).sample.model_dump()
    few = values | {
        "train_subjects": 1,
        "other_subjects": 2,
        "min_frames": 7,
        "max_frames": 8,
        "faults": False,
    }
    for seed in (7, 8):
        sample(tmp_path / f"seed{seed}", SampleParams.model_validate(few | {"seed": seed}))
    folder = tmp_path / "re po"
    params = project(folder)
    (own,) = params["sources"].values()
    first = {"first": own | {"root": "../seed7"}}
    both = first | {"second": own | {"root": "../seed8", "prefix": "b-"}}
    later = {"multires@32", "balance@32", "publish@32"}

    write(folder, params, first)
    assert repro(folder)[:2] == (0, {"ingest@first", "align@first", *later})
    alone = originals(folder / "data/published/32")
    stated = json.loads((folder / "data/published/32/provenance.json").read_text(encoding="utf-8"))

    write(folder, params, both)
    assert repro(folder)[:2] == (0, {"ingest@second", "align@second", *later})
    together = originals(folder / "data/published/32")
    assert all(same(together[row_id], row) for row_id, row in alone.items())
    assert {row["corpus"] for row in together.values()} == {"first", "second"}
    assert all((row["corpus"] == "second") == name.startswith("b-") for name, row in together.items())

    write(folder, params, first)
    code, ran, said = repro(folder)
    assert (code != 0, ran) == (True, {"multires@32"})
    remedy = re.search(r"remove what it left: `(rm -r [^`]+)`", said)
    assert remedy
    assert remedy[1] == "rm -r data/faces/second data/catalog/second"
    subprocess.run(remedy[1], shell=True, cwd=folder, check=True)
    assert repro(folder)[0] == 0
    again = json.loads((folder / "data/published/32/provenance.json").read_text(encoding="utf-8"))
    assert again["dataset_sha256"] == stated["dataset_sha256"]
