"""Abnormal background that is no discharge: slowing, rhythmic waves, blunt triphasic waves, a breach.

Names and limits are those of the American Clinical Neurophysiology Society's terminology (Hirsch et al. 2021, J. Clin.
Neurophysiol. 38:1), ACNS below. Levels, shares and lengths without a source are choices of ours.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.simulate.electrodes import Float64
from models.simulate.fields import Head
from models.simulate.noise import Canvas, Grid, Noise
from models.simulate.rhythms import Rhythm, Rhythms
from models.simulate.spells import Pace, Spells, envelope
from models.simulate.truth import Abnormality, Confounder, Float32
from models.simulate.waveforms import peak, times
from models.sleep_stages import Stage

LEFT = ("T7", "F7", "C3", "P7", "F3", "P3")
RIGHT = ("T8", "F8", "C4", "P8", "F4", "P4")


@dataclass(frozen=True)
class Ward:
    """What patterns are drawn with: a patient's grid, head, size of background, ill side and first stage.

    ``traits`` draws what is the patient's own, ``rng`` what happens.
    """

    grid: Grid
    head: Head
    rms_uv: float
    side: tuple[str, ...]
    stage: Stage
    traits: np.random.Generator
    rng: np.random.Generator


class Pattern(Protocol):
    """One abnormal pattern of a patient; `named` is its entry in the truth."""

    named: Abnormality

    def segment(self, brain: Float32, first: int, stage: Stage) -> tuple[Float32, list[Confounder]]:
        """Return the segment's brain activity (electrodes, segment) with the pattern, and what begins in it."""
        ...


def electrode(head: Head, field: Float32) -> str:
    """Return the label of the electrode where a field (electrodes,) is recorded largest."""
    return head.labels[int(np.abs(head.reference @ field).argmax())]


def begun(kind: str, spells: tuple[tuple[int, int], ...], first: int, grid: Grid) -> list[Confounder]:
    """Return a confounder for each stretch that begins in the segment at ``first``."""
    return [Confounder(kind, a, b) for a, b in spells if first <= a < first + grid.segment]


def level(ward: Ward, low: float, high: float) -> np.float32:
    """Draw a size, log-uniform, in units of the background's root mean square."""
    return np.float32(np.exp(ward.traits.uniform(*np.log((low, high)))))


class Slowing:
    """Polymorphic delta or theta: irregular waves without a pace, there all the time."""

    def __init__(self, ward: Ward, kind: str, sites: tuple[str, ...], extent: tuple[float, float]) -> None:
        grid, head, traits = ward.grid, ward.head, ward.traits
        # Delta is below 4 Hz and theta from 4 to 7 Hz by definition; a third of the patients have mostly theta.
        theta = traits.random() < 0.33
        centre, width = (traits.uniform(4.2, 6.5), 0.9) if theta else (traits.uniform(0.8, 2.8), traits.uniform(0.5, 1))
        f = grid.frequencies_hz
        bump = np.exp(-0.5 * ((f - centre) / width) ** 2) * (f > 0.3)
        fields = [head.patch(traits, head.place(traits, site, 0.2), traits.uniform(*extent)) for site in sites]
        # Several sources, none in step with another: that is what makes the waves differ from one to the next.
        size = level(ward, 1, 4) / np.sqrt(len(sites))
        self._mixing = np.asarray(np.stack(fields, axis=1) * size, np.float32)
        self._shape = np.tile(grid.unit(bump[None], 0, 30), (len(sites), 1))
        self._noise = Noise(grid, ward.rng, self._shape)
        self.named = Abnormality(kind, float(centre), electrode(head, fields[0]))

    def segment(self, brain: Float32, first: int, stage: Stage) -> tuple[Float32, list[Confounder]]:  # noqa: ARG002
        """Add the waves; they go on, so nothing begins."""
        return brain + self._mixing @ self._noise.segment(self._shape), []


@dataclass(frozen=True)
class Run:
    """A rhythmic pattern as a family: pace, sites (one is drawn), source radius, size, sharpness, how long it lasts."""

    kind: str
    pace_hz: tuple[float, float]
    sites: tuple[str, ...]
    extent: tuple[float, float]
    on_s: tuple[float, float]
    off_s: tuple[float, float]


class Rhythmic:
    """Waves alike in shape and length, in runs: rhythmic delta or theta."""

    def __init__(self, ward: Ward, run: Run) -> None:
        grid, head, traits = ward.grid, ward.head, ward.traits
        self._grid = grid
        place = head.place(traits, traits.choice(run.sites), 0.12)
        self._field = head.patch(traits, place, traits.uniform(*run.extent))[:, None] * level(ward, 1.5, 5)
        pace_hz = traits.uniform(*run.pace_hz)
        # ACNS: a wave is not longer or shorter than the one before by more than a half; 5 % is far from that.
        self._per_sample, self._unsteady = 2 * np.pi * pace_hz / grid.rate_hz, traits.uniform(0.02, 0.08)
        # Half of ACNS's examples are nearly sines, others notched or sharply contoured, which is no discharge either.
        share, turn = 0.5 * traits.random() ** 1.5, traits.uniform(0, 2 * np.pi)
        self._second, self._third = (share, turn), (0.6 * share**1.5, 2 * turn)
        self._slow = grid.slow(np.array([[0.4], [0.3]]))
        self._noise = Noise(grid, ward.rng, self._slow)
        self._phase = float(traits.uniform(0, 2 * np.pi))
        on_s, off_s = (float(np.exp(traits.uniform(*np.log(r)))) for r in (run.on_s, run.off_s))
        # Six cycles make a rhythmic pattern (ACNS).
        self._spells = Spells(grid, Pace(on_s, off_s, 0.4, 6 / pace_hz), ward.rng)
        self.named = Abnormality(run.kind, float(pace_hz), electrode(head, self._field[:, 0]))

    def segment(self, brain: Float32, first: int, stage: Stage) -> tuple[Float32, list[Confounder]]:  # noqa: ARG002
        """Add the runs; each is a confounder where it begins."""
        spells = self._spells.segment(first)
        wander = self._noise.segment(self._slow)
        angle = self._phase + np.cumsum(self._per_sample * (1 + self._unsteady * wander[0].astype(np.float64)))
        # The phase is carried on, or there would be a jump where segments meet.
        self._phase = float(angle[-1] % (2 * np.pi))
        wave = np.cos(angle)
        for harmonic, (share, turn) in enumerate((self._second, self._third), 2):
            wave += share * np.cos(harmonic * angle + turn)
        size = np.exp(0.15 * wander[1]) * envelope(self._grid, spells, first, 0.5)
        found = begun(self.named.kind, spells, first, self._grid)
        return brain + self._field @ (size * wave).astype(np.float32)[None], found


class Triphasic:
    """Runs of blunt triphasic waves, as in toxic and metabolic encephalopathy.

    ACNS counts sharp ones among generalised periodic discharges ("with triphasic morphology"), and calls a wave blunt
    whose main phase is longer than 200 ms and smooth. Only blunt ones are drawn here, as background.
    """

    def __init__(self, ward: Ward) -> None:
        grid, head, traits = ward.grid, ward.head, ward.traits
        self._grid, self._rng = grid, ward.rng
        places = (head.place(traits, "Fz", 0.1), head.place(traits, "Pz", 0.15))
        fields = [head.patch(traits, place, traits.uniform(0.4, 0.9)) for place in places]
        behind = traits.uniform(0.3, 0.8)
        self._fields = np.stack([fields[0], behind * fields[1]], axis=1) * level(ward, 2.5, 7)
        # The posterior wave lags by 25 to 140 ms (Kaplan and Sutter 2015, J. Clin. Neurophysiol. 32:401).
        self._lag_s, self._main_s = traits.uniform(0.025, 0.14), traits.uniform(0.2, 0.3)
        # 1.5 to 2.5 a second is usual; blunt waves leave no room for more than about 1.8.
        self._pace_hz = traits.uniform(0.9, 1.8)
        self._sizes = traits.uniform(0.15, 0.5), traits.uniform(0.3, 0.7)
        self._spells = Spells(grid, Pace(*(float(np.exp(traits.uniform(*np.log(r)))) for r in _RUNS)), ward.rng)
        self._canvas = Canvas(len(head.positions), grid, 3.0)
        self._next = 0
        self.named = Abnormality("triphasic", float(self._pace_hz), electrode(head, fields[0]))

    def segment(self, brain: Float32, first: int, stage: Stage) -> tuple[Float32, list[Confounder]]:  # noqa: ARG002
        """Add the waves, each a confounder."""
        found = []
        for begin, end in self._spells.segment(first):
            self._next = max(self._next, begin)
            while first <= self._next < min(end, first + self._grid.segment):
                found.append(self._paint(self._next - first, first))
                step_s = max(self._rng.normal(1, 0.1), 0.7) / self._pace_hz
                self._next += int(step_s * self._grid.rate_hz)
        return brain + self._canvas.take(), found

    def _paint(self, column: int, first: int) -> Confounder:
        t = times(1.6, self._grid.rate_hz)
        waves = np.stack([self._wave(t, 0.35), self._wave(t, 0.35 + self._lag_s)])
        size = np.float32(self._rng.lognormal(0, 0.15))
        self._canvas.add(column, self._fields * size, waves.astype(np.float32))
        return Confounder("triphasic", first + column, first + column + len(t))

    def _wave(self, t: Float64, at_s: float) -> Float64:
        """Return a small negative, a large positive and a slow negative phase, each longer than the one before."""
        # A quarter of the phase's length is the deviation of either flank.
        flank = self._main_s / 4
        main = peak(t, at_s, 0.85 * flank, 1.15 * flank)
        before, after = self._sizes
        return np.asarray(
            main
            - before * peak(t, at_s - 3 * flank, 0.9 * flank, 0.8 * flank)
            - after * peak(t, at_s + 4 * flank, 1.3 * flank, 2 * flank)
        )


_RUNS = ((5.0, 120.0), (3.0, 40.0))  # s, a run of triphasic waves and the pause after it


class Breach:
    """Over a hole in the skull everything is larger, beta above all, with sharply contoured waves like mu."""

    def __init__(self, ward: Ward) -> None:
        head, traits = ward.head, ward.traits
        site = str(traits.choice(ward.side))
        place = head.place(traits, site, 0.1)
        # Up to three times larger than on the other side (Cobb et al. 1979, Electroenceph. Clin. Neurophysiol. 47:251).
        self._gain = (1 + traits.uniform(0.4, 2) * head.near(place, traits.uniform(0.25, 0.45)))[:, None]
        self._rhythms = Rhythms(ward.grid, head, ward.stage, traits, ward.rng, _breach(site))
        self.named = Abnormality("breach", 0.0, head.labels[int(self._gain[: len(head.labels), 0].argmax())])

    def segment(self, brain: Float32, first: int, stage: Stage) -> tuple[Float32, list[Confounder]]:  # noqa: ARG002
        """Enlarge the region and add its rhythms; nothing begins."""
        return (brain + self._rhythms.segment(stage)) * self._gain.astype(np.float32), []


def _breach(site: str) -> tuple[Rhythm, ...]:
    # 6 to 11 Hz, arches and spiky tops (Cobb 1979); beta, which the bone would hold back.
    usual = (1.0, 0.8, 0.5, 0.3, 0.7)
    return (
        Rhythm("breach mu", (site,), (6, 11), (0.5, 1.3), (0.05, 0.15), (0.6, 2), usual, 0.9, False, 0.9),
        Rhythm("breach beta", (site,), (15, 28), (2, 4), (0.05, 0.2), (0.3, 1), usual, 0.3, False, 0.5),
    )
