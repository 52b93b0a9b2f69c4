"""`spikewatch score --engine`: many recordings into one folder of tables, in pieces that outlive an interruption."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import typer

from models.tasks import ENGINES
from stream.cli.beds import named
from stream.cli.exports import parquet
from stream.config.load import load_or_default
from stream.errors import ConfigError, InputError
from stream.terminal import print_json

if TYPE_CHECKING:
    from stream.archive.running import Archive

PARTS: Final = "parts"
"""The folder of what is done so far, within that of the tables."""
SUMMARY: Final = ("file", "problem", "began", "seconds", "segments", "inferred_again", "summary")


def score_archive(
    config_file: Path,
    overrides: list[str],
    files: Sequence[Path],
    engine: str,
    out: Path | None,
    bed: str,
    segment_s: float,
    refused: Mapping[str, bool],
    *,
    as_json: bool,
) -> NoReturn:
    """Score files into FOLDER/events.parquet, not_analysed.parquet and files.jsonl; the same again goes on.

    Raises
    ------
    ConfigError
        if options contradict each other, or what the engine needs is not installed
    """
    _check(engine, out, refused)
    # Opened before anything else, so that a wrong setting is refused once, and not by every worker.
    from models.errors import ModelsError
    from stream.archive.pieces import Job, detectors
    from stream.archive.running import Archive

    settings = load_or_default(config_file, overrides)
    detectors(settings)
    folder = Path(out or "").absolute()
    # Workers may run in a working directory of their own, where relative paths lead nowhere.
    job = Job(settings, named(settings, bed)[0].id, folder / PARTS, segment_s)
    archive = Archive(job, [file.absolute() for file in files])
    # SIGTERM is handled as Ctrl-C: what is done stays done.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        failed = _run(archive, engine, as_json=as_json)
    except ModelsError as problem:
        raise ConfigError(f"--engine {engine}: {problem}") from None
    except KeyboardInterrupt:
        typer.echo("\nspikewatch: stopped; the same command goes on where it was", err=True)
        raise
    for path in _tables(archive, folder):
        typer.echo(f"{path}", err=True)
    raise typer.Exit(InputError.exit_code if failed else 0)


def _check(engine: str, out: Path | None, refused: Mapping[str, bool]) -> None:
    if engine not in ENGINES:
        raise ConfigError(f"--engine {engine}: there is none of this name; use {' or '.join(ENGINES)}")
    wrong = next((option for option, given in refused.items() if given), "")
    if wrong:
        raise ConfigError(f"{wrong} does not go with --engine (tables are Parquet, and a run goes on by itself)")
    if out is None:
        raise ConfigError("--engine needs --out FOLDER for its tables")
    parquet.check_installed("--engine")
    try:
        (out / PARTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror}; name a folder that can be written") from error


def _run(archive: "Archive", engine: str, *, as_json: bool) -> bool:
    """Score what is not done yet, and report file by file; return whether any could not be analysed."""
    archive.forget_problems()
    failed = False
    with ENGINES[engine]() as tasks:
        for number, file in enumerate(archive.run(tasks), 1):
            found = _read(archive.results[file])
            failed |= bool(found["problem"])
            told = f"{len(found['events'])} events" if "events" in found else "not scored"
            typer.echo(f"[{number}/{len(archive.results)}] {file}: {told}", err=True)
            for line in (*found.get("remarks", ()), *found.get("lines", ())):
                typer.echo(f"  {line}", err=True)
            if found["problem"]:
                typer.echo(f"spikewatch: {found['problem']}", err=True)
            if as_json:
                print_json({key: found[key] for key in SUMMARY if key in found})
    return failed


def _tables(archive: "Archive", folder: Path) -> list[Path]:
    """Write the tables of all files, in the order in which they were named."""
    rows = folder / "files.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        for found in _all(archive):
            events = len(found.get("events", ()))
            file.write(json.dumps({key: found.get(key) for key in SUMMARY} | {"events": events}) + "\n")
    return [*parquet.write_archive(_all(archive), folder), rows]


def _all(archive: "Archive") -> Iterator[dict[str, Any]]:
    return map(_read, archive.results.values())


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
