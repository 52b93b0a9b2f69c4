"""The command `spikewatch`: its subcommands, and how it ends.

Exit codes: 0 done; 1 a check failed; 2 usage or configuration; 3 an input cannot be read; 130 interrupted.
What a user can cause ends in one line on stderr, never in a traceback.
"""

import os
import sys
from importlib.metadata import version
from typing import Annotated, Final, NoReturn

import typer
from typer import completion

from models.errors import ModelsError
from stream.cli import (
    adapt,
    calibration,
    data,
    evaluation,
    export,
    fleet,
    host,
    live,
    models,
    purge,
    report,
    results,
    review,
    scoring,
    training,
)
from stream.cli import config as settings
from stream.errors import InputError, SpikewatchError
from stream.printable import printable

COMPLETION: Final = "_SPIKEWATCH_COMPLETE"
"""With this variable set, the command prints a shell's completions."""

app = typer.Typer(
    help="Watch live EEG for interictal epileptiform discharges and sleep state.\n\n"
    "Research software, not a medical device.",
    no_args_is_help=True,
    # Its option would write into the user's shell start-up files; COMPLETION prints, and writes nothing.
    add_completion=False,
    # A pretty traceback shows local variables, one of which may be a broker's password.
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done; 1 a check failed; 2 usage or configuration; 3 an input cannot be read; "
    "130 interrupted.\n\nCompletion in this shell (or source_zsh, source_fish): "
    f'eval "$({COMPLETION}=source_bash spikewatch)"',
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spikewatch {version('spikewatch')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


for command in (
    live.run,
    live.demo,
    host.streams,
    host.doctor,
    live.replay,
    fleet.fleet,
    scoring.score,
    results.events,
    report.report,
    export.export,
    purge.purge,
    training.train,
    evaluation.evaluate,
    calibration.calibrate,
    adapt.adapt,
):
    app.command()(command)

config_app = typer.Typer(help="Write, show or describe a config.toml.", no_args_is_help=True)
config_app.command()(settings.init)
config_app.command()(settings.show)
config_app.command()(settings.schema)
app.add_typer(config_app, name="config")

app.add_typer(models.app, name="models")
app.add_typer(review.app, name="review")

data_app = typer.Typer(help="Look at marked recordings, and make window sets of them.", no_args_is_help=True)
data_app.command()(data.check)
data_app.command()(data.prepare)
data_app.command()(data.simulate)
data_app.command()(data.hybrid)
data_app.command()(data.join)
app.add_typer(data_app, name="data")


def main() -> None:
    """Run the command line."""
    if COMPLETION in os.environ:
        completion.completion_init()  # type: ignore[attr-defined]  # it is not listed as exported
    try:
        app()
    except SpikewatchError as error:
        _end(error, error.exit_code)
    except ModelsError as error:
        # `models` knows no exit codes: whatever it refuses is a file that cannot be used.
        _end(error, InputError.exit_code)


def _end(error: Exception, exit_code: int) -> NoReturn:
    # Names of streams and channels stand in messages, and come from strangers.
    typer.echo(f"spikewatch: {printable(str(error))}", err=True)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
