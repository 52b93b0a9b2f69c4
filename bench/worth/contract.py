"""What a detector is shown, and what it answers: networks, rules and other people's programs alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.signal.conditioning import MODEL_RATE_HZ

APART_S: Final = 0.3
"""Two events of one detector are at least so far apart: the refractory time of the live event former."""

STEPS: Final = 40
"""Points of a curve of events with scores."""

Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shown:
    """A recording as it is shown to every detector: raw, and conditioned as a bed conditions it.

    Attributes
    ----------
    samples
        (channels, n) float32 at `rate_hz`, one electrode a channel, named `labels`; microvolts where the unit is known.
    traces, valid
        (groups, rows, m) float32 and (groups, m) at the models' rate; `groups` names them, and `derivations` each row,
        "" where it is empty.
    delay_s
        How much later a deflection stands in the traces than in the samples.
    """

    samples: NDArray[np.float32]
    rate_hz: float
    labels: tuple[str, ...]
    traces: NDArray[np.float32]
    valid: NDArray[np.bool_]
    groups: tuple[str, ...]
    derivations: tuple[tuple[str, ...], ...]
    delay_s: float

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return float(self.samples.shape[1] / self.rate_hz)

    def time_s(self, index: NDArray[np.int64]) -> Seconds:
        """Return where in the recording (n,) indices of the traces lie, in s."""
        return np.asarray(index, np.float64) / MODEL_RATE_HZ - self.delay_s


class Found(Protocol):
    """What a detector found in one recording; it could find peaks from `from_s` to `until_s`, `minutes` in all."""

    @property
    def from_s(self) -> float:
        """Where in the recording (s) it began to look."""
        ...

    @property
    def until_s(self) -> float:
        """Where in the recording (s) it ceased to look."""
        ...

    @property
    def minutes(self) -> float:
        """How much of the recording it could judge."""
        ...

    def peaks_s(self, threshold: float) -> Seconds:
        """Return the peaks (n,) of the events at a threshold, in s of the recording."""
        ...


F = TypeVar("F", bound=Found)


class Detector(Protocol[F]):
    """Anything that finds events in a recording; `about` is what the result says of it."""

    name: str
    about: dict[str, Any]

    def detect(self, shown: Shown) -> F:
        """Find events in a recording, for all thresholds at once."""
        ...

    def thresholds(self, found: Sequence[F]) -> tuple[float, ...]:
        """Return the thresholds of its curve, ascending, given what it found where there is nothing to find."""
        ...


@dataclass(frozen=True, slots=True)
class Scored:
    """Events with a score each: at a threshold, those stand whose score reaches it."""

    times_s: Seconds
    scores: NDArray[np.float64]
    from_s: float
    until_s: float
    minutes: float

    def peaks_s(self, threshold: float) -> Seconds:
        """Return the peaks (n,) of the events at a threshold."""
        chosen: Seconds = self.times_s[self.scores >= threshold]
        return chosen


def scored(shown: Shown, times_s: Seconds, scores: NDArray[np.float64]) -> Scored:
    """Return the events of a detector that looks at the traces, the best of those that lie within APART_S."""
    kept = standing(times_s, scores)
    minutes = float(shown.valid.mean()) * shown.valid.shape[1] / MODEL_RATE_HZ / 60
    return Scored(times_s[kept], scores[kept], 0.0, shown.seconds, minutes)


def standing(times_s: Seconds, scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return which (k,) events stand, in order of time: each is the best within APART_S of those that stand."""
    order = np.lexsort((times_s, -scores))
    taken = np.zeros(0)
    kept = []
    for index in order:
        time_s = times_s[index]
        at = int(np.searchsorted(taken, time_s))
        # Only the two neighbours can be too close.
        if (np.abs(taken[max(0, at - 1) : at + 1] - time_s) >= APART_S).all():
            taken = np.insert(taken, at, time_s)
            kept.append(index)
    return np.array(sorted(kept, key=lambda index: times_s[index]), np.int64)


def ranked_thresholds(found: Sequence[Scored]) -> tuple[float, ...]:
    """Return thresholds at which 0, 1, 2, 3, 5, 7, ... events are left of all, ascending: even steps of a log axis."""
    scores = np.unique(np.concatenate([np.zeros(0), *(one.scores for one in found)]))[::-1]
    if not scores.size:
        return (0.0,)
    ranks = np.unique(np.geomspace(1, scores.size, STEPS).round().astype(int)) - 1
    # Above the highest score: what is found with no false event at all.
    none = np.nextafter(scores[0], np.inf)
    return tuple(float(score) for score in (*scores[ranks][::-1], none))
