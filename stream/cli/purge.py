"""`spikewatch purge`: take out of the journal what is older than a date."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from stream.cli.beds import named
from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.cli.results import instant
from stream.config.load import DEFAULT_CONFIG, load
from stream.errors import ConfigError
from stream.terminal import print_json, print_table

COLUMNS = ("bed", "messages", "undelivered", "recordings")


def purge(
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    before: Annotated[str, typer.Option(help="What is older: an age (30d) or a time. Required.")] = "",
    bed: Annotated[str, typer.Option(help="Of this bed alone; all by default.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete what is older than a date from the journal."""
    settings, now = load(config_file, overrides), datetime.now(UTC)
    if not before:
        raise ConfigError("--before is missing: give an age like 30d or a time like 2026-11-21T08:00")
    limit = instant(before, now, "--before")
    if limit > now:
        raise ConfigError(f"--before {before}: lies in the future")
    from stream.logbook.journal import Journal
    from stream.logbook.journal_file import JournalDatabase
    from stream.logbook.journal_reader import JournalReader
    from stream.logbook.purge import planned
    from stream.logbook.purge import purge as take_out
    from stream.schema.outgoing import audit_outgoing

    # A purge does not create a journal.
    database = JournalDatabase(settings.journal.path, create=False)
    reader = JournalReader(settings.journal.path)
    plans = [planned(reader, database, one.id, limit) for one in named(settings, bed)]
    reader.close()
    if not dry_run:
        journal = Journal(settings.journal.path)
        for plan in plans:
            detail = {**plan.detail, "by": getpass.getuser()}
            take_out(journal, database, plan, audit_outgoing(plan.bed, "purge", detail, now))
        journal.close()
    database.close()
    if as_json:
        for plan in plans:
            print_json({**asdict(plan), "dry_run": dry_run})
        return
    print_table(COLUMNS, [(plan.bed, plan.messages, plan.undelivered, plan.recordings) for plan in plans])
    typer.echo("nothing was deleted" if dry_run else "deleted", err=True)
