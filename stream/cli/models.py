"""`spikewatch models`: list the shipped models, promote one for a bed, roll back, and make the mean of verifiers."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import getpass
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli.beds import named
from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.load import DEFAULT_CONFIG, load
from stream.terminal import print_json, print_table

if TYPE_CHECKING:
    from models.networks.contract import NetworkRecord
    from stream.adapt.promotion import Promotion, Swap

app = typer.Typer(help="List models, and give a bed another one.", invoke_without_command=True)

# Without a default, unlike other commands: the bed whose model is swapped must be named.
BedId = Annotated[str, typer.Option("--bed", help="The bed whose model is swapped.")]
By = Annotated[str, typer.Option("--as", help="Who decides; this machine's user by default.")]
FEWEST = 2
WHEN = "From the next start on, or at once with SIGHUP to a running `spikewatch run` (systemctl reload spikewatch)."


@app.callback()
def list_models(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the models that are shipped, their files verified; promote and rollback swap the model of a bed."""
    if context.invoked_subcommand:
        return
    from models.networks import registry
    from models.zoo import store

    # Loaded, not only read: the weights of a listed model match their sha256.
    manifests = [store.load(name).manifest for name in store.names()]
    if as_json:
        for manifest in manifests:
            print_json(asdict(manifest))
        return
    rows = [
        (found.name, found.task, found.architecture, _seen_by(registry.RECORDS[found.architecture]),
         str(found.channels), ", ".join(found.montages), f"{found.rate_hz:g}", found.date, found.sha256[:12])
        for found in manifests
    ]  # fmt: skip
    print_table(("name", "task", "architecture", "sees", "rows", "montages", "rate Hz", "date", "sha256"), rows)


def _seen_by(record: "NetworkRecord") -> str:
    """Name what a network takes at a time."""
    return "hops" if record.streaming else "windows" if record.task == "ied" else "epochs"


@app.command()
def promote(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A model's folder, as adapt and train write it.")],
    bed: BedId,
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    by: By = "",
) -> None:
    """Give a bed another model, and tell the journal's audit."""
    _tell(_promotion(config_file, overrides, bed, by).promote(folder))


@app.command()
def rollback(
    bed: BedId,
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    by: By = "",
) -> None:
    """Give a bed the model back that it had before the last promote."""
    _tell(_promotion(config_file, overrides, bed, by).rollback())


@app.command()
def mean(
    verifiers: Annotated[list[str], typer.Argument(metavar="VERIFIER...", help="Folders or names, two or more.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the new verifier goes.")],
) -> None:
    """Make one verifier of several: its log odds are the mean of theirs."""
    from models.zoo.mean import write_mean

    if len(verifiers) < FEWEST:
        raise typer.BadParameter("a mean is of two verifiers or more", param_hint="VERIFIER...")
    made = write_mean(verifiers, out, shlex.join(["spikewatch", *sys.argv[1:]]))
    typer.echo(f"{out}: {made.name} {made.sha256[:8]}, the mean of {len(verifiers)} verifiers")


def _promotion(config_file: Path, overrides: list[str], bed: str, by: str) -> "Promotion":
    from stream.adapt.promotion import Promotion

    settings = load(config_file, overrides)
    return Promotion(settings, named(settings, bed)[0], by or getpass.getuser())


def _tell(swap: "Swap") -> None:
    typer.echo(f"{swap.bed}: {swap.after} in place of {swap.before}\n{WHEN}")
