"""A page for `dvc plots` that draws without a network; DVC's own loads its scripts from a host on the internet.

`python -m fer_data.dvc.plots_page`, which `make install` runs, sets it up for one clone.
"""

from functools import cache
from pathlib import Path

from fer_data.errors import ParamsError
from fer_data.shell.files.atomic import atomic_file

__all__ = ["PAGE", "plots_page", "set_up_plots_page"]

PAGE = "plots/offline.html"
"""Below `.dvc/`, where DVC looks for a `plots.html_template`; git ignores it, like the setting beside it."""

_FILES = Path(__file__).parent


@cache
def plots_page() -> str:
    """Return DVC's HTML template with Vega, Vega-Lite and Vega-Embed inside, which draw what DVC fills in."""
    import vl_convert

    bundle = vl_convert.javascript_bundle((_FILES / "plots_page.js").read_text(encoding="utf-8"))
    page = (_FILES / "plots_page.html").read_text(encoding="utf-8")
    return page.replace("LIBRARIES", bundle.replace("</script", "<\\/script"))


def set_up_plots_page(root: Path) -> str:
    """Write the page into a clone's `.dvc/` and have its `dvc plots` use it; return what was done.

    The setting is the clone's own (`.dvc/config.local`): another clone draws as DVC does until it has a page. A page of
    the user's own choice stays in force.

    Raises:
        ParamsError: the folder is no DVC project.
    """
    folder = root / ".dvc"
    if not folder.is_dir():
        raise ParamsError(f"{root} is no DVC project: it has no .dvc/. Run this in the clone's first folder.")
    path = folder / PAGE
    path.parent.mkdir(exist_ok=True)
    with atomic_file(path) as part:
        part.write_text(plots_page(), encoding="utf-8")
    from dvc.config import Config

    config = Config(dvc_dir=str(folder))
    chosen = config.get("plots", {}).get("html_template", PAGE)
    if chosen != PAGE:
        return f"wrote {path}; `dvc plots` goes on with your own page, {chosen}"
    with config.edit("local") as own:
        own.setdefault("plots", {})["html_template"] = PAGE
    return f"wrote {path}: `dvc plots` draws without a network"


if __name__ == "__main__":
    from fer_data.shell.run import guarded

    guarded(lambda: print(set_up_plots_page(Path())))
