"""`fer-data stats`: how labels are spread over a raw root, a catalog, aligned faces or a published dataset."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.choices import ASKED_TASKS
from fer_data.commands.completion import completes
from fer_data.commands.writing import Overwrite, check_suffix
from fer_data.core.labels.tasks import TASKS

if TYPE_CHECKING:
    from fer_data.stats import Stats

__all__ = ["stats"]


def stats(
    path: Annotated[
        Path, typer.Argument(help="A corpus root, data/catalog, data/faces or data/published/<px>.")
    ],
    task: Annotated[
        str | None,
        typer.Option(
            help=f"{', '.join(TASKS)} or multi_task (all of them); that of a published dataset, or dataset.task, by "
            "default.",
            autocompletion=completes(ASKED_TASKS),
        ),
    ] = None,
    as_json: AsJson = False,
    plot: Annotated[Path | None, typer.Option(help="Also draw the counts into this PNG file.")] = None,
    params: Annotated[
        Path | None,
        typer.Option(
            help="Params file whose section `dataset` says the task, and `sources` how to read a raw corpus; "
            "params.yaml where there is one."
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Show frames, people and imbalance of every class or action unit, and the spread of valence and arousal."""
    from fer_data.stats import stats as count

    if plot is None:
        found = count(path, params, task)
    else:
        check_suffix(plot, ".png", name="--plot")
        from fer_data.shell.files.outputs import new_file
        from fer_data.stats.plot import plot_stats

        inputs = [path, *([params] if params else [])]
        with new_file(plot, name="--plot", overwrite=overwrite, inputs=inputs) as temporary:
            found = count(path, params, task)
            plot_stats(found, str(path), temporary)
    if as_json:
        print_json(found.document())
        return
    _print(found, path)


def _print(found: "Stats", path: Path) -> None:
    from fer_data.commands.stats_tables import gates_line, means_table, task_parts, within_videos_parts
    from fer_data.terminal.show import show, show_parts

    for name, one in (found.corpora or {"": found}).items():
        shown = f"{path}, {name}" if name else str(path)
        for task in one.tasks:
            if not one.splits.get(task, ()):
                show_parts([f"{shown}: no row has a split for {task}."])
                continue
            show_parts([*task_parts(one, task, shown), *within_videos_parts(one, task)])
        if one.low_quality is not None:
            show_parts([gates_line(one.low_quality)])
    for task, means in found.means.items():
        show(means_table(means, task, len(found.corpora)))
