"""Agreement of stages with a scorer's: recall, kappa, balanced accuracy, and how far chance moves them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.sleep.calibration import BINS
from models.sleep_stages import STAGES

Pairs: TypeAlias = Sequence[tuple[str, str]]
"""(scorer, stager) in the order of time, one each 5 s; "" and "unknown" are no stages."""

THREE: Final = (0, 1, 1, 2, 1)
"""W, N1 to N3, R as wake, light and deep: REM sleep counts as light."""
BLOCK: Final = 60
"""Pairs that are drawn together, 5 min: neighbours in time are no independent trials."""
DRAWS: Final = 1000


def confusion(pairs: Pairs) -> NDArray[np.int64]:
    """Count pairs of stages: rows are the scorer's."""
    table = np.zeros((len(STAGES), len(STAGES)), np.int64)
    place = {stage: at for at, stage in enumerate(STAGES)}
    for scorer, stager in pairs:
        if scorer in place and stager in place:
            table[place[scorer], place[stager]] += 1
    return table


def kappa(table: NDArray[np.int64]) -> float:
    """Return Cohen's kappa: agreement beyond what two scorers with these shares of stages reach by chance."""
    share = table / table.sum()
    chance = float(share.sum(axis=0) @ share.sum(axis=1))
    return (float(np.trace(share)) - chance) / (1 - chance) if chance < 1 else 1.0


def balanced_accuracy(table: NDArray[np.int64]) -> float:
    """Return the mean recall of wake, light and deep, of those that the scorer saw."""
    three = np.zeros((3, 3))
    np.add.at(three, (np.array(THREE)[:, None], np.array(THREE)[None]), table)
    seen = three.sum(axis=1)
    return float((np.diag(three)[seen > 0] / seen[seen > 0]).mean())


def recalls(table: NDArray[np.int64]) -> dict[str, float | None]:
    """Return the recall of each stage, None where the scorer saw none of it."""
    seen = table.sum(axis=1)
    return {s: round(float(table[i, i] / seen[i]), 3) if seen[i] else None for i, s in enumerate(STAGES)}


def figures(recordings: Mapping[str, Pairs], seed: int = 0) -> dict[str, Any]:
    """Return what the recordings together give, with intervals of 95 %, and what each gives."""
    together = confusion([pair for pairs in recordings.values() for pair in pairs])
    found: dict[str, Any] = _point(together)
    found["intervals"] = _intervals(recordings, seed)
    found["recall"] = recalls(together)
    found["confusion"] = together.tolist()
    found["recordings"] = {name: _point(confusion(pairs)) for name, pairs in recordings.items()}
    return found


def reliable(confidence: Sequence[float], right: Sequence[bool]) -> dict[str, float]:
    """Return how far stages came true as often as they were said to: means, and the error of ten bins."""
    sure, true = np.array(confidence), np.array(right)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    apart = np.abs(np.bincount(bins, true, BINS) - np.bincount(bins, sure, BINS)).sum() / len(sure)
    return {
        "mean_confidence": round(float(sure.mean()), 3),
        "share_right": round(float(true.mean()), 3),
        "expected_calibration_error": round(float(apart), 3),
    }


def _point(table: NDArray[np.int64]) -> dict[str, float]:
    return {
        "instants": int(table.sum()),
        "agreement": round(float(np.trace(table) / table.sum()), 3),
        "kappa": round(kappa(table), 3),
        "balanced_accuracy_3": round(balanced_accuracy(table), 3),
    }


def _intervals(recordings: Mapping[str, Pairs], seed: int) -> dict[str, list[float]]:
    """Draw blocks of each recording with replacement: how far these recordings' stages decide, not other people's."""
    rng = np.random.default_rng(seed)
    blocks = [
        np.stack([confusion(pairs[at : at + BLOCK]) for at in range(0, len(pairs), BLOCK)])
        for pairs in recordings.values()
    ]
    drawn = []
    for _ in range(DRAWS):
        table = np.sum([b[rng.integers(len(b), size=len(b))].sum(axis=0) for b in blocks], axis=0)
        if table.sum():
            drawn.append(_point(table))
    names = ("agreement", "kappa", "balanced_accuracy_3")
    return {n: np.percentile([d[n] for d in drawn], [2.5, 97.5]).round(3).tolist() for n in names}
