"""Question: what does streaming SC lose, or win, against SC, trained alike on the same windows?

Method: both score the same held-out simulated patients (`models.evaluation.simulated`: conditioned and made into
events as live, windows every 125 ms); each model's threshold is the lowest with at most so many false alarms an hour,
so that they are compared at equal alarms. Sensitivity to discharges 3 times their background, and the difference, with
95 % intervals over patients drawn again, both models' counts of a patient together. Latency: from a discharge's peak
until the last sample came that its event needed; computing is not in it.
Command: python -m bench.streaming [--sc sc-small] [--stream sc-stream-small] [--patients 24] [--json FILE]
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.command_line import command_line
from bench.machine import publish
from models.engines.opening import open_engine, tune_process
from models.evaluation import bootstrap
from models.evaluation.bootstrap import Estimate, ratio
from models.evaluation.events import THRESHOLDS, Subject, spreads, total
from models.evaluation.simulated import held_out
from models.simulate.truth import LAYOUTS
from models.zoo import store

SECONDS: Final = 90.0
ALARMS_PER_H: Final = (6.0, 12.0, 18.0, 30.0)

Floats = NDArray[np.float64]
Figures = dict[str, Any]
People = Mapping[str, Sequence[Subject]]
"""By montage."""


def main() -> None:
    """Score, compare and keep the figures."""
    parser = command_line("bench.streaming", __doc__)
    parser.add_argument("--sc", default="sc-small")
    parser.add_argument("--stream", default="sc-stream-small")
    parser.add_argument("--patients", type=int, default=24)
    given = parser.parse_args()
    tune_process()
    sc, stream = scored(given.sc, given.patients), scored(given.stream, given.patients)
    rows = [
        compared(sc[montage], stream[montage], limit) | {"montage": montage, "at_most_alarms_per_h": limit}
        for montage in LAYOUTS
        for limit in ALARMS_PER_H
    ]
    told = {name: store.load(name).manifest for name in (given.sc, given.stream)}
    models = {manifest.name: manifest.sha256 for manifest in told.values()}
    publish("streaming", {"patients": given.patients, "seconds": SECONDS, "models": models, "rows": rows}, given.json)


def scored(name: str, patients: int) -> People:
    """Score the held-out patients of both layouts."""
    engine = open_engine(store.load(name), "cpu")
    return {
        montage: list(held_out(engine, layout, patients=patients, seconds=SECONDS))
        for montage, layout in LAYOUTS.items()
    }


def compared(sc: Sequence[Subject], stream: Sequence[Subject], limit_per_h: float) -> Figures:
    """Set both beside each other at thresholds that keep to a limit of false alarms."""
    at = [_quiet(people, limit_per_h) for people in (sc, stream)]
    # Both models' counts of one patient stay together: drawn again apart, patients would add to the spread.
    pairs = [
        (a.counts[at[0]].found, a.counts[at[0]].marked, b.counts[at[1]].found, b.counts[at[1]].marked)
        for a, b in zip(sc, stream, strict=True)
    ]
    difference = bootstrap.counted(pairs, lambda sums: _share(sums[:, 2:]) - _share(sums[:, :2]))
    return {
        "sc": _of(sc, at[0], bootstrap.counted([pair[:2] for pair in pairs], _share)),
        "sc_stream": _of(stream, at[1], bootstrap.counted([pair[2:] for pair in pairs], _share)),
        "stream_minus_sc": _plain(difference),
    }


def _share(sums: Floats) -> Floats:
    return ratio(sums[:, 0], sums[:, 1])


def _quiet(people: Sequence[Subject], limit_per_h: float) -> float:
    """Lowest threshold that keeps to the limit, the highest there is where none does."""
    # THRESHOLDS ascend, so the first that keeps to the limit is the lowest: the most sensitive.
    keeping = [t for t in THRESHOLDS if total(people, t).alarms_per_h <= limit_per_h]
    return keeping[0] if keeping else THRESHOLDS[-1]


def _of(people: Sequence[Subject], threshold: float, sensitivity: Estimate) -> Figures:
    counts, latency = total(people, threshold), spreads(people, threshold)["latency, ms"]
    return {
        "threshold": threshold,
        "alarms_per_h": round(counts.alarms_per_h, 1),
        "sensitivity": _plain(sensitivity),
        "clear_sensitivity": round(counts.clear_sensitivity, 3),
        "latency_ms": {name: round(value, 1) for name, value in asdict(latency).items()},
    }


def _plain(estimate: Estimate) -> Figures:
    return {name: round(value, 3) for name, value in asdict(estimate).items()}


if __name__ == "__main__":
    main()
