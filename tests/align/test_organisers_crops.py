"""The organisers' crops in `align`: they settle who is who, give the frame offset, and stand in for a missing video."""

import csv
import json
import os
import re
from pathlib import Path
from typing import Any

import cv2
import datasets
import numpy as np
import pytest
from corpus_trees import EIGHT, source, write_text
from in_this_process import align
from numbered_videos import without, write_numbered
from published_with import publish, restricted
from video_corpora import (
    Subject,
    align_corpus,
    align_params,
    compute_params,
    people,
    source_params,
    write_catalog,
    write_video,
)

from fer_data.assignment.reference_crops import read_crop
from fer_data.balance import balance
from fer_data.core.arrays import Image
from fer_data.corpora.crops import find_crops
from fer_data.ingest import ingest
from fer_data.multires import multires
from fer_data.params.document import load_params
from fer_data.pictures.images import decode, encode_jpeg
from fer_data.publish import PublishInputs
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.findings import Severity, read_findings
from fer_data.tables.schemas import FACE_ROWS, read_table

FRAMES = 24
PLACES = {"left": (10, 40), "right": (190, 60)}
SUBJECTS = {
    "pair": Subject("pair", [0] * FRAMES, "left"),
    "pair_right": Subject("pair", [1] * FRAMES, "right"),
    "lone": Subject("lone", [0] * FRAMES),
    "plain": Subject("plain", [0] * FRAMES),
}


def patch(person: int, index: int) -> Image:
    """Return a person's patch of 120 px with a bar of light that wanders down the face, so that frames differ."""
    face = people()[person].astype(np.float32)
    row = 20 + 4 * (index % 20)
    face[row : row + 12] *= 1.5
    return np.clip(face, 0, 255).astype(np.uint8)


def picture(cast: dict[str, int], index: int) -> Image:
    """Return a frame with people, by number, at the left and right place."""
    frame = np.full((240, 320, 3), 90, np.uint8)
    for side, person in cast.items():
        x, y = PLACES[side]
        frame[y : y + 120, x : x + 120] = patch(person, index)
    return frame


def write_crops(folder: Path, subject: str, person: int, numbers: range, offset: int = 0) -> Path:
    """Write crops of a person, wider than ours, numbered from 1; crop N shows frame N + offset."""
    target = folder / "cropped_aligned" / subject
    target.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        crop = cv2.resize(patch(person, number - 1 + offset)[4:], (112, 108), interpolation=cv2.INTER_AREA)
        (target / f"{number:05d}.jpg").write_bytes(encode_jpeg(np.asarray(crop, np.uint8), 90))
    return target


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return videos of two people each, and crops: of the other person, one frame late, and some that are damaged.

    `pair` has crops for its left file alone, and they show the person on the right; `lone` has a larger person whom
    nobody annotates, and crops of the smaller one, taken one frame later; `plain` has none.
    """
    folder = tmp_path_factory.mktemp("crops corpus")
    videos = folder / "root" / "batch1"
    for name in ("pair", "plain", "lone"):
        write_video(videos / f"{name}.mp4", lambda i: picture({"left": 0, "right": 1}, i), FRAMES)
    write_catalog(folder / "catalog", SUBJECTS, dict.fromkeys(("lone", "pair", "plain"), FRAMES))
    target = write_crops(folder / "crops", "pair", 1, range(1, FRAMES + 1))
    (target / "00007.jpg").write_bytes(b"no picture")
    (target / "00009.jpg").unlink()
    (target / "Thumbs.db").write_bytes(b"x")
    write_crops(folder / "crops", "lone", 1, range(1, FRAMES), offset=1)
    return folder


def run(corpus: Path, output: Path, *, crops: bool = True, **compute: Any) -> dict[str, Any]:
    """Align into `output` with the crops and return the summary."""
    source = source_params().changed(crops=str(corpus / "crops") if crops else None)
    return align_corpus(corpus, output, source=source, **compute)


@pytest.fixture(scope="module")
def done(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the outputs of one run, with its summary as summary.json."""
    output = tmp_path_factory.mktemp("settled")
    (output / "summary.json").write_text(json.dumps(run(corpus, output)))
    return output


def decisions(output: Path) -> dict[str, dict[str, str]]:
    """Return the lines of the decisions' table by subject."""
    with (output / "reports" / "decisions.csv").open(encoding="utf-8", newline="") as file:
        return {row["subject_id"]: row for row in csv.DictReader(file)}


def middles(output: Path, subject: str) -> list[int]:
    """Return the middle across the picture of each kept face of a subject, in px."""
    rows = read_table(output / "faces" / "rows.parquet", FACE_ROWS).to_pylist()
    kept = [row for row in rows if row["subject_id"] == subject and row["state"] == "kept"]
    return [int(row["box"][0] + row["box"][2]) // 2 for row in kept]


def test_crops_of_the_other_person_overrule_the_side(done: Path) -> None:
    """The left file's crops show the person on the right, so they are taken, and the right file gets the other."""
    assert min(middles(done, "pair")) > 160
    assert max(middles(done, "pair_right")) < 160
    assert len(middles(done, "pair")) == len(middles(done, "pair_right")) == FRAMES
    table = decisions(done)
    assert (table["pair"]["crops_verdict"], table["pair"]["crops_side"]) == ("overruled", "right")
    assert table["pair_right"]["crops_verdict"] == "swapped"


def test_crops_find_the_person_among_bystanders(done: Path, corpus: Path, tmp_path: Path) -> None:
    """A single annotated person need not be the most salient one where crops show who it is."""
    run(corpus, tmp_path, crops=False)
    alone = middles(tmp_path, "lone")
    settled = middles(done, "lone")
    assert min(settled) > 160
    assert decisions(done)["lone"]["crops_verdict"] == ("agreed" if min(alone) > 160 else "overruled")


def test_the_frame_offset_is_reported_and_not_applied(done: Path) -> None:
    """Crops that are one frame late are a finding; rows keep their own frames and times."""
    assert decisions(done)["lone"]["crops_frame_offset"] == "1"
    assert decisions(done)["pair"]["crops_frame_offset"] == "0"
    rows = read_table(done / "faces" / "rows.parquet", FACE_ROWS).to_pylist()
    assert all(row["pts_seconds"] == pytest.approx(row["frame_index"] / 25) for row in rows)
    found = {(f.rule, f.subject_id) for f in read_findings(done / "faces" / "problems.jsonl")}
    assert ("crops-frame-offset", "lone") in found
    assert ("crops-frame-offset", "pair") not in found


@pytest.mark.parametrize("before", [True, False], ids=["made before the loss", "made after it"])
def test_crops_that_move_at_a_hole_place_it(before: bool, tmp_path: Path) -> None:
    """Within the tolerance a hole gets a line of its own only where the crops, numbered like the lines, say so."""
    frames, gone = 36, 18
    videos = tmp_path / "root" / "batch1"
    whole = write_numbered(tmp_path / "whole.mkv", "mjpeg", frames, draw=lambda i: picture({"left": 0}, i))
    videos.mkdir(parents=True)
    without(whole, videos / "v.mkv", [gone])
    (videos / "v.mkv").rename(videos / "v.mp4")
    write_catalog(tmp_path / "catalog", {"v": Subject("v", [0] * frames)}, {"v": frames - 1})
    if before:
        write_crops(tmp_path / "crops", "v", 0, range(1, frames + 1))
    else:
        write_crops(tmp_path / "crops", "v", 0, range(1, gone + 1))
        write_crops(tmp_path / "crops", "v", 0, range(gone + 1, frames), offset=1)
    run(tmp_path, tmp_path / "out")
    rows = read_table(tmp_path / "out/faces/rows.parquet", FACE_ROWS).to_pylist()
    missing = [row["frame_index"] for row in rows if row["state"] == "no_frame"]
    assert missing == [gone if before else frames - 1]
    rules = [finding.rule for finding in read_findings(tmp_path / "out/faces/problems.jsonl")]
    assert rules.count("frame-holes") == 1
    assert "crops-frame-offset" not in rules


def test_findings_say_what_the_crops_overruled(done: Path) -> None:
    """Both sides of the pair and the damaged picture are named."""
    found = {(f.rule, f.subject_id) for f in read_findings(done / "faces" / "problems.jsonl")}
    assert {
        ("crops-overrule", "pair"),
        ("crops-overrule", "pair_right"),
        ("unreadable-crops", "pair"),
    } <= found


def test_pictures_to_look_at_are_where_findings_say(done: Path) -> None:
    """The path has the name of the source, whose folder the reports are, and the picture is there."""
    findings = read_findings(done / "faces" / "problems.jsonl")
    named = {path for f in findings for path in re.findall(r"reports/assignment/(\S+\.jpg)", f.message)}
    assert named >= {"sample/crops/pair.jpg"}
    assert all((done / "reports" / path.removeprefix("sample/")).is_file() for path in named)


def test_a_decision_tells_how_many_crops_say_so(done: Path) -> None:
    """The table counts what was compared and what matched; a subject without crops has empty fields."""
    row = decisions(done)["pair"]
    assert int(row["crops_compared"]) == FRAMES - 2
    assert int(row["crops_matches"]) > 15
    assert row["crops_others"] == "0"
    assert float(row["crops_similarity"]) > 0.65
    assert float(row["margin"]) > 0.8
    assert {decisions(done)["plain"][name] for name in row if name.startswith("crops_")} == {""}


def test_a_picture_shows_their_crops_above_ours(done: Path) -> None:
    """Only videos with crops have one."""
    folder = done / "reports" / "crops"
    assert sorted(path.name for path in folder.iterdir()) == ["lone.jpg", "pair.jpg"]
    assert decode((folder / "pair.jpg").read_bytes()).shape[1] == 896


@pytest.mark.parametrize("engine", ["local", pytest.param("ray", marks=pytest.mark.slow)])
def test_workers_and_engines_give_the_same_bytes(
    corpus: Path, done: Path, tmp_path: Path, engine: str
) -> None:
    """Two workers of either engine write what one wrote, into a store of their own."""
    summary = run(corpus, tmp_path, workers=2, engine=engine, store=str(tmp_path / "store"))
    assert summary == json.loads((done / "summary.json").read_text())
    for path in (path for path in done.rglob("*.*") if path.name != "summary.json"):
        assert file_sha256(tmp_path / path.relative_to(done)) == file_sha256(path), path.name


CLASS_ROWS = {"train": 30, "validation": 12}
SETS = {"train": "Train_Set", "validation": "Validation_Set"}


def write_crops_only(folder: Path) -> Path:
    """Write label files and crops without any video: gaps, a damaged and an odd picture, spare numbers."""
    root = folder / "corpus"
    for number, (split, rows) in enumerate(CLASS_ROWS.items()):
        labels = [index % 2 for index in range(rows)]
        sets = root / "Third ABAW Annotations/EXPR_Classification_Challenge" / SETS[split]
        write_text(sets / f"{split}.txt", EIGHT, labels)
        target = write_crops(folder / "crops", split, number, range(1, rows + 2))
        (target / "00003.jpg").unlink()
        (target / "00005.jpg").write_bytes(b"no picture")
        odd = np.ascontiguousarray(patch(number, 5)[:, :90])
        (target / "00006.jpg").write_bytes(encode_jpeg(odd, 90))
    write_text(root / "expression_test_set.txt", "held", [])
    write_crops(folder / "crops", "held", 2, range(1, 8))
    return root


def settle(root: Path) -> dict[str, Any]:
    """Run ingest and align, and return the summary."""
    folder = root.parent
    origin = source(root, crops=str(folder / "crops"))
    ingest(root, folder / "catalog", origin)
    return align(
        folder / "catalog",
        root,
        folder / "faces",
        folder / "reports",
        source=origin,
        align=align_params(),
        compute=compute_params(1),
    )


def build(root: Path) -> dict[str, Any]:
    """Run ingest, align, multires, balance and publish, and return the summary of align."""
    folder, params = root.parent, restricted(load_params())
    params = params.model_copy(update={"align": align_params()})
    summary = settle(root)
    inputs = PublishInputs(folder / "faces", folder / "64", folder / "balanced")
    multires(inputs.faces, inputs.variant, 64, params.multires)
    balance(
        inputs.faces,
        inputs.variant,
        inputs.balanced,
        resolution=64,
        balance=params.balance,
        dataset=params.dataset,
    )
    publish(inputs, folder / "published", resolution=64, params=params)
    return summary


@pytest.fixture(scope="module")
def stood_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return the folder of such a corpus that was built to a published dataset, and the summary of align."""
    folder = tmp_path_factory.mktemp("crops alone")
    return folder, build(write_crops_only(folder))


def test_crops_stand_in_for_videos_to_the_published_dataset(stood_in: tuple[Path, dict[str, Any]]) -> None:
    """Every crop becomes a row with a picture; a gap is no_face, a damaged one decode_error, and nothing is lost."""
    folder, summary = stood_in
    assert {name: count for name, count in summary["states"].items() if count} == {
        "kept": 28 + 10 + 7,
        "no_face": 2,
        "decode_error": 2,
    }
    dataset = datasets.load_from_disk(str(folder / "published"))
    originals = {name: [row for row in split if row["parent_id"] == ""] for name, split in dataset.items()}
    assert {name: len(rows) for name, rows in originals.items()} == {"train": 28, "validation": 10, "test": 7}
    row = originals["train"][0]
    assert row["image"].size == (64, 64)
    assert np.asarray(row["image"]).std() > 20
    assert (row["box"], row["track_id"]) == ([0.0, 0.0, 112.0, 108.0], -1)
    assert np.isnan([row["pts_seconds"], row["detector_score"], *np.ravel(row["landmarks"])]).all()


def test_crops_that_stand_in_are_said_to(stood_in: tuple[Path, dict[str, Any]]) -> None:
    """Findings name the subject, the damaged picture, and numbers beyond the label lines; nobody is missing."""
    found = read_findings(stood_in[0] / "faces" / "problems.jsonl")
    assert {(f.rule, str(f.severity)) for f in found if f.subject_id == "train"} == {
        ("crops-stand-in", "info"),
        ("unreadable-crops", "error"),
        ("frames-differ", "info"),
    }
    assert not [f for f in found if f.rule in ("no-video", "nobody-assigned", "doubtful-assignment")]


def test_crops_numbered_far_beyond_the_lines_are_quarantined(tmp_path: Path) -> None:
    """Crops and labels that do not belong together are not joined."""
    root = write_crops_only(tmp_path)
    write_crops(tmp_path / "crops", "validation", 1, range(20, 22))
    summary = settle(root)
    assert summary["states"]["quarantined"] == CLASS_ROWS["validation"]
    found = read_findings(tmp_path / "faces" / "problems.jsonl")
    assert [f.severity for f in found if f.rule == "frames-quarantined"] == [Severity.ERROR]


@pytest.mark.parametrize("content", [b"P5 60000 60000 255\n" + bytes(100), b"BM" + bytes(100), b"", None])
def test_a_crop_that_is_no_picture_is_none(tmp_path: Path, content: bytes | None) -> None:
    """A header that asks for gigabytes, nothing, and a pipe cost their row and no more."""
    if content is None:
        os.mkfifo(tmp_path / "00001.jpg")
    else:
        (tmp_path / "00001.jpg").write_bytes(content)
    assert read_crop(tmp_path / "00001.jpg") is None


def test_crops_are_found_without_following_links_around_them(tmp_path: Path) -> None:
    """A link to the disk, to the folder itself or to nowhere is no folder of crops."""
    (tmp_path / "crops/a").mkdir(parents=True)
    (tmp_path / "crops/a/00001.jpg").touch()
    for name, target in {"disk": "/", "up": "..", "self": ".", "broken": "nowhere", "again": "a"}.items():
        (tmp_path / "crops" / name).symlink_to(target)
    assert list(find_crops(tmp_path / "crops")) == ["a"]
