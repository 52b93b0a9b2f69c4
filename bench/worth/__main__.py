"""Question: how many discharges does a detector find, at how many false events an hour?

Method: every recording is shown to every detector; each has a curve over thresholds, counted in events, with intervals
over people drawn again with replacement, at 95 %.
Background: recordings of people without discharges that took no part in a detector's training. Each minute, or each
stretch of `--seconds`, is shown once as it is, where every event is a false one, and twice with the discharges of an
invented patient on it (`models.simulate.overlay`), eight a minute on average; "marked" stands out by three times the
background of its derivation, "clear" by six, counted as `evaluate --simulated` counts.
Labelled: recordings that experts marked.
Detectors: networks of model folders, through the live windows, quality gate, verifier and event former, at the
thresholds of operating tables; a mimetic detector and line length; any program (`bench.worth.program` says how it is
called). What has scores of its own has thresholds by its scores on bare background.
Command: python -m bench.worth [BACKGROUND...] [--labelled FOLDER|FILE...] [--models sc-small ...]
         [--baselines mimetic line-length] [--program "detect {input} {output}"] [--seconds 60] [--json FILE]
         [--figures FOLDER]
"""

import argparse
import sys
from itertools import chain
from pathlib import Path
from typing import Any

from bench.command_line import command_line
from bench.machine import publish
from bench.worth import cases, curve, figure
from bench.worth.baselines import BASELINES
from bench.worth.contract import Detector
from bench.worth.networks import Network
from bench.worth.program import Program
from models.engines.opening import tune_process
from models.errors import ModelsError


def main() -> None:
    """Measure every detector on the same recordings."""
    given = _arguments().parse_args()
    try:
        _measure(given)
    except ModelsError as problem:
        raise SystemExit(f"bench.worth: {problem}") from None


def _arguments() -> argparse.ArgumentParser:
    arguments = command_line("bench.worth", __doc__)
    arguments.add_argument("recordings", nargs="*", type=Path, metavar="BACKGROUND")
    arguments.add_argument("--seconds", type=float, default=cases.STRETCH_S, help="of background, a patient's each")
    arguments.add_argument("--labelled", nargs="+", type=Path, default=[], metavar="PATH")
    arguments.add_argument("--montage", choices=("scalp", "shaft"), default="scalp", help="of labelled recordings")
    arguments.add_argument("--models", nargs="*", default=["sc-small"])
    arguments.add_argument("--baselines", nargs="*", choices=tuple(BASELINES), default=[])
    arguments.add_argument("--program", action="append", default=[], metavar="COMMAND")
    arguments.add_argument("--figures", type=Path, metavar="FOLDER")
    return arguments


def _measure(given: argparse.Namespace) -> None:
    if not (given.recordings or given.labelled):
        raise ModelsError("nothing to measure on: give recordings of background, or --labelled")
    figure.check(given.figures)
    tune_process()
    detectors: list[Detector[Any]] = [
        *map(Network, given.models),
        *(BASELINES[name]() for name in given.baselines),
        *map(Program, given.program),
    ]
    names = [one.name for one in detectors]
    if not names:
        raise ModelsError("no detector: give --models, --baselines or --program")
    # The figures of one would silently take the place of the other's.
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ModelsError(f"{twice[0]}: is given twice; give each detector once")
    skipped: list[str] = []
    hybrid = cases.hybrid(given.recordings, given.seconds)
    shown = chain(hybrid, cases.labelled(given.labelled, given.montage, skipped.append))
    found = curve.answers(detectors, shown)
    for line in skipped:
        sys.stderr.write(f"bench.worth: {line}\n")
    if not found[0]:
        raise ModelsError(f"none of the recordings can be used{f': {skipped[0]}' if skipped else ''}")
    told = {one.name: curve.result(one, its) for one, its in zip(detectors, found, strict=True)}
    result: dict[str, Any] = {
        "recordings": sorted(path.name for path in given.recordings),
        "stretch_s": given.seconds,
        "labelled": sorted(path.name for path in given.labelled),
        "skipped": skipped,
        "detectors": told,
    }
    if given.figures:
        figure.write(given.figures, told)
    publish("worth", result, given.json)


if __name__ == "__main__":
    main()
