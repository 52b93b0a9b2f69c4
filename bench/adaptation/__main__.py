"""Question: how much better does a bed's model get from 10, 20, 50 or 100 reviewed events, and by which loss?

Method: patients whose discharges are wider and blunter than those of training, and have no slow wave. Eight are
simulated throughout (15 minutes each); of each recording of real background two more are made (the first and the second
90 s, each repeated four times with other discharges). Events of the first half that the shipped model tells from a
threshold on are drawn by chance and judged by the truth; the last layer of its verifier is adapted as by `spikewatch
adapt`; the second half is measured, all patients at one threshold. "Equal sensitivity" is that of the shipped model at
6 and at 20 false events an hour. Intervals: patients drawn again, 95 %. Candidates are formed as the live event former
forms them, and each has its highest probability; what two within 0.3 s silence of each other is simplified.
Command: python -m bench.adaptation [BACKGROUND...] [--quick] [--json FILE] [--figures FOLDER]
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
from torch import nn

from bench.adaptation import figure
from bench.adaptation.clicks import learned, measured, review
from bench.adaptation.gains import Counts, gains
from bench.adaptation.patients import Patient, Shipped, real, simulated
from bench.machine import publish
from models.engines.opening import open_engine, tune_process
from models.engines.verifying import open_verifier
from models.errors import ModelsError
from models.networks.whole_head import WholeHead
from models.training.adaptation import AdaptationLoss
from models.zoo import store

CLICKS: Final = (10, 20, 50, 100)
LOSSES: Final[tuple[AdaptationLoss, ...]] = ("bce", "wbce", "sasu", "regularised_sasu")
SHOWN: Final = ("sensitive", "default")
"""Operating points of the model at which events are told to who reviews."""
PATIENTS, SECONDS, REPEATS = 8, 900.0, 4
SEED: Final = 1


def main() -> None:
    """Measure what clicks are worth."""
    arguments = argparse.ArgumentParser(
        prog="bench.adaptation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("recordings", nargs="*", type=Path, metavar="BACKGROUND")
    arguments.add_argument("--quick", action="store_true", help="two short patients, 20 clicks")
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--figures", type=Path, metavar="FOLDER")
    given = arguments.parse_args()
    try:
        _measure(given)
    except ModelsError as problem:
        raise SystemExit(f"bench.adaptation: {problem}") from None


def _measure(given: argparse.Namespace) -> None:
    tune_process()
    shipped, weight, shown = _shipped()
    patients, seconds, repeats = (2, 200.0, 1) if given.quick else (PATIENTS, SECONDS, REPEATS)
    clicks = (20,) if given.quick else CLICKS
    sets = {
        "simulated": list(simulated(shipped, patients, seconds)),
        "real background": list(real(shipped, given.recordings, repeats)),
    }
    told = {name: _of(of, shipped.network.head, weight, clicks, shown) for name, of in sets.items() if of}
    result: dict[str, Any] = {
        "model": "sc-small",
        "verifier": shipped.verifier.sha256[:8],
        "recordings": sorted(path.name for path in given.recordings),
        "seed": SEED,
        "losses": list(get_args(AdaptationLoss)),
        "sets": told,
    }
    if given.figures:
        figure.write(given.figures, told)
    publish("adaptation", result, given.json)


def _shipped() -> tuple[Shipped, float, tuple[float, ...]]:
    """Return the shipped model, the weight of its verifier, and the thresholds of SHOWN."""
    loaded = store.load("sc-small")
    verifier, asked = open_verifier(loaded.manifest), loaded.manifest.verification
    if verifier is None or asked is None:
        raise ModelsError("sc-small: has no verifier, and that is what is adapted")
    network = store.load(asked.model).network
    if not isinstance(network, WholeHead):
        raise ModelsError(f"{asked.model}: is no whole_head, and that is what is adapted")
    points = loaded.manifest.operating_points
    shown = tuple(points[name].threshold for name in SHOWN)
    return Shipped(open_engine(loaded), verifier, network), verifier.weight, shown


def _of(
    patients: Sequence[Patient], head: nn.Linear, weight: float, clicks: Sequence[int], shown: Sequence[float]
) -> dict[str, Any]:
    before = np.array([measured(patient, head, weight) for patient in patients])
    return {
        "patients": len(patients),
        "marked": int(before[:, 0, 1].sum()),
        "hours": round(float(before[:, 0, 3].sum()), 2),
        "rows": list(_rows(patients, before, head, weight, clicks, shown)),
    }


def _rows(
    patients: Sequence[Patient],
    before: Counts,
    head: nn.Linear,
    weight: float,
    clicks: Sequence[int],
    thresholds: Sequence[float],
) -> Iterator[dict[str, Any]]:
    for shown in thresholds:
        odds = math.log(shown / (1 - shown))
        for count in clicks:
            reviewed = [review(patient, head, weight, count, odds, SEED) for patient in patients]
            for loss in LOSSES:
                layers = [learned(one, head, weight, loss) for one in reviewed]
                after = np.array(
                    [measured(patient, layer, weight) for patient, layer in zip(patients, layers, strict=True)]
                )
                yield {
                    "shown_from": shown,
                    "clicks": count,
                    "accepted_mean": round(float(np.mean([one.accepted for one in reviewed])), 1),
                    "rejected_mean": round(float(np.mean([one.rejected for one in reviewed])), 1),
                    "loss": loss,
                    **gains(before, after, thresholds[-1]),
                }


if __name__ == "__main__":
    main()
