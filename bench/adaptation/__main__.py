"""Question: how much better does a bed's model get from 10, 20, 50 or 100 reviewed events, and by which loss?

Method: patients whose discharges are wider and blunter than those of training, and have no slow wave. Some are
simulated throughout (15 minutes each); of each recording of real background two more are made (the first and the second
90 s, each repeated four times with other discharges; the second one at another tempo). Events of the first half that
the shipped model tells from a threshold on are drawn by chance and judged by the truth; its verifier is adapted as by
`spikewatch adapt`; the second half is measured, all patients at one threshold. "Equal sensitivity" is that of the
shipped model at 6 and at 20 false events an hour. Intervals: people drawn again, 95 %. Method and constants were chosen
on patients with even numbers, among whom the figures flatter; the others took no part. Candidates are formed as the
live event former forms them, and each has its highest probability; what two within 0.3 s silence of each other is
simplified.
Command: python -m bench.adaptation [BACKGROUND...] [--looks FOLDER] [--quick] [--json FILE] [--figures FOLDER]
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

from bench.adaptation import figure
from bench.adaptation.kept import Kept
from bench.adaptation.measured import Measured
from bench.adaptation.patients import VARIED, Patient, Shipped, real, simulated
from bench.adaptation.table import table
from bench.command_line import command_line
from bench.machine import publish
from models.engines.opening import open_engine, tune_process
from models.engines.verifying import open_verifier
from models.errors import ModelsError
from models.networks.whole_head import WholeHead
from models.training.adaptation import AdaptationLoss
from models.zoo import store

CLICKS: Final = (10, 20, 50, 100)
LOSSES: Final[tuple[AdaptationLoss, ...]] = ("bce", "wbce", "sasu", "regularised_sasu")
LOWEST: Final = 0.1
"""Events are told to who reviews from here on, and from two operating points of the model on."""
PATIENTS, SECONDS, REPEATS = 8, 900.0, 4
SEED: Final = 1


def main() -> None:
    """Measure what clicks are worth."""
    arguments = command_line("bench.adaptation", __doc__)
    arguments.add_argument("recordings", nargs="*", type=Path, metavar="BACKGROUND")
    arguments.add_argument("--quick", action="store_true", help="two short patients, 20 clicks")
    arguments.add_argument("--looks", type=Path, metavar="FOLDER", help="keep what the model sees, for the next run")
    arguments.add_argument("--figures", type=Path, metavar="FOLDER")
    given = arguments.parse_args()
    try:
        _measure(given)
    except ModelsError as problem:
        raise SystemExit(f"bench.adaptation: {problem}") from None


def _measure(given: argparse.Namespace) -> None:
    tune_process()
    shipped, weight, default, shown = _shipped()
    made, laid = _patients(shipped, given)
    measure = Measured([*made, *laid], shipped.network, weight)
    clicks = (20,) if given.quick else CLICKS
    rows = [list(measure.rows(one, count, LOSSES, SEED)) for one in shown for count in clicks]
    told = {
        name: measure.told(chosen, [row for of in rows for row in of], default)
        for name, chosen in _sets(made, laid).items()
        if chosen
    }
    result: dict[str, Any] = {
        "model": "sc-small",
        "verifier": shipped.verifier.sha256[:8],
        "recordings": sorted(path.name for path in given.recordings),
        "seed": SEED,
        "losses": list(get_args(AdaptationLoss)),
        "sets": {name: {**of, "rows": table(of["rows"])} for name, of in told.items()},
    }
    if given.figures:
        figure.write(given.figures, told)
    publish("adaptation", result, given.json)


def _patients(shipped: Shipped, given: argparse.Namespace) -> tuple[list[Patient], list[Patient]]:
    """Return the simulated patients, and those on real background."""
    patients, seconds, repeats = (2, 200.0, 1) if given.quick else (PATIENTS, SECONDS, REPEATS)
    kept = Kept(given.looks)
    people = sorted(given.recordings, key=lambda path: path.name)
    copies = [(path, copy) for path in people for copy in range(VARIED)]
    return (
        [kept.patient(f"sim-{n:02d}", partial(simulated, shipped, n, seconds)) for n in range(patients)],
        [kept.patient(f"{path.stem}-{copy}", partial(real, shipped, path, copy, repeats)) for path, copy in copies],
    )


def _sets(made: Sequence[Patient], laid: Sequence[Patient]) -> dict[str, list[int]]:
    """Return which patients took no part in choosing the method, by kind and together, which did, and all."""
    numbers = [one.number for one in (*made, *laid)]
    new = [at for at, number in enumerate(numbers) if number % 2]
    return {
        "simulated": [at for at in new if at < len(made)],
        "real background": [at for at in new if at >= len(made)],
        "both": new,
        "chosen on": [at for at, number in enumerate(numbers) if not number % 2],
        "all": list(range(len(numbers))),
    }


def _shipped() -> tuple[Shipped, float, float, tuple[float, ...]]:
    """Return the shipped model, the weight of its verifier, its own threshold, and those from which events are told."""
    loaded = store.load("sc-small")
    verifier, asked = open_verifier(loaded.manifest), loaded.manifest.verification
    if verifier is None or asked is None:
        raise ModelsError("sc-small: has no verifier, and that is what is adapted")
    network = store.load(asked.model).network
    if not isinstance(network, WholeHead):
        raise ModelsError(f"{asked.model}: is no whole_head, and that is what is adapted")
    points = loaded.manifest.operating_points
    default = points["default"].threshold
    shown = (LOWEST, points["sensitive"].threshold, default)
    return Shipped(open_engine(loaded), verifier, network), verifier.weight, default, shown


if __name__ == "__main__":
    main()
