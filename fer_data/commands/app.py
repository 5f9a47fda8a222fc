"""The `fer-data` command and its table of subcommands."""

import re
from typing import Any

import typer
from typer.core import TyperGroup

from fer_data.commands.check import check
from fer_data.commands.compare import compare, ensemble
from fer_data.commands.completion import careful
from fer_data.commands.convert import convert
from fer_data.commands.decide import decide
from fer_data.commands.diff import diff
from fer_data.commands.doctor import doctor
from fer_data.commands.embed import embed, probe
from fer_data.commands.estimate import estimate
from fer_data.commands.examples import example_of
from fer_data.commands.export import export
from fer_data.commands.forget import forget
from fer_data.commands.init import init, params
from fer_data.commands.leaks import leaks
from fer_data.commands.naming import naming
from fer_data.commands.noise import noise
from fer_data.commands.predict import predict
from fer_data.commands.push import push
from fer_data.commands.release import release
from fer_data.commands.replay import replay
from fer_data.commands.sample import sample
from fer_data.commands.sensitivity import sensitivity
from fer_data.commands.stats import stats
from fer_data.commands.store import store_app
from fer_data.commands.submit import submit
from fer_data.commands.unpack import unpack
from fer_data.commands.verify import verify
from fer_data.commands.view import view
from fer_data.commands.weights import weights_app
from fer_data.errors import ParamsError
from fer_data.shell.files.home import with_homes
from fer_data.shell.run import guarded
from fer_data.shell.suggestions import closest, quoted

__all__ = ["app", "main"]


class _Group(TyperGroup):
    """A group of commands whose arguments may begin with `~`, in quotes and behind an equals sign as well."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's own context
        """Replace home folders, and refuse empty arguments, before any command sees them.

        Raises:
            ParamsError: an argument is empty; as a path it would be the working folder.
        """
        empty = [index for index, text in enumerate(args, 1) if not text or re.fullmatch(r"--[a-z-]+=", text)]
        if empty and not ctx.resilient_parsing:  # as while a shell completes a line that is not finished
            raise ParamsError(
                f"argument {empty[0]} of fer-data is empty. Give a value; a variable in quotes may not be set."
            )
        for option in self.params:  # typer adds its own when the group is there
            if option.name == "install_completion":
                option.callback = careful(option.callback)
        return super().parse_args(ctx, with_homes(args))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - click's own types
        """Return the command that is meant; a name that is none is refused with the one that is near."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            meant = closest(name, known)
            ctx.fail(f"Unknown command {quoted(name)}.{f' Did you mean {quoted(meant)}?' if meant else ''}")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="fer-data",
    cls=_Group,
    help="Reproducible facial-expression datasets and models, from raw Aff-Wild2 to an honest evaluation.",
    no_args_is_help=True,
    rich_markup_mode=None,  # boxes around the help cost a third of a second
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
for command in (
    init,
    params,
    sample,
    unpack,
    check,
    stats,
    view,
    verify,
    release,
    diff,
    decide,
    forget,
    replay,
    submit,
    predict,
    embed,
    probe,
    noise,
    sensitivity,
    leaks,
    compare,
    ensemble,
    export,
    convert,
    push,
    estimate,
    doctor,
):
    app.command(epilog=example_of(command.__name__))(naming(command))
app.add_typer(weights_app, name="weights", cls=_Group)
app.add_typer(store_app, name="store", cls=_Group)


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        from fer_data import __version__

        print(f"fer-data {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; errors become one line and exit code 2."""
    guarded(lambda: app(standalone_mode=False))
