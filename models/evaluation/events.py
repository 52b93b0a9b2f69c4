"""What a detector is worth: sensitivity and false alarms per minute, through the code that runs live.

Windows, event former and conditioning are those of the live system. Held-out simulated patients have seeds that
training never draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.conditioning import MODEL_RATE_HZ
from models.engines import Engine
from models.events import Event, EventFormer, EventRules, Sighting, sight
from models.examples import WINDOW_SAMPLES, Floats, Track, draw_track
from models.simulate.truth import Layout

HOP_SAMPLES: Final = 16
HELD_OUT: Final = 900_000_000
"""First seed of the patients that only evaluation sees."""
MARKED_RATIO: Final = 3.0
"""Discharges that stand out this far in some group can be marked by a reader; fainter ones count for nothing."""
CLEAR_RATIO: Final = 6.0
"""Discharges that nobody would overlook."""
MATCH_S: Final = 0.15
"""An event this close to a marked discharge's peak has found it."""
FORGIVEN_S: Final = 0.4
"""An event this close to any discharge, faint ones and their slow waves included, is no false alarm."""
THRESHOLDS: Final = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
BATCH_WINDOWS: Final = 32


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over several recordings; `clear` discharges are among the `marked`."""

    found: int = 0
    marked: int = 0
    clear_found: int = 0
    clear: int = 0
    alarms: int = 0
    minutes: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.found + other.found,
            self.marked + other.marked,
            self.clear_found + other.clear_found,
            self.clear + other.clear,
            self.alarms + other.alarms,
            self.minutes + other.minutes,
        )

    @property
    def sensitivity(self) -> float:
        """Share of marked discharges that were found."""
        return self.found / self.marked if self.marked else float("nan")

    @property
    def clear_sensitivity(self) -> float:
        """Share of clear discharges that were found."""
        return self.clear_found / self.clear if self.clear else float("nan")

    @property
    def alarms_per_min(self) -> float:
        """False alarms a minute."""
        return self.alarms / self.minutes if self.minutes else float("nan")


@dataclass(frozen=True, slots=True)
class Scored:
    """Sightings above the lowest threshold by window end, and how many minutes could be scored."""

    sightings: dict[int, list[Sighting]]
    ends: tuple[int, ...]
    minutes: float


def score(engine: Engine, samples: Floats, valid: NDArray[np.bool_], names: Sequence[str]) -> Scored:
    """Score every window of a conditioned recording.

    Parameters
    ----------
    samples
        (groups, 5, m) at the model's rate.
    valid
        (groups, m).
    names
        The groups'.
    """
    ends = tuple(range(-(-WINDOW_SAMPLES // HOP_SAMPLES) * HOP_SAMPLES, samples.shape[2] + 1, HOP_SAMPLES))
    sightings: dict[int, list[Sighting]] = {end: [] for end in ends}
    scored = 0
    for group, name in enumerate(names):
        usable = [end for end in ends if valid[group, end - WINDOW_SAMPLES : end].all()]
        scored += len(usable)
        for at in range(0, len(usable), BATCH_WINDOWS):
            batch = usable[at : at + BATCH_WINDOWS]
            windows = np.stack([samples[group, :, end - WINDOW_SAMPLES : end] for end in batch])
            for end, window, p, peak in zip(batch, windows, *engine.score(windows), strict=True):
                if p >= THRESHOLDS[0]:
                    first = end - WINDOW_SAMPLES
                    seen = sight(name, first, window, float(p), first + int(peak), MODEL_RATE_HZ)
                    sightings[end].append(seen)
    return Scored(sightings, ends, scored / len(names) * HOP_SAMPLES / MODEL_RATE_HZ / 60)


def events(scored: Scored, threshold: float) -> list[Event]:
    """Form events at a threshold, as the live system does."""
    former = EventFormer(EventRules(threshold), MODEL_RATE_HZ, WINDOW_SAMPLES)
    return [
        event
        for end in scored.ends
        for event in former.push(end, [s for s in scored.sightings[end] if s.probability >= threshold])
    ]


def tally(track: Track, scored: Scored, threshold: float) -> Tally:
    """Compare events with what was put in."""
    peaks = np.array([event.best.peak for event in events(scored, threshold)], np.int64)
    best = track.visible.max(axis=0) if track.visible.size else np.zeros(0)
    shown = np.array([_shown(track, int(peak), scored) for peak in track.peaks], bool)
    near = np.abs(track.peaks[:, None] - peaks[None, :]) <= MATCH_S * MODEL_RATE_HZ
    found = near.any(axis=1) if peaks.size else np.zeros(len(track.peaks), bool)
    marked, clear = shown & (best >= MARKED_RATIO), shown & (best >= CLEAR_RATIO)
    alarms = sum(bool((np.abs(track.peaks - p) > FORGIVEN_S * MODEL_RATE_HZ).all()) for p in peaks)
    return Tally(
        found=int((found & marked).sum()),
        marked=int(marked.sum()),
        clear_found=int((found & clear).sum()),
        clear=int(clear.sum()),
        alarms=alarms,
        minutes=scored.minutes,
    )


def _shown(track: Track, peak: int, scored: Scored) -> bool:
    """Whether some window that can be scored holds the peak well inside."""
    low, high = peak - WINDOW_SAMPLES // 2, peak + WINDOW_SAMPLES // 2
    inside = low >= 0 and high <= scored.ends[-1]
    return inside and bool(track.valid[:, low:high].all())


def held_out(
    engine: Engine, layout: Layout, *, patients: int, seconds: float, first: int = HELD_OUT
) -> dict[float, Tally]:
    """Tallies by threshold over held-out simulated patients, a third of them without discharges."""
    total = dict.fromkeys(THRESHOLDS, Tally())
    for number in range(patients):
        track = draw_track(first + number, layout, seconds=seconds, quiet=number % 3 == 0)
        scored = score(engine, track.samples, track.valid, track.names)
        for threshold in THRESHOLDS:
            total[threshold] += tally(track, scored, threshold)
    return total
