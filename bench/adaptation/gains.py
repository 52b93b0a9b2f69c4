"""What patients' curves come to before and after: at equal false events, at equal sensitivity, at a threshold."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.adaptation.clicks import ODDS

PER_H: Final = (6.0, 20.0)
DRAWS: Final = 1000
SEED: Final = 1997
Counts = NDArray[np.float64]
"""(patients, thresholds, 4): found, marked, false events, hours."""


def at_limit(counts: Counts, per_h: float) -> tuple[float, float]:
    """Return sensitivity and false events an hour of the lowest threshold with at most so many, all patients at one."""
    found, false = _curve(counts)
    at = int(np.argmax(false <= per_h)) if (false <= per_h).any() else -1
    return float(found[at]), float(false[at])


def at_sensitivity(counts: Counts, sensitivity: float) -> float:
    """Return the fewest false events an hour at which so much is found; infinite where it never is."""
    found, false = _curve(counts)
    enough = found >= sensitivity
    return float(false[enough].min()) if enough.any() else float("inf")


def gains(before: Counts, after: Counts, numbers: Sequence[int], threshold: float) -> dict[str, Any]:
    """Say what adapting was worth, with intervals over patients drawn again at 95 %, by their numbers."""
    rng = np.random.default_rng(SEED)
    draws = list(_draws(np.asarray(numbers), rng))
    told: dict[str, Any] = {}
    for per_h in PER_H:
        sensitivity, false = at_limit(before, per_h)
        pairs = np.array([_pair(before[draw], after[draw], per_h) for draw in draws])
        gain = [at_limit(after[draw], per_h)[0] - at_limit(before[draw], per_h)[0] for draw in draws]
        equal = at_sensitivity(after, sensitivity)
        told[f"at_{per_h:g}_per_h"] = {
            "sensitivity_before": round(sensitivity, 3),
            "sensitivity_after": round(at_limit(after, per_h)[0], 3),
            "sensitivity_gain": _rounded(gain, 3),
            "false_per_h_before": round(false, 2),
            "false_per_h_after_at_equal_sensitivity": _finite(equal),
            "ratio": _rounded(pairs[np.isfinite(pairs)].tolist(), 2),
        }
    told["at_threshold"] = {"before": _at(before, threshold), "after": _at(after, threshold)}
    return told


def _draws(numbers: NDArray[np.int64], rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield patients drawn again; those who share a person's background are drawn together."""
    of = [np.flatnonzero(numbers == number) for number in np.unique(numbers)]
    for _ in range(DRAWS):
        yield np.concatenate([of[at] for at in rng.integers(len(of), size=len(of))])


def _pair(before: Counts, after: Counts, per_h: float) -> float:
    """Return the ratio of false events at equal sensitivity; not a number where there were none before."""
    sensitivity, false = at_limit(before, per_h)
    return at_sensitivity(after, sensitivity) / false if false else float("nan")


def _at(counts: Counts, threshold: float) -> dict[str, float]:
    found, false = _curve(counts)
    at = int(np.abs(1 / (1 + np.exp(-ODDS)) - threshold).argmin())
    return {"sensitivity": round(float(found[at]), 3), "false_per_h": round(float(false[at]), 2)}


def _curve(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    total = counts.sum(axis=0)
    return total[:, 0] / np.maximum(total[:, 1], 1), total[:, 2] / total[:, 3]


def _rounded(values: Sequence[float], digits: int) -> list[float] | None:
    """Return the middle and the ends of the middle 95 %."""
    if not len(values):
        return None
    return [round(float(value), digits) for value in np.quantile(values, (0.5, 0.025, 0.975))]


def _finite(value: float) -> float | None:
    return round(value, 2) if np.isfinite(value) else None
