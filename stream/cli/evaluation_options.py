"""The options of `spikewatch evaluate`, each a type with its help: one line each in its signature."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stream.cli.options import Montage, SplitBy


class PartName(StrEnum):
    """Which windows of a set."""

    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


class Unit(StrEnum):
    """What recordings are in."""

    auto = "auto"
    uV = "uV"  # noqa: N815  (as the configuration writes it)
    mV = "mV"  # noqa: N815
    V = "V"
    any = "any"


class DeviceName(StrEnum):
    """What the network runs on."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model's folder, or its name in the zoo.")]
Recordings = Annotated[
    list[Path] | None, typer.Argument(metavar="[RECORDING]...", help="EDF, BDF, XDF, npz, mat, or by MNE; see --marks.")
]
Simulated = Annotated[int, typer.Option(min=0, help="So many held-out simulated patients of each montage.")]
Seconds = Annotated[float, typer.Option(min=10, help="How long each simulated patient is watched.")]
Data = Annotated[Path | None, typer.Option(metavar="FOLDER", help="A prepared set of labelled windows.")]
Part = Annotated[PartName, typer.Option(help="Which windows of the set.")]
By = Annotated[SplitBy | None, typer.Option(help="How the set was split; as the training did by default.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Of that split; the model's own by default.")]
MontageOf = Annotated[Montage | None, typer.Option(help="Of the recordings; the model's first by default.")]
UnitOf = Annotated[Unit, typer.Option(help="Of the recordings; auto: as they declare.")]
Marks = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="What an expert marked: a table file,time_s; events as JSON; of one recording a table onset,label, MNE's "
        "annotations, .rec, EDF+, .mat; or a folder of such. By default what is in or beside each recording.",
    ),
]
Device = Annotated[DeviceName, typer.Option(help="What the network runs on.")]
# From 15 ms on: below, one hop holds less than two samples at the models' 128 Hz.
HopMs = Annotated[float, typer.Option(min=15, max=1000, help="A window ends every so many milliseconds.")]
AlarmsPerMin = Annotated[float, typer.Option(min=0, help="The default threshold's limit.")]
Out = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Write evaluation.json and .html here.")]
Healthy = Annotated[bool, typer.Option("--healthy", help="Unmarked recordings have no discharge.")]
Calibrate = Annotated[bool, typer.Option("--calibrate", help="Fit a temperature on the set's validation part first.")]
Write = Annotated[bool, typer.Option("--write", help="Store threshold and figures in manifest and card.")]
