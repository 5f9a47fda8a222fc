"""What made an output is told by a seal that was written with it, whatever lies on disk later."""

import ast
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from published_with import write_seals

from experiments.published import seals_with
from fer_data.errors import DatasetError
from fer_data.execution import seals
from fer_data.execution.seals import CODE, LIBRARIES, read_seals, seal_file, seal_of, sealing
from fer_data.execution.source_hash import source_closure
from fer_data.params.document import load_params
from fer_data.publish import PublishInputs, publish
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.sealed import sealed
from fer_data.video_jobs.keys import CODE as WORKER
from fer_data.video_jobs.keys import OBSERVING, environment

ROOT = Path(__file__).parents[2]
PARAMS = load_params(ROOT / "params.yaml")
DISTRIBUTIONS = {"cv2": "opencv-python"}
NO_DATA = {
    "PIL", "google", "huggingface_hub", "lightning_fabric", "matplotlib", "onnx", "psutil", "pydantic", "ray", "rich",
    "safetensors", "torch", "torchcodec", "yaml",
}  # fmt: skip
"""Libraries that run, count devices, read containers, draw or check; a stage that takes values from one states it."""


class Interrupted(Exception):  # noqa: N818 - stands for anything that ends a block early
    """Ends a block."""


def changed(seal: seals.Seal, **values: Any) -> seals.Seal:
    """Return a seal with other values."""
    return seal.model_copy(update=values)


def test_a_seal_is_written_when_the_work_ends_well(tmp_path: Path) -> None:
    """It holds the stage, its code, its parameters and its libraries, and lies in a file of the stage's name."""
    path = seal_file(tmp_path, "multires", 16)
    with sealing(path, "multires", multires=PARAMS.multires):
        assert not path.exists()
    found = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "multires@16.json"
    assert list(found) == ["stage", "code_sha256", "params", "libraries", "seal_sha256"]
    assert found["params"] == {"multires": PARAMS.multires.model_dump(mode="json")}


def test_work_that_is_cut_short_has_no_seal(tmp_path: Path) -> None:
    """The one of an earlier run is gone as well: it tells of other output."""
    path = seal_file(tmp_path, "multires", 16)
    path.write_text("of an earlier run")
    with pytest.raises(Interrupted), sealing(path, "multires", multires=PARAMS.multires):
        raise Interrupted
    assert not path.exists()


def test_code_that_is_edited_while_a_stage_works_did_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash is that of the start, when the code is loaded."""
    path = seal_file(tmp_path, "ingest", "sample")
    monkeypatch.setattr(seals, "source_hash", lambda _: "a" * 64)
    with sealing(path, "ingest", **PARAMS.source().sections()):
        monkeypatch.setattr(seals, "source_hash", lambda _: "b" * 64)
    assert json.loads(path.read_text(encoding="utf-8"))["code_sha256"] == "a" * 64


def test_where_things_lie_is_no_part_of_a_seal(tmp_path: Path) -> None:
    """A corpus that was moved is the same corpus, and nothing after it runs again."""
    here = PARAMS.source()
    elsewhere = here.changed(root=str(tmp_path))
    assert seal_of("ingest", **elsewhere.sections()) == seal_of("ingest", **here.sections())


def test_what_align_takes_from_the_store_was_made_by_what_its_seal_names() -> None:
    """The keys of the store hold the hash of code that the seal's covers, and the versions that it states."""
    covered = set(source_closure(CODE["align"]))
    assert set(source_closure(WORKER)) | set(source_closure(OBSERVING)) <= covered
    versions = {
        name: version
        for name, version in environment(PARAMS.align.engine).items()
        if name not in {"code", "observing", "machine"}
    }
    seal = seal_of("align", **PARAMS.source().sections(), align=PARAMS.align)
    assert seal.libraries == versions


@cache
def imported_by(path: Path) -> frozenset[str]:
    """Return the packages that a file imports; most files are of many stages."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    return frozenset(imported)


@pytest.mark.parametrize("stage", CODE)
def test_a_seal_names_every_library_that_gives_values(stage: str) -> None:
    """A stage that imports another one must state it, or say that it gives none."""
    imported = set().union(*(imported_by(path) for path in source_closure(CODE[stage]).values()))
    foreign = imported - set(sys.stdlib_module_names) - {"fer_data", "train"} - NO_DATA
    engines = {"onnxruntime"} if stage == "align" else set()
    assert {DISTRIBUTIONS.get(name, name) for name in foreign} - {*LIBRARIES[stage], *engines} == set()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("missing", r"seals/align/sample\.json is missing, .*Run `dvc repro align@sample` to build it\."),
        ("altered", r"sample\.json was altered or damaged .*Run `dvc repro align@sample`"),
        (
            "another",
            r"sample\.json is the seal of stage 'ingest', expected 'align'\. Run `dvc repro align@sample`",
        ),
        ("older", r"sample\.json: libraries: Field required\. Run `dvc repro align@sample`"),
    ],
)
def test_a_seal_that_is_none_is_refused(tmp_path: Path, fault: str, message: str) -> None:
    """In one line, with what builds it."""
    folder = tmp_path / "seals"
    write_seals(folder, 16)
    path = seal_file(folder, "align", "sample")
    document = json.loads(path.read_text(encoding="utf-8"))
    match fault:
        case "missing":
            path.unlink()
        case "altered":
            write_json(path, document | {"code_sha256": "0" * 64})
        case "another":
            write_json(path, sealed(document | {"stage": "ingest"}))
        case _:
            write_json(path, sealed({key: document[key] for key in document if key != "libraries"}))
    with pytest.raises(DatasetError, match=message):
        read_seals(folder, 16, ["sample"])


def test_a_dataset_says_what_made_its_crops_and_not_what_lies_on_disk(
    publish_inputs: PublishInputs, tmp_path: Path
) -> None:
    """Crops made by earlier code and libraries are published by later ones: each stage keeps its own."""
    seals_then = seals_with(PARAMS)
    made = seals_then["align@sample"]
    older = {**made.libraries, "numpy": "1.0"}
    seals_then["align@sample"] = changed(made, code_sha256="a" * 64, libraries=older)
    publish(publish_inputs, tmp_path / "32", resolution=32, params=PARAMS.publish, seals=seals_then)
    record = json.loads((tmp_path / "32/provenance.json").read_text(encoding="utf-8"))
    assert list(record["code"]) == ["ingest@sample", "align@sample", "multires", "balance", "publish"]
    assert record["code"]["align@sample"] == "a" * 64 != made.code_sha256
    assert record["libraries"]["align@sample"]["numpy"] == "1.0"
    card = (tmp_path / "32/README.md").read_text(encoding="utf-8")
    now = record["libraries"]["publish"]["numpy"]
    assert (
        f"| numpy | {now} (ingest@sample and multires and balance and publish), 1.0 (align@sample) |" in card
    )


def test_code_alone_changes_neither_shards_nor_what_train_reads(
    publish_inputs: PublishInputs, published: Path, tmp_path: Path
) -> None:
    """`train` depends on the shards and balance.json, which states the content hash of the whole dataset."""
    seals_then = {name: changed(seal, code_sha256="a" * 64) for name, seal in seals_with(PARAMS).items()}
    publish(publish_inputs, tmp_path / "32", resolution=32, params=PARAMS.publish, seals=seals_then)
    differ = {
        path.relative_to(published).as_posix()
        for path in published.rglob("*")
        if path.is_file()
        and path.read_bytes() != (tmp_path / "32" / path.relative_to(published)).read_bytes()
    }
    assert differ == {"README.md", "provenance.json"}
    record, balance = (
        json.loads((published / name).read_text(encoding="utf-8"))
        for name in ("provenance.json", "balance.json")
    )
    assert balance["dataset_sha256"] == record["dataset_sha256"]


def test_stages_that_ran_with_different_params_are_refused(
    publish_inputs: PublishInputs, tmp_path: Path
) -> None:
    """Only by hand: DVC runs every stage that reads a section again when it changes."""
    dataset = PARAMS.dataset.model_copy(update={"task": "multi_task"})
    mixed = seals_with(PARAMS) | {"balance": seal_of("balance", dataset=dataset, balance=PARAMS.balance)}
    with pytest.raises(
        DatasetError, match=r"Stage balance ran with another section dataset .* than ingest@sample\. Run `dvc"
    ):
        publish(publish_inputs, tmp_path / "32", resolution=32, params=PARAMS.publish, seals=mixed)
    assert not (tmp_path / "32").exists()
