"""When a patient's discharges occur, how far they stand out of the background, and the truth about each."""

from dataclasses import dataclass

import numpy as np

from models.simulate.discharges import Focus, Shape, foci
from models.simulate.fields import Head
from models.simulate.noise import Canvas, Grid
from models.simulate.truth import Float32, Ied
from models.sleep_stages import Stage

APART_S = 0.3  # closer than this, two discharges would be one to a reader
# Factors on the rate: non-REM sleep brings discharges out, REM sleep suppresses them. The sizes are ours.
_BY_STAGE = {"W": 0.6, "N1": 1.0, "N2": 1.5, "N3": 1.7, "R": 0.4}
# Of the peak: where a discharge begins and ends for its truth.
_EDGE = 0.05


@dataclass(frozen=True)
class _Bout:
    """One discharge or a run: times of the discharges in the segment's columns."""

    focus: int
    columns: tuple[int, ...]


class Epilepsy:
    """One patient's foci, and the discharges that arise from them."""

    def __init__(self, grid: Grid, head: Head, rate_per_min: float, traits: np.random.Generator) -> None:
        self._grid, self._head = grid, head
        self._foci = foci(head, traits)
        self._per_s = rate_per_min / 60
        scalp = head.layout == "scalp"
        # Peak over the background's root mean square in the same derivation; the prototype drew 1.5 to 8. Depth
        # contacts lie in the source, and nothing in between blurs it.
        self._range = (1.3, 12.0) if scalp else (1.3, 25.0)
        usual = (2.0, 8.0) if scalp else (2.0, 12.0)
        self._usual = [float(np.exp(traits.uniform(*np.log(usual)))) for _ in self._foci]
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
        # Against the nearest neighbour, because detectors look at derivations: a reference's own noise must not count.
        spread = np.sqrt(((background - background[self._head.neighbours]) ** 2).mean(axis=1))
        level = np.sqrt((background**2).mean(axis=1))
        painted = [
            self._paint(canvas, first, bout, column, spread, level, rng)
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

    def _paint(
        self,
        canvas: Canvas,
        first: int,
        bout: _Bout,
        column: int,
        spread: Float32,
        level: Float32,
        rng: np.random.Generator,
    ) -> Ied:
        fields, waves, shape, middle = self._foci[bout.focus].draw(rng, self._grid.rate_hz)
        recorded = np.asarray(self._head.reference @ fields @ waves, np.float32)
        ratio = self._ratio(bout.focus, rng)
        scale, ratio = self._scale(recorded[:, self._main(shape, middle)], ratio, spread, level)
        canvas.add(column, fields * scale, waves)
        return self._truth(recorded * scale, shape, middle, first + column, bout, ratio)

    def _ratio(self, focus: int, rng: np.random.Generator) -> float:
        # A few giants beyond the usual range: a detector must not fail on what is plain to see.
        huge = rng.uniform(1.5, 3) if rng.random() < 0.03 else 1.0
        return float(np.clip(self._usual[focus] * rng.lognormal(0, 0.3), *self._range) * huge)

    def _main(self, shape: Shape, middle: int) -> slice:
        reach = 1 + round(shape.reach_s * self._grid.rate_hz)
        last = round(max((s for s, _ in shape.extra), default=0.0) * self._grid.rate_hz)
        return slice(middle - reach, middle + last + reach + 1)

    def _scale(self, main: Float32, ratio: float, spread: Float32, level: Float32) -> tuple[np.float32, float]:
        """Find the factor that brings the strongest derivation to ``ratio``, within reason for the electrodes."""
        between = np.abs(main - main[self._head.neighbours]).max(axis=1)
        strongest = int(between.argmax())
        # Not the derivation's own background alone: where that happens to be quiet, a discharge would shrink to
        # nothing.
        floor = max(float(spread[strongest]), 0.5 * float(np.median(spread)))
        wanted = ratio * floor / float(between[strongest])
        # A generalised discharge has little gradient between neighbours: its electrodes set the limit.
        limit = 2.5 * ratio * float(np.median(level)) / float(np.abs(main).max())
        scale = min(wanted, limit)
        return np.float32(scale), scale * float(between[strongest]) / floor

    def _truth(self, recorded: Float32, shape: Shape, middle: int, first: int, bout: _Bout, ratio: float) -> Ied:
        main = self._main(shape, middle)
        channel, offset = np.unravel_index(np.abs(recorded[:, main]).argmax(), recorded[:, main].shape)
        column = main.start + int(offset)
        amplitude = float(recorded[channel, column])
        above = np.flatnonzero(np.abs(recorded[channel]) >= _EDGE * abs(amplitude))
        return Ied(
            peak=first + column,
            onset=first + int(above[0]),
            end=first + int(above[-1]) + 1,
            kind=shape.kind,
            amplitude_uv=amplitude,
            ratio=ratio,
            electrode=self._head.labels[int(channel)],
            footprint=np.asarray(recorded[:, column] / amplitude, np.float32),
            focus=bout.focus,
            run=len(bout.columns) > 1,
        )
