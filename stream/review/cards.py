"""One card for each cluster of events that look alike: what a reviewer judges at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import numpy as np

from stream.review.verdicts import Standing, Verdicts
from stream.terms import Stage

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
    not_called, candidates
        what resembles them and was below the bed's threshold: how many, and the ids of the most probable
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
    not_called: int = 0
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class _Group:
    events: list[Payload] = field(default_factory=list)
    withheld: list[Payload] = field(default_factory=list)


def cards(
    events: Iterable[Payload],
    verdicts: Verdicts,
    threshold: float = 0.0,
    withheld: Iterable[Payload] = (),
    most: int = 0,
) -> list[Card]:
    """Return the cards of some events, the most certain cluster first.

    Parameters
    ----------
    threshold
        leaves out what is less probable: a threshold that is set afterwards
    withheld
        what was not called, beside the events
    most
        no more cards than this: the smallest clusters share the last one, whose name is all of theirs; 0 for as many
        as there are
    """
    groups: dict[str, _Group] = {}
    for event in events:
        if event["probability"] >= threshold:
            groups.setdefault(event.get("cluster", ""), _Group()).events.append(event)
    for one in withheld:
        if one["probability"] >= threshold:
            groups.setdefault(one.get("cluster", ""), _Group()).withheld.append(one)
    rest = _smallest(groups, most)
    made = [_card(name, of, verdicts) for name, of in groups.items() if name not in rest]
    made.sort(key=lambda card: (-card.probability, card.cluster))
    if rest:
        both = _Group([e for name in rest for e in groups[name].events], [w for n in rest for w in groups[n].withheld])
        made.append(_card(" ".join(rest), both, verdicts))
    return made


def _smallest(groups: Mapping[str, _Group], most: int) -> list[str]:
    """Return the clusters that share the last card, by their numbers."""
    named = sorted((name for name in groups if name), key=lambda name: -len(groups[name].events))
    rest = named[most - 1 :] if 0 < most < len(named) else []
    return sorted(rest, key=lambda name: tuple(map(int, name.split("-"))))


def _card(cluster: str, group: _Group, verdicts: Verdicts) -> Card:
    events, withheld = (sorted(of, key=lambda one: -one["probability"]) for of in (group.events, group.withheld))
    ordered = [event["id"] for event in events]
    # A card without events shows the candidates that were withheld.
    shown = events or withheld
    return Card(
        cluster=cluster,
        count=len(events),
        newest_seq=max((event["seq"] for event in events), default=0),
        probability=float(np.median([one["probability"] for one in shown])),
        stages=_by_stage([one["sleep_stage"] for one in (*events, *withheld)]),
        leads=leads([one.get("lead_channel", "") for one in shown]),
        clearest=tuple(ordered[:SHOWN]),
        least_clear=tuple(ordered[::-1][:SHOWN]),
        standings=dict(Counter(verdicts.standing(event_id) for event_id in ordered)),
        not_called=len(withheld),
        candidates=tuple(one["id"] for one in withheld[:SHOWN]),
    )


def _by_stage(stages: Sequence[str]) -> dict[str, int]:
    """Count events by stage, from awake to REM sleep, those of no known stage last."""
    counts = Counter(stages)
    return {stage: counts[stage] for stage in get_args(Stage) if counts[stage]}


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
