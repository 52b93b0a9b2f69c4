"""`spikewatch adapt`: a bed's model, adapted to what reviewers said of its events."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import shlex
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli.beds import named
from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.cli.results import instant
from stream.config.load import DEFAULT_CONFIG, load
from stream.terminal import print_json

if TYPE_CHECKING:
    from stream.adapt.adaptation import Adapted


class Loss(StrEnum):
    """The losses that examples are weighted by, named as in a recipe."""

    bce = "bce"
    wbce = "wbce"
    sasu = "sasu"
    regularised_sasu = "regularised_sasu"


def adapt(
    bed: Annotated[str, typer.Option("--bed", help="The bed whose reviewed events are learned from.")],
    recordings: Annotated[
        list[Path], typer.Option("--recording", metavar="FILE", help="The bed's recording; may be given again.")
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the model goes.")],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    since: Annotated[str, typer.Option(help="Only events since: an age (8h, 7d) or a time.")] = "",
    loss: Annotated[Loss, typer.Option(help="What is made small.")] = Loss.bce,
    as_json: AsJson = False,
) -> None:
    """Adapt a bed's model to its reviewed events."""
    from models.engines.opening import tune_process
    from stream.adapt.adaptation import Request
    from stream.adapt.adaptation import adapt as carry_out
    from stream.logbook.journal_reader import JournalReader
    from stream.review.bed_review import BedReview

    settings = load(config_file, overrides)
    chosen = named(settings, bed)[0]
    journal = JournalReader(settings.journal.path)
    review = BedReview(journal, chosen.id, instant(since, datetime.now(UTC)))
    journal.close()
    tune_process()
    command = shlex.join(["spikewatch", *sys.argv[1:]])
    request = Request(settings, chosen, recordings, out, loss.value, command)
    found = carry_out(request, review, lambda line: typer.echo(line, err=True))
    if as_json:
        print_json({**asdict(found), "verdict": found.held_out.verdict})
    else:
        typer.echo("\n".join(_words(found, chosen.id)))
    # A script that promotes what came of it stops here where nothing shows that it is better.
    raise typer.Exit(int(found.held_out.verdict != "better"))


def _words(found: "Adapted", bed: str) -> list[str]:
    about = (
        f"{found.name} ({found.sha256[:12]}) of {found.base}, from {found.accepted} accepted and {found.rejected} "
        f"rejected events and {found.background} looks at background, in {found.folder}"
    )
    return [about, *_verdict(found), f"To use it: spikewatch models promote {found.folder} --bed {bed}"]


def _verdict(found: "Adapted") -> list[str]:
    held = found.held_out
    if held.verdict == "too few":
        return ["Held-out reviews: too few accepted or rejected ones to say whether it is better."]
    return [
        f"Held-out reviews: an accepted event stands above a rejected one in {held.after:.0%} of pairs, before in "
        f"{held.before:.0%}: {held.verdict}."
    ]
