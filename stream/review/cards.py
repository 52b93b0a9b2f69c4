"""One card for each cluster of events that look alike: what a reviewer judges at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from stream.review.verdicts import Standing, Verdicts

SHOWN: Final = 5
"""So many of the clearest and of the least clear events stand on a card."""
RESAMPLES: Final = 1000
LEVEL: Final = 0.95
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lead:
    """A channel that peaks first, in which share of the events, and the bootstrap interval of that share at 95 %."""

    channel: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Card:
    """One cluster: its events counted, and those to look at.

    Attributes
    ----------
    stages
        events in each stage of sleep
    leads
        channels that peak first, most frequent first
    clearest, least_clear
        ids of events, most and least probable first
    standings
        events accepted, rejected, disputed and open
    """

    cluster: str
    count: int
    newest_seq: int
    probability: float
    stages: dict[str, int]
    leads: tuple[Lead, ...]
    clearest: tuple[str, ...]
    least_clear: tuple[str, ...]
    standings: dict[Standing, int]


def cards(events: Iterable[Payload], verdicts: Verdicts, threshold: float = 0.0) -> list[Card]:
    """Return the cards of some events, the most certain cluster first.

    `threshold` leaves out events that are less probable: a threshold that is raised afterwards.
    """
    clusters: dict[str, list[Payload]] = {}
    for event in events:
        if event["probability"] >= threshold:
            clusters.setdefault(event.get("cluster", ""), []).append(event)
    made = [_card(cluster, of, verdicts) for cluster, of in clusters.items()]
    return sorted(made, key=lambda card: (-card.probability, card.cluster))


def _card(cluster: str, events: Sequence[Payload], verdicts: Verdicts) -> Card:
    ordered = [event["id"] for event in sorted(events, key=lambda event: -event["probability"])]
    return Card(
        cluster=cluster,
        count=len(events),
        newest_seq=max(event["seq"] for event in events),
        probability=float(np.median([event["probability"] for event in events])),
        stages=dict(Counter(event["sleep_stage"] for event in events)),
        leads=leads([event.get("lead_channel", "") for event in events]),
        clearest=tuple(ordered[:SHOWN]),
        least_clear=tuple(ordered[::-1][:SHOWN]),
        standings=dict(Counter(verdicts.standing(event_id) for event_id in ordered)),
    )


def leads(channels: Sequence[str]) -> tuple[Lead, ...]:
    """Return how often each channel comes first, with a bootstrap over the events; the same events, the same answer."""
    counts = Counter(channels).most_common()
    total = len(channels)
    drawn = np.random.default_rng(total).multinomial(total, [count / total for _, count in counts], RESAMPLES) / total
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return tuple(
        Lead(channel, count / total, float(low[place]), float(high[place]))
        for place, (channel, count) in enumerate(counts)
    )
