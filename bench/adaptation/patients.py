"""Patients whose discharges differ from those of training, as looks of the shipped model and the truth about them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.background import Background, background, subject_of, varied
from models.detection.events import EventFormer, EventRules
from models.detection.odds import log_odds
from models.detection.sightings import Sighting
from models.detection.surroundings import surroundings
from models.engines.engine import Engine
from models.engines.verifying import Verifier
from models.evaluation.forming import Scored
from models.evaluation.matching import MARKED_RATIO
from models.evaluation.simulated import score
from models.networks.whole_head import WholeHead
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate import simulate
from models.simulate.discharges import Focus
from models.simulate.overlay import overlay
from models.simulate.windows import HELD_OUT, Track, record
from models.training.looks import Looks, Watched

IEDS_PER_MIN: Final = 8.0
FIRST: Final = HELD_OUT + 70_000_000
"""The first simulated patient: neither training nor another bench reaches it."""
PEOPLE: Final = 1_000
"""The first number of a person."""
WIDER: Final = 1.8
BLUNT: Final = 1.2
HALF_S: Final = 90.0
"""Of a recording, as much is repeated to learn from, and another as long to be measured on."""
FADE_S: Final = 0.5
VARIED: Final = 2
"""Patients made of each recording: one as it is, the others as other people might have it."""


@dataclass(frozen=True, slots=True)
class Patient:
    """One recording's looks; reviewed events lie before `half_s`, and what is measured lies behind it, up to `end_s`.

    `peaks_s` are of all discharges, `marked` says which of them a reader would mark; `number` is that of the simulated
    patient or of the person.
    """

    looks: Looks
    peaks_s: NDArray[np.float64]
    marked: NDArray[np.bool_]
    half_s: float
    end_s: float
    number: int = 0


@dataclass(frozen=True, slots=True)
class Shipped:
    """The model that is adapted, opened."""

    engine: Engine
    verifier: Verifier
    network: WholeHead


def blunt(focus: Focus) -> Focus:
    """Make a focus's discharges unlike those of training: wider and blunter, steeper behind, without a slow wave."""
    was = focus.shape
    shape = replace(was, rise_s=WIDER * was.fall_s, fall_s=WIDER * was.rise_s, slow=0.0, point=BLUNT, extra=())
    return replace(focus, shape=shape)


def simulated(shipped: Shipped, number: int, seconds: float) -> Patient:
    """Return a wholly simulated patient, confounders and sleep included."""
    seed = FIRST + number
    made = simulate(seed, seconds, ied_rate_per_min=0.0, minutes_per_stage=2.0)
    return _patient(shipped, Background(str(seed), str(seed), made.samples, made.rate_hz, made.labels), seed, number)


def real(shipped: Shipped, recording: Path, copy: int, repeats: int) -> Patient:
    """Return a patient whose background is a person's, each half repeated so often, with other discharges each time."""
    number = person(recording)
    seed = FIRST + PEOPLE * 10 + 10 * (number - PEOPLE) + copy
    long = _long(background(recording), repeats)
    return _patient(shipped, varied(long, np.random.default_rng(seed)) if copy else long, seed, number)


def person(recording: Path) -> int:
    """Return the number of a recording's person, behind those of simulated patients."""
    return PEOPLE + int("".join(filter(str.isdigit, subject_of(recording))) or 0)


def _long(whole: Background, repeats: int) -> Background:
    half = round(HALF_S * whole.rate_hz)
    halves = [whole.samples[:, :half], whole.samples[:, half : 2 * half]]
    samples = np.concatenate([_repeated(one, repeats, whole.rate_hz) for one in halves], axis=1)
    return replace(whole, samples=samples)


def _repeated(samples: NDArray[np.float32], times: int, rate_hz: float) -> NDArray[np.float32]:
    """Return samples (channels, n) several times, each faded into the next, so that no step is made."""
    fade = round(FADE_S * rate_hz)
    rise = np.linspace(0, 1, fade, dtype=np.float32)
    body = samples[:, :-fade].copy()
    joint = samples[:, :fade] * rise + samples[:, -fade:] * (1 - rise)
    body[:, :fade] = joint
    return np.tile(body, times)


def _patient(shipped: Shipped, on: Background, seed: int, number: int) -> Patient:
    laid = overlay(on.samples, on.rate_hz, on.labels, seed, ied_rate_per_min=IEDS_PER_MIN, altered=blunt)
    track = record(laid, "auto")
    scored = score(
        shipped.engine,
        track.samples,
        track.valid,
        track.names,
        verifier=shipped.verifier,
        derivations=track.derivations,
    )
    end_s = track.samples.shape[2] / MODEL_RATE_HZ
    best = track.visible.max(axis=0, initial=0)
    looks, peaks_s = _looks(shipped, track, scored), track.peaks / MODEL_RATE_HZ
    return Patient(looks, peaks_s, best >= MARKED_RATIO, end_s / 2, end_s, number)


def _looks(shipped: Shipped, track: Track, scored: Scored) -> Looks:
    """Note all that the verifier would be asked, as `stream.adapt.looking` does live."""
    samples, watched = track.samples * track.valid[:, None], Watched(shipped.network)

    def note(best: Sighting, end: int) -> float:
        place = track.names.index(best.group)
        watched(surroundings(samples[:, :, :end], place, best.peak))
        watched.note(place, log_odds(best.probability), best.peak / MODEL_RATE_HZ)
        return 0.0

    rules = EventRules(0.5, candidate_threshold=shipped.verifier.candidate_threshold)
    former = EventFormer(rules, MODEL_RATE_HZ, WINDOW_SAMPLES, note)
    for end in scored.ends:
        former.push(end, scored.sightings[end])
    return watched.looks()
