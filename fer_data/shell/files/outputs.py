"""What a command or stage may write to, and how: nothing is replaced that is not known to be an older output.

A folder is replaced when it is empty, or bears our mark of the same kind and `overwrite` is given; a file when
`overwrite` is given. Links, special files, inputs, what holds an input, the working directory, a git root, the home
folder or a mount point never are, and nothing is written into an input folder or into another output of ours.
"""

import contextlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from fer_data.errors import FerDataError, OutputError
from fer_data.shell.faults import DISK_FULL, lacks_shared_memory, system_number
from fer_data.shell.files.durable import sync, sync_tree
from fer_data.shell.files.temporaries import beside, put, put_new

__all__ = [
    "MARK_FILE",
    "OWN_FILES",
    "check_apart",
    "check_new",
    "check_outputs",
    "kind_of",
    "new_file",
    "new_folder",
]

MARK_FILE = ".fer-data.json"
"""In every folder that we write: what kind of output it is."""

OWN_FILES = frozenset({MARK_FILE, ".gitignore"})
"""What every folder that we write holds beside its content."""

_STAGE_FILES = (".json", ".csv")
_MADE_BY = "fer-data"
_MARK_BYTES = 4096
_MOUNTS = Path("/proc/self/mountinfo")
"""Source: proc(5); absent outside Linux."""


@contextmanager
def new_folder(
    path: Path, kind: str, *, name: str = "output", overwrite: bool = False, inputs: Iterable[Path] = ()
) -> Iterator[Path]:
    """Yield an empty folder to fill, which appears as `path` when the block ends well; else nothing has changed.

    Begin the block before the long work: what can be known of `path` is checked at both ends. The folder gets a mark
    of its kind, and a `.gitignore`, so that no `git add` takes faces, predictions or weights along. `name` is that of
    the parameter, for errors.

    Raises:
        OutputError: `path` must not be replaced, is no place for an output, or cannot be written.
    """
    target = _Target(path, _resolve(path, name), name, kind, overwrite, tuple(inputs))
    with _begun(target) as temporary:
        with _writing(target):
            temporary.mkdir()
            (temporary / ".gitignore").write_text("*\n", encoding="utf-8")
        with _Filling(target):
            yield temporary
        target.check()
        with _writing(target):
            mark = json.dumps({"kind": kind, "made_by": _MADE_BY}) + "\n"
            (temporary / MARK_FILE).write_text(mark, encoding="utf-8")
            sync_tree(temporary)
            (put if os.path.lexists(target.resolved) else put_new)(temporary, target.resolved)


@contextmanager
def new_file(
    path: Path, *, name: str = "output", overwrite: bool = False, inputs: Iterable[Path] = ()
) -> Iterator[Path]:
    """Yield a path to write to, which becomes `path` when the block ends well; else nothing has changed.

    Begin the block before the long work: what can be known of `path` is checked at both ends.

    Raises:
        OutputError: `path` must not be replaced, is no place for an output, or cannot be written.
    """
    target = _Target(path, _resolve(path, name), name, None, overwrite, tuple(inputs))
    with _begun(target) as temporary:
        with _Filling(target):
            yield temporary
        target.check()
        with _writing(target):
            sync(temporary)
            (put if overwrite else put_new)(temporary, target.resolved)


def check_new(
    path: Path,
    kind: str | None = None,
    *,
    name: str = "output",
    overwrite: bool = False,
    inputs: Iterable[Path] = (),
) -> None:
    """Refuse what `new_folder` (of this kind) or, without a kind, `new_file` would refuse, and leave nothing behind.

    Raises:
        OutputError: `path` must not be replaced, is no place for an output, or cannot be written.
    """
    with _begun(_Target(path, _resolve(path, name), name, kind, overwrite, tuple(inputs))):
        pass


def check_apart(outputs: Mapping[str, Path | None]) -> None:
    """Hold the outputs of one command against each other, by parameter: no two are the same or inside one another.

    Raises:
        OutputError: naming the first two that are.
    """
    taken_paths = [(name, path, _resolve(path, name)) for name, path in outputs.items() if path is not None]
    for index, (name, path, resolved) in enumerate(taken_paths):
        for other, _, taken in taken_paths[:index]:
            if resolved == taken or resolved in taken.parents or taken in resolved.parents:
                raise OutputError(
                    f"{name} ({path}) must not be, hold or lie in {other} ({taken}). Part them."
                )


def check_outputs(folders: Mapping[str, Path], files: Mapping[str, Path | None]) -> None:
    """Hold the outputs of a stage against each other before it works, and the places of its metrics and plots.

    Raises:
        OutputError: two are the same or one lies in another, or a file is no place for metrics or a plot.
    """
    check_apart({**folders, **files})
    for name, path in files.items():
        if path is None:
            continue
        if path.suffix not in _STAGE_FILES:
            raise OutputError(f"{name} ({path}) must end in {' or '.join(_STAGE_FILES)}. Rename it.")
        with _begun(_Target(path, _resolve(path, name), name, None, overwrite=True, inputs=())):
            pass


def kind_of(folder: Path) -> str | None:
    """Return what kind of output of ours a folder is, or None."""
    mark = folder / MARK_FILE
    try:
        found = mark.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MARK_BYTES:
            return None
        document = json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("made_by") != _MADE_BY:
        return None
    kind = document.get("kind")
    return kind if isinstance(kind, str) else None


@dataclass(frozen=True, slots=True)
class _Target:
    """Where an output goes: `kind` is that of a folder, None for a file."""

    path: Path
    resolved: Path
    name: str
    kind: str | None
    overwrite: bool
    inputs: tuple[Path, ...]

    def check(self) -> None:
        try:
            found = self.resolved.lstat()
        except FileNotFoundError:
            self._check_above()
            return
        except OSError as error:
            raise self._refused(f"cannot be written: {error.strerror}") from error
        self._check_never(found)
        self._check_above()
        if self.kind is None:
            self._check_file(found)
        else:
            self._check_folder(found)

    def _check_above(self) -> None:
        """Refuse what lies in an input or in another output, where it would change that."""
        inputs = {_identity(path): path for path in self.inputs if path.is_dir()}
        for parent in self.resolved.parents:
            if (known := inputs.get(_identity(parent))) is not None:
                raise self._refused(f"must not lie in an input ({known}), which would change")
            if (kind := kind_of(parent)) is not None:
                raise self._refused(
                    f"must not lie in {parent}, a finished output ({kind}), which would change"
                )
            if parent.exists() and not parent.is_dir():
                raise self._refused(f"cannot be written: {parent} is no folder")

    def _check_never(self, found: os.stat_result) -> None:
        if stat.S_ISLNK(found.st_mode):
            raise self._refused("is a link, and links are never replaced")
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise self._refused("is no plain file or folder, and nothing else is replaced")
        own = (found.st_dev, found.st_ino)
        for what, path in self._guarded():
            real = Path(os.path.realpath(path))
            if own == _identity(real):
                raise self._refused(f"is {what}, which is never replaced")
            if own in map(_identity, real.parents):
                raise self._refused(f"holds {what}, which is never replaced")
        if next(self.resolved.rglob(".git"), None) is not None:
            raise self._refused("is or holds the root of a git repository, which is never replaced")
        for mount in _mounts():
            if mount == self.resolved or self.resolved in mount.parents:
                raise self._refused("is or holds a mount point, which is never replaced")

    def _guarded(self) -> Iterator[tuple[str, Path]]:
        for path in self.inputs:
            yield f"an input ({path})", path
        with contextlib.suppress(FileNotFoundError):
            yield "the working directory", Path.cwd()
        yield "the home folder", Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() may raise

    def _check_file(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise self._refused("is a folder; a file is written there")
        if not self.overwrite:
            raise OutputError(
                f"{self.name} ({self.path}) exists already. Name another file, or give --overwrite to replace it."
            )

    def _check_folder(self, found: os.stat_result) -> None:
        if not stat.S_ISDIR(found.st_mode):
            raise self._refused("is a file; a folder is written there")
        try:
            empty = next(self.resolved.iterdir(), None) is None
        except OSError as error:
            raise self._refused(f"cannot be read: {error.strerror}") from error
        kind = kind_of(self.resolved)
        if empty or (kind == self.kind and self.overwrite):
            return
        if kind == self.kind:
            raise OutputError(
                f"{self.name} ({self.path}) exists already. Name another folder, or give --overwrite to replace it."
            )
        what = f"is another kind of output ({kind})" if kind else "holds what fer-data did not write"
        raise self._refused(f"{what}, and is not replaced")

    def _refused(self, rule: str) -> OutputError:
        return OutputError(f"{self.name} ({self.path}) {rule}. Name another place.")


def _resolve(path: Path, name: str) -> Path:
    """Return where a path leads, its last part unresolved so that a link there is seen."""
    try:
        str(path).encode()
        _check_ways_up(path)
        if path.name in ("", ".."):
            resolved = Path(os.path.realpath(path))
        else:
            resolved = Path(os.path.realpath(path.parent)) / path.name
        with contextlib.suppress(FileNotFoundError):
            resolved.lstat()
    except UnicodeEncodeError as error:
        raise OutputError(f"{name} ({str(path)!a}) must be named in UTF-8. Name another place.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{name} ({path}) cannot be written: {reason}. Name another place.") from error
    if not resolved.name:
        raise OutputError(f"{name} ({path}) is the root of the file system. Name another place.")
    return resolved


def _check_ways_up(path: Path) -> None:
    """Ask for what stands before a `..`, which leads nowhere when that is not there."""
    ways = [index for index, part in enumerate(path.parts) if part == ".."]
    if ways:
        Path(*path.parts[: ways[-1] + 1]).stat()


@contextmanager
def _begun(target: _Target) -> Iterator[Path]:
    """Yield a path beside a target that may be written; folders made above it go again when they stay empty."""
    target.check()
    with ExitStack() as stack:
        with _writing(target):
            for parent in reversed(target.resolved.parents):
                if not parent.is_dir():
                    parent.mkdir()
                    stack.callback(_remove_empty, parent)
            temporary = stack.enter_context(beside(target.resolved))
        target.check()  # Beside it an older output may have been found and put back.
        yield temporary


@contextmanager
def _writing(target: _Target) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{target.name} ({target.path}) cannot be written: {error.strerror or error}. "
            "Make room or allow it, or name another place."
        ) from error


@dataclass(frozen=True, slots=True)
class _Filling:
    """A block that names the output when the disk below it is full; what else happens in it is not the output's own.

    Libraries that raise errors of their own say it in a text. A file elsewhere, such as a temporary one, says its name
    where it cannot be opened or made.
    """

    target: _Target

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception) or isinstance(error, FerDataError) or self._elsewhere(error):
            return
        number = system_number(error)
        if number is not None and number in DISK_FULL:
            raise OutputError(
                f"{self.target.name} ({self.target.path}) cannot be written: {os.strerror(number)}. "
                "Make room, or name another place."
            ) from error

    def _elsewhere(self, error: Exception) -> bool:
        if lacks_shared_memory(error):
            return True
        if not isinstance(error, OSError) or not isinstance(error.filename, str):
            return False
        return not Path(os.path.realpath(error.filename)).is_relative_to(self.target.resolved.parent)


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _mounts() -> list[Path]:
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    # Blanks and the like are octal there: `\040`.
    fields = (line.split(" ")[4].encode("utf-8", "surrogateescape") for line in lines)
    return [Path(os.fsdecode(field.decode("unicode_escape").encode("latin-1"))) for field in fields]
