"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration to read.")]
Overrides = Annotated[
    list[str], typer.Option("--set", metavar="KEY=VALUE", help="Overrule one key; may be given again.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for a program.")]

DEFAULT_CONFIG = Path("config.toml")
