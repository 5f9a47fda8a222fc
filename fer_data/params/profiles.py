"""Profiles: what a params file for another purpose has otherwise than the demo's, each value with its reason.

The demo's parameters are kept a second time, as `demo.yaml` beside this module: `params.yaml` in a clone is the user's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fer_data.errors import ParamsError
from fer_data.params.document import Params, validate_document
from fer_data.params.merging import merge_text, merge_values
from fer_data.shell.files.plain_yaml import PlainYamlError, load_plain
from fer_data.shell.sections.load import read_text
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["FOLDER", "Merged", "demo_params", "demo_text", "merged", "profile_names"]

FOLDER = Path("profiles")
_DEMO = Path(__file__).with_name("demo.yaml")
_COMMENT_COLUMN = 28
_OWN = "own"
"""What the source of a corpus is called that no profile names."""

_NAME = re.compile("[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Merged:
    """A params file that was put together.

    Attributes:
        text: with comments.
        values: as they are read.
        params: as they are checked.
    """

    text: str
    values: dict[str, Any]
    params: Params


def demo_text() -> str:
    """Return the demo's params file."""
    return _DEMO.read_text(encoding="utf-8")


def demo_params() -> Params:
    """Return the demo's parameters."""
    return validate_document(load_plain(demo_text()), _DEMO)


def profile_names(folder: Path = FOLDER) -> list[str]:
    """Return the names of the profiles in a folder."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def merged(profile: str | None, *, root: str | None = None, folder: Path = FOLDER) -> Merged:
    """Return the demo's params file with a profile's values in it, and the corpus at `root` where that is given.

    Raises:
        ParamsError: there is no such profile, or something in it is wrong; the message names the key in full.
    """
    text, values = demo_text(), load_plain(demo_text())
    for name, over in _overs(profile, root, folder):
        text, values = _renamed(text, values, over)
        text, values = _merge(text, values, over, name)
    return Merged(text, values, validate_document(values, folder / f"{profile or 'demo'}.yaml"))


def _overs(profile: str | None, root: str | None, folder: Path) -> Sequence[tuple[Path, str]]:
    found = []
    if profile is not None:
        path = _path(profile, folder)
        found.append((path, _headed(profile, read_text(path), folder)))
    if root is not None:
        found.append((Path("--root"), _of_root(root, found[0][1] if found else "")))
    return found


def _renamed(text: str, values: dict[str, Any], over: str) -> tuple[str, dict[str, Any]]:
    """Return the params with their one source called as a profile calls its own, whose values are then merged."""
    name, old = _source_name(over), next(iter(values["sources"]))
    if name is None or name == old:
        return text, values
    text = re.sub(rf"^  {old}:$", f"  {name}:", text, count=1, flags=re.MULTILINE)
    return text, {**values, "sources": {name: values["sources"][old]}}


def _source_name(over: str) -> str | None:
    """Return how the text of a profile calls its one source; None where it has none, or what is no name of one."""
    try:
        named = load_plain(over)["sources"]
    except (PlainYamlError, KeyError, TypeError):
        return None
    names = list(named) if isinstance(named, dict) else []
    return names[0] if len(names) == 1 and _NAME.fullmatch(str(names[0])) else None


def _path(profile: str, folder: Path) -> Path:
    names = profile_names(folder)
    if profile not in names:
        raise ParamsError(
            f"PROFILE ({quoted(profile)}) must be a file of {folder}/ without .yaml. {did_you_mean(profile, names)}"
        )
    return folder / f"{profile}.yaml"


def _headed(profile: str, text: str, folder: Path) -> str:
    source = folder.name + f"/{profile}.yaml"
    made = f"# `fer-data init {profile}` put this together: the demo's parameters, and what {source} has otherwise."
    return f"{made}\n{text}"


def _of_root(root: str, profile: str) -> str:
    name = _source_name(profile)
    lines = ["sources:", f"  {name or _OWN}:", _line("root", root, "where the corpus lies", depth=2)]
    if name is None:  # The demo's names and licence are those of rendered faces.
        lines += ["publish:", _line("name", "own-corpus", "lower case, digits and hyphens: choose one")]
        lines += [_line("licence", "other", "of the whole: restricted, until you state it")]
    return "\n".join(lines)


def _line(key: str, value: str, comment: str, *, depth: int = 1) -> str:
    written = (
        yaml.safe_dump(value, width=1 << 20, allow_unicode=True).removesuffix("\n").removesuffix("\n...")
    )
    if "\n" in written:
        written = yaml.safe_dump(value, default_style='"', width=1 << 20).removesuffix("\n")
    return f"{'  ' * depth + f'{key}: {written}':<{_COMMENT_COLUMN - 1}} # {comment}"


def _merge(text: str, values: dict[str, Any], over: str, path: Path) -> tuple[str, dict[str, Any]]:
    try:
        changes = load_plain(over) or {}
    except PlainYamlError as error:
        raise ParamsError(f"{path} {error}") from error
    if not isinstance(changes, dict):
        raise ParamsError(f"{path} must be a mapping of sections. Write it as params.yaml is written.")
    whole = merge_values(values, changes, Params)
    validate_document(whole, path)
    new = _with_header(merge_text(text, over, Params), over)
    try:
        same = load_plain(new) == whole
    except PlainYamlError:
        same = False
    if not same:
        raise ParamsError(
            f"{path} must have one key a line and no anchors. Write it as params.yaml is written."
        )
    return new, whole


def _with_header(text: str, over: str) -> str:
    """Return a text with the comment at the head of another in the place of its own, where the other has one."""
    head, own = _head(over), _head(text)
    return "\n".join(head + text.splitlines()[len(own) :]) + "\n" if head else text


def _head(text: str) -> list[str]:
    lines = text.splitlines()
    end = next((index for index, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return lines[:end]
