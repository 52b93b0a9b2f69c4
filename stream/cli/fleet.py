"""`spikewatch fleet`: score the windows of many hosts with beds, which ask by `infer.fleet`."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import signal
from typing import Annotated

import typer

from stream.cli.options import ConfigFile, Overrides
from stream.config.keys import is_loopback
from stream.config.load import DEFAULT_CONFIG, load_or_default
from stream.errors import ConfigError

MISSING = "Ray Serve is missing: pip install 'spikewatch[ray]'"


def fleet(
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    replicas: Annotated[int, typer.Option(min=1, help="Processes for each detector of the configuration.")] = 2,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at.")] = 8100,
    *,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Listen at an address that other machines reach.")
    ] = False,
) -> None:
    """Score windows for other hosts, on Ray Serve, until interrupted."""
    settings = load_or_default(config_file, overrides)
    if not allow_remote and not is_loopback(host):
        raise ConfigError(
            f'--host {host} lets other machines in, who are asked for no password; use "127.0.0.1", or give '
            "--allow-remote on a network that you trust"
        )
    try:
        from stream.fleet import serving
    except ImportError:
        raise ConfigError(MISSING) from None
    from stream.detect.models import OFF, detector_name

    models = [name for name in dict.fromkeys(detector_name(settings, bed) for bed in settings.bed) if name != OFF]
    serving.start(serving.Fleet(models, replicas, host, port, settings.infer))
    # After the start, because Ray sets a handler of its own there: SIGTERM is handled as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        typer.echo(
            f"spikewatch: serving {', '.join(models)} at http://{host}:{port}, {replicas} replicas each", err=True
        )
        signal.pause()
    finally:
        serving.stop()
