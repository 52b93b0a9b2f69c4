"""Spike-wave index of NREM sleep: the share of its seconds in which there is a spike, by the usual definitions.

A second is one of a fixed grid (1-s bins): it counts for a stage it lies in wholly, and for the index where all of it
was analysed. The definitions stand side by side, because published limits (85 %, 50 %) were set with different ones
(Patry 1971; Tassinari 2000, whole NREM; Aeby 2005 and others, its beginning).
"""

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.findings import StageSpan

NREM: Final = frozenset({"N1", "N2", "N3"})
FIRST_N2_S: Final = 100
FIRST_NREM_S: Final = 600
REM_S: Final = 300.0
"""So much REM sleep ends a cycle: what is shorter may be a scorer's doubt (after Feinberg and Floyd, 1979)."""

Bins = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Index:
    """`percent` of the analysed seconds have a spike (NaN of none); `coverage` is their share of those wanted."""

    percent: float
    analysed_s: int
    coverage: float


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long a stage lasted (s), how much of it was analysed, and the spikes in it."""

    seconds: int
    analysed_s: int
    spikes: int

    @property
    def per_h(self) -> float:
        """Spikes an hour of analysed time, NaN where nothing was analysed."""
        return 3600 * self.spikes / self.analysed_s if self.analysed_s else math.nan


@dataclass(frozen=True, slots=True)
class SpikeWave:
    """The index of one time line by each definition, and of every stage how long it lasted."""

    first_n2: Index
    first_nrem: Index
    nrem: Index
    cycles: tuple[Index, ...]
    stages: dict[str, StageTime]

    @property
    def named(self) -> dict[str, Index]:
        """Every index by the name of its definition."""
        fixed = {"first 100 s of N2": self.first_n2, "first 10 min of NREM": self.first_nrem, "all NREM": self.nrem}
        return fixed | {f"NREM of cycle {number}": one for number, one in enumerate(self.cycles, 1)}


def spike_wave(
    stages: Sequence[StageSpan], peaks_s: Sequence[float], lost: Iterable[tuple[float, float]], seconds: float
) -> SpikeWave:
    """Return the indices of a time line.

    Parameters
    ----------
    stages
        spans of sleep stages, in order
    peaks_s
        when spikes were, s
    lost
        (begin, end) of what was not analysed, s
    seconds
        how long the time line is
    """
    bins = math.ceil(seconds)
    seen, spikes = np.ones(bins, np.bool_), _counted(peaks_s, bins)
    spiked = spikes > 0
    for begin_s, end_s in lost:
        seen[max(0, math.floor(begin_s)) : math.ceil(end_s)] = False
    # A time line that ends within a second has not all of it.
    seen[math.floor(seconds) :] = False
    n2, nrem = _of(stages, frozenset({"N2"}), bins), _of(stages, NREM, bins)
    return SpikeWave(
        first_n2=_index(_first(n2, FIRST_N2_S), seen, spiked, FIRST_N2_S),
        first_nrem=_index(_first(nrem, FIRST_NREM_S), seen, spiked, FIRST_NREM_S),
        nrem=_index(nrem, seen, spiked, int(nrem.sum())),
        cycles=tuple(
            _index(one, seen, spiked, int(one.sum())) for one in (_of(c, NREM, bins) for c in _cycles(stages))
        ),
        stages={stage: _time(_of(stages, frozenset({stage}), bins), seen, spikes) for stage in _names(stages)},
    )


def _names(stages: Sequence[StageSpan]) -> list[str]:
    return [name for name in ("W", "N1", "N2", "N3", "R") if any(span.stage == name for span in stages)]


def _of(stages: Sequence[StageSpan], names: frozenset[str], bins: int) -> Bins:
    """Return which seconds lie wholly in one of these stages."""
    inside = np.zeros(bins, np.bool_)
    for span in stages:
        if span.stage in names:
            # Seconds of the clock: 29.999999 is 30.
            inside[math.ceil(span.onset_s - 1e-3) : math.floor(span.onset_s + span.duration_s + 1e-3)] = True
    return inside


def _first(inside: Bins, seconds: int) -> Bins:
    """Return the first so many of these seconds."""
    return inside & (np.cumsum(inside, dtype=np.int32) <= seconds)


def _cycles(stages: Sequence[StageSpan]) -> list[list[StageSpan]]:
    """Return the NREM spans of each cycle; one ends where NREM begins again behind enough REM."""
    cycles: list[list[StageSpan]] = []
    rem_s = math.inf
    for span in stages:
        if span.stage in NREM:
            if rem_s >= REM_S:
                cycles.append([])
            cycles[-1].append(span)
            rem_s = 0.0
        elif span.stage == "R" and cycles:
            rem_s += span.duration_s
    return cycles


def _index(wanted: Bins, seen: Bins, spiked: Bins, most_s: int) -> Index:
    analysed = int((wanted & seen).sum())
    with_spike = int((wanted & seen & spiked).sum())
    return Index(100 * with_spike / analysed if analysed else math.nan, analysed, analysed / most_s if most_s else 0.0)


def _counted(peaks_s: Iterable[float], bins: int) -> NDArray[np.int32]:
    """Count the spikes of each second."""
    # No array as long as there are spikes: numpy keeps small blocks of every length, and a ward grows event by event.
    counts = array("i", bytes(4 * bins))
    for peak_s in peaks_s:
        if 0 <= peak_s < bins:
            counts[int(peak_s)] += 1
    return np.frombuffer(counts, np.int32)


def _time(inside: Bins, seen: Bins, spikes: NDArray[np.int32]) -> StageTime:
    counted = inside & seen
    return StageTime(int(inside.sum()), int(counted.sum()), int((spikes * counted).sum()))
