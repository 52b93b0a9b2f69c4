"""The command export: what was found, as files that other programs read."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from models.errors import MontageError, RecordingError
from stream.cli.beds import named
from stream.cli.claimed import check_spares
from stream.cli.exports.contract import ExportFormat
from stream.cli.exports.journal import findings_of
from stream.cli.exports.registry import EXPORTS, export_named
from stream.cli.options import ConfigFile, Overrides
from stream.cli.results import instant
from stream.config.keys import Config
from stream.config.load import DEFAULT_CONFIG, load, load_or_default
from stream.errors import ConfigError, InputError
from stream.findings import Findings
from stream.logbook.journal_reader import JournalReader

CHUNK = 512


def export(
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(EXPORTS)}.")],
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="Recordings to score; none: the journal.")
    ] = None,
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Write files here.")] = Path(),
    bed: Annotated[str, typer.Option(help="Only this bed; with files, whose settings hold.")] = "",
    since: Annotated[str, typer.Option(help="Of the journal: an age (8h, 7d) or a time.")] = "",
) -> None:
    """Export events, sleep stages and gaps for other programs."""
    chosen, since_utc = export_named(form), instant(since, datetime.now(UTC))
    if files and since:
        raise ConfigError("--since is for the journal; leave it out where files are given")
    _make(out)
    if not files:
        for found in _journalled(load(config_file, overrides), bed, since_utc):
            _write(chosen, found, out)
        return
    settings = load_or_default(config_file, overrides)
    names = [file.stem for file in files]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ConfigError(f"two files are named {doubled[0]}; export them into folders of their own")
    if not _scored(settings, bed, files, chosen, out):
        raise typer.Exit(InputError.exit_code)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror}; name a folder that can be written") from error


def _journalled(settings: Config, bed: str, since_utc: datetime) -> Iterator[Findings]:
    journal = JournalReader(settings.journal.path)
    for one in named(settings, bed):
        yield findings_of(journal, one.id, since_utc)
    journal.close()


def _scored(settings: Config, bed: str, files: list[Path], chosen: ExportFormat, out: Path) -> bool:
    """Score and export files; return whether all of them could be read."""
    from models.engines.opening import tune_process
    from stream.score import find

    tune_process()
    readable = True
    for file in files:
        try:
            found = find(settings, file, CHUNK, named(settings, bed)[0].id, lambda line: typer.echo(line, err=True))
        except (RecordingError, MontageError, InputError) as error:
            # One bad file does not cost the others theirs; the exit code remembers it.
            typer.echo(f"spikewatch: {error}", err=True)
            readable = False
            continue
        _write(chosen, found, out)
    return readable


def _write(chosen: ExportFormat, found: Findings, out: Path) -> None:
    try:
        # Written beside what is there: an export that fails, or may not take a file's place, leaves that as it was.
        with TemporaryDirectory(prefix=".export-", dir=out) as made:
            written = chosen.write(found, Path(made))
            for path in written:
                check_spares(out / path.name, ())
            for path in written:
                path.replace(out / path.name)
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror}; name a folder that can be written") from error
    lost_s = sum(stretch.duration_s for stretch in found.stretches)
    names = ", ".join(path.name for path in written)
    typer.echo(f"{found.name}: {len(found.events)} events, {lost_s:.1f} s not analysed: {names}", err=True)
