"""Interictal epileptiform discharges: a patient's foci, and discharges that resemble each other."""

from dataclasses import dataclass, replace

import numpy as np

from models.simulate.electrodes import Float64
from models.simulate.fields import Head
from models.simulate.truth import Float32, IedKind
from models.simulate.waveforms import peak

# What a discharge's course needs before and after its peak: a sharp wave's rise, and the slow wave to its end.
_BEFORE_S = 0.35
_AFTER_S = 1.3
# Temporal and frontal foci first; the midline's belong to generalised discharges.
_SITES = (
    *("T7", "T8", "F7", "F8", "Fp1", "Fp2", "F3", "F4", "Fz"),
    *("C3", "C4", "P3", "P4", "P7", "P8", "O1", "O2"),
)


@dataclass(frozen=True)
class Shape:
    """One discharge's course in time; amplitudes relative to the main peak, times in seconds.

    ``rise_s`` and ``fall_s`` are the standard deviations of the flanks, a quarter of what they last.
    """

    kind: IedKind
    rise_s: float
    fall_s: float
    point: float
    before: float
    after: float
    slow: float
    slow_delay_s: float
    slow_s: float
    spread: float
    spread_s: float
    extra: tuple[tuple[float, float], ...]

    def waves(self, t: Float64) -> Float32:
        """Return (3, samples): spike where it begins, spike where it spreads to, slow wave."""
        spike = self._spike(t)
        # The same spike a little later elsewhere: discharges travel, and a network shall not expect one time
        # everywhere.
        spread = self.spread * self._spike(t - self.spread_s)
        slow = self.slow * peak(t, self.slow_delay_s, 0.8 * self.slow_s, 1.2 * self.slow_s)
        return np.asarray([spike, spread, slow], np.float32)

    @property
    def reach_s(self) -> float:
        """How far from time 0 the main peak may lie in any electrode."""
        return abs(self.spread_s) + 0.8 * max(self.rise_s, self.fall_s)

    def _spike(self, t: Float64) -> Float64:
        wave = peak(t, 0, self.rise_s, self.fall_s, self.point)
        # Three deviations off, where the main peak has died away: so `amplitude` stays that of the main peak.
        wave = wave - self.before * peak(t, -3.0 * self.rise_s, 1.1 * self.rise_s, self.rise_s)
        wave = wave - self.after * peak(t, 3.0 * self.fall_s, self.fall_s, 1.6 * self.fall_s)
        for offset_s, size in self.extra:
            wave = wave + size * peak(t, offset_s, self.rise_s, self.fall_s, self.point)
        return wave


@dataclass(frozen=True)
class Focus:
    """Where and how one of a patient's discharges arises.

    Attributes
    ----------
    fields : numpy.ndarray
        float32 (electrodes, 3): of the spike, of where it spreads to, of the slow wave.
    shape : Shape
        The typical course, about which single discharges scatter.
    sign : float
        Polarity at the strongest electrode.
    share : float
        Which part of the patient's discharges is its.
    run : float
        Chance that one discharge becomes a run.
    """

    fields: Float32
    shape: Shape
    sign: float
    share: float
    run: float

    def draw(self, rng: np.random.Generator, rate_hz: float) -> tuple[Float32, Float32, Shape, int]:
        """Draw one discharge of peak about 1: fields, waves (3, samples), shape and the column of time 0."""
        shape = _scatter(self.shape, rng)
        column = int(_BEFORE_S * rate_hz)
        # Half a sample either way: real peaks do not fall on samples.
        t = (np.arange(int((_BEFORE_S + _AFTER_S) * rate_hz)) - column - rng.uniform(-0.5, 0.5)) / rate_hz
        fields = self.fields * rng.normal(1, 0.12, 3).astype(np.float32) * np.float32(self.sign)
        # Whatever is left at the ends is taken to zero, so that a discharge has a beginning and an end.
        ends = np.minimum(1, 10 * np.minimum(t - t[0], t[-1] - t))
        return fields, np.asarray(shape.waves(np.asarray(t)) * ends, np.float32), shape, column


def foci(head: Head, traits: np.random.Generator) -> tuple[Focus, ...]:
    """Draw a patient's one to three foci."""
    count = traits.choice((1, 2, 3), p=(0.5, 0.3, 0.2))
    # 1.5: mostly one focus leads, and the others are not rare.
    shares = traits.dirichlet(np.full(count, 1.5))
    return tuple(_focus(head, traits, float(share)) for share in shares)


def _focus(head: Head, traits: np.random.Generator, share: float) -> Focus:
    # A fifth generalised: broad, and largest at the frontal midline.
    broad = traits.random() < 0.2
    anchor = traits.choice(("Fz", "Cz")) if broad else traits.choice(_SITES)
    extent = traits.uniform(0.5, 1.0) if broad else traits.uniform(0.05, 0.45)
    if head.layout == "depth":
        # A contact lies inside the source or a few millimetres away: fields are steeper than through the skull.
        extent = traits.uniform(0.25, 0.5) if broad else traits.uniform(0.02, 0.25)
    centre = head.place(traits, anchor, 0.15)
    # The spread lies nearby, the slow wave about the same place but wider.
    beside = centre + traits.normal(0, 0.25 if head.layout == "scalp" else 0.06, 3)
    unit = beside / np.linalg.norm(beside) if head.layout == "scalp" else beside
    places = (centre, unit, 0.7 * centre + 0.3 * unit)
    extents = (extent, extent * traits.uniform(1, 1.6), extent * traits.uniform(1, 2))
    columns = [head.patch(traits, p, e) for p, e in zip(places, extents, strict=True)]
    # Cortical discharges are surface-negative; tangential sources make some positive. In depth either side may be near.
    sign = -1.0 if traits.random() < (0.87 if head.layout == "scalp" else 0.6) else 1.0
    return Focus(
        np.stack(columns, axis=1), _shape(traits), sign, share, traits.choice((0.0, traits.uniform(0.02, 0.2)))
    )


def _shape(traits: np.random.Generator) -> Shape:
    # Shares of kinds are ours; widths are those of the definitions: a spike lasts 20 to 70 ms, a sharp wave 70 to 200
    # ms.
    slow = traits.random() < 0.7
    poly = traits.random() < 0.12
    sharp = not poly and traits.random() < 0.4
    width_s = traits.uniform(0.07, 0.17) if sharp else traits.uniform(0.022, 0.07)
    # The rise is usually the steeper flank.
    skew = np.clip(traits.normal(0.42, 0.13), 0.15, 0.8)
    spike_kind: IedKind = ("sharp-wave" if sharp else "spike-wave") if slow else ("sharp" if sharp else "spike")
    slow_s = traits.uniform(0.045, 0.17)
    step = traits.uniform(0.045, 0.09)
    extra = [(i * step, traits.uniform(0.4, 0.95)) for i in range(1, traits.integers(2, 5))] if poly else []
    return Shape(
        kind="polyspike" if poly else spike_kind,
        rise_s=0.5 * width_s * skew,
        fall_s=0.5 * width_s * (1 - skew),
        point=traits.uniform(1.3, 2.2),
        before=traits.choice((0.0, traits.uniform(0.1, 0.5))),
        after=traits.choice((0.0, traits.uniform(0.1, 0.9)), p=(0.4, 0.6)),
        slow=traits.uniform(0.2, 0.95) if slow else 0.0,
        # After the last spike, and far enough from it that the slow wave begins where the spike has ended.
        slow_delay_s=0.6 * width_s + (extra[-1][0] if extra else 0.0) + traits.uniform(1.6, 2.4) * slow_s,
        slow_s=slow_s,
        spread=traits.choice((0.0, traits.uniform(0.2, 0.7))),
        spread_s=traits.uniform(-0.005, 0.025),
        extra=tuple(extra),
    )


def _scatter(shape: Shape, rng: np.random.Generator) -> Shape:
    """Vary one discharge about its focus's habit."""
    # 12 %: a focus's discharges resemble each other, and are not copies.
    factor = rng.lognormal(0, 0.12, 8)
    return replace(
        shape,
        rise_s=max(shape.rise_s * factor[0], 0.004),
        fall_s=max(shape.fall_s * factor[1], 0.004),
        before=shape.before * factor[2],
        after=shape.after * factor[3],
        slow=shape.slow * factor[4] ** 2,
        slow_s=shape.slow_s * factor[5],
        slow_delay_s=shape.slow_delay_s * factor[6],
        spread=min(shape.spread * factor[7], 0.9),
    )
