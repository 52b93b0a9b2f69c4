"""Recordings that went bad: movement, loose, dry and noisy electrodes, muscle, laid on EEG that was good.

Nothing here is a model of one event, as in `models.simulate.confounders`: it goes on for the whole recording, or comes
and goes in episodes of seconds, as under a cap that does not fit. Sizes are choices of ours, in microvolts, log-uniform
from what an electroencephalographer would read through to what no one would.
"""

from collections.abc import Callable
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from models.simulate.electrodes import TEN_TWENTY
from models.simulate.truth import Float32

BadKind = Literal["movement", "loose", "dry", "noise", "muscle"]
BAD_KINDS: Final[tuple[BadKind, ...]] = get_args(BadKind)
EPISODES_S: Final = (2.0, 10.0)
"""Length of an episode, and of the pause behind it."""
RAIL_UV: Final = 3000.0
"""Where a loose electrode's input meets the end of its range."""

Floats = NDArray[np.float64]


class _Bench:
    """The place of one drawing: channels, length, rate and the generator that everything is drawn from."""

    def __init__(self, labels: tuple[str, ...], samples: int, rate_hz: float, rng: np.random.Generator) -> None:
        self.labels, self.channels = labels, len(labels)
        self.samples, self.rate_hz, self.rng = samples, rate_hz, rng

    def between(self, low: float, high: float, size: int | None = None) -> Floats:
        """Draw log-uniformly: (size, 1), or one number where none is given."""
        drawn = np.exp(self.rng.uniform(np.log(low), np.log(high), 1 if size is None else size))
        return np.asarray(drawn[0] if size is None else drawn[:, None])

    def noise(self, exponent: float, low_hz: float, rows: int | None = None) -> Floats:
        """Draw noise (rows, samples) of standard deviation 1 with power f^-exponent above `low_hz`, flat below."""
        rows = self.channels if rows is None else rows
        spectrum = np.fft.rfft(self.rng.standard_normal((rows, self.samples)))
        f = np.maximum(np.fft.rfftfreq(self.samples, 1 / self.rate_hz), low_hz)
        wave = np.fft.irfft(spectrum * f ** (-exponent / 2), self.samples)
        return np.asarray(wave / wave.std(axis=1, keepdims=True))

    def steps(self, per_s: float, decays_s: tuple[float, float], rows: int) -> Floats:
        """Draw jumps (rows, samples) of normal size 1 at random times, each with a decay of its own."""
        wave = np.zeros((rows, self.samples))
        for row in wave:
            for at in np.flatnonzero(self.rng.random(self.samples) < per_s / self.rate_hz):
                t = np.arange(self.samples - at) / self.rate_hz
                row[at:] += self.rng.normal() * np.exp(-t / float(self.between(*decays_s)))
        return wave

    def growing(self, every_s: float, spread: float) -> Floats:
        """Draw how strong it is (channels, samples): log-normal about 1, with a memory of `every_s`."""
        return np.asarray(np.exp(spread * self.noise(2.0, 1 / (2 * np.pi * every_s))))


def _movement(b: _Bench) -> Floats:
    """Draw cables that swing and electrodes that slide: slow chaos at all electrodes, steps, and muscle over it."""
    swing = b.noise(3.0, 0.7, rows=3)
    mixed = b.rng.normal(0, 1, (b.channels, 3)) @ swing + 0.5 * b.noise(2.0, 1.0)
    steps = b.rng.normal(0, 1, (b.channels, 2)) @ b.steps(1.0, (0.1, 1.0), rows=2)
    own = b.rng.lognormal(-0.3, 0.6, (b.channels, 1))
    return np.asarray(own * (b.between(60, 600) * (mixed + steps) + b.between(3, 30) * _muscle_like(b)))


def _loose(b: _Bench) -> Floats:
    """Draw one to four loose electrodes: pops, 1/f noise that grows and shrinks, and hits of the rail."""
    wave = b.between(10, 150) * b.growing(3.0, 0.8) * b.noise(1.2, 0.5)
    wave += b.between(30, 400) * b.steps(float(b.between(0.3, 4.0)), (0.02, 0.6), rows=b.channels)
    rail = b.steps(0.03, (0.2, 1.0), rows=b.channels)
    wave[np.abs(rail) > 0.3] = RAIL_UV
    off = np.zeros((b.channels, 1))
    off[b.rng.choice(b.channels, int(b.rng.integers(1, 5)), replace=False)] = 1
    return np.asarray(off * wave)


def _dry(b: _Bench) -> Floats:
    """Draw dry electrodes: at each its own 1/f and white noise, a slow drift, and a sway that comes with breath."""
    own = b.rng.lognormal(0, 0.5, (b.channels, 1))
    sway = np.sin(2 * np.pi * b.rng.uniform(0.15, 0.4) * np.arange(b.samples) / b.rate_hz)
    drift = 5 * b.noise(2.0, 0.05) + b.rng.normal(0, 1, (b.channels, 1)) * sway
    pops = b.steps(0.1, (0.05, 0.8), rows=b.channels)
    return np.asarray(own * b.between(8, 60) * (0.7 * b.noise(1.0, 0.5) + 0.7 * b.noise(0.0, 1.0) + drift + pops))


def _noise(b: _Bench) -> Floats:
    """Draw broadband noise at every electrode."""
    return b.between(8, 80) * b.rng.lognormal(0, 0.3, (b.channels, 1)) * b.noise(0.0, 1.0)


def _muscle(b: _Bench) -> Floats:
    """Draw muscle that does not let go: strongest at temples and forehead, weakest at the vertex."""
    # As far from the vertex as the temples are, an electrode lies on muscle.
    places = np.array([TEN_TWENTY.get(label, (0.7, 0.0, 0.7)) for label in b.labels])
    near = np.clip(1.0 - places[:, 2:], 0.15, 1.0)
    return near * b.between(10, 120) * b.growing(1.0, 0.4) * _muscle_like(b)


def _muscle_like(b: _Bench) -> Floats:
    """Draw noise (channels, samples) of standard deviation 1 that is strongest about 40 Hz."""
    high_hz = min(120.0, 0.45 * b.rate_hz)
    wave = signal.sosfilt(
        signal.butter(2, (20.0, high_hz), "bandpass", fs=b.rate_hz, output="sos"), b.noise(0.0, 1.0), axis=1
    )
    return np.asarray(wave / wave.std(axis=1, keepdims=True))


_DRAWN: Final[dict[BadKind, Callable[[_Bench], Floats]]] = {
    "movement": _movement,
    "loose": _loose,
    "dry": _dry,
    "noise": _noise,
    "muscle": _muscle,
}


def spoil(
    kind: BadKind,
    samples: Float32,
    rate_hz: float,
    labels: tuple[str, ...],
    seed: int,
    *,
    throughout: bool,
) -> Float32:
    """Return a recording as it would be had it gone bad.

    Parameters
    ----------
    samples
        float32 (channels, n), finite, microvolts; not modified
    rate_hz
        at least 100
    labels
        one electrode of the 10-20 system a channel
    seed
        everything is drawn from it
    throughout
        from the first sample to the last; else in episodes of `EPISODES_S`, with pauses as long
    """
    rng = np.random.default_rng([seed, BAD_KINDS.index(kind)])
    bench = _Bench(labels, samples.shape[1], rate_hz, rng)
    bad = _DRAWN[kind](bench)
    if not throughout:
        bad *= _episodes(bench)
    # An input cannot leave its range: beyond it the value stands still.
    return np.clip(samples + bad, -RAIL_UV, RAIL_UV).astype(np.float32)


def _episodes(b: _Bench) -> Floats:
    """Return 1 (samples,) during episodes and 0 between them, with flanks of 0.2 s."""
    on = np.zeros(b.samples)
    at = float(b.rng.uniform(*EPISODES_S))
    while at * b.rate_hz < b.samples:
        length = float(b.rng.uniform(*EPISODES_S))
        on[round(at * b.rate_hz) : round((at + length) * b.rate_hz)] = 1
        at += length + float(b.rng.uniform(*EPISODES_S))
    flank = np.ones(max(1, round(0.2 * b.rate_hz)))
    return np.asarray(np.convolve(on, flank / flank.size, mode="same"))
