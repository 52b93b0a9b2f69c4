"""`spikewatch evaluate`: what a detector finds and misses."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stream.cli import evaluation_options as options
from stream.cli.options import AsJson, Words
from stream.errors import ConfigError, InputError
from stream.printable import printable
from stream.terminal import print_json, print_table

if TYPE_CHECKING:
    from models.evaluation.report import Evaluation
    from stream.evaluate.request import EvaluationRequest


def evaluate(
    model: options.Model,
    recordings: options.Recordings = None,
    simulated: options.Simulated = 0,
    seconds: options.Seconds = 90.0,
    data: options.Data = None,
    part: options.Part = options.PartName.test,
    by: options.By = None,
    seed: options.Seed = None,
    montage: options.MontageOf = None,
    unit: options.UnitOf = options.Unit.auto,
    marks: options.Marks = None,
    word: Words = [],  # noqa: B006  (typer wants a list, and copies it)
    device: options.Device = options.DeviceName.auto,
    hop_ms: options.HopMs = 125.0,
    alarms_per_min: options.AlarmsPerMin = 0.1,
    out: options.Out = None,
    *,
    healthy: options.Healthy = False,
    calibrate: options.Calibrate = False,
    write: options.Write = False,
    as_json: AsJson = False,
) -> None:
    """Report what a detector finds and misses, with intervals."""
    from stream.evaluate.request import EvaluationRequest

    request = EvaluationRequest(
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
        words=tuple(word),
        healthy=healthy,
        calibrate=calibrate,
        alarms_per_min=alarms_per_min,
        device=device.value,
        hop_ms=hop_ms,
        write=write,
        command=shlex.join(["spikewatch", *sys.argv[1:]]),
    )
    _carry_out(request, out, as_json=as_json)


def _carry_out(request: "EvaluationRequest", out: Path | None, *, as_json: bool) -> None:
    """Evaluate, report on stdout, and end with the exit code that tells whether every recording could be read."""
    from rich.console import Console
    from rich.text import Text

    from models.engines.opening import tune_process
    from stream.evaluate.evaluate import evaluate as measure
    from stream.evaluate.request import check

    # Before the model is loaded: wrong options end at once.
    check(request)
    # One thread: the default would use all cores, and be slower as soon as another program wants one.
    tune_process()
    with Console(stderr=True).status(f"loading {request.model}") as status:
        evaluation = measure(request, lambda line: status.update(Text(printable(line))))
    for line in evaluation.remarks:
        typer.echo(printable(line), err=True)
    for line in evaluation.skipped:
        typer.echo(f"spikewatch: {printable(line)}", err=True)
    if out:
        _write(out, evaluation)
    _print(evaluation, as_json=as_json)
    raise typer.Exit(InputError.exit_code if evaluation.skipped else 0)


def _write(folder: Path, evaluation: "Evaluation") -> None:
    from models.evaluation.page import render
    from models.evaluation.report import as_json

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "evaluation.json").write_text(json.dumps(as_json(evaluation), indent=1) + "\n", encoding="utf-8")
        (folder / "evaluation.html").write_text(render(evaluation), encoding="utf-8")
    except OSError as problem:
        # Exit 2: the figures were computed, only the place for them is wrong.
        raise ConfigError(f"--out {folder}: {problem.strerror}; name a folder that can be written") from problem


def _print(evaluation: "Evaluation", *, as_json: bool) -> None:
    from models.evaluation import report
    from models.evaluation.tables import HOW, tables

    if as_json:
        print_json(report.as_json(evaluation))
        return
    for heading, table in tables(evaluation).items():
        typer.echo(heading)
        marks = ["bold" if row == table.chosen else "" for row in range(len(table.rows))]
        print_table(table.columns, table.rows, marks)
    typer.echo(HOW)
