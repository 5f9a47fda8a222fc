"""Completion of a shell's command line: what options with few values offer, and an installation that loses nothing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fer_data.core.labels.tasks import SPLITS

__all__ = ["careful", "completes", "operations", "profiles", "splits"]

_SHELLS = {"bash": ".bashrc", "zsh": ".zshrc", "fish": None}
"""Those that are known, and the file of a person's own that typer adds a line to."""

_AT_ONCE = """
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _fer_data_completion "$@"
fi
"""
"""What typer's script for zsh lacks: without it the first Tab of every session only loads the function."""


def completes(names: Sequence[str]) -> Callable[[str], list[str]]:
    """Return what offers those of a few names that begin as what was typed.

    >>> completes(["train", "test", "validation"])("t")
    ['train', 'test']
    """

    def offered(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return offered


splits = completes(SPLITS)


def profiles(incomplete: str) -> list[str]:
    """Return the profiles of the clone that a person stands in."""
    return completes(sorted(path.stem for path in Path("profiles").glob("*.yaml")))(incomplete)


def operations(incomplete: str) -> list[str]:
    """Return the operations of augmentation."""
    from fer_data.core.sampling.operations import OPERATIONS

    return completes(list(OPERATIONS))(incomplete)


def careful(install: Callable[..., Any] | None) -> Callable[..., Any]:
    """Return typer's installation so that it refuses what it does not know, and never loses a shell's own file."""
    if getattr(install, "__module__", "") == __name__:
        return install  # type: ignore[return-value]

    def run(ctx: Any, param: Any, value: Any) -> Any:  # noqa: ANN401 - click's own types
        if install is None or not value or ctx.resilient_parsing:
            return value
        shell = _shell()
        name = _SHELLS[shell]
        kept = None if name is None else _copied(Path.home() / name)
        try:
            return install(ctx, param, value)
        except SystemExit:  # which is how it ends when all is written; an error leaves the copy
            if kept is not None:
                kept.unlink()
            if shell == "zsh":
                with (Path.home() / ".zfunc/_fer-data").open("a", encoding="utf-8") as script:
                    script.write(_AT_ONCE)
            raise

    return run


def _shell() -> str:
    """Return the shell that the command was started from.

    Raises:
        ParamsError: it is none that completes.
    """
    from shellingham import ShellDetectionFailure, detect_shell  # type: ignore[import-untyped]

    from fer_data.errors import ParamsError

    try:
        shell = str(detect_shell()[0])
    except ShellDetectionFailure:
        shell = "unknown"
    if shell not in _SHELLS:
        raise ParamsError(
            f"--install-completion knows {', '.join(_SHELLS)}; this shell is {shell}. Run it in one of them."
        )
    return shell


def _copied(file: Path) -> Path | None:
    """Return a copy of a shell's file that lies beside it until the new one is whole; None where there is no file.

    Raises:
        ParamsError: it is no UTF-8, so that it cannot be added to.
    """
    from fer_data.errors import ParamsError
    from fer_data.shell.files.atomic import atomic_file, write_new

    if not file.is_file():
        return None
    content = file.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise ParamsError(
            f"{file} must be UTF-8 text; byte {error.start} is none. Save it as UTF-8, or put what "
            "`fer-data --show-completion` prints into a file that your shell reads."
        ) from error
    copy = file.with_name(f"{file.name}.before-fer-data")
    with atomic_file(copy) as temporary:
        write_new(temporary, content, mode=file.stat().st_mode & 0o777)  # it may hold what is nobody else's
    return copy
