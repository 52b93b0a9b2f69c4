"""Rhythms that go on: alpha, mu, beta, theta, sleep's slow waves, saw teeth; none of them a pure sine."""

from dataclasses import dataclass

import numpy as np

from models.simulate.fields import Head
from models.simulate.noise import AnalyticNoise, Grid, Noise, Wander
from models.simulate.truth import Float32
from models.sleep_stages import STAGES, Stage


@dataclass(frozen=True)
class Rhythm:
    """A rhythm as a family; each patient draws one of it.

    Attributes
    ----------
    name : str
        What it is called.
    anchors : tuple of str
        10-20 sites near which its sources lie, one source each.
    centre_hz, width_hz, extent : tuple of float
        Ranges of centre frequency, bandwidth (standard deviation) and source radius.
    level : tuple of float
        Range of its root mean square over the background's, drawn log-uniform.
    by_stage : tuple of float
        Factor in W, N1, N2, N3, R.
    sharpness : float
        Largest share of the second harmonic; the third follows.
    saw : bool
        Saw teeth (rise and fall differ) in place of arches (tops and bottoms differ).
    gated : float
        How much of it comes in bursts, 0 to 1.
    """

    name: str
    anchors: tuple[str, ...]
    centre_hz: tuple[float, float]
    width_hz: tuple[float, float]
    extent: tuple[float, float]
    level: tuple[float, float]
    by_stage: tuple[float, float, float, float, float]
    sharpness: float
    saw: bool
    gated: float


# Bands are the usual ones; levels, sharpness and the factors of the stages are choices of ours.
USUAL = (
    Rhythm(
        name="alpha",
        anchors=("O1", "O2", "Pz"),
        centre_hz=(8, 12.5),
        width_hz=(0.25, 0.9),
        extent=(0.15, 0.5),
        level=(0.3, 3),
        by_stage=(1, 0.4, 0.03, 0, 0.1),
        sharpness=0.5,
        saw=False,
        gated=0.6,
    ),
    Rhythm(
        name="mu",
        anchors=("C3", "C4"),
        centre_hz=(8, 12),
        width_hz=(0.4, 1.2),
        extent=(0.1, 0.25),
        level=(0.05, 1.5),
        by_stage=(1, 0.5, 0.05, 0, 0.1),
        sharpness=0.7,
        saw=False,
        gated=0.9,
    ),
    Rhythm(
        name="beta",
        anchors=("F3", "F4", "Cz"),
        centre_hz=(15, 28),
        width_hz=(1.5, 4),
        extent=(0.1, 0.5),
        level=(0.03, 0.6),
        by_stage=(1, 0.8, 0.35, 0.15, 0.6),
        sharpness=0.3,
        saw=False,
        gated=0.6,
    ),
    Rhythm(
        name="temporal theta",
        anchors=("T7", "T8"),
        centre_hz=(4.5, 8),
        width_hz=(0.5, 1.5),
        extent=(0.1, 0.4),
        level=(0.05, 1.0),
        by_stage=(0.7, 1, 1.0, 0.8, 0.5),
        sharpness=0.6,
        saw=True,
        gated=0.9,
    ),
    Rhythm(
        name="midline theta",
        anchors=("Fz",),
        centre_hz=(4, 7),
        width_hz=(0.4, 1.5),
        extent=(0.2, 0.5),
        level=(0.1, 1.0),
        by_stage=(0.6, 1.2, 1.6, 1.6, 0.8),
        sharpness=0.4,
        saw=True,
        gated=0.8,
    ),
    Rhythm(
        name="slow waves",
        anchors=("Fz", "F3", "C4", "Pz"),
        centre_hz=(0.6, 1.2),
        width_hz=(0.2, 0.6),
        extent=(0.4, 0.9),
        level=(0.7, 2),
        by_stage=(0, 0.1, 0.5, 2, 0.05),
        sharpness=0.5,
        saw=True,
        gated=0.3,
    ),
    Rhythm(
        name="saw teeth",
        anchors=("Cz",),
        centre_hz=(2, 4.5),
        width_hz=(0.3, 0.8),
        extent=(0.3, 0.6),
        level=(0.3, 1.5),
        by_stage=(0, 0.05, 0, 0, 0.9),
        sharpness=0.6,
        saw=True,
        gated=0.95,
    ),
    Rhythm(
        name="sigma",
        anchors=("Fz", "C3", "C4"),
        centre_hz=(11.5, 14.5),
        width_hz=(0.5, 1.2),
        extent=(0.2, 0.5),
        level=(0.2, 0.8),
        by_stage=(0.03, 0.2, 1, 0.5, 0.05),
        sharpness=0.2,
        saw=False,
        gated=0.7,
    ),
)


class Rhythms:
    """All of a patient's ongoing rhythms, one row a source."""

    def __init__(
        self,
        grid: Grid,
        head: Head,
        stage: Stage,
        traits: np.random.Generator,
        rng: np.random.Generator,
        families: tuple[Rhythm, ...] = USUAL,
    ) -> None:
        rows = [row for rhythm in families for row in _patient_rows(rhythm, grid, head, traits)]
        self._mixing = np.stack([row.field for row in rows], axis=1)
        shape = np.stack([row.shape for row in rows])
        stage_level = np.array([row.level for row in rows], np.float32)
        self._shapes = {s: shape * stage_level[:, i : i + 1] for i, s in enumerate(STAGES)}
        self._second = np.array([[row.second] for row in rows], np.complex64)
        self._third = np.array([[row.third] for row in rows], np.complex64)
        self._gated = np.array([[row.gated] for row in rows], np.float32)
        self._slow = grid.slow(traits.uniform(0.2, 1.0, (len(rows), 1)))
        self._noise = AnalyticNoise(grid, rng, self._shapes[stage])
        self._wander = Wander(len(rows), traits, rng)
        self._gate = Noise(grid, rng, self._slow)

    def segment(self, stage: Stage) -> Float32:
        """Return the next (electrodes, segment) in units of the patient's root mean square."""
        # Minutes in which a rhythm is strong or nearly absent, as alpha is.
        z = self._noise.segment(self._shapes[stage] * np.exp(0.5 * self._wander.next())[:, None])
        # A phase needs a magnitude above zero.
        magnitude = np.abs(z) + np.float32(1e-9)
        u = z / magnitude
        # Harmonics locked to the phase: the shape of a wave stays while its size and pace wander.
        shape = (u + self._second * u**2 + self._third * u**3).real
        # A steep sigmoid of slow noise: bursts with flanks, not a switch.
        opened = 1 / (1 + np.exp(-6 * (self._gate.segment(self._slow) - 0.5)))
        # 1.6 makes up for part of the time in which the gate is shut.
        gate = 1 - self._gated + 1.6 * self._gated * opened
        return self._mixing @ np.asarray(magnitude * shape * gate, np.float32)


@dataclass(frozen=True)
class _Row:
    field: Float32
    shape: Float32
    level: tuple[float, ...]
    second: complex
    third: complex
    gated: float


def _patient_rows(rhythm: Rhythm, grid: Grid, head: Head, traits: np.random.Generator) -> list[_Row]:
    """Draw one patient's version: pace, size and shape common to its sources, places apart."""
    centre, width = traits.uniform(*rhythm.centre_hz), traits.uniform(*rhythm.width_hz)
    bump = np.exp(-0.5 * ((grid.frequencies_hz[None] - centre) / width) ** 2) * (grid.frequencies_hz > 0.3)
    shape = grid.unit(bump, 0, 60)[0]
    level = np.exp(traits.uniform(*np.log(rhythm.level)))
    # Power 1.5: most patients' rhythms are nearly sines, some are as sharp as discharges.
    share = rhythm.sharpness * traits.random() ** 1.5
    # In phase, harmonics sharpen tops or bottoms; a quarter turn off, they make one flank steeper.
    phase = (np.pi / 2 if rhythm.saw else 0.0) + traits.choice((0.0, np.pi)) + traits.normal(0, 0.3)
    rows = []
    for anchor in rhythm.anchors:
        field = head.patch(traits, head.place(traits, anchor, 0.2), traits.uniform(*rhythm.extent))
        by_stage = tuple(level * factor * traits.lognormal(0, 0.25) for factor in rhythm.by_stage)
        second, third = share * np.exp(1j * phase), 0.6 * share**1.5 * np.exp(2j * phase)
        rows.append(_Row(field, shape, by_stage, second, third, rhythm.gated * traits.random()))
    return rows
