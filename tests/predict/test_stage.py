"""New material through detector, alignment and model."""

import csv
import json
import os
import re
import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from align_runs import FRAMES, crops_of, run_align, write_corpus
from numbered_videos import damaged, remux, write_numbered
from typer.testing import CliRunner
from video_corpora import align_params, people, scene, write_video

from fer_data.commands.app import app
from fer_data.core.labels.tasks import DIMENSIONS, SEVEN_CLASSES
from fer_data.core.vision.reduction import reduce_by_area
from fer_data.errors import MediaError, ParamsError, WeightsError
from fer_data.media.video import decode_frames
from fer_data.model.files import Model, load_model, save_model
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50, initialise
from fer_data.params.document import load_params
from fer_data.pictures.images import decode, encode_jpeg, encode_png
from fer_data.predict import PredictOptions, predict
from fer_data.predict.sources import list_sources
from fer_data.predict.tables import FRAME_PREDICTIONS, frame_predictions
from fer_data.tables.schemas import read_table

pytestmark = pytest.mark.usefixtures("shallow")

PARAMS = Path(__file__).parents[2] / "params.yaml"
OPTIONS = PredictOptions("cpu", 1.0, 0, True)
CLASSES = tuple(str(name) for name in SEVEN_CLASSES)
TRAINED_PX = 64
TRAINED_ON = {
    "name": "x", "version": "1", "dataset_sha256": "0" * 64, "resolution": TRAINED_PX, "provenance_sha256": "0" * 64,
}  # fmt: skip


def write_model(folder: Path, contract: InputContract) -> Path:
    """Write a small network with random weights."""
    network = SENet50(len(CLASSES), base_width=16)
    initialise(network, 3)
    torch.nn.init.normal_(network.fc.weight, std=0.02, generator=torch.Generator().manual_seed(4))
    save_model(folder, Model(network.eval(), CLASSES, contract, {"data": TRAINED_ON}))
    return folder


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small corpus in `root`, a picture beside its videos, and a model."""
    folder = tmp_path_factory.mktemp("predict")
    write_corpus(folder)
    picture = scene([(people()[0], lambda _: (60, 60))])(0)
    (folder / "root" / "face.jpg").write_bytes(encode_jpeg(picture, 95))
    (folder / "root" / "notes.txt").write_text("no picture")
    params = align_params()
    write_model(folder / "model", InputContract(56, params.geometry, params.margin))
    return folder


@pytest.fixture(scope="module")
def summary(workspace: Path) -> dict[str, Any]:
    """Return the summary of a run over the whole folder."""
    return predict(
        workspace / "root", workspace / "model", workspace / "out", align=align_params(), options=OPTIONS
    )


def rows(workspace: Path) -> list[dict[str, Any]]:
    """Return the predictions of that run."""
    return read_table(workspace / "out" / "predictions.parquet", FRAME_PREDICTIONS).to_pylist()


def test_every_face_of_every_source_is_predicted(workspace: Path, summary: dict[str, Any]) -> None:
    """Sources come in the order of their names, with what was found in each; other files are passed over."""
    found = {source["name"]: source for source in summary["sources"]}
    assert list(found) == ["batch1/alone.mp4", "batch1/pair.mp4", "face.jpg"]
    assert (found["batch1/alone.mp4"]["frames"], found["face.jpg"]["faces"]) == (FRAMES, 1)
    assert found["batch1/pair.mp4"]["faces"] > FRAMES
    assert sum(source["faces"] for source in found.values()) == len(rows(workspace))
    assert json.loads((workspace / "out" / "summary.json").read_text()) == summary


def test_the_network_sees_what_the_pipeline_would_have_published(
    workspace: Path, summary: dict[str, Any]
) -> None:
    """Logits are those of the crops that `align` stores for the same frames, but for the rounding of a batch."""
    crops = crops_of(run_align(workspace, "faces", align_params()) / "alone.arrow")
    model = load_model(workspace / "model")
    small = [model.contract.resize(reduce_by_area(crop, TRAINED_PX)) for crop in crops]
    inputs = np.ascontiguousarray(model.contract.centre(np.stack(small)))
    with torch.inference_mode():
        expected = [model.network(model.contract.to_input(torch.from_numpy(one[None])))[0] for one in inputs]
    found = [row["logits"] for row in rows(workspace) if row["source"] == "batch1/alone.mp4"]
    np.testing.assert_allclose(np.array(found), torch.stack(expected).numpy(), rtol=1e-4, atol=1e-4)


def test_probabilities_are_the_softmax_and_name_the_expression(
    workspace: Path, summary: dict[str, Any]
) -> None:
    """They add up to one, and the class named is the most probable."""
    for row in rows(workspace):
        chances = torch.tensor(row["logits"], dtype=torch.float64).softmax(0).numpy()
        np.testing.assert_allclose(row["probability"], chances, rtol=1e-5, atol=1e-12)
        assert row["expression"] == CLASSES[int(chances.argmax())]


def test_the_csv_has_the_rows_of_the_table(workspace: Path, summary: dict[str, Any]) -> None:
    """One line a face, a column a class."""
    with (workspace / "out" / "predictions.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["expression"] for line in lines] == [row["expression"] for row in rows(workspace)]
    assert set(lines[0]) >= {"x_min", "pts_seconds", *(f"p_{name}" for name in CLASSES)}


def test_an_annotated_video_keeps_the_times_and_a_timeline_is_drawn(
    workspace: Path, summary: dict[str, Any]
) -> None:
    """As many frames at the same times, drawn on; a picture becomes a picture and has no timeline."""
    source = list(decode_frames(workspace / "root" / "batch1" / "alone.mp4"))
    drawn = list(decode_frames(workspace / "out" / "annotated" / "batch1" / "alone.mp4.mp4"))
    assert [round(f.pts_seconds, 3) for f in drawn] == [round(f.pts_seconds, 3) for f in source]
    height, width, _ = source[0].image.shape
    assert np.abs(drawn[0].image[:height, :width].astype(int) - source[0].image).max() > 100
    assert decode((workspace / "out" / "annotated" / "face.jpg.jpg").read_bytes()).shape[0] == 240
    timelines = [path.name for path in (workspace / "out" / "timelines").rglob("*.png")]
    assert sorted(timelines) == ["alone.mp4.png", "pair.mp4.png"]


def test_a_folder_has_a_gallery_without_faces(workspace: Path, summary: dict[str, Any]) -> None:
    """Its pictures are of nobody knows whom: a page of sketches, for nobody else to read, with links that hold."""
    assert summary["gallery"] == ["gallery.html"]
    page = workspace / "out" / "gallery.html"
    text = page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o077 == 0
    assert "data:image" not in text.split("<script>")[0]
    assert '"still":null' in text
    assert '"still":"' not in text
    for link in re.findall(r'"(?:annotated|timelines)":\[?"([^"]+)"', text):
        assert (workspace / "out" / link).is_file()


def test_faces_are_refused_where_there_is_no_gallery(workspace: Path, tmp_path: Path) -> None:
    """Of one file, and of a dataset's split; nothing is written."""
    words = ["predict", str(workspace / "root/face.jpg"), "--model", str(workspace / "model"), "--faces"]
    for more in ([], ["--no-draw"], ["--split", "test"]):
        result = CliRunner().invoke(app, [*words, *more, "--output", str(tmp_path / "out")])
        assert isinstance(result.exception, ParamsError)
        assert "--faces shows pictures in the gallery of a folder" in str(result.exception)
        assert not (tmp_path / "out").exists()


def test_a_second_run_writes_the_same_bytes(workspace: Path, summary: dict[str, Any], tmp_path: Path) -> None:
    """Tables and drawings are functions of source, model and parameters."""
    source = tmp_path / "short.mp4"
    write_video(source, scene([(people()[0], lambda i: (60 + i, 60))]), 4)
    for name in ("first", "second"):
        predict(source, workspace / "model", tmp_path / name, align=align_params(), options=OPTIONS)
    files = [path for path in (tmp_path / "first").rglob("*") if path.is_file()]
    assert len(files) == 7
    for path in files:
        assert path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes()


def test_smoothing_averages_over_a_track_and_leaves_the_logits(
    workspace: Path, summary: dict[str, Any], tmp_path: Path
) -> None:
    """With a window over the whole video every face has the mean of its track."""
    options = PredictOptions("cpu", 1.0, 1000, False)
    source = workspace / "root" / "batch1" / "alone.mp4"
    predict(source, workspace / "model", tmp_path / "out", align=align_params(), options=options)
    smoothed = read_table(tmp_path / "out" / "predictions.parquet", FRAME_PREDICTIONS).to_pylist()
    raw = [row for row in rows(workspace) if row["source"] == "batch1/alone.mp4"]
    assert [row["logits"] for row in smoothed] == [row["logits"] for row in raw]
    for row in smoothed:
        track = [one["probability"] for one in raw if one["track_id"] == row["track_id"]]
        np.testing.assert_allclose(row["probability"], np.mean(track, axis=0), rtol=1e-4)
    assert not (tmp_path / "out" / "annotated").exists()


def test_a_model_of_another_field_of_view_is_refused(workspace: Path, tmp_path: Path) -> None:
    """Crops that the network was not trained on are never shown to it."""
    for view, said in (("box", 0.3), r"trained on box and 0\.3"), (("given", None), r"given.*--split"):
        model = write_model(tmp_path / view[0], InputContract(56, *view))
        with pytest.raises(WeightsError, match=f"crops have geometry similarity.*{said}"):
            predict(workspace / "root", model, tmp_path / "out", align=align_params(), options=OPTIONS)
        assert not (tmp_path / "out").exists()


def test_a_truncated_video_keeps_its_good_frames_and_ends_with_exit_code_1(
    workspace: Path, tmp_path: Path
) -> None:
    """The damage is named on stderr and in the summary."""
    write_video(tmp_path / "in" / "whole.mp4", scene([(people()[0], lambda _: (60, 60))]), 3)
    (tmp_path / "in" / "broken.mp4").write_bytes(b"no video at all")
    command = ["predict", str(tmp_path / "in"), "--model", str(workspace / "model"), "--output"]
    params = Path(__file__).parents[2] / "params.yaml"
    result = CliRunner().invoke(app, [*command, str(tmp_path / "out"), "--params", str(params)])
    assert result.exit_code == 1
    assert "whole.mp4: 3 frames, 3 faces" in result.output
    assert "warning: broken.mp4: decoding stopped after 0 frames" in result.output
    assert result.output.index("broken.mp4: decoding stopped") < result.output.index("whole.mp4: 3 frames")
    assert "1 of 2 sources could not be read or drawn whole: broken.mp4" in result.output


def test_clocks_that_stand_still_or_jump_cost_nothing(workspace: Path, tmp_path: Path) -> None:
    """Equal times, a clock that jumps back, and a damaged packet: all sources are predicted and drawn."""
    folder, face = tmp_path / "in", scene([(people()[0], lambda i: (60 + i, 60))])
    folder.mkdir()
    whole = write_numbered(tmp_path / "whole.mkv", "mjpeg", 6, draw=face)

    def same(index: int, packet: Any) -> Any:
        packet.pts = packet.dts = packet.pts - 40 * (index == 3)
        return packet

    remux(whole, folder / "equal.mkv", same)
    twice = write_numbered(tmp_path / "half.ts", "h264-p", 3, draw=face).read_bytes() * 2
    (folder / "back.mpg").write_bytes(twice)
    damaged(whole, folder / "damaged.mkv", [2])
    write_video(folder / "good.mp4", face, 6)
    options = PredictOptions("cpu", 1.0, 0, True)
    summary = predict(folder, workspace / "model", tmp_path / "out", align=align_params(), options=options)
    found = {source["name"]: source for source in summary["sources"]}
    assert {name: source["faces"] for name, source in found.items()} == {
        "back.mpg": 6, "damaged.mkv": 5, "equal.mkv": 6, "good.mp4": 6,
    }  # fmt: skip
    assert {name for name, source in found.items() if source["error"]} == {"damaged.mkv"}
    assert "1 of 6 frames are damaged, first frame 3 (0.080 s)" in found["damaged.mkv"]["error"]
    table = read_table(tmp_path / "out" / "predictions.parquet", FRAME_PREDICTIONS).to_pylist()
    assert [row["frame_index"] for row in table if row["source"] == "damaged.mkv"] == [0, 1, 3, 4, 5]
    for name, frames in {"back.mpg": 6, "damaged.mkv": 5, "equal.mkv": 6}.items():
        times = [frame.pts_seconds for frame in decode_frames(tmp_path / "out/annotated" / f"{name}.mp4")]
        assert len(times) == frames
        assert (np.diff(times) > 0).all()


def test_a_source_that_cannot_be_drawn_keeps_its_predictions(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why, and the others go on."""

    def refuse(*_: object, **__: object) -> None:
        raise MediaError("a.mp4 cannot be encoded: no such encoder.")

    for name in ("a", "b"):
        write_video(tmp_path / "in" / f"{name}.mp4", scene([(people()[0], lambda i: (60 + i, 60))]), 2)
    monkeypatch.setattr("fer_data.predict.drawer.write_annotated", refuse)
    options = PredictOptions("cpu", 1.0, 0, True)
    summary = predict(
        tmp_path / "in", workspace / "model", tmp_path / "out", align=align_params(), options=options
    )
    assert [source["faces"] for source in summary["sources"]] == [2, 2]
    assert all("is not drawn: a.mp4 cannot be encoded" in source["error"] for source in summary["sources"])


@pytest.mark.parametrize("classes", [CLASSES, ()], ids=["with expression", "without"])
def test_every_head_of_a_model_has_columns_and_drawings(
    workspace: Path, tmp_path: Path, classes: tuple[str, ...]
) -> None:
    """Valence and arousal in [-1, 1], a probability and an answer a unit; nothing of tasks without a head."""
    params, units = align_params(), ("AU04", "AU12")
    network = SENet50(len(classes), base_width=16, heads={"valence_arousal": 2, "action_units": 2})
    initialise(network, 3)
    contract = InputContract(56, params.geometry, params.margin)
    save_model(
        tmp_path / "model",
        Model(network.eval(), classes, contract, {"data": TRAINED_ON}, units),
    )
    write_video(tmp_path / "short.mp4", scene([(people()[0], lambda i: (60 + i, 60))]), 3)
    options = PredictOptions("cpu", 1.0, 1, True)
    predict(tmp_path / "short.mp4", tmp_path / "model", tmp_path / "out", align=params, options=options)
    names = ({"expression": classes} if classes else {}) | {
        "valence_arousal": DIMENSIONS,
        "action_units": units,
    }
    schema = frame_predictions(names)
    found = read_table(tmp_path / "out" / "predictions.parquet", schema).to_pylist()
    assert len(found) == 3
    assert ("expression" in found[0]) == bool(classes)
    for row in found:
        assert max(abs(row["valence"]), abs(row["arousal"])) <= 1
        assert row["action_units"] == {unit: int(row["unit_probability"][unit] >= 0.5) for unit in units}
    drawn = {path.name for path in (tmp_path / "out" / "timelines").iterdir()}
    assert drawn >= {"short.mp4.valence_arousal.png", "short.mp4.action_units.png"}
    assert ("short.mp4.png" in drawn) == bool(classes)
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8") as file:
        assert {"valence", "p_AU04", "x_min"} <= set(next(csv.reader(file)))
    assert (tmp_path / "out" / "annotated" / "short.mp4.mp4").is_file()


def test_predictions_are_as_restricted_as_what_the_model_was_trained_on(tmp_path: Path) -> None:
    """A `model.json` that was rewritten to be open opens neither the summary nor the table."""
    align = load_params(PARAMS).align
    network = SENet50(len(CLASSES), base_width=16)
    initialise(network, 3)
    contract = InputContract(56, align.geometry, align.margin)
    (tmp_path / "face.png").write_bytes(encode_png(scene([(people()[0], lambda _: (60, 60))])(0)))
    rewritten = {
        "data": TRAINED_ON | {"corpus": "affwild2", "rendered": False},
        "licence": {"kind": "open", "reasons": [], "parts": []},
    }
    save_model(tmp_path / "model", Model(network.eval(), CLASSES, contract, rewritten))
    words = ["predict", str(tmp_path / "face.png"), "--model", str(tmp_path / "model")]
    words += ["--output", str(tmp_path / "out"), "--params", str(PARAMS)]
    CliRunner().invoke(app, words, catch_exceptions=False)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    stated = pq.read_schema(tmp_path / "out" / "predictions.parquet").metadata[b"licence"]
    assert summary["licence"]["kind"] == json.loads(stated)["kind"] == "research"


def test_a_model_of_rendered_faces_says_so_with_every_prediction(tmp_path: Path) -> None:
    """On the terminal, in the summary, in every row of both tables, and in the drawn pictures."""
    align = load_params(PARAMS).align
    network = SENet50(len(CLASSES), base_width=16)
    initialise(network, 3)
    contract = InputContract(56, align.geometry, align.margin)
    (tmp_path / "face.png").write_bytes(encode_png(scene([(people()[0], lambda _: (60, 60))])(0)))
    drawn = []
    for name, rendered in (("real", False), ("made", True)):
        data = TRAINED_ON | {"corpus": "affwild2", "rendered": rendered}
        save_model(tmp_path / name, Model(network.eval(), CLASSES, contract, {"data": data}))
        words = ["predict", str(tmp_path / "face.png"), "--model", str(tmp_path / name)]
        words += ["--output", str(tmp_path / f"of {name}"), "--params", str(PARAMS)]
        result = CliRunner().invoke(app, words, catch_exceptions=False)
        assert ("what it says of real faces means nothing" in result.output) == rendered
        summary = json.loads((tmp_path / f"of {name}" / "summary.json").read_text(encoding="utf-8"))
        assert (summary["note"] is not None) == rendered
        with (tmp_path / f"of {name}" / "predictions.csv").open(encoding="utf-8") as file:
            said = [row["trained_on"] for row in csv.DictReader(file)]
        table = read_table(tmp_path / f"of {name}" / "predictions.parquet", FRAME_PREDICTIONS)
        assert said == table["trained_on"].to_pylist() == [summary["model"]["trained_on"]]
        assert ("rendered faces" in said[0]) == rendered
        drawn.append(decode((tmp_path / f"of {name}" / "annotated" / "face.png.jpg").read_bytes()))
    assert (drawn[0][: len(drawn[0]) // 2] == drawn[1][: len(drawn[0]) // 2]).all()
    assert drawn[0].shape[0] != drawn[1].shape[0]


@pytest.mark.parametrize("name", ["absent", "empty", "file.txt"])
def test_a_source_without_anything_to_predict_is_refused(tmp_path: Path, name: str) -> None:
    """A missing path, an empty folder and a file of another kind."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("text")
    said = {"absent": "does not exist", "empty": "is an empty folder", "file.txt": "is a file"}[name]
    with pytest.raises(ParamsError, match=rf"SOURCE .* must be a video, .* but {said}\. Known suffixes are"):
        list_sources(tmp_path / name)


@pytest.mark.parametrize("name", [".", "clip.WMV"])
def test_media_of_other_kinds_are_named_and_counted(tmp_path: Path, name: str) -> None:
    """Alone they are an error, beside others they are counted: nothing is skipped without a word."""
    for file in ("clip.WMV", "inner/a.psd", "b.heic", "c.jp2", "d.nef", "e.avif", "f.psd", "notes.txt"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    counts = (
        "1 .wmv alone, which is"
        if name != "."
        else "2 .psd, 1 .avif, 1 .heic, 1 .jp2, 1 .nef and 1 .wmv alone"
    )
    with pytest.raises(ParamsError, match=rf"but holds {re.escape(counts)}.*Convert them: videos to \.mp4"):
        list_sources(tmp_path / name)

    (tmp_path / "g.mpg").touch()
    listing = list_sources(tmp_path)
    assert [source.name for source in listing.sources] == ["g.mpg"]
    assert listing.unread == {".psd": 2, ".avif": 1, ".heic": 1, ".jp2": 1, ".nef": 1, ".wmv": 1}


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    """What a file manager leaves behind is no source."""
    picture = encode_png(np.zeros((4, 4, 3), np.uint8))
    for name in (".hidden.png", ".folder/a.png", "b.PNG"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(picture)
    assert [source.name for source in list_sources(tmp_path).sources] == ["b.PNG"]


def test_a_bad_picture_costs_itself(workspace: Path, tmp_path: Path) -> None:
    """Bombs, other formats, a pipe, odd and long names: each is named, and the others are predicted and drawn."""
    folder = tmp_path / "in"
    (folder / "a.png.jpg").mkdir(parents=True)
    good = (workspace / "root/face.jpg").read_bytes()
    bomb = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bad = {
        "bomb.png": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bomb,
        "pgm.png": b"P5 60000 60000 255\n" + bytes(100),
        "empty.png": b"",
    }
    for name, content in bad.items():
        (folder / name).write_bytes(content)
    os.mkfifo(folder / "pipe.png")
    os.mkfifo(folder / "pipe.mp4")
    (folder / "link.png").symlink_to("nowhere")
    names = ["a.png", "a.png.jpg/b.png", "n" * 250 + ".png", "$x^{$.png", "\x1b[2J.png"]
    for name in names:
        (folder / name).write_bytes(good)
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.png")).write_bytes(good)
    model, out = workspace / "model", tmp_path / "out"
    summary = predict(folder, model, out, align=align_params(), options=OPTIONS)
    errors = {row["name"]: row["error"] for row in summary["sources"] if row["error"]}
    assert errors.keys() == bad.keys() | {"pipe.png", "pipe.mp4", "link.png"}
    assert "30000 x 30000 px" in errors["bomb.png"]
    assert "named pipe" in errors["pipe.png"]
    assert sum(row["faces"] for row in summary["sources"]) == len(names) + 1
    drawn = [path for path in (out / "annotated").rglob("*") if path.is_file()]
    assert len(drawn) == len(names) + 1
    small = PredictOptions("cpu", 1.0, 0, False, 10)
    summary = predict(workspace / "root/face.jpg", model, tmp_path / "o", align=align_params(), options=small)
    assert "must have 10 pixels at most" in summary["sources"][0]["error"]


def test_a_video_without_any_frame_is_damaged(workspace: Path, tmp_path: Path) -> None:
    """Its first keyframe is not there: the decoder refuses nothing and gives nothing."""
    with av.open(tmp_path / "a.mp4", "w") as written:
        stream = written.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frames = [av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8)) for _ in range(5)]
        packets = [packet for frame in (*frames, None) for packet in stream.encode(frame)]
        written.mux(packets[1:])
    options = PredictOptions("cpu", 1.0, 0, True)
    summary = predict(
        tmp_path / "a.mp4", workspace / "model", tmp_path / "out", align=align_params(), options=options
    )
    assert summary["sources"][0]["frames"] == 0
    assert "it gives no frame" in summary["sources"][0]["error"]
