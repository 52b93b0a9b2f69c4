"""The command that says what a detector is worth: evaluate."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import json
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli.options import AsJson
from stream.errors import ConfigError, InputError
from stream.printable import printable
from stream.terminal import say_json, show

if TYPE_CHECKING:
    from models.evaluation.report import Evaluation


class PartName(StrEnum):
    """Which windows of a set."""

    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


class SplitBy(StrEnum):
    """What parts of a data set may not share."""

    subject = "subject"
    row = "row"


class Montage(StrEnum):
    """How recordings are grouped."""

    scalp = "scalp"
    shaft = "shaft"


class Unit(StrEnum):
    """What recordings are in."""

    auto = "auto"
    uV = "uV"  # noqa: N815  (as the configuration writes it)
    mV = "mV"  # noqa: N815
    V = "V"
    any = "any"


class Device(StrEnum):
    """What the network runs on."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


def evaluate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model's folder, or its name in the zoo.")],
    recordings: Annotated[
        list[Path] | None, typer.Argument(metavar="[RECORDING]...", help="EDF, BDF, XDF, npz or mat; see --marks.")
    ] = None,
    simulated: Annotated[int, typer.Option(min=0, help="So many held-out simulated patients of each montage.")] = 0,
    seconds: Annotated[float, typer.Option(min=10, help="How long each simulated patient is watched.")] = 90.0,
    data: Annotated[Path | None, typer.Option(metavar="FOLDER", help="A prepared set of labelled windows.")] = None,
    part: Annotated[PartName, typer.Option(help="Which windows of the set.")] = PartName.test,
    by: Annotated[SplitBy | None, typer.Option(help="How the set was split; as the training did by default.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of that split; the model's own by default.")] = None,
    montage: Annotated[Montage | None, typer.Option(help="Of the recordings; the model's first by default.")] = None,
    unit: Annotated[Unit, typer.Option(help="Of the recordings; auto: as they declare.")] = Unit.auto,
    marks: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Discharges an expert marked: columns file,time_s.")
    ] = None,
    device: Annotated[Device, typer.Option(help="What the network runs on.")] = Device.auto,
    hop_ms: Annotated[float, typer.Option(min=15, max=1000, help="A window ends every so many milliseconds.")] = 125.0,
    alarms_per_min: Annotated[float, typer.Option(min=0, help="The default threshold's limit.")] = 0.3,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Write evaluation.json and .html here.")] = None,
    *,
    healthy: Annotated[bool, typer.Option("--healthy", help="Unmarked recordings have no discharge.")] = False,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Fit a temperature on the set's validation part first.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Store threshold and figures in manifest and card.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a detector finds and misses, with intervals."""
    from rich.console import Console
    from rich.text import Text

    from models.engines.opening import tune_process
    from stream.evaluate.evaluate import evaluate
    from stream.evaluate.request import EvaluationRequest, check

    asked = EvaluationRequest(
        model=model,
        recordings=tuple(recordings or ()),
        simulated=simulated,
        seconds=seconds,
        data=data,
        part=part.value,
        by=by.value if by else "",
        seed=seed,
        montage=montage.value if montage else "",
        unit=unit.value,
        marks=marks,
        healthy=healthy,
        calibrate=calibrate,
        alarms_per_min=alarms_per_min,
        device=device.value,
        hop_ms=hop_ms,
        write=write,
        command=shlex.join(["spikewatch", *sys.argv[1:]]),
    )
    check(asked)
    tune_process()
    with Console(stderr=True).status(f"loading {model}") as status:
        evaluation = evaluate(asked, lambda line: status.update(Text(printable(line))))
    for line in evaluation.skipped:
        typer.echo(f"spikewatch: {printable(line)}", err=True)
    if out:
        _publish(out, evaluation)
    _say(evaluation, as_json=as_json)
    raise typer.Exit(InputError.exit_code if evaluation.skipped else 0)


def _publish(folder: Path, evaluation: "Evaluation") -> None:
    from models.evaluation.page import render
    from models.evaluation.report import as_json

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "evaluation.json").write_text(json.dumps(as_json(evaluation), indent=1) + "\n", encoding="utf-8")
        (folder / "evaluation.html").write_text(render(evaluation), encoding="utf-8")
    except OSError as problem:
        raise ConfigError(f"--out {folder}: {problem.strerror}; name a folder that can be written") from problem


def _say(evaluation: "Evaluation", *, as_json: bool) -> None:
    from models.evaluation import report
    from models.evaluation.tables import HOW, tables

    if as_json:
        say_json(report.as_json(evaluation))
        return
    for heading, table in tables(evaluation).items():
        typer.echo(heading)
        marks = ["bold" if row == table.chosen else "" for row in range(len(table.rows))]
        show(table.columns, table.rows, marks)
    typer.echo(HOW)
