"""Open eyes laid on a recording whose people had theirs closed: saccades, what their muscles and lids add, and blinks.

A saccade is seen in three ways. The muscles that begin it fire together: a spike near the orbits, of some 20 ms. Then
the eye, a battery that is positive in front, has turned: a step, which an amplifier's high-pass lets decay. And the lid
follows an eye that turns up a little late, which shows for so long on the forehead.

Sources: Keren, Yuval-Greenberg and Deouell (2010), NeuroImage 49:2248, and Thickbroom and Mastaglia (1985), Brain Res.
339:271, of the spike; Boylan and Doig (1989), Invest. Ophthalmol. Vis. Sci. 30:2521, of its size; Lins et al. (1993),
Brain Topogr. 6:65, of dipoles and lids; Malinov et al. (2000), Vision Res. 40:2083, of how far eyes turn; Carpenter
(1988), Movements of the Eyes, of how long that takes; Rayner (1998), Psychol. Bull. 124:372, of fixations; Bentivoglio
et al. (1997), Mov. Disord. 12:1028, of blinks. What has no source beside it is a choice of ours.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.simulate.confounders import EYES, blink
from models.simulate.electrodes import Float64
from models.simulate.fields import Head, Scene, head
from models.simulate.truth import Float32
from models.simulate.waveforms import peak

SIZE_DEG: Final = (4.55, 1.25)
"""Median of how far an eye turns, and spread of its logarithm: 53 % below 5 degrees, 83 % below 15 (Malinov et al.)."""
FARTHEST_DEG: Final = 25.0
"""Beyond it from straight ahead the head would turn."""
FIXATION_S: Final = (0.28, 0.3)
"""Median of how long an eye rests, and spread of its logarithm: 200 to 400 ms mostly (Rayner)."""
STARES: Final = (0.05, 0.5)
"""Share of fixations of a person that last longer, and on average this many seconds longer:"""
STARE_S: Final = 2.0
STEP_UV_PER_DEG: Final = (1.5, 6.0)
"""What a turn aside leaves at the temple (F7), log-uniform over people. Between the outer corners of the eyes 5 to
20 uV a degree are usual; half of that is on each side, and about half is left at the temple."""
SPIKE_UV: Final = (4.0, 60.0)
"""Size of the muscles' spike at the nearest electrode, of a saccade of 10 degrees and more; log-uniform over people."""
SPIKE_S: Final = 0.022
"""How long it lasts, biphasic, from the onset of the saccade on (Keren et al.)."""
LID_LAG_S: Final = (0.01, 0.03)
BLINKS_PER_MIN: Final = (17.0, 0.5)
"""Median and spread of the logarithm over people at rest (Bentivoglio et al.)."""
RIGHT, UP = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
OUTWARDS = 0.15 * RIGHT
"""From the middle of an eye to the outer end of its orbit, in head radii."""
_BEYOND_S: Final = 2.0  # the longest blink, which may begin with the last sample


@dataclass(frozen=True, slots=True)
class Saccade:
    """A turn of both eyes that begins at `onset_s`, so far to the right and up."""

    onset_s: float
    right_deg: float
    up_deg: float

    @property
    def size_deg(self) -> float:
        """How far the eyes turn."""
        return math.hypot(self.right_deg, self.up_deg)

    @property
    def duration_s(self) -> float:
        """How long that takes: the main sequence, by Carpenter."""
        return 0.021 + 0.0022 * self.size_deg


@dataclass(frozen=True, slots=True)
class OpenEyes:
    """What open eyes leave on scalp electrodes, (channels, samples) float32, microvolts; and the saccades in it."""

    samples: Float32
    saccades: tuple[Saccade, ...]


def open_eyes(samples: int, rate_hz: float, labels: tuple[str, ...], rng: np.random.Generator) -> OpenEyes:
    """Draw the eyes of somebody who looks around.

    The reference against which they are recorded is drawn, too; it cancels in every derivation.

    Parameters
    ----------
    samples
        length of the recording
    rate_hz
        at least 100
    labels
        one electrode of the 10-20 system a channel
    rng
        draws the reference, the person's sizes and habits, and what the eyes do
    """
    where = head(rng, "scalp", labels)
    found = tuple(_looking(samples / rate_hz, rng))
    eyes = _Eyes(where, rate_hz, rng)
    canvas = np.zeros((len(where.positions), samples + round(_BEYOND_S * rate_hz)), np.float64)
    for saccade in found:
        eyes.turn(canvas, saccade)
    _blinks(canvas, samples, Scene(where, rate_hz, rng))
    return OpenEyes(np.asarray(where.reference @ canvas[:, :samples], np.float32), found)


class _Eyes:
    """One person's: fields over the electrodes, and sizes in microvolts."""

    def __init__(self, where: Head, rate_hz: float, rng: np.random.Generator) -> None:
        self._rate_hz = rate_hz
        per_deg = float(np.exp(rng.uniform(*np.log(STEP_UV_PER_DEG))))
        self._right, self._up = (
            per_deg * _turned(where, axis) for axis in (np.array([1.0, 0, 0]), np.array([0, 0, 1.0]))
        )
        # At its outer end each orbit has the muscle that turns the eye that way.
        corners = (EYES[0] - OUTWARDS, EYES[1] + OUTWARDS)
        orbits = [where.near(corner, 0.45) for corner in corners]
        self._orbits = [field / field.max() for field in orbits]
        self._spike_uv = float(np.exp(rng.uniform(*np.log(SPIKE_UV))))
        # The muscle on the inner side of the other eye is farther from electrodes.
        self._inner = rng.uniform(0.3, 0.7)
        self._lids = np.sum([where.near(eye, 0.45) for eye in EYES], axis=0)
        self._lid_uv_per_deg, self._lid_lag_s = per_deg * rng.uniform(0, 1), rng.uniform(*LID_LAG_S)

    def turn(self, canvas: Float64, saccade: Saccade) -> None:
        """Add a saccade to (electrodes, n): the step stays until the end."""
        first = max(0, int((saccade.onset_s - 0.02) * self._rate_hz))
        t = np.arange(first, canvas.shape[1]) / self._rate_hz - saccade.onset_s
        gone = _gone(t, saccade.duration_s)
        turned = saccade.right_deg * self._right + saccade.up_deg * self._up
        canvas[:, first:] += turned[:, None] * gone
        soon = slice(first, first + round(0.3 * self._rate_hz))
        t, gone = t[: soon.stop - first], gone[: soon.stop - first]
        canvas[:, soon] += self._spike(saccade)[:, None] * _biphasic(t)
        late = gone - _gone(t - self._lid_lag_s, saccade.duration_s)
        canvas[:, soon] += max(0.0, saccade.up_deg) * self._lid_uv_per_deg * self._lids[:, None] * late

    def _spike(self, saccade: Saccade) -> Float64:
        """Return its size at each electrode: negative near the eyes, largest on the side that is turned to."""
        left, right = self._orbits
        # 0 to the left, 1 to the right, between the two when it goes up or down.
        to_right = 0.5 + 0.5 * saccade.right_deg / max(saccade.size_deg, 1e-9)
        of_right, of_left = (share + (1 - share) * self._inner for share in (to_right, 1 - to_right))
        # It grows with the saccade up to some 10 degrees (Boylan and Doig).
        size_uv = self._spike_uv * math.sqrt(min(1.0, saccade.size_deg / 10))
        return np.asarray(-size_uv * (of_right * right + of_left * left), np.float64)


def _turned(where: Head, direction: Float64) -> Float64:
    """Return the field (electrodes,) of two eyes that have turned that way: a dipole more in each, along the turn."""
    apart = [where.positions - eye for eye in EYES]
    # An eye is no point: without a size, 0.3 head radii with its orbit, electrodes above it would see nothing else.
    field = sum(away @ direction / ((away**2).sum(axis=1) + 0.3**2) ** 1.5 for away in apart)
    return np.asarray(field / np.abs(field).max())


def _gone(t: Float64, duration_s: float) -> Float64:
    """Return how much of a turn is made, 0 to 1: it speeds up and slows down evenly."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(t / duration_s, 0, 1)))


def _biphasic(t: Float64) -> Float64:
    """Return the muscles' spike, 1 at its first peak, over SPIKE_S."""
    width_s = SPIKE_S / 8
    return peak(t, 2 * width_s, width_s, width_s) - 0.5 * peak(t, 5.5 * width_s, 1.2 * width_s, 1.4 * width_s)


def _looking(seconds: float, rng: np.random.Generator) -> Iterator[Saccade]:
    """Draw where somebody looks."""
    stares, at_s = rng.uniform(*STARES), float(rng.uniform(0, 1))
    right_deg, up_deg = rng.normal(0, 5), rng.normal(0, 3)
    while at_s < seconds:
        size_deg = min(2 * FARTHEST_DEG, SIZE_DEG[0] * math.exp(SIZE_DEG[1] * rng.normal()))
        angle = _angle(rng)
        across, along = size_deg * math.cos(angle), size_deg * math.sin(angle)
        # Back from the edge of what is seen.
        across = -across if abs(right_deg + across) > FARTHEST_DEG else across
        along = -along if abs(up_deg + along) > FARTHEST_DEG else along
        saccade = Saccade(at_s, across, along)
        yield saccade
        right_deg, up_deg = right_deg + across, up_deg + along
        rest_s = FIXATION_S[0] * math.exp(FIXATION_S[1] * rng.normal())
        at_s += saccade.duration_s + rest_s + (rng.exponential(STARE_S) if rng.random() < stares else 0.0)


def _angle(rng: np.random.Generator) -> float:
    """Draw a direction: aside most often, less often up or down, and oblique."""
    kind = rng.random()
    if kind < 0.5:
        return float(rng.choice((0.0, math.pi)) + rng.normal(0, 0.15))
    if kind < 0.7:
        return float(rng.choice((0.5, 1.5)) * math.pi + rng.normal(0, 0.15))
    return float(rng.uniform(0, 2 * math.pi))


def _blinks(canvas: Float64, samples: int, scene: Scene) -> None:
    """Add blinks to (electrodes, n) that begin within the first samples."""
    rng = scene.rng
    per_min = BLINKS_PER_MIN[0] * math.exp(BLINKS_PER_MIN[1] * rng.normal())
    for onset in rng.integers(samples, size=rng.poisson(per_min * samples / scene.rate_hz / 60)):
        fields, courses = blink(scene)
        canvas[:, onset : onset + courses.shape[1]] += fields @ courses
