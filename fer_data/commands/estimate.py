"""`fer-data estimate`: what aligning a corpus will cost here, before it starts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.writing import SourceName

if TYPE_CHECKING:
    from fer_data.estimate import Estimate

__all__ = ["estimate"]


def estimate(
    root: Annotated[Path, typer.Argument(help="Folder of the corpus.")],
    params: Annotated[
        Path, typer.Option(help="Params file: sections sources, dataset, align and compute are read.")
    ] = Path("params.yaml"),
    videos: Annotated[
        int, typer.Option(min=1, max=100_000, help="Videos to probe; more is surer and slower.")
    ] = 8,
    frames: Annotated[
        int, typer.Option(min=16, max=1_000_000, help="Frames to align of each, at most.")
    ] = 96,
    source: SourceName = None,
    as_json: AsJson = False,
) -> None:
    """Say how many hours and GB aligning the corpus will take here, and how many crops it will give."""
    from fer_data.corpora.sources import source_for
    from fer_data.params.document import load_params

    loaded = load_params(params)
    from fer_data.estimate import estimate as measure

    found = measure(
        root,
        source=source_for(root, params=params, name=source),
        align=loaded.align,
        compute=loaded.compute,
        probes=videos,
        frames=frames,
    )
    if as_json:
        print_json(found.as_dict())
    else:
        _print(root, found)


def _print(root: Path, found: "Estimate") -> None:
    from fer_data.terminal.show import show
    from fer_data.terminal.table import TextTable, text, word

    table = TextTable(f"What aligning {root} takes here", word("what"), text("estimate"))
    minutes = found.hours * 60
    table.add("time", f"{found.hours:.1f} h" if found.hours >= 1 else f"{minutes:.1f} min")
    table.add("space", f"{found.gigabytes:.2f} GB in data/faces; as much again if DVC's cache copies")
    if found.videos:
        table.add(
            "store",
            f"{found.observed_gigabytes:.2f} GB more in compute.store: every face, so that deciding never decodes",
        )
    table.add("crops", f"{found.crops:,} of {found.wanted_rows:,} rows that want one")
    unit = "frames" if found.videos else "pictures"
    table.add("input", f"{found.frames:,} {unit}{f' in {found.videos:,} videos' if found.videos else ''}")
    table.add("tasks", f"{found.tasks:,}; the longest takes a worker {found.longest_task_hours * 60:.1f} min")
    table.add("rate", f"{found.frames_per_second:.0f} {unit}/s with {found.workers} workers")
    table.add(
        "where the time goes",
        f"decode {found.decode_share:.0%}, detect {found.detect_share:.0%}, "
        f"track, warp, encode and write {found.other_share:.0%}",
    )
    if found.identity_hours:
        table.add(
            "identity", f"{found.identity_hours * 60:.1f} min of one worker, in the time above; no space"
        )
    of_videos = f" of {found.probed_videos} videos" if found.videos else ""
    table.add("measured on", f"{found.probed_frames} {unit}{of_videos}")
    show(table)
