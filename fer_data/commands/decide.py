"""`fer-data decide`: see the tracks of a video, and settle who is who."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.assignment.hand_lines import LAST_FRAME
from fer_data.commands.writing import Overwrite, SourceName
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.decide import VideoTracks

__all__ = ["decide"]


def decide(
    video: Annotated[str, typer.Argument(help="video_id of the catalog, such as 102.")],
    subject: Annotated[str | None, typer.Option(help="Whom to settle: a subject_id of the video.")] = None,
    track: Annotated[
        int | None, typer.Option(help="Track that shows the person, by its number now.", min=0, max=10**9)
    ] = None,
    exclude: Annotated[bool, typer.Option("--exclude", help="Nobody in the picture is the person.")] = False,
    first_frame: Annotated[int, typer.Option(help="From this frame on.", min=0, max=LAST_FRAME)] = 0,
    last_frame: Annotated[
        int, typer.Option(help="Up to this frame; default: the end.", min=0, max=LAST_FRAME)
    ] = LAST_FRAME,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write pictures of the tracks to; default: tracks/VIDEO.")
    ] = None,
    catalog: Annotated[
        Path, typer.Option(help="Folder of the catalogs of all sources, or that of one.")
    ] = Path("data/catalog"),
    source: SourceName = None,
    params: Annotated[Path, typer.Option(help="Params file of the `align` that ran.")] = Path("params.yaml"),
    overwrite: Overwrite = False,
) -> None:
    """Show the tracks of a video with pictures and numbers; with --subject write a line into its source's decisions.

    Nothing is decoded: `align` must have run. What you settle holds from the next `dvc repro` on.
    """
    from fer_data.errors import ParamsError
    from fer_data.execution.compute import ComputeParams
    from fer_data.params.align import AlignParams
    from fer_data.params.source import load_source, load_sources
    from fer_data.shell.sections.load import load_section

    if (subject is None) == (track is not None or exclude) or (track is not None and exclude):
        raise ParamsError("--subject needs --track or --exclude, one of them, and these need --subject.")
    if last_frame < first_frame:
        raise ParamsError(f"--last-frame ({last_frame}) must not be before --first-frame ({first_frame}).")
    align, compute = (
        load_section("align", AlignParams, params),
        load_section("compute", ComputeParams, params),
    )
    named = [source] if source else list(load_sources(params))
    from fer_data.decide import find_catalog, name_track, show_tracks

    name, folder = find_catalog(video, catalog, named)
    read_as = load_source(name, params)
    found = show_tracks(video, folder, source=read_as, align=align, compute=compute)
    if subject is None:
        _show(found, output or Path("tracks") / video, overwrite=overwrite)
        return
    path = Path(read_as.decisions)
    line = name_track(found, subject, track, (first_frame, last_frame), path=path)
    what = "nobody" if line.point is None else f"the face at {line.point} of frame {line.at_frame}"
    typer.echo(printable(f"{path}: {subject} is {what}. `dvc repro align` applies it, without decoding."))


def _show(found: "VideoTracks", output: Path, *, overwrite: bool) -> None:
    from fer_data.shell.files.outputs import new_folder
    from fer_data.terminal.show import show, show_line
    from fer_data.terminal.table import TextTable, number, text, word

    with new_folder(output, "tracks", name="--output", overwrite=overwrite) as folder:
        (folder / "tracks.jpg").write_bytes(found.sheet)
    columns = (
        word("track"),
        word("person"),
        number("frames"),
        number("faces"),
        number("centre"),
        number("px"),
    )
    table = TextTable(f"Tracks of {found.video_id}", *columns, text("taken for"))
    for one in found.tracks:
        frames = f"{one.first_frame}-{one.last_frame}"
        centre = f"{one.centre[0]}, {one.centre[1]}"
        taken = ", ".join(one.taken_for) or "-"
        table.add(str(one.track_id), one.person, frames, str(one.faces), centre, str(one.side_px), taken)
    show(table)
    video, subject = shlex.quote(found.video_id), shlex.quote(found.subjects[0])
    example = f"fer-data decide {video} --subject {subject} --track NUMBER"
    show_line(f"{output / 'tracks.jpg'} shows them. To settle: {example}")
