"""`spikewatch score`: what is found in files, written as it is found."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

import typer

from models.errors import MontageError, RecordingError
from stream.cli.beds import named
from stream.cli.checkpoint import Checkpoint, Place, asked_for
from stream.cli.claimed import check_spares, open_claimed
from stream.cli.formats.contract import EventWriter
from stream.cli.formats.registry import DEFAULT, FORMATS, for_stdout, format_for, format_named
from stream.cli.options import ConfigFile, Overrides
from stream.cli.results import FormatName
from stream.cli.time_left import TimeLeft
from stream.config.keys import Config
from stream.config.load import DEFAULT_CONFIG, load_or_default
from stream.errors import InputError
from stream.evaluate.once import check_once
from stream.schema.columns import IED_COLUMNS
from stream.terminal import print_json

if TYPE_CHECKING:
    from models.detection.clusters import Clusters
    from stream.account import Account
    from stream.detect.models import Detectors
    from stream.score import ScoredFile

CHUNK_SAMPLES: Final = 512
SEGMENT_S: Final = 600.0

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


def score(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings: EDF, BDF, XDF, npz, mat, MNE's.")],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write events here, not to stdout; with --engine a folder.")
    ] = None,
    form: FormatName = "",
    chunk: Annotated[int, typer.Option(min=1, help="Samples at a time; any number gives the same events.")] = (
        CHUNK_SAMPLES
    ),
    bed: Annotated[str, typer.Option(help="The bed whose montage and threshold hold; the first by default.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: a line an event, one a file.")] = False,
    sleep: Annotated[bool, typer.Option("--sleep", help="Stage sleep alone: write a hypnogram, no events.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a run with this --out was interrupted.")
    ] = False,
    engine: Annotated[str, typer.Option(metavar="local|ray", help="Score an archive into Parquet tables.")] = "",
    segment: Annotated[float, typer.Option(min=60, help="With --engine: cut longer files every so many seconds.")] = (
        SEGMENT_S
    ),
) -> None:
    """Find IEDs in files, with the very stages that run live."""
    if engine:
        from stream.cli.archive import score_archive

        refused = {"--sleep": sleep, "--resume": resume, "--format": bool(form), "--chunk": chunk != CHUNK_SAMPLES}
        score_archive(config_file, overrides, files, engine, out, bed, segment, refused, as_json=as_json)
    settings = load_or_default(config_file, [*overrides, "infer.detector=off"] if sleep else overrides)
    chosen = named(settings, bed)[0].id
    check_once(files)
    if out and not resume:
        check_spares(out, files)
    if sleep:
        from stream.cli.hypnogram import stage_files

        with _output(out, form, HYPNOGRAM_COLUMNS, as_json=as_json) as output:
            stage_files(settings, files, chunk, chosen, output.writers, as_json=as_json)
    checkpoint = Checkpoint(out, asked_for(settings, chosen, form, files))
    place = checkpoint.load() if resume else Place()
    # SIGTERM is handled as Ctrl-C: what was found so far is kept, and the place to continue from.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _output(out, form, COLUMNS, as_json=as_json, size=place.size if resume else None) as output:
        run = _Run(settings, chosen, chunk, output, checkpoint, place, as_json, _networks(settings))
        for file in files[place.files :]:
            run.score(file)
    checkpoint.clear()
    raise typer.Exit(InputError.exit_code if place.failed else 0)


def _networks(config: Config) -> "Callable[[], Detectors]":
    """Return what opens the networks, once for all files and only when the first of them is open."""
    from models.engines.opening import tune_process
    from stream.detect.models import Detectors

    tune_process()
    return cache(partial(Detectors, config))


@dataclass(frozen=True, slots=True)
class _Output:
    """Where events go: an open text file and its writers."""

    file: TextIO
    writers: tuple[EventWriter, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Scores file after file from a place on."""

    config: Config
    bed: str
    chunk_samples: int
    output: _Output
    checkpoint: Checkpoint
    place: Place
    as_json: bool
    networks: "Callable[[], Detectors]"

    def score(self, path: Path) -> None:
        """Score one file; one that cannot be analysed does not cost the others theirs."""
        from stream.account import Account
        from stream.score import open_file

        account, clusters = Account(carried=self.place.account), self.place.restored_clusters()
        try:
            file = open_file(self.config, path, self.bed, _report, networks=self.networks)
            self._score(file, account, clusters)
        except (RecordingError, MontageError, InputError) as error:
            _report(f"spikewatch: {error}")
            self._next(failed=True)
            return
        except KeyboardInterrupt:
            self._keep(account, clusters)
            self._stopped(path)
            raise
        # On stderr, because stdout may be the table itself.
        _report(f"{path}: {self.place.events} events")
        for line in account.lines():
            _report(f"  {line}")
        if account.nothing_analysed:
            _report(f"spikewatch: {path}: nothing of it could be analysed; the lines above say why")
        if self.as_json:
            print_json({"file": path, "summary": {"events": self.place.events, **account.summary()}})
        self._next(failed=account.nothing_analysed)

    def _score(self, file: "ScoredFile", account: "Account", clusters: "Clusters") -> None:
        place, rate_hz = self.place, file.opened.head.rate_hz
        progress = TimeLeft(str(file.path), file.opened.length / rate_hz, place.cursor / rate_hz)
        for outcome in file.outcomes(self.chunk_samples, account, place.cursor, clusters=clusters):
            events = file.events(outcome)
            for event in events:
                place.events += 1
                for writer in self.output.writers:
                    writer.write({"file": str(file.path), **event})
            if events:
                self.output.file.flush()
            place.cursor = outcome.cursor
            progress.show(outcome.cursor / rate_hz, place.events)
            if self.checkpoint.is_due:
                self._keep(account, clusters)
        progress.close()

    def _next(self, *, failed: bool) -> None:
        place = self.place
        place.next_file()
        place.failed |= failed
        self.checkpoint.save(place, self.output.file)

    def _keep(self, account: "Account", clusters: "Clusters") -> None:
        self.place.account = account.saved()
        self.place.keep_clusters(clusters)
        self.checkpoint.save(self.place, self.output.file)

    def _stopped(self, path: Path) -> None:
        remedy = "go on with --resume" if self.checkpoint.is_kept else "with --out FILE it could be resumed"
        _report(f"\nspikewatch: stopped in {path} after {self.place.events} events of it; {remedy}")


def _report(line: str) -> None:
    typer.echo(line, err=True)


@contextmanager
def _output(
    out: Path | None, form: str, columns: Sequence[str], *, as_json: bool, size: int | None = None
) -> Iterator[_Output]:
    """Open where events go: to the file, to stdout, or to both when JSON goes to stdout beside a file.

    The format of a file is the one named, else that of its ending. `size` is where an interrupted run's output ends.
    """
    if out is None:
        writer = format_named(for_stdout(form, as_json=as_json) or DEFAULT.name).writer(sys.stdout, columns)
        yield _Output(sys.stdout, (writer,))
        return
    found = format_named(form) if form else format_for(out.name)
    with open_claimed(out, keep=size is not None) as file:
        beside = [FORMATS["json"].writer(sys.stdout, columns)] if as_json else []
        # A table's header is written again in its place, and is the same; events go behind what was kept.
        writer = found.writer(file, columns)
        if size is not None:
            file.flush()
            file.truncate(size)
            file.seek(size)
        yield _Output(file, (writer, *beside))
