"""Draw the pictures: `python -m docs.tools.pictures [--data DIR] [--output DIR] [--only NAME]`."""

from pathlib import Path
from typing import Annotated

import typer

from docs.tools.pictures.copies import copies
from docs.tools.pictures.demo import Demo
from docs.tools.pictures.pipeline import pipeline
from docs.tools.pictures.sides import sides
from fer_data.shell.run import guarded

DRAWN = {"pipeline": pipeline, "sides": sides, "copies": copies}


def main(
    data: Annotated[Path, typer.Option(help="What the demo made.")] = Path("data"),
    output: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("docs/pictures"),
) -> None:
    """Write the pictures of the README and the site."""
    demo = Demo(data)
    for name, draw in DRAWN.items():
        (output / f"{name}.svg").write_text(draw(demo), encoding="utf-8")
        print(f"{output / name}.svg")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
