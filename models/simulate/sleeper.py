"""A sleeper seen through one derivation: what stagers are trained on, where `Patient` has all electrodes and IEDs.

Spectra are sums of parts, each with its root mean square in microvolts or its power, by stage: an aperiodic part that
steepens from waking over REM sleep and N2 to N3 (Lendner et al. 2020, eLife 9:e55092), delta, theta, alpha, sigma,
beta, muscle and the amplifier. `models.simulate.sleeper_events` adds what comes and goes. The ranges are wide on
purpose, and ours where no source is named: a stager shall not rely on one laboratory's amplitudes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from models.simulate.hypnogram import EPOCH_S, hypnogram
from models.simulate.sleeper_events import Habits, paint

Float64 = NDArray[np.float64]

RATE_HZ: Final = 128
_HOP: Final = 4 * RATE_HZ
_BLOCK: Final = 2 * _HOP
_HZ: Final = np.fft.rfftfreq(_BLOCK, 1 / RATE_HZ)

# By stage W, N1, N2, N3, R. Exponent of the aperiodic power, and its power at 8 Hz in uV^2/Hz.
_EXPONENT: Final = ((1.0, 1.8), (1.4, 2.1), (1.8, 2.6), (2.1, 2.9), (1.5, 2.2))
_POWER_8_HZ: Final = ((0.5, 2.5), (0.7, 2.5), (1.3, 4.5), (2.0, 6.5), (0.5, 2.0))
# Root mean squares in uV, drawn log-uniform for each sleeper and stage.
_DELTA_UV: Final = ((0.5, 4.0), (2.0, 7.0), (3.0, 11.0), (10.0, 32.0), (1.5, 6.0))
_THETA_UV: Final = ((1.0, 4.5), (3.0, 8.0), (3.0, 9.0), (3.0, 10.0), (2.5, 7.0))
_SIGMA_UV: Final = ((0.1, 0.8), (0.2, 1.0), (1.5, 4.5), (1.0, 4.0), (0.1, 0.8))
_ALPHA_BY_STAGE: Final = ((0.35, 1.0), (0.08, 1.0), (0.05, 0.25), (0.04, 0.2), (0.03, 0.35))
_BETA_BY_STAGE: Final = ((0.7, 1.3), (0.55, 1.0), (0.25, 0.6), (0.15, 0.4), (0.35, 0.8))
_MUSCLE_BY_STAGE: Final = ((0.6, 1.5), (0.3, 0.8), (0.15, 0.5), (0.1, 0.4), (0.06, 0.3))


@dataclass(frozen=True)
class Sleeper:
    """A simulated stretch of a night.

    Attributes
    ----------
    samples : numpy.ndarray
        float32 (samples,) at RATE_HZ in microvolts, as after the live band-pass of 1 to 50 Hz.
    stages : numpy.ndarray
        int64 (epochs,): places in STAGES, one each 30 s.
    """

    samples: NDArray[np.float32]
    stages: NDArray[np.int64]


def sleeper(seed: int, epochs: int, plan: NDArray[np.int64] | None = None, *, width: float = 1.0) -> Sleeper:
    """Draw a sleeper and so many epochs of 30 s of their night, or of the stages (epochs,) that `plan` gives.

    `width` stretches the ranges that levels, slopes, rates and sizes are drawn from: above 1, some sleepers are
    stranger than any that a stager was fitted on.
    """
    rng = np.random.default_rng(seed)
    stages = hypnogram(epochs, rng) if plan is None else plan
    # One block more than needed: the first one fades in before the night begins.
    middles = np.arange(-1, int(np.ceil(epochs * EPOCH_S * RATE_HZ / _HOP))) * _HOP + _HOP
    of_block = stages[np.minimum(middles // round(EPOCH_S * RATE_HZ), epochs - 1)]
    samples = _joined(_spectra(of_block, width, rng), epochs, rng)
    habits = Habits.draw(rng, width)
    paint(samples, stages, habits, rng)
    return Sleeper(_recorded(samples, width, rng), stages)


def _recorded(samples: Float64, width: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Put amplifier and live filters over what the head makes."""
    samples = samples * np.exp(rng.normal(0, 0.35 * width))
    if rng.random() < 0.25:
        samples = samples * rng.uniform(0.4, 0.8)  # two electrodes near each other share much of what they see
    if rng.random() < 0.35:
        # Sleep laboratories' amplifiers cut at 35 Hz, streams of 100 Hz at 45.
        samples = sosfilt(
            butter(int(rng.integers(1, 4)), float(rng.uniform(28, 45)), fs=RATE_HZ, output="sos"), samples
        )
    samples += rng.normal(0, np.exp(rng.uniform(np.log(0.15), np.log(1.2))), len(samples))
    return np.asarray(sosfilt(butter(2, (1, 50), "bandpass", fs=RATE_HZ, output="sos"), samples), np.float32)


def _joined(shapes: Float64, epochs: int, rng: np.random.Generator) -> Float64:
    """Make noise of spectra (blocks, frequencies) in uV^2/Hz; blocks of 8 s fade into each other."""
    drawn = rng.standard_normal((*shapes.shape, 2)) @ np.array([1, 1j])
    blocks = np.fft.irfft(drawn * np.sqrt(shapes * RATE_HZ * _BLOCK / 4), _BLOCK, axis=1)
    ramp = np.sin((np.arange(_HOP) + 0.5) / _HOP * np.pi / 2)
    joined = np.concatenate([blocks[:, :_HOP] * ramp, np.zeros((1, _HOP))])
    joined[1:] += blocks[:, _HOP:] * ramp[::-1]
    return joined[1:].reshape(-1)[: round(epochs * EPOCH_S * RATE_HZ)]


def _bump(centre_hz: float | Float64, width_hz: float) -> Float64:
    """Return a peak of area 1 over frequency."""
    shape = np.exp(-0.5 * ((_HZ - centre_hz) / width_hz) ** 2)
    return np.asarray(shape / (shape.sum() * _HZ[1]))


def _log_uniform(
    rng: np.random.Generator, ranges: tuple[tuple[float, float], ...], shared: float, width: float
) -> Float64:
    """Draw a value for each stage; `shared` is how far one draw decides for all stages, 0 to 1."""
    low, high = np.log(np.array(ranges)).T
    at = shared * rng.random() + (1 - shared) * rng.random(len(ranges))
    at = 0.5 + width * (at - 0.5)
    return np.asarray(np.exp(low + at * (high - low)))


def _wander(blocks: int, rng: np.random.Generator) -> Float64:
    """Drift over a minute or so: standard normal, (blocks,)."""
    memory = np.exp(-1 / rng.uniform(3, 25))
    steps = rng.standard_normal(blocks) * np.sqrt(1 - memory**2)
    steps[0] = rng.standard_normal()
    return np.asarray(sosfilt([[1, 0, 0, 1, -memory, 0]], steps))


def _spectra(stages: NDArray[np.int64], width: float, rng: np.random.Generator) -> Float64:
    """Return the power spectra (blocks, frequencies) of a sleeper's blocks."""
    n, hz = len(stages), np.maximum(_HZ, 0.25)
    exponent = _log_uniform(rng, _EXPONENT, 0.6, width)[stages] + 0.1 * _wander(n, rng)
    knee = rng.uniform(0.5, 1.5)
    power = _log_uniform(rng, _POWER_8_HZ, 0.6, width)[stages] * np.exp(0.2 * _wander(n, rng))
    total = power[:, None] * ((hz**2 + knee**2) / (64 + knee**2)) ** (-exponent[:, None] / 2)

    def add(root_mean_square: Float64, shape: Float64, spread: float) -> None:
        nonlocal total
        total = total + (root_mean_square * np.exp(spread * _wander(n, rng)))[:, None] ** 2 * shape

    slow_hz = rng.uniform(0.7, 1.1)
    add(_log_uniform(rng, _DELTA_UV, 0.7, width)[stages], 0.75 * _bump(slow_hz, 0.5) + 0.25 * _bump(2.2, 0.8), 0.25)
    add(_log_uniform(rng, _THETA_UV, 0.5, width)[stages], _bump(rng.uniform(4.5, 6.5), rng.uniform(0.8, 1.6)), 0.25)
    add(_log_uniform(rng, _SIGMA_UV, 0.6, width)[stages], _bump(rng.uniform(11.8, 14.2), rng.uniform(0.5, 1.0)), 0.2)
    alpha_hz = rng.normal(9.8, 0.9)
    alpha = _alpha(stages, width, rng)
    add(alpha, _bump(alpha_hz, rng.uniform(0.4, 1.1)), 0.0)
    beta = np.exp(rng.uniform(np.log(1.5), np.log(6.0))) * _log_uniform(rng, _BETA_BY_STAGE, 0.5, width)[stages]
    add(beta, _bump(rng.uniform(17, 24), rng.uniform(3, 6)), 0.2)
    if rng.random() < 0.15:
        # Benzodiazepines: beta in every stage.
        add(np.full(n, rng.uniform(1, 5)), _bump(rng.uniform(16, 24), rng.uniform(1.5, 3)), 0.2)
    if rng.random() < 0.15:
        # Sweat, breath, a swaying cable: slow waves that are none, in waking as in sleep.
        add(np.full(n, rng.uniform(3, 25)), _bump(rng.uniform(0.5, 1.3), 0.35), 0.6)
    muscle = np.exp(rng.uniform(np.log(0.3), np.log(8.0))) * _log_uniform(rng, _MUSCLE_BY_STAGE, 0.4, width)[stages]
    tone = (_HZ / 40) ** 1.5 / (1 + (_HZ / 40) ** 2.5)
    add(muscle, tone / (tone.sum() * _HZ[1]), 0.4)
    return np.asarray(total * (_HZ > 0.2))


def _alpha(stages: NDArray[np.int64], width: float, rng: np.random.Generator) -> Float64:
    """Return alpha's root mean square by block: most have it, open eyes end it, and in some it stays in sleep."""
    usual = np.exp(rng.uniform(np.log(2.0), np.log(16.0))) if rng.random() < 0.85 else rng.uniform(0.2, 1.5)
    by_stage = _log_uniform(rng, _ALPHA_BY_STAGE, 0.5, width)
    if rng.random() < 0.12:
        by_stage[2:4] = rng.uniform(0.15, 0.4)  # alpha in delta sleep, as in some people with bad sleep
    # Eyes are shut for most of a night's waking; in some they are open, as by day.
    shut = rng.beta(2, 1)
    gate = np.where((stages == 0) & (np.abs(_wander(len(stages), rng)) > 1.3 * shut + 0.4), 0.2, 1.0)
    return np.asarray(usual * by_stage[stages] * gate * np.exp(0.3 * _wander(len(stages), rng)))
