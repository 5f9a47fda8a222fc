"""From a clone to one's own data: params.yaml out of the demo's parameters and a profile."""

from dataclasses import dataclass
from pathlib import Path

from fer_data.errors import ParamsError
from fer_data.init.recorded import clear_recorded, recorded_figures
from fer_data.params.profiles import FOLDER, Merged, demo_text, merged, profile_names
from fer_data.shell.files.home import at_home
from fer_data.shell.files.outputs import new_file
from fer_data.shell.files.plain_yaml import PlainYamlError, load_plain
from fer_data.shell.sections.load import read_text
from fer_data.tables.source_folders import left_behind

__all__ = ["PARAMS", "Begun", "initialise"]

PARAMS = Path("params.yaml")
_PIPELINE = Path("dvc.yaml")
_OF_SOURCES = (Path("data/faces"), Path("data/catalog"))


@dataclass(frozen=True, slots=True)
class Begun:
    """What was set up.

    Attributes:
        root: of the corpus.
        rendered: whether the corpus is the rendered sample.
        cleared: names of the demo's figures that were removed.
        left: folders of sources that these parameters do not list, at which `multires` would stop.
    """

    root: str
    rendered: bool
    cleared: list[str]
    left: list[Path]


def initialise(profile: str | None, root: Path | None, *, force: bool) -> Begun:
    """Write params.yaml into a clone, the working directory, and clear the demo's figures where they are not its own.

    Raises:
        ParamsError: there is no clone, no such profile or no such corpus; or params.yaml was edited, without `force`.
        OutputError: params.yaml is no plain file, or cannot be written.
        MachineError: git fails on the clone; nothing was changed.
    """
    if not _PIPELINE.is_file() or not FOLDER.is_dir():
        raise ParamsError(
            f"{Path.cwd()} is no clone of fer-data: {_PIPELINE} or {FOLDER}/ is missing. Run init in the root of a "
            "clone; the package alone has no pipeline to set up."
        )
    made = merged(profile, root=_named(root))
    if not force:
        _check_unedited(made)
    demo = load_plain(demo_text())
    recorded = [] if made.values == demo else recorded_figures(Path(), demo)
    with new_file(PARAMS, name="params file", overwrite=True) as temporary:
        temporary.write_text(made.text, encoding="utf-8")
    cleared = clear_recorded(Path(), recorded)
    root_of, demo_root = made.params.source().root, next(iter(demo["sources"].values()))["root"]
    left = left_behind(made.params.sources, *_OF_SOURCES)
    return Begun(root_of, root_of == demo_root, cleared, left)


def _named(root: Path | None) -> str | None:
    if root is None:
        return None
    target = at_home(root)
    if not target.is_dir():
        raise ParamsError(f"--root ({root}) must be an existing folder. Set it to where the corpus lies.")
    try:
        str(target).encode()
    except UnicodeEncodeError as error:
        raise ParamsError(f"--root ({str(target)!a}) must be named in UTF-8. Rename the folder.") from error
    return str(target)


def _check_unedited(made: Merged) -> None:
    """Let a params file be replaced that this very program would write: the demo's, or a profile's at any root."""
    if not PARAMS.exists() and not PARAMS.is_symlink():
        return
    text = read_text(PARAMS)
    if text in {made.text, demo_text()}:
        return
    first = text.partition("\n")[0]  # which names the profile, if there is one
    names = (None, *(name for name in profile_names() if name in first))
    try:
        root = str(next(iter(load_plain(text)["sources"].values()))["root"])
        known = any(text == merged(name, root=at).text for name in names for at in (None, root))
    except (ParamsError, PlainYamlError, AttributeError, KeyError, StopIteration, TypeError):
        known = False
    if not known:
        raise ParamsError(
            f"{PARAMS} was edited and would be lost. Keep a copy, then give --force to replace it."
        )
