"""Recordings for the quality gate: good ones, with and without discharges, and the same gone bad."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.datasets.background import Background, background, stretches
from models.evaluation.simulated import CLEAR_RATIO
from models.simulate import simulate
from models.simulate.artefacts import artefacts
from models.simulate.bad_signals import BAD_KINDS, BadKind, spoil
from models.simulate.heartbeats import heartbeats
from models.simulate.open_eyes import open_eyes
from models.simulate.overlay import overlay
from models.simulate.windows import HELD_OUT, Track, draw_track, record
from models.sleep_stages import Stage

STRETCH_S: Final = 60.0  # EEGMAT's shorter recordings have 62 s
RATES_PER_MIN: Final = (8.0, 60.0)  # apart enough to be counted, and one a second: a patient who never stops
BAD_EVERY: Final = 3  # one stretch in three goes bad, each kind on it: as many bad minutes as good ones
FIRST_PATIENT: Final = HELD_OUT - 30_000_000  # no patient of a training set, nor one of those that evaluation draws

NEVER_STILL_PER_MIN: Final = (60.0, 120.0, 180.0)  # in status epilepticus and in sleep full of discharges

GoodKind = Literal["bare", "heart", "artefacts", "open eyes", "hybrid", "simulated", "simulated, never still"]


@dataclass(frozen=True, slots=True)
class Quality:
    """A stretch of a recording, conditioned.

    `bad` (groups, 5, m): what was laid on it, conditioned too; empty (groups, 5, 0) on a good signal.
    """

    subject: str
    kind: GoodKind | BadKind
    track: Track
    bad: NDArray[np.float32]

    @property
    def good(self) -> bool:
        """Whether nothing bad was laid on it."""
        return not self.bad.size


def laid_on(paths: Sequence[Path], seed: int) -> Iterator[Quality]:
    """Yield every stretch bare, with discharges at two rates, and a part of them with each kind of bad signal."""
    for number, path in enumerate(sorted(paths, key=lambda path: path.name)):
        for at, stretch in enumerate(stretches(background(path), STRETCH_S)):
            drawn = seed + 1000 * number + 10 * at
            bare = _bare(stretch)
            yield _good(stretch.subject, "bare", bare)
            for rate_per_min in RATES_PER_MIN:
                common = (stretch.samples, stretch.rate_hz, stretch.labels, drawn + round(rate_per_min) % 10)
                yield _good(stretch.subject, "hybrid", record(overlay(*common, ied_rate_per_min=rate_per_min), "auto"))
            if (number + at) % BAD_EVERY == 0:
                yield from _bad(stretch, bare, drawn)


def disturbed(paths: Sequence[Path], seed: int) -> Iterator[Quality]:
    """Yield every stretch with a heart that is plain to see, artefacts, and open eyes: sharp, but no bad signal."""
    for number, path in enumerate(sorted(paths, key=lambda path: path.name)):
        for at, stretch in enumerate(stretches(background(path), STRETCH_S)):
            samples, rate_hz, labels = stretch.samples, stretch.rate_hz, stretch.labels
            beats = heartbeats(samples, rate_hz, labels, np.random.default_rng([seed, number, at]))
            yield _good(stretch.subject, "heart", _bare(replace(stretch, samples=samples + beats)))
            laid = artefacts(samples.shape[1], rate_hz, labels, np.random.default_rng([seed, number, at, 1]))
            yield _good(stretch.subject, "artefacts", _bare(replace(stretch, samples=samples + laid)))
            eyes = open_eyes(samples.shape[1], rate_hz, labels, np.random.default_rng([seed, number, at, 2]))
            yield _good(stretch.subject, "open eyes", _bare(replace(stretch, samples=samples + eyes.samples)))


def patients(count: int) -> Iterator[Quality]:
    """Yield wholly simulated patients, scalp and depth in turn."""
    for number in range(count):
        layout: Literal["scalp", "depth"] = "depth" if number % 2 else "scalp"
        track = draw_track(FIRST_PATIENT + number, layout, seconds=STRETCH_S, quiet=False)
        yield _good(f"simulated {layout} {number}", "simulated", track)


def never_still(count: int, first: int = FIRST_PATIENT + 1000) -> Iterator[Quality]:
    """Yield simulated patients in N2 with one to three clear discharges a second: large, sharp, and no bad signal."""
    made = (_never_still(seed) for seed in itertools.count(first))
    clear = (one for one in made if np.median(one.track.visible.max(axis=0)) >= CLEAR_RATIO)
    return itertools.islice(clear, count)


def _never_still(seed: int) -> Quality:
    plan: list[tuple[Stage, float]] = [("N2", STRETCH_S + 1.0)]
    rate_per_min = NEVER_STILL_PER_MIN[seed % len(NEVER_STILL_PER_MIN)]
    made = simulate(seed, STRETCH_S, rate_hz=256.0, plan=plan, ied_rate_per_min=rate_per_min)
    return _good(f"never still {seed}", "simulated, never still", record(made, "auto"))


def _bad(stretch: Background, bare: Track, seed: int) -> Iterator[Quality]:
    for at, kind in enumerate(BAD_KINDS):
        # From the first sample on, and in episodes: the latter have a good half minute to stand out of.
        throughout = bool((seed // 1000 + seed // 10 + at) % 2)
        spoilt = spoil(kind, stretch.samples, stretch.rate_hz, stretch.labels, seed, throughout=throughout)
        track = record(overlay(spoilt, stretch.rate_hz, stretch.labels, 0, ied_rate_per_min=0.0), "auto")
        yield Quality(stretch.subject, kind, track, track.samples - bare.samples)


def _bare(stretch: Background) -> Track:
    return record(overlay(stretch.samples, stretch.rate_hz, stretch.labels, 0, ied_rate_per_min=0.0), "auto")


def _good(subject: str, kind: GoodKind, track: Track) -> Quality:
    return Quality(subject, kind, track, np.zeros((*track.samples.shape[:2], 0), np.float32))
