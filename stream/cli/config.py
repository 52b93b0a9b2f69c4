"""`spikewatch config`: what holds, where each value came from, and the schema of config.toml."""

from typing import Annotated

import typer

from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.load import DEFAULT_CONFIG, load, origins, to_toml
from stream.config.load import schema as config_schema
from stream.terminal import print_json


def show(
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    origin: Annotated[bool, typer.Option("--origin", help="Show where each value came from.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what holds, as config.toml; secrets stay out."""
    settings = load(config_file, overrides)
    places = origins(config_file, overrides) if origin else {}
    if not as_json:
        # Origins become comments, so that what is printed is a config.toml in either case.
        typer.echo(to_toml(settings, places), nl=False)
    elif origin:
        print_json({"config": settings.model_dump(mode="json"), "origins": places})
    else:
        print_json(settings.model_dump(mode="json"))


def schema() -> None:
    """Print the JSON Schema of config.toml."""
    print_json(config_schema())
