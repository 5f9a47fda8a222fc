"""Draw the pictures: `python -m docs.tools.pictures [--data DIR] [--output DIR] [--only NAME]`."""

from pathlib import Path
from typing import Annotated

import typer

from docs.tools.pictures.copies import copies
from docs.tools.pictures.demo import Demo
from docs.tools.pictures.pipeline import pipeline
from docs.tools.pictures.programs import prediction, view
from docs.tools.pictures.sides import sides
from fer_data.errors import ParamsError
from fer_data.shell.run import guarded

DRAWN = {"pipeline.svg": pipeline, "sides.svg": sides, "copies.svg": copies}
TAKEN = {"prediction.jpg": prediction, "view.png": view}
"""Of these a browser or a video's encoder has a part, so that another version gives other bytes."""


def main(
    data: Annotated[Path, typer.Option(help="What the demo made.")] = Path("data"),
    output: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("docs/pictures"),
    only: Annotated[str | None, typer.Option(help="One of them, such as view.png.")] = None,
) -> None:
    """Write the pictures of the README and the site."""
    demo = Demo(data)
    made = {name: draw for name, draw in {**DRAWN, **TAKEN}.items() if only in {None, name}}
    if not made:
        raise ParamsError(f"--only ({only}) must be one of {', '.join([*DRAWN, *TAKEN])}.")
    for name, draw in made.items():
        drawn = draw(demo)
        (output / name).write_bytes(drawn if isinstance(drawn, bytes) else drawn.encode())
        print(output / name)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
