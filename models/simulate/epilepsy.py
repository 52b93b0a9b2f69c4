"""When a patient's sporadic discharges occur, alone or in short runs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.simulate.discharges import Focus, foci
from models.simulate.fields import Head
from models.simulate.noise import Canvas, Grid
from models.simulate.painting import Painter, Spot
from models.simulate.truth import Float32, Ied
from models.sleep_stages import Stage

APART_S = 0.3  # closer than this, two discharges would be one to a reader
# Factors on the rate: non-REM sleep brings discharges out, and in REM sleep they are rarest, rarer than awake (Ng and
# Pavlova 2013, Epilepsy Research and Treatment 2013:932790, a review of 42 studies). The sizes are ours.
_BY_STAGE = {"W": 0.6, "N1": 1.0, "N2": 1.5, "N3": 1.7, "R": 0.4}


@dataclass(frozen=True)
class _Bout:
    """One discharge or a run: times of the discharges in the segment's columns."""

    focus: int
    columns: tuple[int, ...]


class Epilepsy:
    """One patient's foci, and the discharges that arise from them."""

    def __init__(
        self,
        grid: Grid,
        head: Head,
        rate_per_min: float,
        traits: np.random.Generator,
        altered: Callable[[Focus], Focus] = lambda focus: focus,
    ) -> None:
        self._grid, self._foci = grid, tuple(map(altered, foci(head, traits)))
        self._per_s = rate_per_min / 60
        self._painter = Painter(grid, head, self._foci, traits)
        self._free_from = 0

    def segment(
        self, canvas: Canvas, first: int, stage: Stage, background: Float32, rng: np.random.Generator
    ) -> list[Ied]:
        """Paint the discharges that begin in this segment.

        Parameters
        ----------
        canvas : Canvas
            Where discharges, and nothing else, are painted, in units of the background.
        first : int
            Absolute index of the segment's first sample.
        stage : Stage
            Sleep stage of the segment.
        background : numpy.ndarray
            float32 (channels, segment): recorded brain activity, from which the ratio is measured.
        rng : numpy.random.Generator
            Draws times, foci, shapes and sizes.
        """
        measured = self._painter.measure(background)
        painted = [
            self._painter.paint(canvas, first, Spot(bout.focus, column, len(bout.columns) > 1), measured, rng)[0]
            for bout in self._bouts(stage, rng)
            for column in bout.columns
        ]
        self._free_from -= self._grid.segment
        return painted

    def _bouts(self, stage: Stage, rng: np.random.Generator) -> list[_Bout]:
        rate, size = self._grid.rate_hz, self._grid.segment
        count = rng.poisson(self._per_s * _BY_STAGE[stage] * size / rate)
        shares = [focus.share for focus in self._foci]
        bouts = []
        # In order of time, so that each keeps its distance from the one before it.
        for begin in np.sort(rng.integers(0, size, count)):
            which = int(rng.choice(len(shares), p=shares))
            steps = self._steps(self._foci[which], rng)
            columns = tuple(int(begin + round(s * rate)) for s in np.cumsum((0.0, *steps)))
            # Room for the peak to lie off its nominal time, so that peaks keep their distance.
            if columns[0] >= self._free_from:
                bouts.append(_Bout(which, columns))
                self._free_from = columns[-1] + int((APART_S + 0.2) * rate)
        return bouts

    @staticmethod
    def _steps(focus: Focus, rng: np.random.Generator) -> tuple[float, ...]:
        if rng.random() >= focus.run:
            return ()
        # Slower than 3 a second: a faster run that goes on would be a seizure pattern, not interictal.
        every_s = 1 / rng.uniform(1.5, 2.9)
        return tuple(every_s * rng.normal(1, 0.05) for _ in range(rng.integers(2, 8)))
