"""How often `align` takes the wrong person, in scenes made for that, and whether its margins say so.

Every kind of `fer_data.sample.scenes` is rendered with several seeds, encoded as video, read by `ingest` and aligned
with the repository's parameters; every kept row is then held against the renderer's truth of who it should be. With
`--crops` pictures as the organisers make them are cut out by the truth as well, and `align` is given them.

Rows that a person cannot see, blurred or in the dark, do not count as lost, but as wrong where they show somebody else.

With `--sface FILE` people are told apart by their faces as well; most shots are too short for that, because nothing is
known of a person who is seen for less than a second.

Seeds below 506, 730 to 801, 900 to 923, 960 to 964, 1100, 1200 and 1201 were looked at while the rules were made or
after.

::

    python -m benchmarks.assignment --json FILE
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import pyarrow.parquet as pq
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.choices import for_folder, telling_apart
from benchmarks.figures import FiguresFile
from benchmarks.organisers import write_crops
from fer_data.align import align
from fer_data.core.tracks.assignment import DOUBTFUL_MARGIN
from fer_data.ingest import ingest
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.sample.act_corpus import write_acts
from fer_data.sample.scenes import KINDS
from fer_data.shell.files.atomic import write_json
from fer_data.shell.run import guarded
from fer_data.tables.schemas import FACE_ROWS, read_table

MAX_WRONG_SHARE, MAX_LOST_SHARE = 0.001, 0.01
FIRST_SEED = 600
NEAR = 0.6
"""A face is the person's whose landmarks' middle is nearest, within this share of their extent."""

_WITH_FACE = frozenset({"kept", "low_quality", "redundant"})

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What became of one act.

    Attributes:
        video_id: kind and seed.
        kept: rows with a face, also where a quality rule leaves it out of training.
        wrong: of these, rows that show somebody else, or nobody.
        missed: rows without a face whose frame shows the person.
        margin: the smallest of the scene's decisions.
        found: every decision with a wrong row is a finding.
    """

    video_id: str
    kept: int
    wrong: int
    missed: int
    margin: float
    found: bool

    @property
    def kind(self) -> str:
        """Return what the act tests."""
        return self.video_id.rpartition("-")[0]


def run(
    folder: Path,
    wanted: Sequence[tuple[str, int]],
    *,
    workers: int,
    crops: bool = False,
    sface: Path | None = None,
) -> list[Scene]:
    """Render, read and align acts in an empty folder, and return what became of each."""
    params = load_params()
    write_acts(folder / "root", wanted, workers=workers)
    if crops:
        write_crops(folder / "root", folder / "crops")
    source = params.source().changed(crops=str(folder / "crops") if crops else None)
    ingest(folder / "root", folder / "catalog", source)
    align(
        folder / "catalog",
        folder / "root",
        folder / "faces",
        folder / "reports",
        source=source,
        align=telling_apart(without_gates(params.align), sface),
        compute=params.compute.model_copy(update={"workers": workers, "store": str(folder / "store")}),
    )
    return list(scenes(folder))


def without_gates(params: AlignParams) -> AlignParams:
    """Return the parameters with every clear or blurred, bright or dark face kept: who it is, is asked here."""
    off = dict.fromkeys(
        ("max_face_blur", "min_face_contrast", "max_face_brightness", "max_face_outside"), 0.0
    )
    return params.model_copy(update={"quality": params.quality.model_copy(update=off)})


def scenes(folder: Path) -> Iterator[Scene]:
    """Yield what became of each act that was aligned in a folder."""
    truth: dict[tuple[str, int], list[Row]] = {}
    for person in pq.read_table(folder / "root" / "truth.parquet").to_pylist():
        truth.setdefault((person["video_id"], person["frame_index"]), []).append(person)
    margins = {row["subject_id"]: float(row["margin"]) for row in decisions(folder)}
    doubtful = {row["subject_id"] for row in decisions(folder) if row["doubtful"] == "true"}
    by_video: dict[str, list[Row]] = {}
    for row in read_table(folder / "faces" / "rows.parquet", FACE_ROWS).to_pylist():
        by_video.setdefault(row["video_id"], []).append(row)
    for video_id, rows in sorted(by_video.items()):
        kept = [row for row in rows if row["state"] in _WITH_FACE]
        wrong = [row for row in kept if not shows(row, truth[video_id, row["frame_index"]])]
        missed = [row for row in rows if row["state"] not in _WITH_FACE and visible(row, truth)]
        yield Scene(
            video_id,
            len(kept),
            len(wrong),
            len(missed),
            min(margins[row["subject_id"]] for row in rows),
            {row["subject_id"] for row in wrong} <= doubtful,
        )


def decisions(folder: Path) -> list[dict[str, str]]:
    """Return the lines of the decisions' table."""
    with (folder / "reports" / "decisions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shows(row: Row, people: Sequence[Row]) -> bool:
    """Say whether a kept row's face is the one of its subject, among the people of the frame."""
    marks = np.array(row["landmarks"]).mean(0)
    known = {
        p["subject_id"] or f"nobody {p['person']}": np.array(p["landmarks"]) for p in people if p["landmarks"]
    }
    if row["subject_id"] not in known:
        return False
    apart = {name: float(np.hypot(*(marks - points.mean(0)))) for name, points in known.items()}
    extent = float(np.ptp(known[row["subject_id"]], axis=0).max())
    return (
        min(apart, key=lambda name: apart[name]) == row["subject_id"]
        and apart[row["subject_id"]] < NEAR * extent
    )


def visible(row: Row, truth: dict[tuple[str, int], list[Row]]) -> bool:
    """Say whether the frame of a row shows its subject."""
    people = truth[row["video_id"], row["frame_index"]]
    return any(person["subject_id"] == row["subject_id"] and person["visible"] for person in people)


def figures(found: Sequence[Scene]) -> dict[str, Any]:
    """Return the counts of all scenes, or of one kind."""
    kept, wrong, missed = (sum(getattr(s, name) for s in found) for name in ("kept", "wrong", "missed"))
    return {
        "scenes": len(found),
        "kept_rows": kept,
        "wrong_rows": wrong,
        "wrong_percent": round(100 * wrong / max(1, kept), 2),
        "scenes_with_wrong_rows": {s.video_id: s.margin for s in found if s.wrong},
        "rows_missed_though_visible": missed,
        "missed_percent": round(100 * missed / max(1, kept - wrong + missed), 2),
        "doubtful_scenes": sum(s.margin < DOUBTFUL_MARGIN for s in found),
    }


def holds(found: Sequence[Scene]) -> bool:
    """Say whether few enough rows are wrong and lost, and every decision behind a wrong one is a finding."""
    counts = figures(found)
    few = counts["wrong_rows"] <= MAX_WRONG_SHARE * counts["kept_rows"]
    lost = counts["rows_missed_though_visible"] > MAX_LOST_SHARE * counts["kept_rows"]
    return few and not lost and all(scene.found for scene in found)


def _print(report: dict[str, dict[str, Any]]) -> None:
    table = Table(
        "kind",
        "scenes",
        "kept",
        "wrong",
        "wrong %",
        "missed",
        "missed %",
        "doubtful",
        "margins of scenes with wrong rows",
    )
    for kind, values in report.items():
        margins = ", ".join(
            f"{name} {margin:.2f}" for name, margin in values["scenes_with_wrong_rows"].items()
        )
        names = (
            "scenes",
            "kept_rows",
            "wrong_rows",
            "wrong_percent",
            "rows_missed_though_visible",
            "missed_percent",
            "doubtful_scenes",
        )
        table.add_row(kind, *(str(values[name]) for name in names), margins)
    Console().print(table)


def main(
    json_file: FiguresFile = None,
    first_seed: Annotated[int, typer.Option(min=0, max=10**9)] = FIRST_SEED,
    seeds: Annotated[int, typer.Option(min=1, help="Scenes of each kind.")] = 5,
    workers: Annotated[int, typer.Option(min=1)] = 2,
    crops: Annotated[
        bool, typer.Option("--crops", help="Give `align` crops as the organisers make them.")
    ] = False,
    sface: Annotated[
        Path | None,
        typer.Option(help="Tell people apart by SFace, from this ONNX file.", exists=True, dir_okay=False),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep corpus, faces and reports in this new folder.", callback=for_folder),
    ] = None,
) -> None:
    """Render the scenes, align them, print the error rate by kind, and exit 1 where it is too high."""
    wanted = [(kind, seed) for kind in KINDS for seed in range(first_seed, first_seed + seeds)]
    with TemporaryDirectory() as temporary:
        found = run(keep or Path(temporary), wanted, workers=workers, crops=crops, sface=sface)
        verdicts = [row["crops_verdict"] for row in decisions(keep or Path(temporary))]
    report = {kind: figures([scene for scene in found if scene.kind == kind]) for kind in KINDS}
    report["all"] = figures(found)
    _print(report)
    if crops:
        report["crops_verdicts"] = {name: verdicts.count(name) for name in sorted(set(verdicts))}
        typer.echo(json.dumps(report["crops_verdicts"]))
    if json_file is not None:
        write_json(json_file, {"first_seed": first_seed, "seeds": seeds, **report})
    if not holds(found):
        raise typer.Exit(1)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
