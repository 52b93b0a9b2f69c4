"""`spikewatch report`: a bed over some hours as one page to print."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli.beds import named
from stream.cli.options import ConfigFile, Overrides
from stream.cli.results import instant
from stream.config.load import DEFAULT_CONFIG, load
from stream.errors import ConfigError, InputError

if TYPE_CHECKING:
    from stream.findings import Findings
    from stream.logbook.journal_reader import JournalReader


def report(
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="Write the page here.")],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    bed: Annotated[str, typer.Option("--bed", help="The bed; the first by default.")] = "",
    since: Annotated[str, typer.Option(help="From: an age (8h, 7d) or a time; all by default.")] = "",
    until: Annotated[str, typer.Option(help="To: an age or a time; now by default.")] = "",
) -> None:
    """Write a page to print: stages, foci, coverage, reviews."""
    from stream.logbook.journal_reader import JournalReader
    from stream.report.document import Origin, document
    from stream.report.period import period

    if out.exists():
        raise ConfigError(f"--out {out}: is there already; name another file, or delete it")
    now = datetime.now(UTC)
    since_utc, until_utc = instant(since, now), instant(until, now) if until else now
    if since_utc >= until_utc:
        raise ConfigError(f"--until {until or 'now'}: not after --since {since}; name a later time")
    settings = load(config_file, overrides)
    chosen = named(settings, bed)[0]
    journal = JournalReader(settings.journal.path)
    found, began = _found(journal, chosen.id, since_utc, until_utc)
    origin = Origin(settings.site, version("spikewatch"), now, shlex.join(["spikewatch", *sys.argv[1:]]))
    told = period(journal, chosen, found, began)
    text = document(told, origin)
    journal.close()
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror}; name a file that can be written") from error
    typer.echo(f"{out}: {len(found.events)} events, {told.analysed_h:.1f} h analysed, {len(told.foci)} foci", err=True)


def _found(journal: "JournalReader", bed: str, since_utc: datetime, until_utc: datetime) -> "tuple[Findings, datetime]":
    """Return what was found in the period, and when it begins.

    Raises
    ------
    InputError
        if nothing of the bed was recorded in it
    """
    from stream.cli.exports.journal import findings_of
    from stream.report.period import until

    found = findings_of(journal, bed, since_utc)
    if found.began is None or found.began >= until_utc or not found.seconds:
        held = findings_of(journal, bed, datetime.min.replace(tzinfo=UTC))
        there = f"its recordings begin at {held.began:%Y-%m-%d %H:%M} UTC" if held.began else "it has no recording"
        raise InputError(f"bed {bed}: nothing was recorded in that period; {there} in {journal.path}")
    return until(found, (until_utc - found.began).total_seconds()), found.began
