"""The options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration to read.")]
Overrides = Annotated[
    list[str], typer.Option("--set", metavar="KEY=VALUE", help="Overrule one key; may be given again.")
]
Words = Annotated[
    list[str],
    typer.Option("--word", metavar="TEXT", help="This, too, means a discharge in marks of words; may be given again."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for a program.")]


# The layers below name these choices as `Literal` types. Typer lists choices in --help only for an enumeration, and the
# layers below must be importable without Typer, so the names stand twice; mypy compares them where they are passed on.


class SplitBy(StrEnum):
    """What parts of a data set may not share."""

    subject = "subject"
    row = "row"


class Montage(StrEnum):
    """How groups of derivations are made of electrodes."""

    scalp = "scalp"
    shaft = "shaft"


class View(StrEnum):
    """What a window shows."""

    groups = "groups"
    rows = "rows"
