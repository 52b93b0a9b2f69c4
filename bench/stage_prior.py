"""Question: does it help to ask more of a discharge in stages in which the detector errs more often?

Method: held-out simulated scalp patients, each in every stage of sleep for the same time, once with discharges and
once without, through the shipped detector and its verifier. On one half of the patients a prior by stage is learnt: the
log odds of true events to false ones in that stage against those in all stages, counted from the lowest threshold on,
five added to each. On the other half thresholds are moved by it in log odds. True stages are used: the errors of a
stager could only take away from the gain.
Command: `python -m bench.stage_prior [--patients N] [--json bench/results/stage_prior.json]`
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.command_line import command_line
from bench.machine import publish
from models.engines.engine import Engine
from models.engines.opening import open_engine, tune_process
from models.engines.verifying import Verifier, open_verifier
from models.evaluation import simulated
from models.simulate import simulate
from models.simulate.windows import Amplifier, Track, record
from models.sleep_stages import STAGES, Stage
from models.zoo import store

FIRST_SEED: Final = 910_000
SECONDS: Final = 95.0
LOG_ODDS: Final = np.arange(-2.0, 4.01, 0.25)
"""Thresholds, from probability 0.12 to 0.98."""
ADDED: Final = 5.0
RATES_PER_MIN: Final = (8.0, 30.0)
Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tally:
    """By stage and threshold: discharges found and false events (stages, thresholds); by stage: marked, minutes."""

    found: Counts
    false: Counts
    marked: Counts
    minutes: Counts

    @staticmethod
    def none() -> "Tally":
        """Return a tally of nothing."""
        wide, narrow = (len(STAGES), len(LOG_ODDS)), len(STAGES)
        return Tally(np.zeros(wide), np.zeros(wide), np.zeros(narrow), np.zeros(narrow))

    def at(self, offsets: Counts) -> list[tuple[float, float]]:
        """Return the share found and the false events an hour at each threshold, lowered by `offsets` (stages,)."""
        rows = np.arange(len(STAGES))
        points = []
        for log_odds in LOG_ODDS:
            nearest = np.abs(LOG_ODDS[None] - (log_odds - offsets)[:, None]).argmin(axis=1)
            share = self.found[rows, nearest].sum() / self.marked.sum()
            points.append((float(share), float(60 * self.false[rows, nearest].sum() / self.minutes.sum())))
        return points


def tracks(seed: int) -> Iterator[tuple[Stage, Track]]:
    """Draw one patient in each stage, with discharges and without."""
    rng = np.random.default_rng([seed, 1])
    amplifier, rate = Amplifier.draw(rng), float(rng.uniform(*RATES_PER_MIN))
    for stage in STAGES:
        for per_min in (0.0, rate):
            made = simulate(
                seed,
                SECONDS,
                rate_hz=amplifier.rate_hz,
                ied_rate_per_min=per_min,
                plan=[(stage, 2 * SECONDS)],
                illness="none",
            )
            yield stage, record(made, amplifier.notch_hz)


def tally(seeds: Sequence[int], engine: Engine, verifier: Verifier | None) -> Tally:
    """Score patients and count."""
    counts = Tally.none()
    for seed in seeds:
        for stage, track in tracks(seed):
            row = STAGES.index(stage)
            scored = simulated.score(engine, track.samples, track.valid, track.names, verifier=verifier)
            for column, log_odds in enumerate(LOG_ODDS):
                one, _ = simulated.compare(track, scored, float(1 / (1 + np.exp(-log_odds))))
                counts.found[row, column] += one.found
                counts.false[row, column] += one.alarms
            counts.marked[row] += one.marked
            counts.minutes[row] += one.minutes
    return counts


def learnt(counts: Tally) -> Counts:
    """Return the prior's log odds by stage (stages,)."""
    odds = np.log((counts.found[:, 0] + ADDED) / (counts.false[:, 0] + ADDED))
    usual = np.log((counts.found[:, 0].mean() + ADDED) / (counts.false[:, 0].mean() + ADDED))
    return np.asarray(odds - usual)


def compared(fitted_on: Tally, tested_on: Tally) -> dict[str, Any]:
    """Return the prior, and what it changes in people whom it has not seen."""
    prior = learnt(fitted_on)
    points = [
        {"threshold": round(float(1 / (1 + np.exp(-x))), 3), "plain": plain, "with_prior": moved}
        for x, plain, moved in zip(LOG_ODDS, tested_on.at(np.zeros(len(STAGES))), tested_on.at(prior), strict=True)
    ]
    return {"log_odds": dict(zip(STAGES, np.round(prior, 2).tolist(), strict=True)), "points": points}


def by_stage(counts: Tally, log_odds: float) -> dict[str, dict[str, float]]:
    """Return the share found and false events an hour in each stage at one threshold."""
    column = int(np.abs(LOG_ODDS - log_odds).argmin())
    return {
        stage: {
            "found": round(float(counts.found[row, column] / counts.marked[row]), 3),
            "marked": float(counts.marked[row]),
            "false_per_h": round(float(60 * counts.false[row, column] / counts.minutes[row]), 1),
            "minutes": round(float(counts.minutes[row]), 1),
        }
        for row, stage in enumerate(STAGES)
    }


def main() -> None:
    """Run the comparison and write its figures."""
    parser = command_line("bench.stage_prior", __doc__)
    parser.add_argument("--patients", type=int, default=24)
    parser.add_argument("--detector", default="sc-small")
    options = parser.parse_args()
    tune_process()
    loaded = store.load(options.detector)
    engine, verifier = open_engine(loaded), open_verifier(loaded.manifest)
    seeds = range(FIRST_SEED, FIRST_SEED + options.patients)
    halves = [tally(seeds[half::2], engine, verifier) for half in range(2)]
    both = Tally(*(getattr(halves[0], name) + getattr(halves[1], name) for name in Tally.__slots__))
    default = loaded.manifest.operating_points["default"].threshold
    publish(
        "stage_prior",
        {
            "patients": options.patients,
            "detector": options.detector,
            "threshold": default,
            "by_stage": by_stage(both, float(np.log(default / (1 - default)))),
            "halves": [compared(*halves), compared(*halves[::-1])],
        },
        options.json,
    )


if __name__ == "__main__":
    main()
