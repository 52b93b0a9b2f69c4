"""What a window shows that reaches the threshold: where its deflection peaks, in which derivations, from when to when.

The network says about when; the waveform says exactly. All indices are samples at the model's rate.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detection.threshold import reaches

REFINE_S = 0.08
"""The network's own time is refined to the largest deflection within this distance."""
INVOLVED = 0.5
"""A derivation takes part when it reaches this share of the largest deflection."""
EXTENT = 0.3
"""An IED lasts as long as its peak row stays above this share of the peak, without a break."""
AFTER_WAVE = 0.2
"""What the newest part of a window alone shows counts from this share of the window's largest deflection on: below, it
may be what that left behind. It cost none of 646 simulated discharges; chosen when a wave after a spike in a person's
depth recording, a fourteenth of its size, had been called."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One window that reaches the threshold.

    `row` is the derivation with the largest deflection, `amplitude` that deflection (signed, in the window's unit),
    `rows` are all derivations that reach INVOLVED of it at the same sample.
    """

    group: str
    end: int
    probability: float
    peak: int
    row: int
    rows: tuple[int, ...]
    amplitude: float
    onset: int
    offset: int


def sightings(
    group: str,
    first: int,
    samples: NDArray[np.float32],
    spans: Iterable[tuple[float, int]],
    rate_hz: float,
    threshold: float,
) -> Iterator[Sighting]:
    """Yield what the network saw in a window, in all of it and in its newest part.

    Parameters
    ----------
    samples
        (rows, window_samples) float32, the window that was scored; `first` is the index of its first sample
    spans
        probability and peak (index, model rate): of the whole window, then of its newest part (`models.networks.sc`)
    threshold
        lowest probability that counts (`reaches`)
    """
    above = [
        (number, probability, peak)
        for number, (probability, peak) in enumerate(spans)
        if reaches(probability, threshold)
    ]
    # Most windows show nothing: the waveform is looked at only where the network saw something.
    if not above:
        return
    centred = _centred(samples)
    least = AFTER_WAVE * np.abs(centred).max()
    for number, probability, peak in above:
        seen = _sight(group, first, centred, probability, peak, rate_hz)
        if number == 0 or abs(seen.amplitude) >= least:
            yield seen


def _centred(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row less its median."""
    # Sorting so short a row takes a quarter of the time of np.median.
    ordered, length = np.sort(samples, axis=1), samples.shape[1]
    twice = ordered[:, (length - 1) // 2] + ordered[:, length // 2]
    centred: NDArray[np.float32] = samples - np.float32(0.5) * twice[:, None]
    return centred


def _sight(
    group: str, first: int, centred: NDArray[np.float32], probability: float, peak: int, rate_hz: float
) -> Sighting:
    """Refine a peak, the index (model rate) where the network's evidence lies, on the waveform around it."""
    reach = round(REFINE_S * rate_hz)
    near = peak - first
    low, high = max(0, near - reach), min(centred.shape[1], near + reach + 1)
    row, offset = divmod(int(np.argmax(np.abs(centred[:, low:high]))), high - low)
    at = low + offset
    onset, last = _extent(np.abs(centred[row]), at)
    involved = np.flatnonzero(np.abs(centred[:, at]) >= INVOLVED * np.abs(centred[row, at]))
    return Sighting(
        group=group,
        end=first + centred.shape[1],
        probability=probability,
        peak=first + at,
        row=row,
        rows=tuple(involved.tolist()),
        amplitude=float(centred[row, at]),
        onset=first + onset,
        offset=first + last,
    )


def _extent(magnitude: NDArray[np.float32], at: int) -> tuple[int, int]:
    """Return the first and last index around `at` with no sample below EXTENT of the value there."""
    low = np.flatnonzero(magnitude < EXTENT * magnitude[at])
    before, after = low[low < at], low[low > at]
    return int(before[-1]) + 1 if before.size else 0, int(after[0]) - 1 if after.size else len(magnitude) - 1
