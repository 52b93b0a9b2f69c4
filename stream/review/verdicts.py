"""The standing of each event by the reviews in the journal: who said what, and how far reviewers agree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal

Standing = Literal["open", "accepted", "rejected", "disputed"]
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one reviewer says of one event; `single` if of that event itself and not of its cluster."""

    true: bool
    label: str
    single: bool
    drawn: bool


@dataclass(slots=True)
class Verdicts:
    """All judgements that stand, by event and reviewer."""

    of: dict[str, dict[str, Judgement]] = field(default_factory=dict)

    def standing(self, event_id: str) -> Standing:
        """Return what stands of an event: disputed where reviewers contradict each other."""
        said = {judgement.true for judgement in self.of.get(event_id, {}).values()}
        if not said:
            return "open"
        if len(said) > 1:
            return "disputed"
        return "accepted" if said.pop() else "rejected"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two reviewers judged the events that both judged; `kappa` is Cohen's, NaN where both always say the same."""

    reviewers: tuple[str, str]
    events: int
    same: int
    kappa: float


def verdicts(events: Sequence[Payload], reviews: Iterable[Payload]) -> Verdicts:
    """Apply reviews to events, in the order in which they were made.

    What a reviewer says of an event itself stands before what the same one says of its cluster; of each, the last. A
    review that was undone counts as never made.
    """
    made = list(reviews)
    undone = {review["target"] for review in made if review["verdict"] == "undo"}
    clusters: dict[str, list[Payload]] = {}
    for event in events:
        clusters.setdefault(event.get("cluster", ""), []).append(event)
    known, out = {event["id"] for event in events}, Verdicts()
    for review in made:
        if review["verdict"] == "undo" or review["id"] in undone:
            continue
        single = review["covers"] == "event"
        covered = [review["target"]] if single else _shown(clusters.get(review["target"], ()), review)
        judgement = Judgement(review["verdict"] != "reject", review["label"], single, review["drawn"])
        for event_id in known.intersection(covered):
            _judge(out.of.setdefault(event_id, {}), review["reviewer"], judgement)
    return out


def _shown(cluster: Iterable[Payload], review: Payload) -> list[str]:
    """Return the events that a card was shown with: what came later, or was hidden as too improbable, is not judged."""
    lowest = review.get("threshold", 0.0)
    return [one["id"] for one in cluster if one["seq"] <= review["until_seq"] and one["probability"] >= lowest]


def _judge(of_event: dict[str, Judgement], reviewer: str, judgement: Judgement) -> None:
    before = of_event.get(reviewer)
    if before is None or judgement.single or not before.single:
        of_event[reviewer] = judgement


def agreements(found: Verdicts) -> list[Agreement]:
    """Return how far each two reviewers agree who judged an event in common."""
    reviewers = sorted({reviewer for said in found.of.values() for reviewer in said})
    pairs = []
    for one, other in combinations(reviewers, 2):
        both = [(said[one].true, said[other].true) for said in found.of.values() if one in said and other in said]
        if both:
            same = sum(a == b for a, b in both)
            pairs.append(Agreement((one, other), len(both), same, _kappa(both)))
    return pairs


def _kappa(both: Sequence[tuple[bool, bool]]) -> float:
    """Return Cohen's kappa (Educ. Psychol. Meas. 1960)."""
    total = len(both)
    first, second = (sum(pair[who] for pair in both) / total for who in (0, 1))
    by_chance = first * second + (1 - first) * (1 - second)
    return (sum(a == b for a, b in both) / total - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")
