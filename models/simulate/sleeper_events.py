"""What comes and goes in a sleeper's derivation: graphoelements, eye movements, arousals, artefacts, discharges.

Rates a minute by stage W, N1, N2, N3, R. Spindles are bursts of 11 to 15 Hz, 0.5 to 2 s long, most of them in N2
(Purcell et al. 2017, Nature Communications 8:15930); arousals come 14 to 27 times an hour by age and last about 15 s
(Boselli et al. 1998, Sleep 21:351); slow waves of 75 uV and more are what N3 is defined by (Silber et al. 2007, JCSM
3:121); discharges are rarest in R (Ng and Pavlova 2013, Epilepsy Research and Treatment 2013:932790, 42 studies).
Rates and sizes for which no figure stands here are ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

Float64 = NDArray[np.float64]

RATE_HZ: Final = 128
EPOCH_SAMPLES: Final = 30 * RATE_HZ

# Kind: usual rate a minute in W, N1, N2, N3, R; range of peak-to-peak microvolts; share of sleepers.
_FAMILIES: Final = {
    "spindle": ((0.0, 0.2, 5.0, 2.0, 0.0), (20.0, 70.0), 1.0),
    "k-complex": ((0.0, 0.1, 2.0, 0.8, 0.0), (80.0, 220.0), 1.0),
    "vertex": ((0.0, 2.5, 1.0, 0.0, 0.0), (40.0, 140.0), 0.9),
    "slow-wave": ((0.0, 0.0, 1.0, 6.0, 0.0), (75.0, 200.0), 1.0),
    "saw-tooth": ((0.0, 0.0, 0.0, 0.0, 1.5), (20.0, 70.0), 0.9),
    "eye-movement": ((6.0, 1.0, 0.0, 0.0, 6.0), (5.0, 50.0), 0.8),
    "slow-eyes": ((1.0, 3.0, 0.0, 0.0, 0.3), (10.0, 70.0), 0.7),
    "blink": ((8.0, 0.5, 0.0, 0.0, 0.1), (8.0, 70.0), 0.7),
    "arousal": ((0.0, 0.35, 0.25, 0.1, 0.25), (3.0, 12.0), 1.0),
    "movement": ((0.8, 0.2, 0.06, 0.03, 0.06), (50.0, 500.0), 1.0),
    "muscle": ((3.0, 0.7, 0.15, 0.1, 0.2), (10.0, 80.0), 0.9),
    "sway": ((2.5, 0.3, 0.1, 0.1, 0.1), (20.0, 120.0), 0.3),
    "discharge": ((6.0, 10.0, 15.0, 17.0, 4.0), (50.0, 200.0), 0.12),
}
KINDS: Final = tuple(_FAMILIES)


@dataclass(frozen=True)
class Habits:
    """One sleeper's rates a minute by stage, and sizes, of every kind."""

    rates: dict[str, Float64]
    size: dict[str, float]
    spindle_hz: float
    heart: tuple[float, float]

    @staticmethod
    def draw(rng: np.random.Generator, width: float = 1.0) -> "Habits":
        """Draw a sleeper; `width` stretches the ranges of rates and sizes."""
        rates, size = {}, {}
        for kind, (by_stage, uv, share) in _FAMILIES.items():
            has = rng.random() < share
            rates[kind] = np.array(by_stage) * rng.lognormal(-0.1, 0.6 * width) * has
            size[kind] = float(np.exp(rng.uniform(*_stretched(np.log(uv), width))))
        heart_uv = float(np.exp(rng.uniform(np.log(2), np.log(30)))) if rng.random() < 0.3 else 0.0
        return Habits(rates, size, rng.uniform(11.8, 14.2), (rng.uniform(50, 90) / 60, heart_uv))


def _stretched(ends: Float64, width: float) -> Float64:
    return np.asarray(ends.mean() + width * (ends - ends.mean()))


def _hump(length_s: float, at: float = 0.5) -> Float64:
    """Return a raised cosine of height 1 that peaks at a share of its length."""
    n = max(int(length_s * RATE_HZ), 4)
    t = np.linspace(0, 1, n)
    bent = np.where(t < at, 0.5 * t / at, 0.5 + 0.5 * (t - at) / (1 - at))
    return np.asarray(np.sin(np.pi * bent) ** 2)


def _two_phases(first_s: float, second_s: float, second: float) -> Float64:
    return np.concatenate([-_hump(first_s, 0.5), second * _hump(second_s, 0.4)]) / (1 + second)


def _oscillation(rng: np.random.Generator, hz: float, length_s: float) -> Float64:
    envelope = _hump(length_s, rng.uniform(0.35, 0.65))
    t = np.arange(len(envelope)) / RATE_HZ
    return np.asarray(0.5 * envelope * np.cos(2 * np.pi * (hz * t + rng.uniform(-0.3, 0.3) * t**2) + rng.uniform(0, 6)))


def _saw(rng: np.random.Generator) -> Float64:
    teeth = [_hump(1 / rng.uniform(2, 5), 0.75) - 0.5 for _ in range(rng.integers(3, 12))]
    return np.concatenate(teeth)


def _noise(rng: np.random.Generator, length_s: float, band_hz: tuple[float, float]) -> Float64:
    envelope = np.sqrt(_hump(length_s, rng.uniform(0.2, 0.6)))
    noise = rng.standard_normal(len(envelope) + RATE_HZ)
    made = sosfilt(butter(1, band_hz, "bandpass", fs=RATE_HZ, output="sos"), noise)[RATE_HZ:]
    return np.asarray(made / (made.std() + 1e-9) * envelope / 4)


def _arousal(rng: np.random.Generator) -> Float64:
    length_s = rng.uniform(3, 14)
    return np.asarray(2 * _oscillation(rng, rng.uniform(8, 11), length_s) + 3 * _noise(rng, length_s, (16, 50)))


def _discharge(rng: np.random.Generator) -> Float64:
    spike = np.concatenate([_hump(rng.uniform(0.05, 0.11), 0.4), -0.3 * _hump(0.06)])
    slow = -rng.uniform(0, 0.6) * _hump(rng.uniform(0.2, 0.4)) if rng.random() < 0.7 else np.zeros(1)
    return np.asarray(np.concatenate([spike, slow]) * rng.choice((-1, 1)))


def _movement(rng: np.random.Generator) -> Float64:
    length_s = rng.uniform(1, 8)
    return _noise(rng, length_s, (0.4, 3)) + 0.3 * _noise(rng, length_s, (15, 50))


def _either(rng: np.random.Generator, hump: Callable[[], Float64]) -> Float64:
    """Draw a sign, then the hump."""
    sign = rng.choice((-1, 1))
    return np.asarray(sign * hump())


# One event's course, peak to peak about 1.
_DRAWINGS: Final[dict[str, Callable[[np.random.Generator, float], Float64]]] = {
    "spindle": lambda rng, hz: _oscillation(rng, hz + rng.normal(0, 0.5), rng.uniform(0.5, 2.0)),
    "k-complex": lambda rng, _: _two_phases(rng.uniform(0.2, 0.45), rng.uniform(0.4, 0.9), rng.uniform(0.3, 0.9)),
    "vertex": lambda rng, _: _two_phases(rng.uniform(0.08, 0.2), rng.uniform(0.15, 0.35), rng.uniform(0.1, 0.5)),
    "slow-wave": lambda rng, _: _two_phases(rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.8), rng.uniform(0.5, 1.0)),
    "saw-tooth": lambda rng, _: _saw(rng),
    "eye-movement": lambda rng, _: _either(rng, lambda: _hump(rng.uniform(0.25, 1.0), rng.uniform(0.1, 0.5))),
    "slow-eyes": lambda rng, _: _either(rng, lambda: _hump(rng.uniform(1, 4))),
    "blink": lambda rng, _: _hump(rng.uniform(0.2, 0.45), 0.4),
    "arousal": lambda rng, _: _arousal(rng),
    "movement": lambda rng, _: _movement(rng),
    "muscle": lambda rng, _: _noise(rng, rng.uniform(0.3, 4), (18, 55)),
    "sway": lambda rng, _: _noise(rng, rng.uniform(4, 25), (0.4, 2.5)),
    "discharge": lambda rng, _: _discharge(rng),
}


def paint(samples: Float64, stages: NDArray[np.int64], habits: Habits, rng: np.random.Generator) -> None:
    """Add a sleeper's events to samples, in place."""
    for kind in KINDS:
        counts = rng.poisson(habits.rates[kind][stages] / 2)
        for epoch in np.repeat(np.arange(len(stages)), counts):
            wave = _DRAWINGS[kind](rng, habits.spindle_hz) * habits.size[kind] * rng.lognormal(0, 0.25)
            first = epoch * EPOCH_SAMPLES + int(rng.integers(EPOCH_SAMPLES))
            samples[first : first + len(wave)] += wave[: len(samples) - first]
    _beat(samples, habits.heart, rng)


def _beat(samples: Float64, heart: tuple[float, float], rng: np.random.Generator) -> None:
    per_s, size_uv = heart
    if size_uv == 0:
        return
    beats = np.cumsum(rng.normal(1 / per_s, 0.04, int(len(samples) / RATE_HZ * per_s)))
    complex_ = size_uv * np.concatenate([-0.2 * _hump(0.03), _hump(0.05), -0.3 * _hump(0.03)])
    for at in (beats * RATE_HZ).astype(int):
        piece = samples[at : at + len(complex_)]
        piece += complex_[: len(piece)]
