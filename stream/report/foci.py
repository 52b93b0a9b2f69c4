"""One focus after the other: events that look alike, how often they come in which stage, and why they are events."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from stream.findings import Findings
from stream.review.averages import Average
from stream.review.cards import Card
from stream.spike_wave import StageTime, spike_wave

CRITERIA: Final = {
    "sharpness": "sharpness against the background",
    "duration_ms": "duration, ms",
    "asymmetry": "asymmetry (above 0: falls slower than it rises)",
    "after_wave": "slow wave after it, share of the peak",
    "background_change": "background after it over that before",
    "field": "share of its field beyond two derivations",
}
"""The six criteria of the IFCN, in the words of a report."""


@dataclass(frozen=True, slots=True)
class Middle:
    """Median and quartiles of what was known of `count` events."""

    median: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Focus:
    """Events of one cluster.

    Attributes
    ----------
    stages
        time and events of each stage of sleep
    criteria
        of the six criteria, by name
    average
        their averaged waveform, None where it is not known
    """

    card: Card
    stages: dict[str, StageTime]
    amplitude_uv: Middle
    criteria: dict[str, Middle]
    average: Average | None

    @property
    def name(self) -> str:
        """The cluster, as `spikewatch review` names it."""
        return self.card.cluster or "none"

    @property
    def lead(self) -> str:
        """The derivation that peaks first most often."""
        return self.card.leads[0].channel or "not known"


def foci(found: Findings, cards: Sequence[Card], averages: Mapping[str, Average]) -> list[Focus]:
    """Return the focus of each card, that of most events first."""
    lost = [(one.onset_s, one.onset_s + one.duration_s) for one in found.stretches]
    made = []
    for card in sorted(cards, key=lambda card: (-card.count, card.cluster)):
        events = [event for event in found.events if event.get("cluster", "") == card.cluster]
        stages = spike_wave(found.stages, [event["time_s"] for event in events], lost, found.seconds).stages
        criteria = {name: _middle([event.get("reasons", {}).get(name) for event in events]) for name in CRITERIA}
        amplitude_uv = _middle([event.get("amplitude_uv") for event in events])
        made.append(Focus(card, stages, amplitude_uv, criteria, averages.get(card.cluster)))
    return made


def _middle(values: Sequence[Any]) -> Middle:
    known = [float(value) for value in values if value is not None]
    if not known:
        return Middle(math.nan, math.nan, math.nan, 0)
    low, median, high = (float(one) for one in np.quantile(known, [0.25, 0.5, 0.75]))
    return Middle(median, low, high, len(known))
