"""`spikewatch config`: what holds, where each value came from, and the schema of config.toml."""

from pathlib import Path
from typing import Annotated, Final

import typer

from stream import config as config_package
from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.load import DEFAULT_CONFIG, load, origins, to_toml
from stream.config.load import schema as config_schema
from stream.errors import ConfigError
from stream.schema.messages import COMMANDS, MESSAGES, schema_text
from stream.terminal import print_json

DEFAULT_TEXT: Final = Path(config_package.__file__).with_name("default.toml")
"""The config.toml at the root of the repository, which a wheel holds under this name."""


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


def schema(
    of: Annotated[str, typer.Option("--of", help=f"Of a message in its place: {', '.join(MESSAGES)}.")] = "",
) -> None:
    """Print the JSON Schema of config.toml, or of a message."""
    if not of:
        print_json(config_schema())
    elif of in MESSAGES | COMMANDS:
        typer.echo(schema_text(of), nl=False)
    else:
        raise ConfigError(f"--of {of}: no such message; give one of {', '.join(MESSAGES | COMMANDS)}")


def init(
    config_file: Annotated[Path, typer.Argument(metavar="[FILE]", help="The file to write.")] = DEFAULT_CONFIG,
) -> None:
    """Write a config.toml with every key explained."""
    try:
        # "x": a configuration that is there is somebody's work.
        with config_file.open("x", encoding="utf-8") as file:
            file.write(DEFAULT_TEXT.read_text(encoding="utf-8"))
    except FileExistsError as error:
        raise ConfigError(f"{config_file}: is there already; name another file, or move it away") from error
    except OSError as error:
        raise ConfigError(f"{config_file}: {error.strerror}; name a file that can be written") from error
    typer.echo(f"{config_file}: written; name your stream in [bed.acquire], then try spikewatch doctor", err=True)
