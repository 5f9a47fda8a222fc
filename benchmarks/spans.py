"""What cutting videos into spans changes: rows, people and crops, against the same videos as a whole.

Acts of `benchmarks.assignment` are rendered, encoded with a keyframe every 12 frames, and aligned twice: whole, and in
spans of about 24 frames, so that crossings, cuts and gaps lie at seams. Both are held against the renderer's truth.

::

    python -m benchmarks.spans --json FILE
"""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import av
import numpy as np
import typer

from benchmarks.assignment import Scene, scenes, without_gates
from benchmarks.figures import FiguresFile
from fer_data.align import align
from fer_data.core.arrays import Image
from fer_data.ingest import ingest
from fer_data.media.video import decode_frames
from fer_data.params.document import load_params
from fer_data.pictures.images import decode
from fer_data.sample.act_corpus import write_acts
from fer_data.sample.scenes import KINDS
from fer_data.shell.files.atomic import write_json
from fer_data.shell.run import guarded
from fer_data.tables.schemas import CROPS, FACE_ROWS, read_arrow, read_table

KEYFRAMES = 12
FIRST_SEED = 1300
_CODED = f"keyint={KEYFRAMES}:min-keyint={KEYFRAMES}:scenecut=0:open-gop=0:bframes=2"


def run(folder: Path, wanted: Sequence[tuple[str, int]], *, span_frames: int, workers: int) -> dict[str, Any]:
    """Render acts in an empty folder, align them whole and in spans, and return what differs."""
    write_acts(folder / "root", wanted, workers=workers)
    for video in sorted((folder / "root" / "batch1").glob("*.mp4")):
        encode_again(video)
    params = load_params()
    ingest(folder / "root", folder / "catalog", params.source())
    found = {}
    for way, span in (("whole", None), ("spans", span_frames)):
        (folder / way).mkdir()
        (folder / way / "root").symlink_to(folder / "root")
        align(
            folder / "catalog",
            folder / "root",
            folder / way / "faces",
            folder / way / "reports",
            source=params.source(),
            align=without_gates(params.align).model_copy(update={"span_frames": span}),
            compute=params.compute.model_copy(
                update={"workers": workers, "store": str(folder / way / "store")}
            ),
        )
        found[way] = counts(list(scenes(folder / way)))
    return {**found, "videos": spans_of(folder / "spans"), **differences(folder)}


def encode_again(video: Path) -> None:
    """Give a video a keyframe every so many frames, behind which nothing rests on earlier ones."""
    frames = list(decode_frames(video))
    with av.open(str(video), "w") as container:
        stream = container.add_stream(
            "libx264", rate=25, options={"crf": "12", "preset": "veryfast", "x264-params": _CODED}
        )
        stream.width, stream.height, stream.pix_fmt = *frames[0].size_wh, "yuv420p"
        stream.codec_context.thread_count = 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image, format="rgb24")))
        container.mux(stream.encode(None))


def counts(found: Sequence[Scene]) -> dict[str, int]:
    """Return the rows kept, wrong and lost of all acts."""
    names = ("kept", "wrong", "missed")
    return {name: sum(getattr(scene, name) for scene in found) for name in names}


def spans_of(folder: Path) -> dict[str, int]:
    """Return how many videos were cut, and how many spans they had."""
    lines = (folder / "faces" / "problems.jsonl").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    cut = [int(row["message"].split(" in ")[1].split()[0]) for row in said if row["rule"] == "spans"]
    return {"cut": len(cut), "spans": sum(cut)}


def differences(folder: Path) -> dict[str, Any]:
    """Return how rows and crops of the two ways differ; crops in grey levels on average."""
    whole, spans = (
        read_table(folder / way / "faces" / "rows.parquet", FACE_ROWS) for way in ("whole", "spans")
    )
    states = list(zip(whole["state"].to_pylist(), spans["state"].to_pylist(), strict=True))
    apart = []
    for path in sorted((folder / "whole" / "faces").glob("*.arrow")):
        ours = _crops(folder / "spans" / "faces" / path.name)
        theirs = _crops(path)
        apart += [
            float(np.abs(theirs[row].astype(int) - ours[row]).mean()) for row in theirs.keys() & ours.keys()
        ]
    return {
        "rows": len(states),
        "rows_in_another_state": sum(one != other for one, other in states),
        "crops_compared": len(apart),
        "crops_mean": round(float(np.mean(apart)), 3),
        "crops_p99": round(float(np.percentile(apart, 99)), 2),
        "crops_equal": sum(not value for value in apart),
        "crops_above_10": sum(value > 10 for value in apart),
    }


def _crops(path: Path) -> dict[str, Image]:
    if not path.exists():
        return {}
    return {
        row["row_id"]: decode(row["image"]) for table in read_arrow(path, CROPS) for row in table.to_pylist()
    }


def main(
    json_file: FiguresFile = None,
    first_seed: Annotated[int, typer.Option(min=0, max=10**9)] = FIRST_SEED,
    seeds: Annotated[int, typer.Option(min=1, help="Acts of each kind.")] = 1,
    span_frames: Annotated[int, typer.Option(min=1, help="Length of a span, about.")] = 24,
    workers: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Align acts whole and in spans, and print what differs."""
    wanted = [(kind, seed) for kind in KINDS for seed in range(first_seed, first_seed + seeds)]
    with TemporaryDirectory() as temporary:
        found = run(Path(temporary), wanted, span_frames=span_frames, workers=workers)
    typer.echo(json.dumps(found, indent=1))
    if json_file is not None:
        write_json(json_file, {"first_seed": first_seed, "seeds": seeds, "span_frames": span_frames, **found})


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
