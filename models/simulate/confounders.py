"""Artefacts: eyes, muscle, electrodes, movement, sweat, and pulses of the digital chain.

Sizes in microvolts, rates and shares of patients are choices of ours, wide on purpose: what a network has never met, it
may take for a discharge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.simulate.electrodes import TEN_TWENTY, Float64
from models.simulate.fields import Head, Scene
from models.simulate.truth import Float32
from models.simulate.waveforms import envelope, peak, times
from models.sleep_stages import Stage

EYES = (np.array([-0.33, 0.92, -0.2]), np.array([0.33, 0.92, -0.2]))
"""Centres of the eyeballs, the left one first, in head radii: x right, y front, z up."""


Event: TypeAlias = tuple[Float32, Float32]
"""Fields (electrodes, parts) and courses (parts, samples), microvolts."""


def _event(field: Float32, wave: Float64) -> Event:
    return field[:, None], np.asarray(wave, np.float32)[None]


def _gaze(head: Head, left: float, right: float) -> Float32:
    return np.asarray(left * head.near(EYES[0], 0.45) + right * head.near(EYES[1], 0.45), np.float32)


def blink(s: Scene) -> Event:
    """Draw a blink."""
    # A lid falls faster than it rises.
    rise, fall = s.rng.uniform(0.03, 0.07), s.rng.uniform(0.05, 0.12)
    t = times(4 * (rise + fall) + 0.3, s.rate_hz)
    wave = peak(t, 3.2 * rise, rise, fall) - s.rng.uniform(0, 0.25) * peak(t, 3.2 * rise + 3 * fall, fall, 2 * fall)
    return _event(_gaze(s.head, 1, s.rng.uniform(0.8, 1.2)), s.rng.uniform(60, 300) * wave)


def _saccade(s: Scene) -> Event:
    """Draw one to four lateral eye movements: steps that an amplifier's high-pass lets decay, and the rectus spike."""
    length = s.rng.uniform(0.8, 4)
    t = times(length, s.rate_hz)
    gaze = np.zeros_like(t)
    for _ in range(s.rng.integers(1, 5)):
        at = s.rng.uniform(0, 0.8 * length)
        # 40 ms for the jump, then the decay of an amplifier's high-pass of about 0.13 Hz (1.2 s).
        gaze += s.rng.normal() * (t > at) * np.minimum(1, (t - at) / 0.04) * np.exp(-np.maximum(t - at, 0) / 1.2)
    wave = s.rng.uniform(20, 120) * gaze * np.minimum(1, (length - t) / 0.2)
    # The rectus muscle fires as the eye begins to move: a spike at the step, which is what is mistaken for a discharge.
    rectus = np.diff(gaze, prepend=0.0)
    rectus *= s.rng.uniform(0, 30) / (np.abs(rectus).max() + 1e-9)
    vertical = s.rng.uniform(-0.3, 0.3)
    return _event(_gaze(s.head, 1, -1 + vertical), wave + rectus)


def _slow_eyes(s: Scene) -> Event:
    length = s.rng.uniform(2, 6)
    t = times(length, s.rate_hz)
    wave = np.sin(2 * np.pi * s.rng.uniform(0.2, 0.5) * t) * envelope(t, length, 0.5)
    return _event(_gaze(s.head, 1, -1), s.rng.uniform(20, 100) * wave)


def _muscle_noise(s: Scene, samples: int) -> Float64:
    """Return noise that grows towards high frequencies, as muscle's does, standard deviation 1."""
    spectrum = np.fft.rfft(s.rng.standard_normal(samples))
    f = np.fft.rfftfreq(samples, 1 / s.rate_hz)
    # Surface muscle is strongest from 30 Hz on.
    wave = np.fft.irfft(spectrum * (f / 30) ** 2 / (1 + (f / 30) ** 2.3), samples)
    return np.asarray(wave / (wave.std() + 1e-9))


def _muscle_place(s: Scene) -> Float64:
    # Temporal and frontal muscles lie under the electrodes there; the vertex has none.
    site = s.rng.choice(("T7", "T8", "F7", "F8", "Fp1", "Fp2", "P7", "P8", "O1", "O2"), p=_MUSCLE_SITES)
    return np.asarray(np.array(TEN_TWENTY[site]) * 1.1 + s.rng.normal(0, 0.15, 3))


_MUSCLE_SITES = (0.2, 0.2, 0.15, 0.15, 0.08, 0.08, 0.04, 0.04, 0.03, 0.03)


def _muscle(s: Scene) -> Event:
    # Log-uniform: a twitch of 0.1 s, the likeliest false alarm, is drawn as often as a burst of seconds.
    length = np.exp(s.rng.uniform(np.log(0.1), np.log(5)))
    t = times(length, s.rate_hz)
    place, level = _muscle_place(s), np.exp(s.rng.uniform(np.log(8), np.log(150)))
    # Several muscles at once, each with noise of its own: one source would be too coherent between electrodes.
    parts = int(s.rng.integers(2, 5))
    fields = [s.head.near(place + s.rng.normal(0, 0.2, 3), s.rng.uniform(0.2, 0.5)) for _ in range(parts)]
    waves = [level * _muscle_noise(s, len(t)) * envelope(t, length, s.rng.uniform(0.1, 0.9)) for _ in range(parts)]
    return np.stack(fields, axis=1), np.asarray(waves, np.float32)


def _motor_units(s: Scene) -> Event:
    """Draw one motor unit firing: biphasic potentials of 8 to 20 ms at one temporal or frontal site."""
    count, pace = int(s.rng.integers(1, 25)), s.rng.uniform(4, 25)
    t = times((count + 2) / pace, s.rate_hz)
    width, wave = s.rng.uniform(0.0015, 0.005), np.zeros_like(t)
    for i in range(count):
        at = (i + 1 + s.rng.normal(0, 0.12)) / pace
        wave += peak(t, at, width, width) - s.rng.uniform(0.3, 0.9) * peak(t, at + 2.5 * width, width, 2 * width)
    level = s.rng.choice((-1, 1)) * np.exp(s.rng.uniform(np.log(15), np.log(120)))
    return _event(s.head.near(_muscle_place(s), s.rng.uniform(0.12, 0.3)), level * wave)


def _chewing(s: Scene) -> Event:
    length = s.rng.uniform(2, 6)
    t = times(length, s.rate_hz)
    # The tongue is a slow dipole of its own, in step with the jaw.
    bites = np.maximum(np.sin(2 * np.pi * s.rng.uniform(0.8, 2.2) * t), 0) ** s.rng.uniform(1, 4)
    fields = [s.head.near(1.1 * np.array(TEN_TWENTY[site]), 0.5) for site in ("T7", "T8")]
    tongue = s.head.near(np.array([0, 0.9, -0.9]), 1.2)
    level = s.rng.uniform(20, 150)
    waves = [level * _muscle_noise(s, len(t)) * bites * s.rng.uniform(0.5, 1) for _ in fields]
    return np.stack([*fields, tongue], axis=1), np.asarray([*waves, s.rng.uniform(5, 60) * bites], np.float32)


def _swallow(s: Scene) -> Event:
    t = times(s.rng.uniform(0.8, 2), s.rate_hz)
    # Tongue and throat: slow deflections that are largest below the ears, with the muscle of the neck.
    bell = envelope(t, float(t[-1]), s.rng.uniform(0.3, 0.7))
    fields = [s.head.near(np.array([0, 0.7, -1.0]), 1.0), s.head.near(np.array([0, 0.2, -1.1]), 0.9)]
    waves = [s.rng.uniform(20, 100) * bell * np.sin(2 * np.pi * s.rng.uniform(0.6, 2) * t)]
    return np.stack(fields, axis=1), np.asarray(
        [*waves, s.rng.uniform(5, 40) * _muscle_noise(s, len(t)) * bell], np.float32
    )


def _pop(s: Scene) -> Event:
    """Draw an electrode's pop: at one electrode, a jump and its decay, at times several in a row."""
    # From a contact that springs back at once to the slow recovery of an electrode's own voltage.
    decay = np.exp(s.rng.uniform(np.log(0.02), np.log(0.8)))
    t = times(6 * decay + 0.5, s.rate_hz)
    wave = np.zeros_like(t)
    for _ in range(1 if s.rng.random() < 0.7 else s.rng.integers(2, 5)):
        at, size = s.rng.uniform(0, 0.4), s.rng.normal(0, 1)
        wave += (
            size
            * (t >= at)
            * (1 - np.exp(-(t - at) / s.rng.uniform(0.001, 0.015)))
            * np.exp(-np.maximum(t - at, 0) / decay)
        )
    channel = int(s.rng.integers(len(s.head.positions)))
    level = np.exp(s.rng.uniform(np.log(20), np.log(500)))
    return _event(s.head.single(channel), level * wave / (np.abs(wave).max() + 1e-9))


def _blip(s: Scene) -> Event:
    """Draw a sharp transient at one electrode alone: as brief as a spike, but without a field."""
    width = s.rng.uniform(0.003, 0.015)
    t = times(12 * width, s.rate_hz)
    wave = peak(t, 4 * width, width * s.rng.uniform(0.5, 1), width, s.rng.uniform(1.2, 2))
    wave = wave - s.rng.choice((0.0, s.rng.uniform(0.2, 1))) * peak(t, 7 * width, width, 1.5 * width)
    level = s.rng.choice((-1, 1)) * np.exp(s.rng.uniform(np.log(8), np.log(120)))
    return _event(s.head.single(int(s.rng.integers(len(s.head.positions)))), level * wave)


def _glitch(s: Scene) -> Event:
    """Draw one to four samples of a wrong value, at one electrode or at all."""
    wave = s.rng.choice((-1, 1)) * np.ones(int(s.rng.integers(1, 5))) * np.exp(s.rng.uniform(np.log(20), np.log(400)))
    # A fault of one input, or of the converter that all of them share.
    everywhere = np.asarray(s.rng.uniform(0.3, 1, len(s.head.positions)), np.float32)
    field = s.head.single(int(s.rng.integers(len(s.head.positions)))) if s.rng.random() < 0.5 else everywhere
    return _event(field, wave)


def _movement(s: Scene) -> Event:
    """Draw a movement: large, slow, different at each electrode, with cable swing and muscle."""
    length = s.rng.uniform(0.5, 5)
    t = times(length, s.rate_hz)
    bell, count = envelope(t, length, s.rng.uniform(0.2, 0.8)), len(s.head.positions)
    waves = [bell * np.sin(2 * np.pi * (s.rng.uniform(0.3, 5) * t + s.rng.random())) for _ in range(4)]
    waves.append(0.3 * bell * _muscle_noise(s, len(t)))
    # Each electrode moves by itself: a movement's field has no place in the head.
    fields = s.rng.normal(0, 1, (count, 5)) * s.rng.lognormal(-0.5, 0.8, (count, 1))
    return np.asarray(fields * s.rng.uniform(20, 250), np.float32), np.asarray(waves, np.float32)


def _sweat(s: Scene) -> Event:
    # No longer: an event has to fit into the 8 s that the canvas holds beyond its segment.
    length = s.rng.uniform(4, 6.5)
    t = times(length, s.rate_hz)
    wave = np.sin(2 * np.pi * s.rng.uniform(0.1, 0.6) * t) * envelope(t, length, 0.5)
    fields = np.asarray(s.rng.normal(0, 1, len(s.head.positions)), np.float32)
    return _event(fields, s.rng.uniform(20, 200) * wave)


@dataclass(frozen=True)
class Artefact:
    """A kind of artefact: usual rate per minute awake and asleep, which part of patients, where, and a drawing."""

    kind: str
    awake: float
    asleep: float
    share: float
    depth_scale: float
    draw: Callable[[Scene], Event]


# Kind, rate a minute awake and asleep, share of patients, size on depth leads (0: not seen there), drawing.
ARTEFACTS = (
    Artefact("blink", 10, 0.05, 0.9, 0, blink),
    Artefact("saccade", 6, 0.3, 0.9, 0, _saccade),
    Artefact("slow-eyes", 0.3, 0.7, 0.7, 0, _slow_eyes),
    Artefact("muscle", 3, 0.4, 0.9, 0.1, _muscle),
    Artefact("motor-unit", 2, 0.4, 0.7, 0.1, _motor_units),
    Artefact("chewing", 0.2, 0.02, 0.5, 0.1, _chewing),
    Artefact("swallow", 0.5, 0.1, 0.7, 0.1, _swallow),
    Artefact("pop", 0.6, 0.4, 0.6, 1, _pop),
    Artefact("blip", 1.0, 0.6, 0.6, 0, _blip),
    Artefact("glitch", 0.4, 0.3, 0.4, 1, _glitch),
    Artefact("movement", 0.6, 0.15, 0.8, 0.5, _movement),
    Artefact("sweat", 0.4, 0.4, 0.2, 0.5, _sweat),
)


class Nuisance:
    """One patient's version of an artefact: how often it happens to them and how large it is."""

    def __init__(self, family: Artefact, scene: Scene, traits: np.random.Generator, awake_uv: float) -> None:
        self.kind, self.rng = family.kind, scene.rng
        self._draw, self._scene = family.draw, scene
        often = traits.lognormal(-0.2, 0.8) * (traits.random() < family.share)
        on_depth = scene.head.layout == "depth"
        self._scale = np.float32((family.depth_scale if on_depth else 1.0) * traits.lognormal(0, 0.3) / awake_uv)
        often *= not on_depth or family.depth_scale > 0
        self._awake, self._asleep = float(often * family.awake / 60), float(often * family.asleep / 60)

    def rate_per_s(self, stage: Stage) -> float:
        """Return how many begin in a second of ``stage``; rapid eye movements are what their stage is named for."""
        if stage == "R" and self.kind == "saccade":
            return self._awake
        return self._awake if stage == "W" else self._asleep

    def draw(self) -> Event:
        """Draw one: fields and courses in units of the patient's root mean square."""
        fields, waves = self._draw(self._scene)
        return fields * self._scale, waves


def nuisances(scene: Scene, traits: np.random.Generator, rms_uv: float) -> tuple[Nuisance, ...]:
    """Draw which artefacts a patient's recording suffers from."""
    return tuple(Nuisance(family, scene, traits, rms_uv) for family in ARTEFACTS)
