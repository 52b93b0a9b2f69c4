"""How far discharges stand out of the background, and the truth about each."""

from dataclasses import dataclass

import numpy as np

from models.simulate.discharges import Focus, Shape
from models.simulate.fields import Head
from models.simulate.noise import Canvas, Grid
from models.simulate.truth import Float32, Ied

# Of the peak: where a discharge begins and ends for its truth.
_EDGE = 0.05


@dataclass(frozen=True)
class Spot:
    """Where a discharge is painted: its focus, the segment's column at which its course begins, whether in a run."""

    focus: int
    column: int
    run: bool


@dataclass(frozen=True)
class Background:
    """Root mean square (channels,) of each channel against its nearest neighbour, and of the channel itself."""

    spread: Float32
    level: Float32


class Painter:
    """Paints discharges of given foci, each as large as the background around it asks."""

    def __init__(self, grid: Grid, head: Head, foci: tuple[Focus, ...], traits: np.random.Generator) -> None:
        self._grid, self._head, self._foci = grid, head, foci
        scalp = head.layout == "scalp"
        # Peak over the background's root mean square in the same derivation; the prototype drew 1.5 to 8. Depth
        # contacts lie in the source, and nothing in between blurs it.
        self._range = (1.3, 12.0) if scalp else (1.3, 25.0)
        usual = (2.0, 8.0) if scalp else (2.0, 12.0)
        self._usual = [float(np.exp(traits.uniform(*np.log(usual)))) for _ in foci]

    def measure(self, background: Float32) -> Background:
        """Measure recorded brain activity (channels, segment), against which discharges are scaled."""
        # Against the nearest neighbour, because detectors look at derivations: a reference's own noise must not count.
        spread = np.sqrt(((background - background[self._head.neighbours]) ** 2).mean(axis=1))
        return Background(spread, np.sqrt((background**2).mean(axis=1)))

    def paint(
        self, canvas: Canvas, first: int, spot: Spot, background: Background, rng: np.random.Generator
    ) -> tuple[Ied, np.float32]:
        """Paint one discharge; return its truth and the factor by which its focus was scaled.

        Parameters
        ----------
        canvas : Canvas
            Where discharges, and nothing else, are painted, in units of the background.
        first : int
            Absolute index of the segment's first sample.
        spot : Spot
            Which focus, and where in the segment.
        background : Background
            As `measure` returns it.
        rng : numpy.random.Generator
            Draws shape and size.
        """
        fields, waves, shape, middle = self._foci[spot.focus].draw(rng, self._grid.rate_hz)
        recorded = np.asarray(self._head.reference @ fields @ waves, np.float32)
        ratio = self._ratio(spot.focus, rng)
        scale, ratio = self._scale(recorded[:, self._main(shape, middle)], ratio, background)
        canvas.add(spot.column, fields * scale, waves)
        return self._truth(recorded * scale, shape, middle, first + spot.column, spot, ratio), scale

    def _ratio(self, focus: int, rng: np.random.Generator) -> float:
        # A few giants beyond the usual range: a detector must not fail on what is plain to see.
        huge = rng.uniform(1.5, 3) if rng.random() < 0.03 else 1.0
        return float(np.clip(self._usual[focus] * rng.lognormal(0, 0.3), *self._range) * huge)

    def _main(self, shape: Shape, middle: int) -> slice:
        reach = 1 + round(shape.reach_s * self._grid.rate_hz)
        last = round(max((s for s, _ in shape.extra), default=0.0) * self._grid.rate_hz)
        return slice(middle - reach, middle + last + reach + 1)

    def _scale(self, main: Float32, ratio: float, background: Background) -> tuple[np.float32, float]:
        """Find the factor that brings the strongest derivation to ``ratio``, within reason for the electrodes."""
        between = np.abs(main - main[self._head.neighbours]).max(axis=1)
        strongest = int(between.argmax())
        spread = background.spread
        # Not the derivation's own background alone: where that happens to be quiet, a discharge would shrink to
        # nothing.
        floor = max(float(spread[strongest]), 0.5 * float(np.median(spread)))
        wanted = ratio * floor / float(between[strongest])
        # A generalised discharge has little gradient between neighbours: its electrodes set the limit.
        limit = 2.5 * ratio * float(np.median(background.level)) / float(np.abs(main).max())
        scale = min(wanted, limit)
        return np.float32(scale), scale * float(between[strongest]) / floor

    def _truth(self, recorded: Float32, shape: Shape, middle: int, first: int, spot: Spot, ratio: float) -> Ied:
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
            focus=spot.focus,
            run=spot.run,
        )
