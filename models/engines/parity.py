"""Whether an engine gives the answers of the eager network, compared when it is opened, on windows like EEG."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detection.threshold import reaches
from models.engines.engine import Engine, Floats, Precision, StreamEngine

WINDOWS: Mapping[Precision, int] = {"fp32": 32, "bf16": 500}
MAX_DIFFERENCE: Mapping[Precision, float] = {"fp32": 1e-3, "bf16": 0.05}
# Of decisions at the model's threshold.
MAX_FLIP_SHARE = 0.002
# Any; fixed, so that a host opens the same engine every time.
SEED = 20261121
# A wide network's maps of more windows fill gigabytes.
BATCH_WINDOWS = 8
# Of the stream that is compared: a scalp montage's.
GROUPS = 5


@dataclass(frozen=True, slots=True)
class Parity:
    """How far an engine's answers lie from the eager network's."""

    windows: int
    max_difference: float
    flips: int

    def holds(self, precision: Precision) -> bool:
        """Whether the engine may be used; a difference that is not a number does not hold."""
        return self.max_difference <= MAX_DIFFERENCE[precision] and self.flips <= MAX_FLIP_SHARE * self.windows

    def __str__(self) -> str:
        return f"probabilities differ by up to {self.max_difference:.2g}, {self.flips} of {self.windows} decisions flip"


def eeg_like(count: int, channels: int, samples: int) -> Floats:
    """Draw (count, channels, samples), microvolts: noise of a 1/f spectrum, half of it with a spike of some size."""
    drawn = np.random.default_rng(SEED)
    # An amplitude of 1/sqrt(f) is a power of 1/f, as EEG has it roughly; at 0 Hz it has none.
    frequencies = np.fft.rfftfreq(samples)
    spectrum = np.fft.rfft(drawn.normal(size=(count, channels, samples)))
    spectrum *= np.where(frequencies > 0, frequencies, np.inf) ** -0.5
    background = np.fft.irfft(spectrum, samples)
    background *= 30 / background.std(axis=(1, 2), keepdims=True)
    return (background + _spikes(drawn, count, channels, samples)).astype(np.float32)


def _spikes(drawn: np.random.Generator, count: int, channels: int, samples: int) -> NDArray[np.float64]:
    """One sharp wave and its slow wave a window, from nothing to ten times the background, stronger on some rows."""
    steps = np.arange(samples) - drawn.uniform(0, samples, (count, 1))
    shape = np.exp(-((steps / 3) ** 2)) - 0.4 * np.exp(-(((steps - 20) / 12) ** 2))
    gains = (
        drawn.normal(size=(count, channels, 1))
        * drawn.uniform(0, 300, (count, 1, 1))
        * (np.arange(count) % 2)[:, None, None]
    )
    return gains * shape[:, None]


def of_windows(reference: Engine, candidate: Engine, windows: Floats, threshold: float) -> Parity:
    """Compare two window engines on windows (n, channels, samples)."""
    pieces = [windows[at : at + BATCH_WINDOWS] for at in range(0, len(windows), BATCH_WINDOWS)]
    expected, got = (np.concatenate([engine.score(piece)[0] for piece in pieces]) for engine in (reference, candidate))
    return _compared(expected, got, threshold)


def of_streams(reference: StreamEngine, candidate: StreamEngine, signal: Floats, threshold: float) -> Parity:
    """Compare two stream engines hop by hop on (groups, channels, samples); what both refuse is not compared."""
    answers = [np.concatenate(_probabilities(engine, signal)) for engine in (reference, candidate)]
    # Answers before context and window are in are NaN on either side.
    known = ~np.isnan(answers[0])
    return _compared(answers[0][known], answers[1][known], threshold)


def stream_samples(context_and_window: int, hop_samples: int, precision: Precision) -> int:
    """Return how long a signal brings a stream of `GROUPS` groups to as many answers as are compared."""
    hops = -(-context_and_window // hop_samples) + -(-WINDOWS[precision] // GROUPS)
    return hops * hop_samples


def _probabilities(engine: StreamEngine, signal: Floats) -> list[Floats]:
    name, hop = "parity", engine.hop_samples
    pieces = (signal[:, :, at : at + hop] for at in range(0, signal.shape[2], hop))
    answers = [engine.push({name: piece})[name][0] for piece in pieces]
    # The engine goes on to serve beds: what it carried for the comparison must not stay.
    engine.forget(name)
    return answers


def _compared(expected: Floats, got: Floats, threshold: float) -> Parity:
    # A NaN on one side makes the maximum NaN, which no limit lets through.
    difference = float(np.abs(expected - got).max(initial=0.0))
    return Parity(len(expected), difference, int((reaches(expected, threshold) != reaches(got, threshold)).sum()))
