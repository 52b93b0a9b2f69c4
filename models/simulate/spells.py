"""Stretches that come and go: runs of rhythmic waves, of periodic discharges, and bursts out of suppression."""

from dataclasses import dataclass

import numpy as np

from models.simulate.noise import Grid
from models.simulate.truth import Float32


@dataclass(frozen=True)
class Pace:
    """Usual length of a stretch and of the pause after it, in seconds, and how much single ones differ (log)."""

    on_s: float
    off_s: float
    spread: float = 0.4
    least_s: float = 0.5


class Spells:
    """Alternating stretches and pauses, carried on from segment to segment."""

    def __init__(self, grid: Grid, pace: Pace, rng: np.random.Generator) -> None:
        self._grid, self._pace, self._rng = grid, pace, rng
        # A recording begins anywhere in the course of a stretch or a pause.
        self._next = -int(rng.random() * (pace.on_s + pace.off_s) * grid.rate_hz)
        self._spells: list[tuple[int, int]] = []

    def segment(self, first: int) -> tuple[tuple[int, int], ...]:
        """Return first and end, absolute samples, of the stretches that reach into the segment at ``first``."""
        end = first + self._grid.segment
        while self._next < end:
            on, off = self._draw(self._pace.on_s), self._draw(self._pace.off_s)
            self._spells.append((self._next, self._next + on))
            self._next += on + off
        self._spells = [spell for spell in self._spells if spell[1] > first]
        return tuple(self._spells)

    def _draw(self, usual_s: float) -> int:
        seconds = usual_s * self._rng.lognormal(0, self._pace.spread)
        return int(max(seconds, self._pace.least_s) * self._grid.rate_hz)


def envelope(grid: Grid, spells: tuple[tuple[int, int], ...], first: int, flank_s: float) -> Float32:
    """Return (segment,): 1 in the stretches, 0 between them, with smooth flanks of ``flank_s`` inside each."""
    at, flank = first + np.arange(grid.segment), max(flank_s * grid.rate_hz, 1)
    total = np.zeros(grid.segment, np.float32)
    for begin, end in spells:
        inside = np.clip(np.minimum(at - begin, end - at) / flank, 0, 1)
        total += (0.5 - 0.5 * np.cos(np.pi * inside)).astype(np.float32)
    return total
