"""Figures of merit of a binary classifier, from labels and probabilities; numpy alone.

Labels are 0 or 1, probabilities any finite scores of which larger means more probable. A weight counts a window that
many times: that is how `models.evaluation.bootstrap` resamples without copying windows.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.detection.threshold import reaches

Floats = NDArray[np.float64]
THRESHOLD: Final = 0.5
"""Threshold of the published figures (iEDeaL): a window that reaches it is called positive."""

SMALLEST_THRESHOLD: Final = 1e-9
"""And 1 less this the largest: a manifest takes thresholds between 0 and 1 alone."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts at one threshold: true and false positives, false and true negatives.

    A ratio 0/0 is 0. Differs from the official iEDeaL code, which calls precision 1 when nothing was called positive;
    its F is 0 there as well.
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def precision(self) -> float:
        """Share of windows called positive that are."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """Share of positive windows that were called so: sensitivity."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> float:
        """Share of negative windows that were called so."""
        return _ratio(self.tn, self.tn + self.fp)

    def f_beta(self, beta: float = 1.0) -> float:
        """Return the weighted harmonic mean of precision and recall (iEDeaL, Eq. 1); beta > 1 weights recall."""
        hits = (1 + beta**2) * self.tp
        return _ratio(hits, hits + beta**2 * self.fn + self.fp)


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision and recall at each distinct probability, from the strictest threshold to the laxest, float64."""

    precision: Floats
    recall: Floats
    thresholds: Floats


def confusion(labels: ArrayLike, probabilities: ArrayLike, threshold: float = THRESHOLD) -> Confusion:
    """Count windows; those at the threshold or above it (`reaches`) are called positive.

    Raises
    ------
    ValueError
        When the arrays differ in length, a label is neither 0 nor 1, or a probability is not finite.
    """
    truth, scores = _checked(labels, probabilities)
    called = reaches(scores, threshold)
    tp, fp = int((called & truth).sum()), int((called & ~truth).sum())
    positives = int(truth.sum())
    return Confusion(tp, fp, positives - tp, len(truth) - positives - fp)


class Ranked:
    """Labels in the order of their probabilities: sorted once, weighted often.

    `thresholds` (k,) float64 are the distinct probabilities, the highest first.

    Parameters
    ----------
    labels, probabilities
        (n,); see `confusion` for what is refused.
    """

    def __init__(self, labels: ArrayLike, probabilities: ArrayLike) -> None:
        self._truth, scores = _checked(labels, probabilities)
        # Equal scores share a place, so that their order can neither flatter nor harm.
        negated, self._place = np.unique(-scores, return_inverse=True)
        self.thresholds: Floats = -negated

    def counts(self, weights: ArrayLike | None = None) -> tuple[Floats, Floats]:
        """Return the weight of positives and of negatives at each distinct probability, the highest first.

        Without `weights`, every window weighs 1.
        """
        weight = np.ones(len(self._truth)) if weights is None else np.asarray(weights, np.float64)
        if weight.shape != self._truth.shape:
            raise ValueError(f"{len(self._truth)} labels, but weights of shape {weight.shape}")
        positives = np.bincount(self._place, weight * self._truth, len(self.thresholds)).astype(np.float64)
        return positives, np.bincount(self._place, weight, len(self.thresholds)) - positives

    def auroc(self, weights: ArrayLike | None = None) -> float:
        """Return the area under the ROC curve; see the function of that name."""
        positives, negatives = self.counts(weights)
        # Of each positive, the negatives that score lower, and half of those that score the same.
        below = negatives.sum() - np.cumsum(negatives)
        pairs = float(positives.sum() * negatives.sum())
        return float((positives * (below + 0.5 * negatives)).sum()) / pairs if pairs else float("nan")

    def auprc(self, weights: ArrayLike | None = None) -> float:
        """Return the average precision; see the function of that name."""
        positives, negatives = self.counts(weights)
        total = float(positives.sum())
        return float((_precision(positives, negatives) * positives).sum()) / total if total else float("nan")


def auroc(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the area under the ROC curve.

    It is how often a positive window scores above a negative one, a tie counting half. In [0, 1]; NaN where one class
    is absent. Arguments (n,); errors as `confusion`.
    """
    return Ranked(labels, probabilities).auroc()


def auprc(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the average precision: precision at each distinct probability, weighted by the recall gained there.

    No interpolation between points, which would flatter (Davis and Goadrich 2006). Tied windows enter together, so
    that their order does not matter. NaN where no window is positive. Arguments (n,); errors as `confusion`.
    """
    return Ranked(labels, probabilities).auprc()


def pr_curve(labels: ArrayLike, probabilities: ArrayLike) -> Curve:
    """Return precision and recall when windows at or above each distinct probability are called positive.

    Recall is NaN where no window is positive. Errors as `confusion`.
    """
    ranked = Ranked(labels, probabilities)
    positives, negatives = ranked.counts()
    # 0/0 where no window is positive: NaN is then the answer.
    with np.errstate(invalid="ignore"):
        recall = np.cumsum(positives) / positives.sum()
    return Curve(_precision(positives, negatives), recall, ranked.thresholds)


def best_threshold(labels: ArrayLike, probabilities: ArrayLike, beta: float = 1.0) -> float:
    """Return the threshold in (0, 1) with the best F-beta, midway between neighbouring probabilities.

    The higher one of equals. Errors as `confusion`.
    """
    ranked = Ranked(labels, probabilities)
    positives, negatives = (np.cumsum(counts) for counts in ranked.counts())
    # F-beta of `Confusion.f_beta` at each distinct probability, by the same counts.
    missed = positives[-1] - positives
    scores = (1 + beta**2) * positives / ((1 + beta**2) * positives + beta**2 * missed + negatives)
    best = int(scores.argmax())
    # Midway, so that a probability which differs by rounding on another engine stays on its side.
    threshold = float(ranked.thresholds[best : best + 2].mean())
    return min(max(threshold, SMALLEST_THRESHOLD), 1 - SMALLEST_THRESHOLD)


def _precision(positives: Floats, negatives: Floats) -> Floats:
    """Return the precision after each distinct score; 0 where nothing has any weight yet."""
    called = np.cumsum(positives + negatives)
    found: Floats = np.divide(np.cumsum(positives), called, out=np.zeros(len(called)), where=called > 0)
    return found


def _checked(labels: ArrayLike, probabilities: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    truth, scores = np.asarray(labels), np.asarray(probabilities, np.float64)
    if truth.ndim != 1 or truth.shape != scores.shape:
        raise ValueError(f"labels of shape {truth.shape}, probabilities of shape {scores.shape}: both must be (n,)")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("labels must be 0 or 1")
    # NaN compares false with every threshold: it would count as a negative without a word.
    if not np.isfinite(scores).all():
        raise ValueError(f"{int((~np.isfinite(scores)).sum())} of {len(scores)} probabilities are not finite")
    return truth.astype(bool), scores


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
