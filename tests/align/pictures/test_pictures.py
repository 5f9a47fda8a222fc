"""A corpus of pictures from its rows to crops and states."""

from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from given_corpora import PICTURES as KIND
from given_corpora import GivenCorpus, given, pictures_source
from in_this_process import align
from PIL import Image as Pillow
from video_corpora import align_params, compute_params, people

from fer_data.align.pictures import runs, worker
from fer_data.assignment.hand_lines import COLUMNS
from fer_data.core.arrays import Image
from fer_data.core.copies.hash_search import distances
from fer_data.core.vision.boxes import box_iou
from fer_data.corpora.given import GivenRow
from fer_data.errors import CorpusError
from fer_data.ingest import picture_shards
from fer_data.ingest.given import ingest_given
from fer_data.multires.candidates import MAX_DISTANCE
from fer_data.params.align import AlignParams
from fer_data.pictures.images import decode, encode_jpeg, encode_png
from fer_data.shell.files.findings import Finding, read_findings
from fer_data.tables.face_rows import all_given
from fer_data.tables.schemas import CROPS, FACE_ROWS, read_arrow, read_table

WIDTH, HEIGHT = 400, 240
LEFT, RIGHT = (40, 60, 160, 180), (240, 60, 360, 180)


def picture(*placed: tuple[int, tuple[int, int]], size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image:
    """Return a picture with people at these corners."""
    image = np.full((size[1], size[0], 3), 90, np.uint8)
    for person, (x, y) in placed:
        patch = people()[person]
        image[y : y + patch.shape[0], x : x + patch.shape[1]] = patch
    return image


def write(root: Path, files: dict[str, bytes]) -> None:
    """Write files below a root."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def run(
    folder: Path,
    rows: list[GivenRow],
    params: AlignParams | None = None,
    *,
    aligned: bool = False,
    **compute: Any,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Ingest and align rows of `root`, and return the rows of faces and the summary."""
    root, catalog = folder / "root", folder / "catalog"
    source = pictures_source(root, aligned=aligned).changed(decisions=str(folder / "decisions.csv"))
    if not (folder / "decisions.csv").exists():
        (folder / "decisions.csv").write_text(",".join(COLUMNS) + "\n")
    catalog.mkdir(exist_ok=True)
    ingest_given(GivenCorpus([rows]), KIND, catalog, root=root, source=source)
    options = compute_params().model_copy(update={"store": str(folder / "store"), **compute})
    summary = align(
        catalog, root, folder / "faces", folder / "reports",
        source=source, align=params or align_params(), compute=options,
    )  # fmt: skip
    return read_table(folder / "faces" / "rows.parquet", FACE_ROWS).to_pylist(), summary


def findings(folder: Path) -> dict[str, Finding]:
    """Return what `align` found, by rule."""
    return {finding.rule: finding for finding in read_findings(folder / "faces" / "problems.jsonl")}


def crops(folder: Path, series: str = "p-pictures-train-00000") -> dict[str, bytes]:
    """Return the crops of a shard by row."""
    batches = list(read_arrow(folder / "faces" / f"{series}.arrow", CROPS))
    return {row["row_id"]: row["image"] for batch in batches for row in batch.to_pylist()}


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an album of every sort of picture, aligned."""
    folder = tmp_path_factory.mktemp("album")
    one, two = picture((0, (140, 60))), picture((0, LEFT[:2]), (1, RIGHT[:2]))
    lying = BytesIO()
    exif = Pillow.Exif()
    exif[274] = 6
    Pillow.fromarray(np.rot90(one)).save(lying, "JPEG", quality=95, exif=exif)
    small = cv2.resize(people()[2], (30, 30), interpolation=cv2.INTER_AREA)
    far = np.full((900, 1600, 3), 90, np.uint8)
    far[400:430, 1200:1230] = small
    write(
        folder / "root",
        {
            "a.jpg": encode_jpeg(one, 95),
            "b.png": encode_png(two),
            "c.jpg": lying.getvalue(),
            "d.jpg": encode_jpeg(np.full((80, 80, 3), 90, np.uint8), 95),
            "e.jpg": b"no picture",
            "f.jpg": encode_jpeg(one, 95)[:2000],
            "h.jpg": encode_jpeg(far, 95),
            "u.jpg": encode_jpeg(one, 95),
            "v.jpg": encode_jpeg(one, 95),
        },
    )
    rows = [
        given("a.jpg"),
        given("b.png", face="0", box=RIGHT),
        given("b.png", face="1", box=LEFT),
        given("c.jpg"),
        given("d.jpg"),
        given("e.jpg"),
        given("f.jpg"),
        given("g.jpg"),
        given("h.jpg", box=(1190, 390, 1240, 440)),
        given("u.jpg", None),
        given("v.jpg", split="validation"),
    ]
    run(folder, rows)
    return folder


def rows_of(album: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of the album by what is before their number."""
    table = read_table(album / "faces" / "rows.parquet", FACE_ROWS).to_pylist()
    return {row["row_id"].removeprefix("p-").removesuffix("/00001"): row for row in table}


def test_every_row_ends_in_one_state(album: Path) -> None:
    """What has a face is kept; what is missing, no picture or without a face says so."""
    states = {name: row["state"] for name, row in rows_of(album).items()}
    assert states == {
        "a.jpg": "kept", "b.png~0": "kept", "b.png~1": "kept", "c.jpg": "kept", "d.jpg": "no_face",
        "e.jpg": "decode_error", "f.jpg": states["f.jpg"], "g.jpg": "no_video", "h.jpg": states["h.jpg"],
        "u.jpg": "unlabelled", "v.jpg": "kept",
    }  # fmt: skip
    assert rows_of(album)["h.jpg"]["box"] is not None


def test_a_picture_has_no_time_and_no_track(album: Path) -> None:
    """It is a row with `frame_index` 0; its face has a box, landmarks and a score."""
    row = rows_of(album)["a.jpg"]
    assert (row["frame_index"], row["pts_seconds"], row["track_id"]) == (0, None, None)
    assert row["detector_score"] > 0.5
    assert row["native_px"] > 32


def test_boxes_of_the_corpus_pick_the_face(album: Path) -> None:
    """Two rows of one picture get the faces of their boxes, whatever their order."""
    rows = rows_of(album)
    for name, box in (("b.png~0", RIGHT), ("b.png~1", LEFT)):
        found = np.array([rows[name]["box"]], np.float32)
        assert box_iou(found, np.array([box], np.float32))[0, 0] > 0.2
    own = crops(album)
    assert own["p-b.png~0/00001"] != own["p-b.png~1/00001"]


def test_exif_turns_a_picture_before_its_face_is_found(album: Path) -> None:
    """The crop of a picture that lies is that of the upright one."""
    own = crops(album)
    upright, turned = (decode(own[f"p-{name}/00001"]).astype(int) for name in ("a.jpg", "c.jpg"))
    assert np.abs(upright - turned).mean() < 4
    row = rows_of(album)["c.jpg"]
    assert row["box"][0] == pytest.approx(rows_of(album)["a.jpg"]["box"][0], abs=4)


def test_findings_count_what_is_odd(album: Path) -> None:
    """One a rule, with the first picture."""
    found = findings(album)
    assert found["missing-picture"].file == "g.jpg"
    assert found["unreadable-picture"].file == "e.jpg"
    assert found["picture-without-face"].file == "d.jpg"


def test_crops_lie_in_shards(album: Path) -> None:
    """A file for each series, never one a picture."""
    assert sorted(path.name for path in (album / "faces").glob("*.arrow")) == [
        "p-pictures-train-00000.arrow",
        "p-pictures-validation-00000.arrow",
    ]


def test_workers_engines_and_resuming_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process or two, all anew or half from the store."""
    monkeypatch.setattr(picture_shards, "SHARD_ROWS", 2)
    root = tmp_path / "root"
    write(
        root,
        {f"{index}.jpg": encode_jpeg(picture((index % 3, (90 + 9 * index, 60))), 95) for index in range(6)},
    )
    rows = [given(f"{index}.jpg") for index in range(6)]
    run(tmp_path, rows)
    before = {path.name: path.read_bytes() for path in (tmp_path / "faces").iterdir() if path.is_file()}
    assert sum(name.endswith(".arrow") for name in before) == 3

    run(tmp_path, rows, workers=2, store=str(tmp_path / "other"))
    assert {
        path.name: path.read_bytes() for path in (tmp_path / "faces").iterdir() if path.is_file()
    } == before

    monkeypatch.setattr(worker, "align_shard", lambda *_, **__: pytest.fail("it was made again"))
    monkeypatch.setattr(runs, "align_shard", lambda *_, **__: pytest.fail("it was made again"))
    run(tmp_path, rows)
    assert {
        path.name: path.read_bytes() for path in (tmp_path / "faces").iterdir() if path.is_file()
    } == before


def test_another_picture_makes_its_shard_anew(tmp_path: Path) -> None:
    """The key follows from the bytes of the pictures."""
    write(tmp_path / "root", {"a.jpg": encode_jpeg(picture((0, (140, 60))), 95)})
    run(tmp_path, [given("a.jpg")])
    first = crops(tmp_path)
    write(tmp_path / "root", {"a.jpg": encode_jpeg(picture((1, (140, 60))), 95)})
    run(tmp_path, [given("a.jpg")])
    assert crops(tmp_path) != first


@pytest.mark.parametrize(("doubtful", "state"), [("keep", "kept"), ("exclude", "no_face")])
def test_doubt_is_said_and_shown(tmp_path: Path, doubtful: str, state: str) -> None:
    """Two faces alike and no box: the person may be another; a picture shows both."""
    write(tmp_path / "root", {"a.jpg": encode_jpeg(picture((0, LEFT[:2]), (0, RIGHT[:2])), 95)})
    rows, summary = run(tmp_path, [given("a.jpg")], align_params(doubtful=doubtful))

    assert [row["state"] for row in rows] == [state]
    doubt = findings(tmp_path)["face-doubtful"]
    assert doubt.file == "a.jpg"
    assert doubt.message.endswith("Look at reports/assignment/faces/p-pictures-train-00000.jpg.")
    assert summary["doubtful_decisions"] == 1
    sheet = decode((tmp_path / "reports" / "p-pictures-train-00000.jpg").read_bytes())
    assert sheet.shape[1] == 240


def test_crops_that_come_aligned_are_taken_as_they_are(tmp_path: Path) -> None:
    """Bytes, whatever their side; nothing is detected, and later stages know."""
    face = cv2.resize(people()[0], (48, 48), interpolation=cv2.INTER_AREA)
    grey = bytes(cv2.imencode(".png", face[..., 0])[1])
    write(
        tmp_path / "root", {"a.jpg": encode_jpeg(face, 95), "b.png": grey, "c.png": encode_png(face[:8, :8])}
    )
    rows, summary = run(tmp_path, [given("a.jpg"), given("b.png"), given("c.png")], aligned=True)

    assert [row["state"] for row in rows] == ["kept", "kept", "decode_error"]
    own = crops(tmp_path)
    assert own["p-a.jpg/00001"] == (tmp_path / "root/a.jpg").read_bytes()
    assert np.array_equal(decode(own["p-b.png/00001"]), decode(grey))
    assert (rows[0]["native_px"], rows[0]["landmarks"], rows[0]["detector_score"]) == (48, None, None)
    assert summary["detector"] == {"name": None, "weights_sha256": None}
    assert all_given(tmp_path / "faces")


def test_gates_take_training_rows_alone(tmp_path: Path) -> None:
    """A dark face leaves training and stays in validation."""
    dark = encode_jpeg((picture((0, (140, 60))) * 0.05).astype(np.uint8), 95)
    params = align_params()
    quality = params.quality.model_copy(update={"min_face_contrast": 200.0})
    write(tmp_path / "root", {"a.jpg": dark, "b.jpg": encode_jpeg(picture((0, (140, 60))), 95)})
    rows, summary = run(
        tmp_path,
        [given("a.jpg"), given("b.jpg"), given("b.jpg", split="validation", face="x")],
        align_params(quality=quality),
    )
    states = {row["row_id"]: row["state"] for row in rows}
    assert states["p-b.jpg/00001"] == "low_quality"
    assert states["p-b.jpg~x/00001"] == "kept"
    assert summary["low_quality"]["min_face_contrast"] >= 1
    assert findings(tmp_path)["low-quality"].file == "a.jpg"


def test_every_row_may_be_cropped(tmp_path: Path) -> None:
    """With `align.rows: all` what has no label gets a crop and keeps its state."""
    write(tmp_path / "root", {"a.jpg": encode_jpeg(picture((0, (140, 60))), 95)})
    rows, _ = run(tmp_path, [given("a.jpg", None)], align_params(rows="all"))
    assert rows[0]["state"] == "unlabelled"
    assert list(crops(tmp_path)) == ["p-a.jpg/00001"]


def test_decisions_by_hand_are_refused(tmp_path: Path) -> None:
    """They name tracks of videos; a line that does nothing would mislead."""
    write(tmp_path / "root", {"a.jpg": encode_jpeg(picture((0, (140, 60))), 95)})
    run(tmp_path, [given("a.jpg")])
    with (tmp_path / "decisions.csv").open("a") as file:
        file.write("x,x,1,2,1,30,40,is\n")
    with pytest.raises(CorpusError, match=r"decisions"):
        run(tmp_path, [given("a.jpg")])


def test_crops_have_a_hash_that_near_copies_share(tmp_path: Path) -> None:
    """One a crop, in the rows and beside the crop; none without a face. A compressed copy has nearly the same."""
    whole = picture((1, LEFT[:2]))
    rough = cv2.imencode(".jpg", whole[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()
    plain = encode_png(np.full_like(whole, 90))
    write(tmp_path / "root", {"a.png": encode_png(whole), "b.jpg": rough, "c.png": plain})
    rows, _ = run(tmp_path, [given(name) for name in ("a.png", "b.jpg", "c.png")])
    first, second, nothing = (row["perceptual_hash"] for row in rows)
    assert nothing is None
    assert first is not None
    bits = [np.array([value], np.int64).view(np.uint64) for value in (first, second)]
    assert distances(*bits)[0] <= MAX_DISTANCE
    batches = read_arrow(tmp_path / "faces/p-pictures-train-00000.arrow", CROPS)
    assert [value for batch in batches for value in batch["perceptual_hash"].to_pylist()] == [first, second]
