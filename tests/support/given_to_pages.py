"""What a reader has before a page's commands and a test has not: run from a page's `given`, in a copy of a clone.

`python tests/support/given_to_pages.py NAME [FOLDER]`; everything is made of the rendered sample that was built there.
"""

import pickle
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import av
import yaml
from datasets import load_from_disk

from fer_data.core.arrays import Image
from fer_data.model.senet import SENet50
from fer_data.sample.encode import write_video
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.schemas import ROWS, read_table

SAMPLE = Path("data/sample")
PARAMS = Path("params.yaml")
DOWNLOADS = Path.home() / "downloads"
WEIGHTS = Path("weights/senet50_vggface2.safetensors")
WIDTH = 16  # of the network, a quarter of the released one's

SMALL: dict[str, Any] = {
    "align": {"device": "cpu", "engine": "onnxruntime"},
    "resolutions": [256],
    "train": {
        "input_px": 64,
        "base_width": WIDTH,
        "epochs": 1,
        "batch_size": 16,
        "development_fraction": 0.34,
    }
    | {"frame_stride": 1, "device": "cpu", "precision": "fp32"},
    "evaluate": {"device": "cpu", "extra_sides": [], "bootstrap_draws": 200},
}
"""What profile `affwild2` asks for, brought down to a processor and a minute; the detector is the embedded one."""


def archives() -> None:
    """Write the organisers' archives, by their names, with the sample's videos and labels."""
    videos = sorted(path for path in SAMPLE.glob("batch*/*") if path.suffix in {".mp4", ".avi"})
    labels, listed = (
        sorted(SAMPLE.glob("annotations/*/*/*.txt")),
        SAMPLE / "annotations/expression_test_set.txt",
    )
    third = "Third ABAW Annotations"
    for name, paths in (("batch1", videos[::3]), ("batch2", videos[1::3]), ("new_vids", videos[2::3])):
        _zipped(name, {f"{name}/{path.name}": path for path in paths})
    _zipped(third, {f"{third}/{path.relative_to(SAMPLE / 'annotations')}": path for path in labels})
    _zipped("test_sets", {listed.name: listed})


def weights() -> None:
    """Write a narrow network, untrained, in the form and under the name of the VGGFace2 release."""
    arrays = {name: tensor.numpy() for name, tensor in SENet50(8631, base_width=WIDTH).state_dict().items()}
    (DOWNLOADS / "senet50_ft_weight.pkl").write_bytes(pickle.dumps(arrays, protocol=2))


def hash_of_weights() -> None:
    """Put the hash of the imported weights into params.yaml, and bring the rest down to this machine."""
    params = _params()
    for section, values in SMALL.items():
        params[section] = values if isinstance(values, list) else params[section] | values
    params["align"]["detector"] |= {"name": "centerface", "weights": None, "sha256": None}
    params["train"]["weights_sha256"] = file_sha256(WEIGHTS)
    PARAMS.write_text(yaml.safe_dump(params), encoding="utf-8")


def sample_file() -> None:
    """Write the organisers' sample file: the frames of the test subjects that are asked for."""
    rows = read_table(Path("data/catalog/affwild2/rows.parquet"), ROWS, ["row_id", "split_expression"])
    asked = [row["row_id"] for row in rows.to_pylist() if row["split_expression"] == "test"]
    classes = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise"
    lines = [f"image_location,{classes}", *(f"{name}.jpg" for name in asked)]
    (DOWNLOADS / "sample.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def pictures(folder: Path) -> None:
    """Write a folder of pictures, one for each split and in it one for each class; no class in the test split."""
    for split, rows in load_from_disk("data/published/128").items():
        names = rows.features["expression"].names
        for row in rows.select(range(0, len(rows), 3)):
            if not row["parent_id"]:
                place = folder / split / (names[row["expression"]] if row["expression"] >= 0 else "")
                place.mkdir(parents=True, exist_ok=True)
                row["image"].resize((256, 256)).save(place / f"{row['row_id'].replace('/', '-')}.png")


def videos(folder: Path) -> None:
    """Write the tree of videos and the table that docs/your-corpus.md shows."""
    first, second = sorted(SAMPLE.glob("batch1/*.mp4"))[:2]
    for name, video, fps in (
        ("clips/anna-1.mp4", first, 10),
        ("clips/anna-2.mp4", first, 11),
        ("bob.mov", second, 7),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_video(folder / name, _frames(video), fps)
    table = re.search(r"labels\.csv +(video,start.*?)\n```", _page(), re.DOTALL)
    assert table
    lines = [line.strip() for line in table[1].splitlines()]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def videos_source(folder: Path) -> None:
    """Put the source that docs/your-corpus.md shows for videos into params.yaml, in the place of what is there."""
    shown = re.search(r"### corpus: videos.*?```yaml\n(.*?)```", _page(), re.DOTALL)
    assert shown
    params = _params() | yaml.safe_load(shown[1].replace("/data/mine", str(folder)))
    PARAMS.write_text(yaml.safe_dump(params), encoding="utf-8")


def _zipped(name: str, files: dict[str, Path]) -> None:
    DOWNLOADS.mkdir(exist_ok=True)
    with zipfile.ZipFile(DOWNLOADS / f"{name}.zip", "w") as archive:
        for inside, path in files.items():
            archive.write(path, inside)


def _frames(video: Path) -> list[Image]:
    with av.open(str(video)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def _params() -> dict[str, Any]:
    params: dict[str, Any] = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    return params


def _page() -> str:
    return Path("docs/your-corpus.md").read_text(encoding="utf-8")


GIVEN = {
    function.__name__: function
    for function in (archives, weights, hash_of_weights, sample_file, pictures, videos, videos_source)
}

if __name__ == "__main__":
    GIVEN[sys.argv[1]](*map(Path, sys.argv[2:]))
