"""Arousals: for some seconds a sleeper's EEG is that of waking, and their stage does not change.

An abrupt shift of frequency that may hold alpha, theta or what is faster than 16 Hz, but no spindles, for 3 s or more;
in REM sleep with muscle (AASM manual, scoring arousals; ASDA 1992, Sleep 15:173). They come 14 to 27 times an hour of
sleep, by age, and last about 15 s (Boselli et al. 1998, Sleep 21:351): longer than the canvas holds beyond a segment,
so that the longest are cut at 7.5 s here. How often in which stage, and how large, is ours.
"""

from typing import Final

import numpy as np

from models.simulate.electrodes import TEN_TWENTY, Float64
from models.simulate.fields import Scene
from models.simulate.truth import Float32
from models.simulate.waveforms import burst, times
from models.sleep_stages import STAGES, Stage

PER_MINUTE: Final = (0.0, 0.35, 0.25, 0.1, 0.25)
SECONDS: Final = (3.0, 7.5)
_MUSCLE_ABOVE_HZ: Final = 25.0


class Arousals:
    """One patient's arousals: how often, and how much alpha, theta, beta and muscle there is in them."""

    kind = "arousal"

    def __init__(self, scene: Scene) -> None:
        self.rng, self._scene = scene.rng, scene
        often = self.rng.lognormal(-0.1, 0.4)
        self._per_minute = dict(zip(STAGES, (often * rate for rate in PER_MINUTE), strict=True))
        self._stage: Stage = "W"
        head = scene.head
        self._fields = np.stack(
            [head.patch(self.rng, head.place(self.rng, site, 0.1), 0.6) for site in ("O1", "Fz", "Cz")]
            + [head.near(1.1 * np.array(TEN_TWENTY[site]), 0.4) for site in ("T7", "T8")],
            axis=1,
        )
        self._levels = np.exp(self.rng.uniform(np.log((1.0, 0.6, 0.4, 0.2, 0.2)), np.log((3.0, 2.0, 1.2, 0.8, 0.8))))

    def rate_per_s(self, stage: Stage) -> float:
        """Return how many begin in a second of ``stage``."""
        # What is drawn next belongs to this stage: only in REM sleep is muscle a part of what is scored.
        self._stage = stage
        return float(self._per_minute[stage]) / 60

    def draw(self) -> tuple[Float32, Float32]:
        """Draw one: fields (electrodes, 5) and courses (5, samples), in units of the background."""
        rng, rate_hz = self.rng, self._scene.rate_hz
        length = (float(rng.uniform(*SECONDS)),) * 2
        bands = ((8.0, 12.0), (4.0, 7.0), (17.0, 28.0))
        waves = [burst(rng, rate_hz, band, length, (0, 0.3), 0.0) for band in bands]
        muscle = [self._muscle(length[0]) for _ in "ab"]
        courses = self._levels[:, None] * np.stack([*waves, *muscle])
        courses[3:] *= 2.0 if self._stage == "R" else 0.5
        return np.asarray(self._fields, np.float32), np.asarray(courses, np.float32)

    def _muscle(self, seconds: float) -> Float64:
        t = times(seconds, self._scene.rate_hz)
        spectrum = np.fft.rfft(self.rng.standard_normal(len(t)))
        spectrum[np.fft.rfftfreq(len(t), 1 / self._scene.rate_hz) < _MUSCLE_ABOVE_HZ] = 0
        noise = np.fft.irfft(spectrum, len(t)) * np.hanning(len(t))
        return np.asarray(noise / noise.std())
