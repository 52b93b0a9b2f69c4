"""What a detector takes for discharges, true and false, as a window set: what a verifier is trained on.

A detector's windows of one recording are scored at live hops, at a limit so low that nearly every discharge is among
what it finds. Each group's own sighting of a discharge is an example of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.sightings import Sighting, sightings
from models.detection.surroundings import surroundings
from models.engines.engine import Engine
from models.networks.candidate_window import AFTER, BEFORE
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import ROWS
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.windows import CLEAR, Floats, Piece, Track

GROUPS: Final = 5
"""Groups of an example: those of the scalp. Where there are more, the ones furthest from the suspected one are left."""
CHANNELS: Final = GROUPS * ROWS
FLOOR: Final = 0.03
"""The lowest probability that makes an example: the verifier shall know better than the detector what is nothing."""
HOP_SAMPLES: Final = 16
POSITIVE_RATIO: Final = 2.2
"""A discharge that stands out so far is one; between it and none, what a reader would doubt is left out."""
NEAR: Final = 19
"""Samples, 0.15 s: as far as an event may be from the discharge that it found (`models.evaluation.matching`)."""
_BATCH_WINDOWS: Final = 32


@dataclass(frozen=True, slots=True)
class Candidates:
    """Cuts the candidates of a detector, named `detector`, on its `engine`.

    An example is (CHANNELS, BEFORE + AFTER): the suspected group's rows first, the candidate's peak at BEFORE.
    """

    engine: Engine
    detector: str
    channels: int = CHANNELS
    window_samples: int = BEFORE + AFTER
    context_samples: int = 0

    @property
    def note(self) -> str:
        """What is cut, for the set's header."""
        return f"candidates of {self.detector} from probability {FLOOR:g} on"

    def cut(self, track: Track, rng: np.random.Generator, *, bare: bool) -> Iterator[Piece]:  # noqa: ARG002
        """Yield the labelled examples of each group."""
        for group in range(len(track.samples)):
            peaks = _peaks(self.engine, track, group)
            labels = _labels(track, peaks)
            kept = peaks[~np.isnan(labels)]
            windows = [_padded(surroundings(track.samples, group, int(peak)), group) for peak in kept]
            shape = (len(kept), CHANNELS, BEFORE + AFTER)
            yield Piece(group, kept - BEFORE, labels[~np.isnan(labels)], np.reshape(windows, shape).astype(np.float32))


def _peaks(engine: Engine, track: Track, group: int) -> NDArray[np.int64]:
    """Return where the detector sees something in a group (n,), each place once."""
    ends = np.arange(WINDOW_SAMPLES, track.samples.shape[2] + 1, HOP_SAMPLES)
    usable = [int(end) for end in ends if track.valid[group, end - WINDOW_SAMPLES : end].all()]
    found: set[int] = set()
    for at in range(0, len(usable), _BATCH_WINDOWS):
        batch = usable[at : at + _BATCH_WINDOWS]
        windows = np.stack([track.samples[group, :, end - WINDOW_SAMPLES : end] for end in batch])
        scores = zip(batch, windows, *engine.score(windows), strict=True)
        found |= {seen.peak for score in scores for seen in _sightings(*score)}
    return np.array(sorted(found), np.int64)


def _sightings(end: int, window: Floats, probabilities: Floats, peaks: NDArray[np.int64]) -> Iterator[Sighting]:
    first = end - WINDOW_SAMPLES
    spans = zip(probabilities.tolist(), (first + peaks).tolist(), strict=True)
    yield from sightings("", first, window, spans, MODEL_RATE_HZ, FLOOR)


def _labels(track: Track, peaks: NDArray[np.int64]) -> Floats:
    """Return 1 where a candidate (n,) is a discharge, 0 where none is near, NaN between."""
    apart = np.abs(track.peaks[None, :] - peaks[:, None])
    # A discharge in any group makes the candidate a true one, also where another chain shows only a part of it.
    plain = track.visible.max(axis=0, initial=0) >= POSITIVE_RATIO
    positive = (plain & (apart <= NEAR)).any(axis=1)
    # What follows a discharge is part of it: its slow wave, and what a run of them leaves.
    near = (apart <= AFTER + CLEAR).any(axis=1)
    return np.where(positive, 1.0, np.where(near, np.nan, 0.0)).astype(np.float32)


def _padded(window: Floats, group: int) -> Floats:
    """Return an example (rows of all groups, samples) with exactly CHANNELS rows."""
    groups = window.reshape(-1, ROWS, window.shape[1])
    # Groups lie in the order of the montage, where neighbours stand side by side.
    numbers = [group, *(other for other in range(len(groups)) if other != group)]
    nearest = sorted(range(len(groups)), key=lambda at: abs(numbers[at] - group))[:GROUPS]
    padded = np.zeros((GROUPS, ROWS, window.shape[1]), np.float32)
    padded[: len(nearest)] = groups[nearest]
    return padded.reshape(CHANNELS, -1)
