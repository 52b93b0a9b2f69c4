"""`spikewatch events`: what the journal holds."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import re
import sys
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from stream.cli.beds import named
from stream.cli.formats.registry import FORMATS, for_stdout, format_named
from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.load import DEFAULT_CONFIG, load
from stream.errors import ConfigError
from stream.logbook.journal_reader import JournalReader, Kind
from stream.schema.columns import IED_COLUMNS, columns
from stream.schema.journalled import Review
from stream.terminal import print_table

SHOWN: Final[dict[Kind, tuple[str, ...]]] = {
    "ied": ("utc", "bed", "seq", "group", "peak_channel", "probability", "amplitude_uv", "sleep_stage", "flags"),
    "sleep": ("epoch_end_utc", "bed", "seq", "stage", "confidence", "since_utc", "ready"),
    "alarm": ("utc", "bed", "seq", "name", "on", "reason"),
    "audit": ("utc", "bed", "seq", "action", "detail"),
    "review": ("utc", "bed", "seq", "reviewer", "verdict", "target", "label"),
}
"""The columns of each kind that `events` shows; JSON has every key."""
WHOLE: Final[dict[Kind, tuple[str, ...]]] = {"ied": IED_COLUMNS, "review": columns(Review)}
"""Those that have every key in a CSV table, too: who reads it may have to do what the review page does."""

FormatName = Annotated[str, typer.Option("--format", help=f"How events are written: {', '.join(FORMATS)}.")]


def events(
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    bed: Annotated[str, typer.Option(help="Only this bed.")] = "",
    since: Annotated[str, typer.Option(help="An age (90s, 30m, 8h, 7d) or a time (2026-11-21T08:00).")] = "",
    kind: Annotated[Kind, typer.Option(help="What to list.")] = "ied",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many of each bed.")] = 1000,
    form: FormatName = "",
    summary: Annotated[
        bool, typer.Option("--summary", help="Sum up: time and IEDs by stage, spike-wave index.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what the journal holds, oldest first."""
    chosen = for_stdout(form, as_json=as_json)
    settings = load(config_file, overrides)
    beds, since_utc = named(settings, bed), instant(since, datetime.now(UTC))
    journal = JournalReader(settings.journal.path)
    if summary:
        from stream.cli.summary import print_summary

        print_summary(journal, [one.id for one in beds], since_utc, as_json=as_json)
        return
    found = [event for one in beds for event in deque(journal.events(one.id, since_utc, kind), maxlen=limit)]
    journal.close()
    shown = SHOWN[kind]
    if chosen:
        writer = format_named(chosen).writer(sys.stdout, WHOLE.get(kind, shown))
        for event in found:
            writer.write(event)
    else:
        print_table(shown, ([_cell(event.get(column, "")) for column in shown] for event in found))


def instant(since: str, now_utc: datetime, option: str = "--since") -> datetime:
    """Read an age or a time; a time without a zone is this machine's local time."""
    if not since:
        # Every event is younger than this.
        return datetime.min.replace(tzinfo=UTC)
    # At most nine digits: more would leave datetime's range before any journal is asked.
    age = re.fullmatch(r"(\d{1,9})([smhd])", since)
    try:
        if age:
            seconds = int(age[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[age[2]]
            return now_utc - timedelta(seconds=seconds)
        return datetime.fromisoformat(since).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"{option} {since}: neither an age like 8h nor a time like 2026-11-21T08:00") from error


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
