"""Which patients have an abnormal EEG beside their foci, and what is abnormal about it.

Inpatients are who is monitored, and much of what a detector calls falsely in them is slowing. Shares are choices of
ours: each pattern often enough to be met in training, periodic discharges rare enough that they do not become most of
what is learnt.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from models.simulate.abnormal import (
    Breach,
    Pattern,
    Rhythmic,
    Run,
    Slowing,
    Triphasic,
    Ward,
)
from models.simulate.attenuation import BurstSuppression, LowVoltage
from models.simulate.periodic import Periodic, PeriodicKind
from models.simulate.truth import Abnormality, Confounder, Float32, IllnessName, Layout
from models.sleep_stages import Stage

Illness: TypeAlias = IllnessName | Literal["drawn", "none"]
"""Of a patient: one by name, drawn, or none."""
ILL = 0.28
"""Which part of patients is ill."""


@dataclass(frozen=True)
class Disorder:
    """An illness as a family; each patient who has it draws one of it.

    Attributes
    ----------
    name : IllnessName
        What it is called.
    scalp, depth : float
        Share among the ill, by layout.
    rhythms : tuple of float
        Range of the factor on the usual rhythms, alpha above all.
    sleeps : bool
        Whether graphoelements of sleep and benign variants still occur.
    patterns : tuple
        Draw the abnormal background, in the order in which it acts.
    periodic : tuple of PeriodicKind
        Periodic discharges.
    """

    name: IllnessName
    scalp: float
    depth: float
    rhythms: tuple[float, float]
    sleeps: bool
    patterns: tuple[Callable[[Ward], Pattern], ...]
    periodic: tuple[PeriodicKind, ...] = ()


def _general(ward: Ward) -> Pattern:
    return Slowing(ward, "generalised-slowing", ("Fz", "C3", "C4", "P3", "P4", "F7", "F8"), (0.3, 0.8))


def _focal(ward: Ward) -> Pattern:
    site = str(ward.traits.choice(ward.side))
    return Slowing(ward, "focal-slowing", (site, site), (0.1, 0.4))


# Rhythmic delta is at most 4 Hz (Hirsch et al. 2021). Runs last, or are brief, which is "intermittent".
def _grda(ward: Ward) -> Pattern:
    return Rhythmic(ward, Run("grda", (0.8, 3.5), ("Fz", "Cz"), (0.6, 1.0), (10, 300), (5, 60)))


def _lrda(ward: Ward) -> Pattern:
    return Rhythmic(ward, Run("lrda", (0.8, 3.5), ward.side, (0.15, 0.45), (10, 300), (5, 60)))


def _firda(ward: Ward) -> Pattern:
    return Rhythmic(ward, Run("firda", (1.5, 3.0), ("Fpz",), (0.3, 0.7), (2, 8), (4, 40)))


def _theta(ward: Ward) -> Pattern:
    return Rhythmic(ward, Run("rhythmic-theta", (4.2, 7.5), (*ward.side, "Fz", "Cz"), (0.15, 0.8), (3, 60), (3, 60)))


# Name, share of the ill on scalp and in depth, factor on rhythms, sleep, background. Half of those with rhythmic delta
# have polymorphic slowing as well; what makes rhythmic delta on one side mostly makes polymorphic delta there.
DISORDERS = (
    Disorder("generalised-slowing", 0.17, 0.35, (0.1, 0.6), True, (_general,)),
    Disorder("focal-slowing", 0.15, 0.4, (0.5, 1.0), True, (_focal,)),
    Disorder("grda", 0.07, 0, (0.2, 0.8), True, (_general, _grda)),
    Disorder("lrda", 0.07, 0, (0.3, 1.0), True, (_focal, _lrda)),
    Disorder("firda", 0.07, 0, (0.3, 1.0), True, (_firda,)),
    Disorder("rhythmic-theta", 0.05, 0, (0.3, 1.0), True, (_theta,)),
    Disorder("triphasic", 0.07, 0, (0.05, 0.3), False, (_general, Triphasic)),
    Disorder("low-voltage", 0.05, 0.1, (0.3, 1.0), True, (LowVoltage,)),
    Disorder("burst-suppression", 0.06, 0.15, (0.0, 0.3), False, (BurstSuppression,)),
    Disorder("breach", 0.07, 0, (0.5, 1.0), True, (Breach,)),
    # Together 17 % of the ill, a twentieth of all.
    Disorder("lpd", 0.085, 0, (0.2, 0.8), True, (_focal,), ("lpd",)),
    Disorder("gpd", 0.055, 0, (0.05, 0.3), False, (_general,), ("gpd",)),
    Disorder("bipd", 0.03, 0, (0.1, 0.5), False, (_general,), ("bipd",)),
)


class Ill:
    """What is abnormal about a patient: their background, and periodic discharges; nothing in most."""

    def __init__(
        self, rhythms: float, patterns: tuple[Pattern, ...], periodic: tuple[Periodic, ...], *, sleeps: bool
    ) -> None:
        self._rhythms, self._patterns = np.float32(rhythms), patterns
        self.periodic, self.sleeps = periodic, sleeps

    @property
    def named(self) -> tuple[Abnormality, ...]:
        """Return what is abnormal, as the truth tells it."""
        background = tuple(pattern.named for pattern in self._patterns)
        return background + tuple(named for periodic in self.periodic for named in periodic.named)

    def segment(self, sources: Float32, rhythms: Float32, first: int, stage: Stage) -> tuple[Float32, list[Confounder]]:
        """Return brain activity (electrodes, segment) as the illness leaves it, and what begins in the segment."""
        brain, found = sources + self._rhythms * rhythms, list[Confounder]()
        for pattern in self._patterns:
            brain, more = pattern.segment(brain, first, stage)
            found += more
        return brain, found


def draw(illness: Illness, layout: Layout, traits: np.random.Generator) -> IllnessName | Literal["none"]:
    """Return the illness that a patient has; ``"drawn"`` draws it."""
    ill, at = traits.random() < ILL, traits.random()
    if illness != "drawn":
        return illness
    shares = np.cumsum([d.scalp if layout == "scalp" else d.depth for d in DISORDERS])
    return DISORDERS[int(np.searchsorted(shares, at * shares[-1], side="right"))].name if ill else "none"


def admit(name: IllnessName | Literal["none"], ward: Ward, *, discharges: bool) -> Ill:
    """Draw a patient's version of an illness; without ``discharges`` only the background that goes with it."""
    if name == "none":
        return Ill(1.0, (), (), sleeps=True)
    [disorder] = [d for d in DISORDERS if d.name == name]
    rhythms = float(ward.traits.uniform(*disorder.rhythms))
    patterns = tuple(pattern(ward) for pattern in disorder.patterns)
    # Painted with a generator of their own, so that the background is the same without them.
    painted = replace(ward, rng=ward.rng.spawn(1)[0])
    periodic = tuple(Periodic(painted, kind) for kind in disorder.periodic) if discharges else ()
    return Ill(rhythms, patterns, periodic, sleeps=disorder.sleeps)
