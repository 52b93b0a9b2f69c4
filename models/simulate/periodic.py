"""Periodic discharges: lateralised, generalised or bilateral independent, in runs of minutes, and their plus forms.

Names and limits are those of the American Clinical Neurophysiology Society's terminology (Hirsch et al. 2021, J. Clin.
Neurophysiol. 38:1), ACNS below: 0.5 to 3 a second, alike, with an interval between them that changes by less than half
from one to the next. Shares and sizes are choices of ours.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from models.simulate.abnormal import LEFT, RIGHT, Ward, electrode
from models.simulate.discharges import Focus, Shape
from models.simulate.noise import Canvas
from models.simulate.painting import Painter, Spot
from models.simulate.spells import Pace, Spells
from models.simulate.truth import Abnormality, Float32, Ied
from models.simulate.waveforms import times

PeriodicKind: TypeAlias = Literal["lpd", "gpd", "bipd"]
PACE_HZ = (0.5, 3.0)
LEAST_S = 0.31  # between two of one focus: just above the distance that all discharges keep


@dataclass
class _Clock:
    """When the next discharge of a focus is due: absolute sample, and the usual interval in seconds."""

    interval_s: float
    jitter: float
    due: int = 0


class Periodic:
    """One patient's periodic discharges."""

    def __init__(self, ward: Ward, kind: PeriodicKind) -> None:
        traits = ward.traits
        self._grid, self._head, self._rng = ward.grid, ward.head, ward.rng
        sides = [ward.side, RIGHT if ward.side == LEFT else LEFT]
        # Each of two independent sides has its own pace, and a focus of its own.
        count = 2 if kind == "bipd" else 1
        self._clocks = [
            _Clock(1 / float(np.exp(traits.uniform(*np.log(PACE_HZ)))), traits.uniform(0.03, 0.12))
            for _ in range(count)
        ]
        places = [("Fz", "Cz")] if kind == "gpd" else sides[:count]
        self._foci = tuple(
            _focus(ward, kind, sites, clock.interval_s) for sites, clock in zip(places, self._clocks, strict=True)
        )
        self._painter = Painter(ward.grid, ward.head, self._foci, traits)
        # ACNS: a run of 1 to 10 minutes is of intermediate length, the commonest on a ward; some go on nearly always.
        on_s, off_s = (float(np.exp(traits.uniform(*np.log(r)))) for r in ((60, 600), (5, 240)))
        self._spells = Spells(ward.grid, Pace(on_s, off_s, 0.3, 30), ward.rng)
        self._draw_plus(ward)

    @property
    def named(self) -> tuple[Abnormality, ...]:
        """Return each focus's pace and place, and the plus forms."""
        plus = ("+f" if self._fast else "") + ("+r" if self._rhythmic else "")
        return tuple(
            Abnormality(focus.shape.kind + plus, 1 / clock.interval_s, electrode(self._head, focus.fields[:, 0]))
            for focus, clock in zip(self._foci, self._clocks, strict=True)
        )

    def segment(self, discharges: Canvas, others: Canvas, first: int, background: Float32) -> list[Ied]:
        """Paint the discharges that are due in this segment.

        Parameters
        ----------
        discharges, others : Canvas
            For the discharges alone, and for what comes along in the plus forms.
        first : int
            Absolute index of the segment's first sample.
        background : numpy.ndarray
            float32 (channels, segment): recorded brain activity, from which the ratio is measured.
        """
        measured = self._painter.measure(background)
        painted = []
        spells = self._spells.segment(first)
        for focus, clock in enumerate(self._clocks):
            for due, interval_s in self._due(clock, spells, first):
                spot = Spot(focus, due - first, run=True)
                ied, scale = self._painter.paint(discharges, first, spot, measured, self._rng)
                painted.append(ied)
                self._paint_plus(others, spot, scale, interval_s)
        return painted

    def _due(self, clock: _Clock, spells: tuple[tuple[int, int], ...], first: int) -> list[tuple[int, float]]:
        found = []
        for begin, end in spells:
            clock.due = max(clock.due, begin)
            while first <= clock.due < min(end, first + self._grid.segment):
                # Within 40 % of the usual one: two in a row never differ by more than ACNS's half for long.
                factor = float(np.clip(self._rng.normal(1, clock.jitter), 0.7, 1.4))
                interval_s = max(clock.interval_s * factor, LEAST_S)
                found.append((clock.due, interval_s))
                clock.due += round(interval_s * self._grid.rate_hz)
        return found

    def _draw_plus(self, ward: Ward) -> None:
        # Plus fast activity, plus rhythmic delta, or both; generalised ones are rarer with either.
        fast, rhythmic = ward.traits.random(2) < 0.3
        size = ward.traits.uniform(0.1, 0.3), ward.traits.uniform(0.3, 0.8)
        self._fast, self._rhythmic = size[0] * fast, size[1] * rhythmic
        self._fast_hz = ward.traits.uniform(12, 25)

    def _paint_plus(self, canvas: Canvas, spot: Spot, scale: np.float32, interval_s: float) -> None:
        """Add what rides on a discharge (fast activity) and fills the time to the next one (a delta wave)."""
        t = times(min(interval_s, 1.6), self._grid.rate_hz)
        bell = np.sin(np.pi * t / t[-1]) ** 2
        phase = self._rng.uniform(0, 2 * np.pi)
        fast = self._fast * np.sin(2 * np.pi * self._fast_hz * t + phase) * bell
        delta = self._rhythmic * -np.cos(2 * np.pi * t / t[-1])
        if self._fast or self._rhythmic:
            fields = self._foci[spot.focus].fields[:, :1] * scale
            canvas.add(spot.column + int(0.3 * self._grid.rate_hz), fields, np.asarray(fast + delta, np.float32)[None])


def _focus(ward: Ward, kind: PeriodicKind, sites: tuple[str, ...], interval_s: float) -> Focus:
    head, traits = ward.head, ward.traits
    centre = head.place(traits, str(traits.choice(sites)), 0.12)
    extent = traits.uniform(0.6, 1.0) if kind == "gpd" else traits.uniform(0.15, 0.45)
    columns = [head.patch(traits, centre, extent * traits.uniform(1, 1.4)) for _ in range(3)]
    triphasic = kind == "gpd" and traits.random() < 0.35
    shape = _triphasic(traits, interval_s) if triphasic else _sharp(traits, kind, interval_s)
    # The main phase of triphasic morphology is positive; of others mostly negative, as of all discharges.
    sign = 1.0 if triphasic or traits.random() < 0.1 else -1.0
    return Focus(np.stack(columns, axis=1), shape, sign, 1.0, 0.0)


def _sharp(traits: np.random.Generator, kind: PeriodicKind, interval_s: float) -> Shape:
    # Spiky or sharp, at most 200 ms (ACNS), and short enough to leave an interval between two.
    width_s = min(traits.uniform(0.05, 0.17), 0.35 * interval_s)
    slow_s = min(traits.uniform(0.05, 0.15), 0.12 * interval_s)
    skew = float(np.clip(traits.normal(0.42, 0.13), 0.2, 0.75))
    return Shape(
        kind=kind,
        rise_s=0.5 * width_s * skew,
        fall_s=0.5 * width_s * (1 - skew),
        point=traits.uniform(1.4, 2.1),
        # Two or three phases are the rule.
        before=traits.choice((0.0, traits.uniform(0.1, 0.5))),
        after=traits.uniform(0.2, 0.8),
        slow=traits.choice((0.0, traits.uniform(0.2, 0.8)), p=(0.3, 0.7)),
        slow_delay_s=0.6 * width_s + 2 * slow_s,
        slow_s=slow_s,
        spread=traits.choice((0.0, traits.uniform(0.2, 0.6))),
        spread_s=traits.uniform(-0.005, 0.025),
        extra=(),
    )


def _triphasic(traits: np.random.Generator, interval_s: float) -> Shape:
    """Draw a sharp main phase between two others, the last one slower: "with triphasic morphology"."""
    sharp = _sharp(traits, "gpd", interval_s)
    return replace(sharp, before=traits.uniform(0.25, 0.6), after=traits.uniform(0.4, 0.8), point=2.0, slow=0.0)
