"""Patients whose discharges differ from those of training, as looks of the shipped model and the truth about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.background import Background, background, varied
from models.detection.events import EventFormer, EventRules
from models.detection.sightings import Sighting
from models.detection.surroundings import surroundings
from models.engines.engine import Engine
from models.engines.verifying import Verifier, log_odds
from models.evaluation.matching import MARKED_RATIO
from models.evaluation.simulated import Scored, score
from models.networks.whole_head import WholeHead
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate import simulate
from models.simulate.discharges import Focus
from models.simulate.overlay import overlay
from models.simulate.windows import HELD_OUT, Track, record
from models.training.adaptation import Features, Looks

IEDS_PER_MIN: Final = 8.0
FIRST: Final = HELD_OUT + 70_000_000
"""The first simulated patient: neither training nor another bench reaches it."""
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

    `peaks_s` are of all discharges, `marked` says which of them a reader would mark.
    """

    looks: Looks
    peaks_s: NDArray[np.float64]
    marked: NDArray[np.bool_]
    half_s: float
    end_s: float


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


def simulated(shipped: Shipped, patients: int, seconds: float) -> Iterator[Patient]:
    """Yield wholly simulated patients, confounders and sleep included."""
    for seed in range(FIRST, FIRST + patients):
        made = simulate(seed, seconds, ied_rate_per_min=0.0, minutes_per_stage=2.0)
        yield _patient(shipped, Background(str(seed), str(seed), made.samples, made.rate_hz, made.labels), seed)


def real(shipped: Shipped, recordings: Sequence[Path], repeats: int) -> Iterator[Patient]:
    """Yield patients whose background is people's, each half repeated so often, with other discharges each time."""
    for number, path in enumerate(sorted(recordings)):
        whole = background(path)
        half = round(HALF_S * whole.rate_hz)
        halves = [whole.samples[:, :half], whole.samples[:, half : 2 * half]]
        long = replace(
            whole, samples=np.concatenate([_repeated(one, repeats, whole.rate_hz) for one in halves], axis=1)
        )
        for copy in range(VARIED):
            seed = FIRST + 10_000 + 10 * number + copy
            yield _patient(shipped, varied(long, np.random.default_rng(seed)) if copy else long, seed)


def _repeated(samples: NDArray[np.float32], times: int, rate_hz: float) -> NDArray[np.float32]:
    """Return samples (channels, n) several times, each faded into the next, so that no step is made."""
    fade = round(FADE_S * rate_hz)
    rise = np.linspace(0, 1, fade, dtype=np.float32)
    body = samples[:, :-fade].copy()
    joint = samples[:, :fade] * rise + samples[:, -fade:] * (1 - rise)
    body[:, :fade] = joint
    return np.tile(body, times)


def _patient(shipped: Shipped, on: Background, seed: int) -> Patient:
    laid = overlay(on.samples, on.rate_hz, on.labels, seed, ied_rate_per_min=IEDS_PER_MIN, altered=blunt)
    track = record(laid, "auto")
    scored = score(shipped.engine, track.samples, track.valid, track.names, verifier=shipped.verifier)
    end_s = track.samples.shape[2] / MODEL_RATE_HZ
    best = track.visible.max(axis=0, initial=0)
    return Patient(_looks(shipped, track, scored), track.peaks / MODEL_RATE_HZ, best >= MARKED_RATIO, end_s / 2, end_s)


def _looks(shipped: Shipped, track: Track, scored: Scored) -> Looks:
    """Note all that the verifier would be asked, as `stream.adapt.looking` does live."""
    found, noted = list[NDArray[np.float32]](), list[tuple[float, float]]()
    samples, features = track.samples * track.valid[:, None], Features(shipped.network)

    def note(best: Sighting, end: int) -> float:
        features(surroundings(samples[:, :, :end], track.names.index(best.group), best.peak))
        found.append(features.last)
        noted.append((log_odds(best.probability), best.peak / MODEL_RATE_HZ))
        return 0.0

    rules = EventRules(0.5, candidate_threshold=shipped.verifier.candidate_threshold)
    former = EventFormer(rules, MODEL_RATE_HZ, WINDOW_SAMPLES, note)
    for end in scored.ends:
        former.push(end, scored.sightings[end])
    table = np.array(noted, np.float64).reshape(-1, 2)
    return Looks(np.array(found, np.float32).reshape(len(table), -1), table[:, 0], table[:, 1])
