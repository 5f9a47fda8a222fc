"""`fer-data stats`: class imbalance of a raw root, a catalog, aligned faces or a published dataset."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.writing import Overwrite
from fer_data.shown import rich_text

if TYPE_CHECKING:
    from rich.table import Table

    from fer_data.stats import SplitStats, Stats

__all__ = ["stats"]


def stats(
    path: Annotated[
        Path, typer.Argument(help="A corpus root, data/catalog, data/faces or data/published/<px>.")
    ],
    as_json: AsJson = False,
    plot: Annotated[Path | None, typer.Option(help="Also draw the counts into this PNG file.")] = None,
    params: Annotated[
        Path, typer.Option(help="Params file whose section `source` says how to read a raw corpus.")
    ] = Path("params.yaml"),
    overwrite: Overwrite = False,
) -> None:
    """Show frames, people and imbalance of every class in every split."""
    from fer_data.stats import stats as count

    if plot is None:
        found = count(path, params)
    else:
        from fer_data.outputs import new_file
        from fer_data.stats_plot import plot_stats

        with new_file(plot, name="--plot", overwrite=overwrite, inputs=[path, params]) as temporary:
            found = count(path, params)
            plot_stats(found, str(path), temporary)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(found))
        return
    _print(found, path)


def _print(found: "Stats", path: Path) -> None:
    from rich.console import Console

    console = Console()
    if not found.splits:
        console.print(f"{rich_text(str(path))}: no row has a split for expressions.")
        return
    console.print(_table(found, f"{path}: {found.counts} by expression"))
    for split in found.splits:
        console.print(_line(split))
    console.print(
        "[dim]share: of the split's labelled frames. eff. n: effective number of samples, "
        f"(1 - b^n) / (1 - b), b = {found.beta} (Cui et al. 2019). Neighbouring frames are near copies: "
        "people say more than frames.[/]",
        soft_wrap=True,
    )


def _table(found: "Stats", title: str) -> "Table":
    from rich.box import SIMPLE
    from rich.table import Table

    copies = any(split.copies for split in found.splits)
    table = Table(title=rich_text(title), box=SIMPLE, pad_edge=False, title_justify="left")
    for name in ("split", "class"):
        table.add_column(name, no_wrap=True)
    for name in ("frames", "share", *(["copies"] if copies else []), "videos", "people", "eff. n"):
        table.add_column(name, justify="right", no_wrap=True)
    for split in (split for split in found.splits if split.frames):
        for place, row in enumerate(split.classes):
            table.add_row(
                split.name if place == 0 else "",
                rich_text(row.name),
                f"{row.frames:,}",
                f"{row.share:.1%}",
                *([f"+{row.copies:,}" if row.copies else ""] if copies else []),
                f"{row.videos:,}",
                f"{row.subjects:,}",
                f"{row.effective_number:,.0f}",
            )
        more = [f"+{split.copies:,}" if split.copies else ""] if copies else []
        table.add_row(
            "",
            "all",
            f"{split.frames:,}",
            "",
            *more,
            f"{split.videos:,}",
            f"{split.subjects:,}",
            style="bold",
        )
        table.add_section()
    return table


def _line(split: "SplitStats") -> str:
    if not split.frames:
        return f"{split.name}: {split.unlabelled:,} frames without an expression."
    parts = [f"{split.name}: imbalance {_ratio(split.imbalance_ratio)}"]
    if split.copies:
        parts.append(f"with augmented copies {_ratio(split.imbalance_ratio_with_copies)}")
    if split.unlabelled:
        parts.append(f"{split.unlabelled:,} frames without an expression")
    return ", ".join(parts) + "."


def _ratio(value: float | None) -> str:
    return "undefined (a class is empty)" if value is None else f"{value:.2f} : 1"
