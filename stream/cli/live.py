"""Commands that watch or make live EEG: run, demo, replay."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

from pathlib import Path
from typing import Annotated

import structlog
import typer

from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.keys import Config
from stream.config.load import DEFAULT_CONFIG, load


def run(
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
) -> None:
    """Watch the configured beds until interrupted."""
    # Before torch and LSL are imported: a wrong key is refused within a fraction of a second.
    settings = load(config_file, overrides)
    from stream import logs
    from stream.supervise.running import run as run_parent

    logs.set_up()
    logs.started("spikewatch run", site=settings.site, beds=[bed.id for bed in settings.bed])
    _tell_first(settings, config_file)
    # After the first lines, which a person who starts it needs at any level.
    logs.set_level(settings.log.level)
    raise typer.Exit(run_parent(settings, lambda: load(config_file, overrides)))


def _tell_first(settings: Config, config_file: Path) -> None:
    """Log where page and metrics are, which streams are waited for, and what to ask where none comes."""
    from stream.acquire.identity import asked

    log = structlog.get_logger()
    log.info("served", page=settings.web.url, metrics=f"{settings.metrics.url}metrics")
    for bed in settings.bed:
        log.info("waiting for its stream", bed=bed.id, stream=asked(bed.acquire))
    log.info("where a bed does not come online, this says why", command=f"spikewatch doctor --config {config_file}")


def demo(
    seconds: Annotated[float, typer.Option(min=0, help="Stop after so many seconds; 0: when interrupted.")] = 0.0,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    as_json: AsJson = False,
) -> None:
    """Watch a simulated patient, with a broker and the page."""
    from stream.demo import run_demo

    raise typer.Exit(run_demo(seconds, overrides, as_json=as_json))


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording: EDF, BDF, XDF, npz, mat, or by MNE.")],
    name: Annotated[str, typer.Option(help="The stream's name.")] = "spikewatch-replay",
    stream_type: Annotated[str, typer.Option("--type", help="The stream's type.")] = "EEG",
    source_id: Annotated[str, typer.Option(help="The sender's id.")] = "spikewatch-replay",
    stream: Annotated[str, typer.Option(help="Which stream of an XDF file is played, by its name.")] = "",
    repeat: Annotated[int, typer.Option(min=1, help="Play it so many times.")] = 1,
    wait_s: Annotated[float, typer.Option("--wait", min=0, help="Wait so many seconds for a listener.")] = 0.0,
) -> None:
    """Play a recording over LSL at its own pace; tell when in JSON."""
    from models.readers.recording import open_recording
    from models.readers.xdf import Wanted
    from stream.replay import Playback
    from stream.replay import replay as play

    how = Playback(name=name, type=stream_type, source_id=source_id, repeat=repeat, wait_s=wait_s)
    # Whatever its type: who names a file means the EEG in it.
    opened = open_recording(file, Wanted(stream, type="", remedy="name one with --stream"))
    recording = opened.head
    if left_out := recording.left_out_text():
        typer.echo(f"{file}: left out {left_out}", err=True)
    for remark in recording.remarks:
        typer.echo(f"{file}: {remark}", err=True)
    play(opened, how)
    # What its reader has warned of while it was read: nobody knows that before.
    for remark in opened.warned:
        typer.echo(f"{file}: {remark}", err=True)
