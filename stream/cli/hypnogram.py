"""`spikewatch score --sleep`: hypnograms of files."""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import NoReturn

import typer

from models.engines.opening import tune_process
from models.errors import MontageError, RecordingError
from stream.cli.formats.contract import EventWriter
from stream.config.keys import Config
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.hypnogram import rows, stage
from stream.terminal import print_json


def stage_files(
    config: Config, files: Sequence[Path], chunk: int, bed: str, writers: Sequence[EventWriter], *, as_json: bool
) -> NoReturn:
    """Write the epochs of every file, and end the command: with 3 if one of them could not be staged."""
    tune_process()
    networks, unreadable = cache(partial(Detectors, config)), False
    for file in files:
        try:
            hypnogram = stage(config, file, chunk, bed, lambda line: typer.echo(line, err=True), networks)
        except (RecordingError, MontageError, InputError) as error:
            # One bad file does not cost the others theirs; the exit code remembers it.
            typer.echo(f"spikewatch: {error}", err=True)
            unreadable = True
            continue
        for row in rows(hypnogram):
            for writer in writers:
                writer.write({"file": str(file), **row})
        typer.echo(f"{file}: {len(hypnogram.epochs)} epochs", err=True)
        for line in hypnogram.lines():
            typer.echo(f"  {line}", err=True)
        if as_json:
            print_json({"file": file, "summary": hypnogram.summary()})
    raise typer.Exit(InputError.exit_code if unreadable else 0)
