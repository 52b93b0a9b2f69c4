"""The stream that the peer and Spikewatch both analyse: 32 electrodes at 512 Hz, sent in chunks of 16 samples.

Background of falling spectrum and a spike and wave every 0.4 s, the same every minute: the time of the first sample
tells every sample. `python -m bench.peer.sent_signal NAME` sends it over LSL from a process of its own, without end,
and writes {"t0_lsl": ...} on stdout: sample i is due at t0_lsl + i / 512 and stamped so.
"""

import sys
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.replay import Outlet, Playback, chunks, speaker

RATE_HZ: Final = 512.0
CHANNELS: Final = 32
CHUNK_SAMPLES: Final = 16
LOOP_S: Final = 60
SPIKE_EVERY_S: Final = 0.4
BACKGROUND_UV: Final = 20.0
SPIKE_UV: Final = (80.0, 250.0)
LABELS: Final = tuple(f"E{number}" for number in range(1, CHANNELS + 1))
DERIVATIONS: Final = 5


def montage(groups: int) -> dict[str, list[str]]:
    """Return the first `groups` groups of five neighbouring pairs, as config.toml has them; six at the most."""
    pairs = [f"{plus}-{minus}" for plus, minus in pairwise(LABELS)]
    return {f"g{number + 1}": pairs[DERIVATIONS * number :][:DERIVATIONS] for number in range(groups)}


def loop() -> NDArray[np.float32]:
    """Return the minute that is repeated, (32, samples), microvolts."""
    rng = np.random.default_rng(20)
    samples = int(LOOP_S * RATE_HZ)
    signal = _background(rng, samples)
    shape = _spike_and_wave()
    for first in range(0, samples - len(shape), int(SPIKE_EVERY_S * RATE_HZ)):
        # Every electrode has its own share and sign: groups differ, and none is silent.
        field = rng.uniform(*SPIKE_UV) * rng.normal(size=(CHANNELS, 1))
        signal[:, first : first + len(shape)] += field * shape
    return signal.astype(np.float32)


def _background(rng: np.random.Generator, samples: int) -> NDArray[np.float64]:
    """Return noise whose power falls with the square of the frequency from 2 Hz on; it repeats without a step."""
    frequencies = np.fft.rfftfreq(samples, 1 / RATE_HZ)
    # The spectrum of the whole loop: its inverse repeats by itself, so the minute has no seam.
    spectrum = np.fft.rfft(rng.normal(size=(CHANNELS, samples))) / np.maximum(frequencies, 2.0)
    noise = np.fft.irfft(spectrum, samples)
    scaled: NDArray[np.float64] = BACKGROUND_UV * noise / noise.std(axis=1, keepdims=True)
    return scaled


def _spike_and_wave() -> NDArray[np.float64]:
    """Return 70 ms up and down, then 200 ms of half the height the other way; peak 1."""
    spike = np.bartlett(round(0.07 * RATE_HZ))
    wave = -0.5 * np.hanning(round(0.2 * RATE_HZ))
    return np.concatenate([spike, wave])


def send(name: str) -> None:
    """Send without end."""
    say = speaker(sys.stdout)
    chunk_ms = 1e3 * CHUNK_SAMPLES / RATE_HZ
    playback = Playback(name=name, source_id=name, chunk_ms=chunk_ms)
    minute = loop()
    outlet = Outlet(playback, RATE_HZ, LABELS, ["microvolts"] * CHANNELS, ["EEG"] * CHANNELS)
    say({"t0_lsl": outlet.t0_s})
    while True:
        for chunk in chunks(minute, RATE_HZ, chunk_ms):
            outlet.push(chunk)


if __name__ == "__main__":
    send(sys.argv[1])
