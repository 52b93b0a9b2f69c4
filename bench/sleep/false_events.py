"""Question: how many events an hour are false in sleep without discharges, with sleep context and without it?

Method: simulated patients whom no fit has seen, in N2 and N3, with arousals and all waveforms of sleep; once without
discharges, where false events are counted, and once with, of which a reader would mark some. Sleep context is a prior
by stage as in `bench.stage_prior`, learnt on other patients' true stages; the stage is the one that the live stager
publishes at the time. The detector is the shipped one with its verifier, once through all electrodes and once through
one derivation alone. DREAMS: three people without a known discharge, one derivation each. A bed refuses these: a group
of the shipped detectors needs three derivations of five. So there, and for one derivation of the simulated patients,
the four others are empty, and the figure is none of a bed's. Intervals of 95 % by drawing patients with replacement.
Beside it Siamese-ES, whose context is the fusion of sleep's features: from the ablation of `bench.paper` on simulated
sleepers, false epochs of 4 s an hour of epochs without a discharge, full against two arms; Student's t over seeds.
Command: `python -m bench.sleep.false_events [--data ../shared/data] [--json bench/results/false_events_asleep.json]`
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.command_line import command_line
from bench.machine import ROOT, publish
from bench.paper.tables import interval
from bench.sleep.excerpts import Excerpt, alone, excerpts
from bench.sleep.staged_events import Floats, Point, counted, intervals, on_waves, peaks_of, point, published
from bench.stage_prior import LOG_ODDS, RATES_PER_MIN, Counts, Tally, learnt, tally
from bench.worth.truth import laid_on
from models.datasets.vepiset import EPOCH_S
from models.detection.odds import log_odds
from models.engines.engine import Engine
from models.engines.opening import open_engine, tune_process
from models.engines.verifying import Verifier, open_verifier
from models.evaluation import simulated
from models.evaluation.forming import Scored
from models.signal.offline import condition
from models.simulate import Plan, simulate
from models.simulate.windows import Amplifier, Track, record
from models.sleep_stages import STAGES
from models.zoo import store
from models.zoo.store import LoadedModel

FIRST_SEED: Final = 930_000
STAGE_S: Final = 180.0
PLAN: Final[Plan] = (("N2", STAGE_S), ("N3", STAGE_S))
ONE: Final = ("Cz", "T7")
"""T7 is the electrode nearest to the left ear."""
PAPERS: Final = ROOT / "bench/results/papers.json"
EPOCHS_PER_H: Final = 3600 / EPOCH_S


class Bench:
    """The shipped detector, its verifier and the stager."""

    def __init__(self, detector: str) -> None:
        loaded = store.load(detector)
        self.engine: Engine = open_engine(loaded)
        self.verifier: Verifier | None = open_verifier(loaded.manifest)
        self.stager: LoadedModel = store.load("sleep-context")
        self.default = log_odds(loaded.manifest.operating_points["default"].threshold)
        self.sha256 = loaded.manifest.sha256

    def tally(self, track: Track, scored: Scored) -> Tally:
        """Count a simulated recording's events by the stages published."""
        results = published(track.samples, track.valid, self.stager)
        return counted(scored, results, track.peaks, laid_on(track, 0.0).marked)

    def scored(self, track: Track) -> Scored:
        """Score a simulated recording."""
        return self.score(track.samples, track.valid, track.names, track.derivations)

    def score(
        self, samples: Floats, valid: NDArray[np.bool_], names: Sequence[str], derivations: Sequence[str]
    ) -> Scored:
        """Score samples (groups, rows, m) that are valid (groups, m)."""
        return simulated.score(self.engine, samples, valid, names, verifier=self.verifier, derivations=derivations)


def patient(seed: int, *, quiet: bool, one_derivation: bool) -> Track:
    """Draw a patient in N2 and N3."""
    rng = np.random.default_rng([seed, 1])
    amplifier, rate = Amplifier.draw(rng), float(rng.uniform(*RATES_PER_MIN))
    made = simulate(
        seed,
        STAGE_S * len(PLAN),
        rate_hz=amplifier.rate_hz,
        ied_rate_per_min=0.0 if quiet else rate,
        plan=PLAN,
        illness="none",
        arousals=True,
    )
    montage = alone(*map(made.labels.index, ONE)) if one_derivation else None
    return record(made, amplifier.notch_hz, montage)


def patients(bench: Bench, seeds: Sequence[int], *, one_derivation: bool) -> tuple[list[Tally], dict[str, int]]:
    """Return each patient's counts, and how many events without a discharge lie on waveforms of sleep, by default."""
    tallies, on, false = [], 0, 0
    for seed in seeds:
        quiet, ill = (patient(seed, quiet=quiet, one_derivation=one_derivation) for quiet in (True, False))
        scored = bench.scored(quiet)
        peaks = peaks_of(scored, bench.default)
        on, false = on + int(on_waves(quiet, peaks).sum()), false + len(peaks)
        without, beside = bench.tally(quiet, scored), bench.tally(ill, bench.scored(ill))
        tallies.append(Tally(beside.found, without.false, beside.marked, without.minutes))
    return tallies, {"false_events_of_all_minutes": false, "of_them_on_waveforms_of_sleep": on}


def dreams(bench: Bench, excerpt: Excerpt) -> Tally:
    """Return the counts of an excerpt, in which no discharge is known."""
    montage = alone(0)
    made = condition(excerpt.samples[None], excerpt.rate_hz, montage)
    samples, valid = made.samples[None], np.asarray(made.valid.all(axis=0))[None]
    scored = bench.score(samples, valid, ("sleep",), montage.groups[0].derivations)
    none = np.zeros(0, np.int64)
    return counted(scored, published(samples, valid, bench.stager), none, none.astype(np.bool_))


def arms(ablation: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return false epochs an hour of the full network beside those of the arms without fusion, over seeds."""
    seeds = {cell["row"]: cell["seeds"] for cell in ablation}
    false = {row: np.array([1 - seed["specificity"] for seed in of_row]) for row, of_row in seeds.items()}
    found = {row: np.array([seed["recall"] for seed in of_row]) for row, of_row in seeds.items()}
    return {
        f"full, {other}": {
            "false_epochs_per_h": [round(float(EPOCHS_PER_H * false[row].mean()), 1) for row in ("full", other)],
            "found": [round(float(found[row].mean()), 3) for row in ("full", other)],
            "ratio_of_false_epochs": np.exp(_mean(np.log(false["full"] / false[other]))).round(2).tolist(),
            "difference_of_found": _mean(found["full"] - found[other]).round(3).tolist(),
        }
        for other in ("no fusion", "neither")
    }


def _mean(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean and its interval: (mean, low, high)."""
    return np.array([figures.mean(), *interval(figures.tolist())])


def told(tallies: Sequence[Tally], at: float, prior: Counts) -> dict[str, Any]:
    """Return what recordings together have without and with the prior, at one threshold and at all."""
    plain, moved = point(tallies, at, np.zeros(len(STAGES))), point(tallies, at, prior)
    return {
        "minutes": round(plain.minutes, 1),
        "marked": plain.marked,
        "plain": _rates(plain),
        "with_prior": _rates(moved),
        "ratio_of_false_events": round(moved.false / plain.false, 3) if plain.false else None,
        "points": [
            {
                "log_odds": float(x),
                "plain": _rates(point(tallies, x, np.zeros(len(STAGES)))),
                "with_prior": _rates(point(tallies, x, prior)),
            }
            for x in LOG_ODDS
        ],
    }


def _rates(one: Point) -> dict[str, float | None]:
    return {
        "found": round(one.found / one.marked, 3) if one.marked else None,
        "false_events": one.false,
        "false_per_h": round(60 * one.false / one.minutes, 1),
    }


def main() -> None:
    """Learn the prior, count with and without it, and write the figures."""
    parser = command_line("bench.sleep.false_events", __doc__)
    parser.add_argument("--patients", type=int, default=24)
    parser.add_argument("--learnt-on", type=int, default=12, help="patients of bench.stage_prior")
    parser.add_argument("--detector", default="sc-small")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    tune_process()
    bench = Bench(options.detector)
    prior = learnt(tally(range(910_000, 910_000 + options.learnt_on), bench.engine, bench.verifier))
    result: dict[str, Any] = {
        "detector": options.detector,
        "sha256": bench.sha256,
        "patients": options.patients,
        "log_odds": dict(zip(STAGES, np.round(prior, 2).tolist(), strict=True)),
    }
    seeds = range(FIRST_SEED, FIRST_SEED + options.patients)
    for name, one_derivation in (("all electrodes", False), ("one derivation", True)):
        tallies, waves = patients(bench, seeds, one_derivation=one_derivation)
        result[name] = told(tallies, bench.default, prior) | waves
        result[name]["intervals"] = intervals(tallies, bench.default, prior)
    result["DREAMS"] = told([dreams(bench, one) for one in excerpts(options.data)], bench.default, prior)
    result["Siamese-ES"] = arms(json.loads(PAPERS.read_text(encoding="utf-8"))["tables"]["siamese-ablation"])
    publish("false_events_asleep", result, options.json)


if __name__ == "__main__":
    main()
