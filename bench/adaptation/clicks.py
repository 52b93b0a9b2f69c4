"""What a reader clicks on, what the model learns from it, and what it then finds."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.adaptation.patients import Patient
from models.evaluation.matching import FORGIVEN_S, MATCH_S, distance_s, is_false_alarm, match
from models.networks.whole_head import WholeHead
from models.training.adaptation import AdaptationLoss, adapted
from models.training.looks import Judged
from stream.adapt.matching import ASIDE_S, BACKGROUND, UNLIKELY

JOIN_S: Final = 0.15
APART_S: Final = 0.3
ODDS: Final = np.arange(-4.0, 16.0, 0.1)
"""Thresholds of the curves, as log odds, from 0.018 on: examples may add far more than a detector ever says."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A patient's first half with clicks on some of its events."""

    judged: Judged
    accepted: int
    rejected: int


def candidates(patient: Patient, network: WholeHead, weight: float) -> tuple[Floats, Floats]:
    """Return the peak (s) and the highest log odds of each candidate (n,): looks that lie within JOIN_S of the next."""
    order = np.argsort(patient.looks.times_s, kind="stable")
    times_s, odds = patient.looks.times_s[order], patient.looks.verified(network, weight)[order]
    if not len(order):
        return times_s, odds
    first = np.flatnonzero(np.diff(times_s, prepend=-np.inf) > JOIN_S)
    return times_s[first], np.maximum.reduceat(odds, first)


def events_s(times_s: Floats, odds: Floats, threshold: float) -> Floats:
    """Return the events (k,) at a threshold, each APART_S from the one before it."""
    kept: list[float] = []
    for at in times_s[odds >= threshold].tolist():
        if not kept or at - kept[-1] >= APART_S:
            kept.append(at)
    return np.array(kept, np.float64)


def review(patient: Patient, network: WholeHead, weight: float, clicks: int, shown: float, seed: int) -> Reviewed:
    """Draw events of the first half that are told at a threshold (log odds), and judge them by the truth."""
    times_s, odds = candidates(patient, network, weight)
    told = events_s(times_s, odds, shown)
    told = told[told < patient.half_s]
    away = distance_s(told, patient.peaks_s)
    # Between the two limits a reader would doubt, and skip the event.
    sure = np.flatnonzero((away <= MATCH_S) | (away > FORGIVEN_S))
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(sure)[:clicks]
    true = away[drawn] <= MATCH_S
    judged = _judged(patient, told, told[drawn], true, patient.looks.verified(network, weight), rng)
    return Reviewed(judged, int(true.sum()), int((~true).sum()))


def _judged(
    patient: Patient,
    told: Floats,
    clicked: Floats,
    true: NDArray[np.bool_],
    odds: Floats,
    rng: np.random.Generator,
) -> Judged:
    looks = patient.looks
    event = np.full(len(odds), -1)
    for number, at in enumerate(clicked.tolist()):
        event[np.abs(looks.times_s - at) <= JOIN_S] = number
    aside = distance_s(looks.times_s, told) > ASIDE_S
    free = np.flatnonzero(aside & (looks.times_s < patient.half_s) & (odds < UNLIKELY))
    chosen = np.sort(np.concatenate([np.flatnonzero(event >= 0), rng.permutation(free)[:BACKGROUND]]))
    return Judged(looks.of(chosen), event[chosen], true)


def learned(reviewed: Reviewed, network: WholeHead, weight: float, loss: AdaptationLoss) -> WholeHead:
    """Return the adapted model; with nothing accepted or nothing to set against it, the model stays as it is."""
    labels = reviewed.judged.labels
    return adapted(network, reviewed.judged, weight, loss) if 0 < labels.sum() < len(labels) else network


def measured(patient: Patient, network: WholeHead, weight: float) -> NDArray[np.float64]:
    """Return found, marked, false events and hours of the second half at each threshold: (thresholds, 4)."""
    times_s, odds = candidates(patient, network, weight)
    # Half a window from the end, no window shows a discharge well inside.
    inside = (patient.peaks_s > patient.half_s) & (patient.peaks_s < patient.end_s - 1)
    wanted = patient.peaks_s[patient.marked & inside]
    behind = times_s > patient.half_s
    times_s, odds = times_s[behind], odds[behind]
    rows: dict[int, tuple[int, int]] = {}
    # Between two thresholds that as many candidates reach, nothing changes.
    reached = [int((odds >= threshold).sum()) for threshold in ODDS]
    for threshold, count in zip(ODDS, reached, strict=True):
        if count not in rows:
            told = events_s(times_s, odds, threshold)
            rows[count] = len(match(wanted, told)[0]), int(is_false_alarm(patient.peaks_s, told).sum())
    hours = (patient.end_s - patient.half_s) / 3600
    return np.array([(rows[count][0], len(wanted), rows[count][1], hours) for count in reached], np.float64)
