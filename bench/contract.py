"""Question: how often is the promise of a share of true events broken, and what does it cost in sensitivity?

Method: 200 patients of one night each, whose true and false events have log odds of one spread around two means; the
distance of the means and both rates are drawn for each patient, so that for some no threshold keeps the share. A
reviewer judges 30 events at most, drawn by chance, rightly. The promise is broken if less than the promised share of
all events from its threshold on are true. Sensitivity lost is counted against the lowest threshold that truly keeps
the share, which only somebody knows who judged all events. Beside it stands what foresight would reach: each patient's
best threshold known before the first review, all reviews drawn above it, one exact test. No EEG takes part: what is
measured is the rule, and not the detector. The cap on events an hour is counted over every hour of some of the nights.
Command: python -m bench.contract [--patients 200] [--clicks 30] [--json FILE]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from bench.command_line import command_line
from bench.machine import publish
from models.detection.cap import HOUR_S, Cap
from models.detection.threshold import reaches
from models.evaluation.promise import FEWEST, PROMISED, Reviewed, lowest_share, promise

NIGHT_H: Final = 8.0
TRUE_PER_H, FALSE_PER_H = (5.0, 200.0), (0.5, 60.0)
"""Rates of a patient are drawn between these, log-uniform."""
APART: Final = (1.0, 4.0)
"""Between the mean log odds of true and of false events, in standard deviations."""
FEWEST_EVENTS: Final = 30
CAP_PER_H, CAPPED_NIGHTS = 20, 10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Night:
    """One patient's events in the order of time: (n,) seconds, probabilities, and which are true."""

    at_s: Floats
    probabilities: Floats
    true: NDArray[np.bool_]


def night(rng: np.random.Generator) -> Night:
    """Draw one patient."""
    rates = [np.exp(rng.uniform(*np.log(per_h))) for per_h in (TRUE_PER_H, FALSE_PER_H)]
    count = max(FEWEST_EVENTS, int(rng.poisson(NIGHT_H * sum(rates))))
    true = rng.random(count) < rates[0] / sum(rates)
    odds = rng.normal(rng.uniform(*APART) * true, 1.0)
    return Night(np.sort(rng.uniform(0, NIGHT_H * HOUR_S, count)), 1 / (1 + np.exp(-odds)), true)


def best(of: Night, share: float) -> float:
    """Return the highest sensitivity at which so many events are true, as who judged all of them knows; else 0."""
    hits = np.cumsum(of.true[np.argsort(-of.probabilities)])
    kept = np.flatnonzero(hits / np.arange(1, len(hits) + 1) >= share)
    return float(hits[kept[-1]] / hits[-1]) if kept.size and hits[-1] else 0.0


def promised(of: Night, clicks: int, rng: np.random.Generator) -> dict[str, Any]:
    """Review one patient, and return what was promised and how far it is true."""
    drawn = rng.permutation(len(of.true))[:clicks]
    found = promise([Reviewed(float(of.probabilities[at]), bool(of.true[at])) for at in drawn])
    told: dict[str, Any] = {"made": found is not None, "possible": best(of, PROMISED), "kept": True, "lost": 0.0}
    if found:
        above = reaches(of.probabilities, found.threshold)
        told["kept"] = bool(of.true[above].mean() >= PROMISED)
        told["lost"] = told["possible"] - float(of.true[above].sum() / of.true.sum())
    return told


def foreseen(of: Night, reviews: int) -> tuple[float, float]:
    """Return the chance of a promise, and what it loses, if the best threshold were known before the first review.

    All reviews are drawn above it, and one exact test is made there. The best is what keeps the most true events on
    average, where a test that fails keeps none.
    """
    order = of.true[np.argsort(-of.probabilities)]
    counts = np.arange(reviews, len(order) + 1)
    hits = np.cumsum(order)[counts - 1]
    shares, kept = hits / counts, hits / max(1, order.sum())
    allowed = max(false for false in range(reviews) if lowest_share(reviews - false, reviews) >= PROMISED)
    passes = np.where(shares >= PROMISED, binom.cdf(allowed, reviews, 1 - shares), 0.0)
    at = int(np.argmax(kept * passes))
    return float(passes[at]), best(of, PROMISED) - float(kept[at])


def most_told(of: Night, most_per_h: int) -> int:
    """Return the most events that any hour has under a cap."""
    cap = Cap(most_per_h)
    told = [cap.allows(*one) for one in zip(of.at_s.tolist(), of.probabilities.tolist(), strict=True)]
    called_s = of.at_s[told]
    return max((int(((called_s > end - HOUR_S) & (called_s <= end)).sum()) for end in called_s), default=0)


def figures(nights: Sequence[Night], clicks: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return the figures of all patients."""
    found = [promised(of, clicks, rng) for of in nights]
    made = [one for one in found if one["made"]]
    # Sensitivity gained by a broken promise does not make up for what the others lose.
    lost = [one["lost"] for one in made if one["kept"]]
    broken = sum(not one["kept"] for one in made)
    return {
        "patients": len(nights),
        "clicks": clicks,
        "fewest_reviews": FEWEST,
        "promised_share": PROMISED,
        "could_be_promised": sum(one["possible"] > 0 for one in found),
        "promises": len(made),
        "broken": broken,
        "broken_of_patients": round(broken / len(nights), 3),
        "broken_of_promises": round(broken / max(1, len(made)), 3),
        "sensitivity_lost": {name: round(float(np.quantile(lost, at)), 3) for name, at in (("p50", 0.5), ("p95", 0.95))}
        | {"mean": round(float(np.mean(lost)), 3)},
        "foreseen": _foreseen(nights, clicks),
        "cap_per_h": CAP_PER_H,
        "most_in_any_hour": max(most_told(of, CAP_PER_H) for of in nights[:CAPPED_NIGHTS]),
    }


def _foreseen(nights: Sequence[Night], reviews: int) -> dict[str, Any]:
    """Return the promises and their losses of who foresees every threshold; a loss counts by its promise's chance."""
    chances, lost = np.array([foreseen(of, reviews) for of in nights]).T
    order = np.argsort(lost)
    reached = np.cumsum(chances[order]) / chances.sum()
    middle, worst = (round(float(lost[order][np.searchsorted(reached, at)]), 3) for at in (0.5, 0.95))
    mean = round(float((lost * chances).sum() / chances.sum()), 3)
    return {"promises": round(float(chances.sum()), 1), "sensitivity_lost": {"p50": middle, "p95": worst, "mean": mean}}


def main() -> None:
    """Measure all patients."""
    arguments = command_line("bench.contract", __doc__)
    arguments.add_argument("--patients", type=int, default=200)
    arguments.add_argument("--clicks", type=int, default=30)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    rng = np.random.default_rng(given.seed)
    nights = [night(rng) for _ in range(given.patients)]
    publish("contract", {"seed": given.seed, **figures(nights, given.clicks, rng)}, given.json)


if __name__ == "__main__":
    main()
