"""The ongoing background: many coloured sources in the head, electrode noise, drift, muscle tone and mains."""

import numpy as np

from models.simulate.electrodes import Float64
from models.simulate.fields import Head
from models.simulate.noise import Grid, Noise, Wander
from models.simulate.truth import Float32
from models.sleep_stages import STAGES, Stage

_SOURCES = 40  # in the head; besides, each electrode has one of its own
_MODULATORS = 14  # fewer than sources: some of them wax and wane together, as neighbouring cortex does
# How the spectrum steepens (added to its exponent) and how the whole grows with sleep, by stage. Muscle tone falls from
# stage to stage and is least in R, where its absence is part of the stage's definition. The numbers are ours.
_STEEPER = {"W": 0.0, "N1": 0.25, "N2": 0.7, "N3": 1.0, "R": 0.2}
_LOUDER = {"W": 1.0, "N1": 1.3, "N2": 1.9, "N3": 2.5, "R": 1.05}
_MUSCLE_TONE = {"W": 1.0, "N1": 0.5, "N2": 0.25, "N3": 0.15, "R": 0.08}


def _bumps(rng: np.random.Generator, frequencies_hz: Float64, rows: int) -> Float64:
    """Draw up to three spectral bumps that a patient's sources share in different measure."""
    total = np.zeros((rows, len(frequencies_hz)))
    # 0 to 3 bumps of 0.4 Hz and wider, as in the prototype whose ranking carried over to real EEG.
    for _ in range(rng.integers(0, 4)):
        centre, width = rng.uniform(1, 14), rng.uniform(0.4, 2)
        shape = np.exp(-0.5 * ((frequencies_hz - centre) / width) ** 2)
        total += rng.exponential(1.0, (rows, 1)) * shape
    return total


class Sources:
    """Brain activity without a dominant rhythm: 1/f^b sources whose strength wanders."""

    def __init__(
        self, grid: Grid, head: Head, stage: Stage, traits: np.random.Generator, rng: np.random.Generator
    ) -> None:
        rows = _SOURCES + len(head.positions)
        self._shapes = self._draw_shapes(grid, rows, traits)
        mixing = self._draw_mixing(head, traits)
        recorded = np.sqrt(((head.reference @ mixing) ** 2).sum(axis=1))
        # In recorded channels, not in the head: the reference decides how much of a source is seen.
        self._mixing = np.asarray(mixing / np.median(recorded), np.float32)
        self._slow = grid.slow(traits.uniform(0.2, 2.0, (_MODULATORS, 1)))
        self._depth = np.asarray(traits.uniform(0.1, 0.8, (_MODULATORS, 1)), np.float32)
        self._of = traits.integers(0, _MODULATORS, rows)
        self._noise = Noise(grid, rng, self._shapes[stage])
        self._modulation = Noise(grid, rng, self._slow)
        self._wander = Wander(2, traits, rng)
        # About 4 Hz, so that a steeper spectrum gains slow power and loses fast power in like measure.
        self._tilt = np.asarray(np.log(np.maximum(grid.frequencies_hz, 0.5) / 4), np.float32)

    def segment(self, stage: Stage) -> Float32:
        """Return the next (electrodes, segment), root mean square about 1 in a median channel awake."""
        strength = np.exp(self._depth * self._modulation.segment(self._slow) - self._depth**2)
        louder, steeper = self._wander.next()
        # Within a stage, sleep deepens and lightens: level and slope drift over minutes.
        shape = self._shapes[stage] * np.exp(0.15 * louder - 0.2 * steeper * self._tilt)
        return np.asarray(self._mixing @ (self._noise.segment(shape) * strength[self._of]), np.float32)

    @staticmethod
    def _draw_shapes(grid: Grid, rows: int, traits: np.random.Generator) -> dict[Stage, Float32]:
        f = grid.frequencies_hz
        # b of 1/f^b in power, one for the patient and a little apart for each source.
        exponent = traits.uniform(0.8, 2.2) + traits.normal(0, 0.15, (rows, 1))
        knee_hz = traits.uniform(0.4, 3.0)
        lift = np.sqrt(1 + _bumps(traits, f, rows))
        shapes: dict[Stage, Float32] = {}
        for stage in STAGES:
            # A quarter of b twice over: f**2 under the power makes 1/f^(b/2) in amplitude.
            shape = lift * (knee_hz**2 + f**2) ** (-(exponent + _STEEPER[stage]) / 4)
            # Nothing below 0.3 Hz, where drift takes over; above 70 Hz cortex gives way to electrode noise.
            shape *= (f > 0.3) / np.sqrt(1 + (f / 70) ** 4)
            shapes[stage] = grid.unit(shape, 1, 30) * np.float32(_LOUDER[stage])
        return shapes

    @staticmethod
    def _draw_mixing(head: Head, traits: np.random.Generator) -> Float32:
        columns, coherent = [], traits.uniform(0.02, 0.3)
        for _ in range(_SOURCES):
            centre = head.place(traits, "Cz", 3.0)
            # Wide, coherent patches carry most of what neighbours share; narrow ones tell them apart.
            wide = traits.random() < coherent
            extent = traits.uniform(0.3, 0.8) if wide else traits.uniform(0.02, 0.25)
            columns.append(head.patch(traits, centre, extent) * traits.lognormal(0, 0.4))
        mixing = np.stack(columns, axis=1)
        # Skin, contact and cortex right below differ at each electrode.
        local = traits.uniform(0.05, 0.35) * np.sqrt((mixing**2).sum(axis=1).mean())
        own = np.diag(local * traits.lognormal(-0.2, 0.5, len(mixing)))
        return np.asarray(np.concatenate([mixing, own], axis=1), np.float32)


class Electrodes:
    """What each electrode adds by itself: white noise, drift, muscle tone; and mains, common to all."""

    def __init__(
        self, grid: Grid, head: Head, rms_uv: float, stage: Stage, traits: np.random.Generator, rng: np.random.Generator
    ) -> None:
        self._grid, self._position = grid, 0
        self._shapes = self._draw_shapes(grid, head, rms_uv, traits)
        self._noise = Noise(grid, rng, self._shapes[stage])
        # Muscle tone comes in twitches, contact noise in bouts: each electrode's own.
        self._slow = grid.slow(traits.uniform(0.3, 4.0, (len(head.positions), 1)))
        self._depth = np.asarray(traits.uniform(0.1, 0.7, (len(head.positions), 1)), np.float32)
        self._modulation = Noise(grid, rng, self._slow)
        self._draw_mains(len(head.positions), traits)

    def segment(self, stage: Stage) -> Float32:
        """Return the next (electrodes, segment) in units of the patient's root mean square."""
        # From the absolute sample: mains must not jump where segments meet.
        t = (self._position + np.arange(self._grid.segment)) / self._grid.rate_hz
        self._position += self._grid.segment
        angle = 2 * np.pi * self._mains_hz[:, None] * t
        mains = self._mains_cos @ np.cos(angle).astype(np.float32)
        mains += self._mains_sin @ np.sin(angle).astype(np.float32)
        strength = np.exp(self._depth * self._modulation.segment(self._slow) - self._depth**2)
        return np.asarray(self._noise.segment(self._shapes[stage]) * strength + mains, np.float32)

    @staticmethod
    def _draw_shapes(grid: Grid, head: Head, rms_uv: float, traits: np.random.Generator) -> dict[Stage, Float32]:
        f, count = grid.frequencies_hz, len(head.positions)
        # Depth contacts are far smaller than scalp electrodes, and noisier for it.
        white_uv = traits.uniform(0.3, 1.5) if head.layout == "scalp" else traits.uniform(0.3, 4)
        white = grid.unit(np.ones((count, len(f))), 0, 50) * white_uv / rms_uv
        drift = (f > 0) * np.where(f < 0.7, 1 / np.maximum(f, 0.1), 0) + np.zeros((count, 1))
        own_drift = grid.unit(drift, 0, 1) * traits.lognormal(-1.5, 1, (count, 1))
        tone = np.tile((f / 40) ** 1.5 / (1 + (f / 40) ** 2.5), (count, 1))
        # Muscles lie at the rim of the scalp; the vertex has none, and depth leads are far from them.
        edge = np.clip(1.1 - np.abs(head.positions[:, 2:]), 0.1, 1) if head.layout == "scalp" else 0.02
        tone_uv = traits.lognormal(0.3, 0.8) * traits.lognormal(-0.4, 0.7, (count, 1)) * edge
        own_tone = grid.unit(tone, 0, 50) * tone_uv / rms_uv
        # Now and then an electrode sits badly.
        bad = traits.uniform(3, 15, (count, 1)) * (traits.random((count, 1)) < 0.02)
        own = (white**2 + own_drift**2) * np.maximum(bad, traits.lognormal(0, 0.3, (count, 1))) ** 2
        return {s: np.asarray(np.sqrt(own + (own_tone * _MUSCLE_TONE[s]) ** 2), np.float32) for s in STAGES}

    def _draw_mains(self, electrodes: int, traits: np.random.Generator) -> None:
        # Mains drift by some hundredths of a hertz, which is what a notch filter has to bear.
        base_hz = traits.choice((50.0, 60.0)) + traits.normal(0, 0.02)
        harmonics = np.linspace(1, 5, 5) * base_hz
        self._mains_hz = harmonics[harmonics < 0.45 * self._grid.rate_hz]
        # Half of the patients are recorded in a quiet room, a fiftieth of the level.
        level = np.exp(traits.uniform(np.log(0.003), np.log(1.0))) * traits.choice((0.02, 1.0))
        # Odd harmonics are the stronger ones: rectifiers distort both half waves alike.
        fall = np.array([1, 0.15, 0.4, 0.08, 0.2])[: len(self._mains_hz)] * traits.lognormal(
            -0.5, 0.5, len(self._mains_hz)
        )
        own = level * fall * traits.lognormal(-0.5, 0.8, (electrodes, 1))
        phase = traits.normal(0, 0.5, (electrodes, 1)) + traits.uniform(0, 6.28, len(self._mains_hz))
        self._mains_cos = np.asarray(own * np.cos(phase), np.float32)
        self._mains_sin = np.asarray(own * np.sin(phase), np.float32)
