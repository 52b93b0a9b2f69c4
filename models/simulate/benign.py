"""What a sleeping or waking brain makes that is no IED: graphoelements of sleep and benign variants.

Shapes and places follow the usual atlases: vertex waves, K-complexes, spindles, POSTS, lambda, wickets,
14-and-6, small sharp spikes, mid-temporal theta of drowsiness, 6-per-second phantom, nondescript sharp bursts.
Spindles are bursts of 11 to 15 Hz, 0.5 to 2 s long, most of them in N2 (Purcell et al. 2017, Nature Communications
8:15930). Rates, shares and sizes are choices of ours: often enough that a detector meets each of them in training.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.simulate.electrodes import Float64
from models.simulate.fields import Scene
from models.simulate.truth import Float32
from models.simulate.waveforms import burst, peak, times, triangle
from models.sleep_stages import STAGES, Stage

Wave: TypeAlias = Callable[[np.random.Generator, float], Float64]


@dataclass(frozen=True)
class Benign:
    """A kind of benign event as a family; each patient draws one of it.

    Attributes
    ----------
    kind : str
        Its name in the truth.
    per_minute : tuple of float
        Usual rate in W, N1, N2, N3, R.
    share : float
        Which part of patients has it at all.
    anchors : tuple of str
        10-20 sites; each event comes from one of them.
    extent, ratio : tuple of float
        Ranges of source radius and of the peak over the background's root mean square.
    sign : int
        Polarity of the main phase, 0 for either.
    wave : Wave
        Draws one event's course in time, peak about +1.
    """

    kind: str
    per_minute: tuple[float, float, float, float, float]
    share: float
    anchors: tuple[str, ...]
    extent: tuple[float, float]
    ratio: tuple[float, float]
    sign: int
    wave: Wave


def _vertex(rng: np.random.Generator, rate_hz: float) -> Float64:
    width = rng.uniform(0.02, 0.05)
    t = times(12 * width, rate_hz)
    first = peak(t, 4 * width, width * rng.uniform(0.6, 1), width, rng.uniform(1.5, 2))
    return first - rng.uniform(0.1, 0.6) * peak(t, 7 * width, width, 1.5 * width)


def _k_complex(rng: np.random.Generator, rate_hz: float) -> Float64:
    t = times(1.8, rate_hz)
    # A K-complex lasts at least half a second: a sharp negative phase and a slower positive one.
    down = rng.uniform(0.07, 0.16)
    wave = peak(t, 0.5, 0.7 * down, 1.1 * down) - rng.uniform(0.3, 0.9) * peak(t, 0.5 + 3.2 * down, down, 1.8 * down)
    sharp = rng.uniform(0, 0.5) * peak(t, 0.5 - 1.5 * down, 0.03, 0.02)
    return np.asarray(wave + sharp)


def _spindle(rng: np.random.Generator, rate_hz: float) -> Float64:
    # 11 to 16 Hz for at least half a second is what defines a spindle.
    return burst(rng, rate_hz, (11, 15.5), (0.5, 2.2), (0, 0.35), 0.0)


def _check(rng: np.random.Generator, rate_hz: float) -> Float64:
    """Draw one or several check-mark waves, as in lambda and positive occipital sharp transients."""
    # POSTS often come in runs, lambda waves mostly alone.
    count = int(min(1 + rng.geometric(0.5), 6)) if rng.random() < 0.4 else 1
    pieces = []
    for _ in range(count):
        length = rng.uniform(0.08, 0.22)
        one = rng.uniform(0.6, 1) * triangle(length, rng.uniform(0.25, 0.6), rate_hz)
        dip = -rng.uniform(0, 0.4) * triangle(length * 0.8, 0.4, rate_hz)
        pieces += [one, dip, np.zeros(int(rng.uniform(0, 0.06) * rate_hz))]
    return np.concatenate(pieces)


def _wicket(rng: np.random.Generator, rate_hz: float) -> Float64:
    # A single wicket is the one most often mistaken for a discharge.
    if rng.random() < 0.3:
        return triangle(rng.uniform(0.09, 0.16), rng.uniform(0.35, 0.65), rate_hz)
    return burst(rng, rate_hz, (6, 11), (0.4, 1.2), (0.25, 0.6), 0.0)


def _fourteen_and_six(rng: np.random.Generator, rate_hz: float) -> Float64:
    pace = (13.0, 17.0) if rng.random() < 0.6 else (5.5, 7.0)
    return burst(rng, rate_hz, pace, (0.4, 1.0), (0.3, 0.7), 0.0)


def _small_sharp(rng: np.random.Generator, rate_hz: float) -> Float64:
    # Under 50 ms, with hardly a slow wave after it: what distinguishes it from a spike.
    width = rng.uniform(0.006, 0.013)
    t = times(14 * width + 0.2, rate_hz)
    wave = peak(t, 5 * width, width, width * rng.uniform(0.5, 0.9), 1.5)
    wave = wave - rng.uniform(0.2, 0.8) * peak(t, 8.5 * width, width, 1.5 * width)
    return wave + rng.uniform(-0.15, 0.15) * peak(t, 8.5 * width + 0.08, 0.03, 0.04)


def _temporal_theta(rng: np.random.Generator, rate_hz: float) -> Float64:
    return burst(rng, rate_hz, (4.5, 7.5), (1.0, 4.0), (0.2, 0.7), rng.uniform(0, 3.2))


def _phantom(rng: np.random.Generator, rate_hz: float) -> Float64:
    pace, count = rng.uniform(5, 7), int(rng.integers(4, 10))
    t = times((count + 1) / pace, rate_hz)
    tips = np.sum([peak(t, (i + 0.7) / pace, 0.007, 0.008) for i in range(count)], axis=0)
    waves = np.maximum(np.sin(2 * np.pi * (pace * t + 0.5)), -0.5) * np.hanning(len(t))
    return np.asarray(rng.uniform(0.2, 0.6) * tips - waves)


def _nondescript(rng: np.random.Generator, rate_hz: float) -> Float64:
    """Draw a burst of any pace and contour: what background does and no atlas names."""
    return burst(rng, rate_hz, (3, 25), (0.15, 2.0), (0, 0.6), rng.uniform(0, 6.28))


def _slow(rng: np.random.Generator, rate_hz: float) -> Float64:
    """Draw one to several polymorphic slow waves, some with a notch or a sharp edge."""
    pieces = [rng.uniform(0.5, 1) * triangle(rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.85), rate_hz)]
    for _ in range(rng.integers(0, 3)):
        pieces.append(-pieces[-1][::-1] * rng.uniform(0.3, 1))
    return np.concatenate(pieces)


_BACK = ("O1", "O2", "Oz")
_SIDES = ("T7", "T8")
_ANYWHERE = ("F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2", "T7", "T8", "Fz", "Cz", "Pz", "F7", "F8")

# Kind, usual rate a minute in W, N1, N2, N3, R, share of patients, sites, extent, ratio, sign, course.
BENIGN = (
    Benign("vertex-wave", (0, 2.5, 2.5, 0.3, 0.05), 0.9, ("Cz",), (0.15, 0.45), (2.5, 8), -1, _vertex),
    Benign("k-complex", (0, 0.1, 2, 0.7, 0), 1.0, ("Fz", "Cz"), (0.4, 0.9), (4, 11), -1, _k_complex),
    Benign("spindle", (0, 0.2, 5, 1.5, 0), 1.0, ("Fz", "Cz", "C3", "C4", "Pz"), (0.2, 0.7), (1.2, 4), 0, _spindle),
    Benign("posts", (0, 3, 5, 2, 0.1), 0.5, _BACK, (0.1, 0.3), (1.2, 5), 1, _check),
    Benign("lambda", (4, 0, 0, 0, 0), 0.5, _BACK, (0.1, 0.3), (1, 3), 1, _check),
    Benign("wicket", (0.3, 1.5, 1, 0.1, 0.1), 0.3, _SIDES, (0.1, 0.3), (1.5, 3.5), -1, _wicket),
    Benign("14-and-6", (0, 0.8, 1, 0.2, 0), 0.2, ("P7", "P8"), (0.2, 0.5), (1, 2.5), 1, _fourteen_and_six),
    Benign("small-sharp-spike", (0.05, 1.5, 1.5, 0.2, 0.2), 0.25, _SIDES, (0.4, 0.8), (1, 2.5), 0, _small_sharp),
    Benign("temporal-theta", (0.5, 1, 0.2, 0, 0), 0.3, _SIDES, (0.1, 0.35), (1, 2.5), 0, _temporal_theta),
    Benign("phantom-6-hz", (0.3, 0.5, 0.2, 0, 0), 0.1, ("Pz", "Fz"), (0.4, 0.9), (0.7, 1.6), -1, _phantom),
    Benign("burst", (12, 10, 8, 5, 8), 0.95, _ANYWHERE, (0.02, 0.6), (0.8, 3.5), 0, _nondescript),
    Benign("slow-transient", (1.5, 2, 2.5, 2, 1), 0.8, _ANYWHERE, (0.1, 0.9), (1, 4), 0, _slow),
)
# A stage is defined by these, so they occur even in recordings without confounders.
_ALWAYS = ("vertex-wave", "k-complex", "spindle")
# The rest are named for how they look on the scalp; on a depth lead they would only be small discharges.
_IN_DEPTH = ("k-complex", "spindle", "temporal-theta", "burst", "slow-transient")


class Habit:
    """One patient's version of a benign kind: how often, where, how large."""

    def __init__(self, family: Benign, scene: Scene, traits: np.random.Generator) -> None:
        self.kind, self.rng = family.kind, scene.rng
        self._rate_hz, head = scene.rate_hz, scene.head
        has = traits.random() < family.share
        # Drawn for every kind, also where the patient has none of it: leaving a kind out must not change the others.
        often = traits.lognormal(-0.2, 0.7) * has
        self._per_minute = {s: often * family.per_minute[i] for i, s in enumerate(STAGES)}
        self._ratio, self._wave = family.ratio, family.wave
        # In one patient in ten either polarity occurs: a network shall not learn it as the only difference.
        self._sign = family.sign if family.sign and traits.random() < 0.9 else 0
        extent = traits.uniform(*family.extent)
        self._fields = [
            head.patch(traits, head.place(traits, anchor, 0.12), extent) for anchor in family.anchors for _ in "ab"
        ]

    def rate_per_s(self, stage: Stage) -> float:
        """Return how many begin in a second of ``stage``."""
        return float(self._per_minute[stage]) / 60

    def draw(self) -> tuple[Float32, Float32]:
        """Draw one event: field (electrodes, 1) and course (1, samples), in units of the background."""
        rng = self.rng
        # Two of the places, the second one weaker: no two events of a patient have quite the same field.
        chosen = rng.choice(len(self._fields), 2)
        field = self._fields[chosen[0]] + rng.uniform(0, 0.5) * self._fields[chosen[1]]
        sign = self._sign or rng.choice((-1, 1))
        ratio = sign * np.exp(rng.uniform(*np.log(self._ratio)))
        return field[:, None], np.asarray(ratio * self._wave(rng, self._rate_hz), np.float32)[None]


def habits(scene: Scene, traits: np.random.Generator, everything: bool) -> tuple[Habit, ...]:
    """Draw a patient's benign events; without ``everything`` only those that make a sleep stage what it is."""
    kinds = [family.kind for family in BENIGN] if everything else _ALWAYS
    # All are drawn, then some left out: the same seed is the same patient with and without confounders.
    drawn = [Habit(family, scene, traits) for family in BENIGN]
    seen = kinds if scene.head.layout == "scalp" else _IN_DEPTH
    return tuple(habit for habit in drawn if habit.kind in kinds and habit.kind in seen)
