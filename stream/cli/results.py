"""Commands that report what was found: score (in files) and events (in the journal)."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import re
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from models.errors import MontageError, RecordingError
from stream.cli.beds import named
from stream.cli.formats.contract import EventWriter
from stream.cli.formats.registry import DEFAULT, FORMATS, format_for, format_named
from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.load import DEFAULT_CONFIG, load, load_or_default
from stream.errors import ConfigError, InputError
from stream.logbook.journal_reader import JournalReader, Kind
from stream.schema.columns import IED_COLUMNS
from stream.terminal import print_json, print_table

COLUMNS: Final = tuple(
    dict.fromkeys(
        (
            "file", "id", "bed", "sample", "time_s", "group", "peak_channel", "probability", "threshold",
            "amplitude_uv", "polarity", "sleep_stage", "flags", *IED_COLUMNS,
        )
    )
)  # fmt: skip
"""Of the table that `score` writes: what a person looks for first, then every other key of `event/ied`."""

HYPNOGRAM_COLUMNS: Final = ("file", "onset_s", "duration_s", "stage", "confidence", "ready")
"""Of the table that `score --sleep` writes, a row for each epoch."""

SHOWN: Final[dict[Kind, tuple[str, ...]]] = {
    "ied": ("utc", "bed", "seq", "group", "peak_channel", "probability", "amplitude_uv", "sleep_stage", "flags"),
    "sleep": ("epoch_end_utc", "bed", "seq", "stage", "confidence", "since_utc", "ready"),
    "alarm": ("utc", "bed", "seq", "name", "on", "reason"),
    "audit": ("utc", "bed", "seq", "action", "detail"),
}
"""The columns of each kind that `events` shows; JSON has every key, and a CSV table every key of an IED."""

FormatName = Annotated[str, typer.Option("--format", help=f"How events are written: {', '.join(FORMATS)}.")]


def score(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings: EDF, BDF, XDF, npz or mat.")],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write events here, not to stdout.")] = None,
    form: FormatName = "",
    chunk: Annotated[int, typer.Option(min=1, help="Samples at a time; any number gives the same events.")] = 512,
    bed: Annotated[str, typer.Option(help="The bed whose montage and threshold hold; the first by default.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: a line an event, one a file.")] = False,
    sleep: Annotated[bool, typer.Option("--sleep", help="Stage sleep alone: write a hypnogram, no events.")] = False,
) -> None:
    """Find IEDs in files, with the very stages that run live."""
    settings = load_or_default(config_file, [*overrides, "infer.detector=off"] if sleep else overrides)
    chosen = named(settings, bed)[0].id
    unreadable = False
    with _writers(out, form, HYPNOGRAM_COLUMNS if sleep else COLUMNS, as_json=as_json) as writers:
        if sleep:
            from stream.cli.hypnogram import stage_files

            stage_files(settings, files, chunk, chosen, writers, as_json=as_json)
        from models.engines.opening import tune_process
        from stream.account import Account
        from stream.score import score as score_file

        tune_process()
        for file in files:
            account = Account()
            try:
                events = score_file(settings, file, chunk, chosen, lambda line: typer.echo(line, err=True), account)
            except (RecordingError, MontageError, InputError) as error:
                # One bad file does not cost the others theirs; the exit code remembers it.
                typer.echo(f"spikewatch: {error}", err=True)
                unreadable = True
                continue
            for event in events:
                for writer in writers:
                    writer.write({"file": str(file), **event})
            # On stderr, because stdout may be the table itself.
            typer.echo(f"{file}: {len(events)} events", err=True)
            for line in account.lines():
                typer.echo(f"  {line}", err=True)
            if as_json:
                print_json({"file": file, "summary": {"events": len(events), **account.summary()}})
    raise typer.Exit(InputError.exit_code if unreadable else 0)


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
    chosen = _chosen(form, as_json=as_json)
    settings = load(config_file, overrides)
    beds, since_utc = named(settings, bed), instant(since, datetime.now(UTC))
    journal = JournalReader(settings.journal.path)
    if summary:
        from stream.cli.summary import print_summary

        print_summary(journal, [one.id for one in beds], since_utc, as_json=as_json)
        return
    found = [event for one in beds for event in deque(journal.events(one.id, since_utc, kind), maxlen=limit)]
    journal.close()
    columns = SHOWN[kind]
    if chosen:
        writer = format_named(chosen).writer(sys.stdout, IED_COLUMNS if kind == "ied" else columns)
        for event in found:
            writer.write(event)
    else:
        print_table(columns, ([_cell(event.get(column, "")) for column in columns] for event in found))


def _chosen(form: str, *, as_json: bool) -> str:
    """Return the name of the format of stdout, "" where none was chosen; `--json` is short for one of them."""
    if form:
        # Checked before anything is read or scored, and before a file is opened for writing.
        format_named(form)
    if as_json and form not in {"", "json"}:
        raise ConfigError(f"--format {form}: --json chose another for stdout; give one of the two")
    return "json" if as_json else form


@contextmanager
def _writers(
    out: Path | None, form: str, columns: Sequence[str] = COLUMNS, *, as_json: bool
) -> Iterator[list[EventWriter]]:
    """Open where events go: to the file, to stdout, or to both when JSON goes to stdout beside a file.

    The format of a file is the one named, else that of its ending.
    """
    if out is None:
        yield [format_named(_chosen(form, as_json=as_json) or DEFAULT.name).writer(sys.stdout, columns)]
        return
    found = format_named(form) if form else format_for(out.name)
    try:
        # newline="": each format ends its own lines, and no platform changes them.
        file = out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror}; name a file that can be written") from error
    with file:
        beside = [FORMATS["json"].writer(sys.stdout, columns)] if as_json else []
        yield [found.writer(file, columns), *beside]


def instant(since: str, now_utc: datetime) -> datetime:
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
        raise ConfigError(f"--since {since}: neither an age like 8h nor a time like 2026-11-21T08:00") from error


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
