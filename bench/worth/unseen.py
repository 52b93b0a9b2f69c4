"""Question: what is a recipe worth in people whom its detectors have not met, if every person is to be judged?

Method: detectors are trained by one recipe, each without some of the people, and each judges those whom it has not met.
All people together make one curve at common thresholds, with intervals over people. Recordings, discharges and counts
are those of `bench.worth`. That a detector has not met its people is for the user to see to: a model does not say whom
it was trained on.
Command: python -m bench.worth.unseen --fold MODEL RECORDING... [--fold MODEL RECORDING...] [--seconds 60] [--json FILE]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.command_line import command_line
from bench.machine import publish
from bench.worth import figure
from bench.worth.baselines import BASELINES
from bench.worth.cases import STRETCH_S, of_recording
from bench.worth.contract import Detector
from bench.worth.curve import Answer, answers, result, told
from bench.worth.networks import Network
from models.datasets.background import subject_of
from models.engines.opening import tune_process
from models.errors import ModelsError
from models.evaluation.events import THRESHOLDS


def main() -> None:
    """Measure all folds."""
    given = _arguments().parse_args()
    try:
        owners = shared_out(given.fold)
        figure.check(given.figures)
        tune_process()
        measured = measure(owners, [BASELINES[name]() for name in given.baselines], given.seconds)
        if given.figures:
            figure.write(given.figures, {"networks": measured["together"], **measured["baselines"]})
        publish("worth_unseen", measured, given.json)
    except ModelsError as problem:
        raise SystemExit(f"bench.worth.unseen: {problem}") from None


def _arguments() -> argparse.ArgumentParser:
    arguments = command_line("bench.worth.unseen", __doc__)
    arguments.add_argument("--fold", nargs="+", action="append", required=True, metavar="PATH")
    arguments.add_argument("--baselines", nargs="*", choices=tuple(BASELINES), default=[])
    arguments.add_argument("--seconds", type=float, default=STRETCH_S, help="of background, a patient's each")
    arguments.add_argument("--figures", type=Path, metavar="FOLDER")
    return arguments


def shared_out(folds: Sequence[Sequence[str]]) -> dict[Path, str]:
    """Return which model judges each recording: the first word of a fold is the model, all others are recordings.

    Raises
    ------
    ModelsError
        if a fold has no recordings, or a person is in two
    """
    owners: dict[Path, str] = {}
    judges: dict[str, str] = {}
    for model, *recordings in folds:
        if not recordings:
            raise ModelsError(f"--fold {model}: no recordings; name the model, then those of people it has not met")
        for path in map(Path, recordings):
            owners[path] = model
            if judges.setdefault(subject_of(path), model) != model:
                raise ModelsError(f"{subject_of(path)}: is judged by two models; name each person in one fold")
    return owners


def measure(owners: dict[Path, str], baselines: Sequence[Detector[Any]], stretch_s: float) -> dict[str, Any]:
    """Return the curve of all people together, that of each fold, and those of detectors that have met nobody."""
    judges = {model: Network(model) for model in owners.values()}
    # Numbered over all folds, so that no two people have the same discharges laid on.
    ordered = sorted(owners, key=lambda path: path.name)
    found = {
        path: _answers([judges[owners[path]], *baselines], number, path, stretch_s)
        for number, path in enumerate(ordered)
    }
    folds = {
        model: judge.about | _curve([path for path in ordered if owners[path] == model], found)
        for model, judge in judges.items()
    }
    others = {
        one.name: result(one, [answer for path in ordered for answer in found[path][at]])
        for at, one in enumerate(baselines, 1)
    }
    return {"stretch_s": stretch_s, "together": _curve(ordered, found), "folds": folds, "baselines": others}


def _answers(detectors: Sequence[Detector[Any]], number: int, path: Path, stretch_s: float) -> list[list[Answer]]:
    found = answers(detectors, of_recording(number, path, stretch_s))
    # A person who silently dropped out would change whose figures these are.
    if not found[0]:
        raise ModelsError(f"{path}: has no {stretch_s:g} s without a hole; leave it out, or give fewer --seconds")
    return found


def _curve(paths: Sequence[Path], found: dict[Path, list[list[Answer]]]) -> dict[str, Any]:
    judged = [answer for path in paths for answer in found[path][0]]
    return {"recordings": [path.name for path in paths], **told(judged, THRESHOLDS)}


if __name__ == "__main__":
    main()
