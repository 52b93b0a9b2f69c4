"""A heart laid on a recording whose own is hardly seen: in inpatients it often is the largest thing on a quiet EEG.

QRS complexes are as brief and as sharp as spikes. What tells them apart is shown by the whole head and by the seconds
before: a field that grows evenly from one side to the other, polarity and shape alike at every beat, and the pace.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.simulate.electrodes import Float64, scalp_positions
from models.simulate.truth import Float32
from models.simulate.waveforms import peak

BEATS_PER_MIN: Final = (45.0, 150.0)
"""From slow to the fast heart of a person with fever. This and what follows are choices of ours."""
SIZES: Final = (0.7, 12.0)
"""The field's spread over the head, in times of the background's standard deviation; drawn log-uniform. Neighbouring
electrodes differ by a part of it, the two ends of a chain by most of it."""
IRREGULAR: Final = 0.2
"""Share of hearts without a steady pace, as in atrial fibrillation."""
ECTOPIC: Final = 0.03
"""Share of beats that are wide and of the other polarity, as ectopic ones, in one heart of five; they keep the pace."""
_BEAT_S: Final = 0.7


@dataclass(frozen=True)
class _Wave:
    """Shape of one beat: how long its QRS takes to rise and fall, s, and the sizes of S and T beside R."""

    rise_s: float
    fall_s: float
    s: float
    t: float

    def at(self, rate_hz: float, width: float = 1.0) -> Float64:
        """Return the beat (samples,), R = 1; ``width`` stretches its QRS."""
        t = np.arange(int(_BEAT_S * rate_hz)) / rate_hz
        rise_s, fall_s = width * self.rise_s, width * self.fall_s
        after = peak(t, 0.15 + 2.5 * fall_s, fall_s, 1.3 * fall_s)
        return peak(t, 0.15, rise_s, fall_s) - self.s * after + self.t * peak(t, 0.42, 0.05, 0.04)


def heartbeats(background: Float32, rate_hz: float, labels: tuple[str, ...], rng: np.random.Generator) -> Float32:
    """Draw a heart and return its beats on scalp electrodes.

    Parameters
    ----------
    background
        float32 (channels, n): what the beats' size is measured against; not modified
    rate_hz
        of the background
    labels
        one electrode of the 10-20 system a channel
    rng
        draws axis, shape, pace and size

    Returns
    -------
    Float32
        (channels, n), in the unit of the background
    """
    field = _field(labels, rng)
    wave = _Wave(rng.uniform(0.008, 0.02), rng.uniform(0.008, 0.025), rng.uniform(0, 0.7), rng.uniform(0, 0.35))
    ectopic = ECTOPIC * (rng.random() < 0.2)
    beat, wide = wave.at(rate_hz), -wave.at(rate_hz, 2.2)
    course = np.zeros(background.shape[1] + len(beat), np.float64)
    for onset in _onsets(background.shape[1], rate_hz, rng):
        course[onset : onset + len(beat)] += wide if rng.random() < ectopic else beat
    size = float(np.exp(rng.uniform(*np.log(SIZES)))) * float(np.median(background.std(axis=1)))
    return np.asarray(size * field[:, None] * course[: background.shape[1]], np.float32)


def _field(labels: tuple[str, ...], rng: np.random.Generator) -> Float64:
    """Return the field of a source far below the head (channels,): even, and 1 its spread over the electrodes."""
    # Mostly from right above to left below, as the heart lies; the neck bends it.
    axis = rng.normal(0, 0.7, 3) + np.array([1.0, 0.0, -1.0])
    positions = scalp_positions(rng, labels)
    field = positions @ (axis / np.linalg.norm(axis)) + rng.normal(0, 0.05, len(positions))
    return np.asarray(field / field.std())


def _onsets(samples: int, rate_hz: float, rng: np.random.Generator) -> list[int]:
    """Return where beats begin."""
    period_s = 60 / rng.uniform(*BEATS_PER_MIN)
    jitter = 0.2 if rng.random() < IRREGULAR else rng.uniform(0.01, 0.06)
    found, at_s = [], float(rng.uniform(0, period_s))
    while (onset := round(at_s * rate_hz)) < samples:
        found.append(onset)
        at_s += period_s * max(0.5, float(rng.normal(1, jitter)))
    return found
