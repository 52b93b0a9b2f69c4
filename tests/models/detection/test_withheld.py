"""What was seen and not called: once, never what was called, and each at the threshold that would have called it."""

from collections import deque

import numpy as np
import pytest

from models.detection.events import Event, EventFormer, EventRules
from models.detection.sightings import Sighting
from models.detection.withheld import Withheld

RATE_HZ = 128.0
WINDOW = 192
HOP = 16


def sighting(end: int, peak: int, probability: float, group: str = "left") -> Sighting:
    """See a deflection in a window that ends at `end`."""
    return Sighting(group, end, probability, peak, 1, (1,), -80.0, peak - 3, peak + 3)


def withheld_of(hops: dict[int, list[Sighting]], rules: EventRules, floor: float = 0.2) -> tuple[list[Event], ...]:
    """Lead sightings through both formers, hop by hop; return what was called and what was not."""
    former, below = EventFormer(rules, RATE_HZ, WINDOW), Withheld(floor, rules, RATE_HZ, WINDOW)
    called, kept = list[Event](), list[Event]()
    for end in range(min(hops), max(hops) + 2 * WINDOW, HOP):
        seen = hops.get(end, [])
        called += former.push(end, [one for one in seen if one.probability >= rules.lowest])
        for one in seen:
            below.note(one)
        kept += below.settle(end, former.recent)
    return called, kept


def test_what_is_called_is_not_withheld_and_what_is_below_is_kept_once() -> None:
    """Two discharges seen by several windows each, of which one reaches the threshold."""
    hops = {1040: [sighting(1040, 1000, 0.3)], 1056: [sighting(1056, 1000, 0.4)], 1072: [sighting(1072, 1001, 0.35)]}
    hops |= {end: [sighting(end, 1500, p)] for end, p in ((1520, 0.4), (1536, 0.8), (1552, 0.7))}
    called, kept = withheld_of(hops, EventRules(0.6))
    assert [event.best.peak for event in called] == [1500]
    # Of three windows two agree from 0.35 on: so low a threshold had called it.
    assert [(one.best.peak, one.best.probability, one.decided) for one in kept] == [(1000, 0.35, 1200)]


def test_one_window_alone_stands_so_far_below_as_it_is_weak() -> None:
    """At 0.6 one window is enough where the threshold's log odds lie 0.5 lower."""
    [one] = withheld_of({1040: [sighting(1040, 1000, 0.6)]}, EventRules(0.6))[1]
    level = one.best.probability
    assert np.log(0.6 / 0.4) - np.log(level / (1 - level)) == pytest.approx(0.5)
    assert [len(of) for of in withheld_of({1040: [sighting(1040, 1000, 0.6)]}, EventRules(level - 1e-9))] == [1, 0]
    assert [len(of) for of in withheld_of({1040: [sighting(1040, 1000, 0.6)]}, EventRules(level + 1e-9))] == [0, 1]


def test_every_level_is_the_threshold_from_which_the_event_former_calls() -> None:
    """Hundreds of discharges apart, seen by random windows of two groups: the same counts as runs at each threshold."""
    random = np.random.default_rng(3)
    hops: dict[int, list[Sighting]] = {}
    for number in range(200):
        peak = 1000 + 400 * number
        for place in random.choice(8, random.integers(1, 5), replace=False):
            end = (peak // HOP + 1 + int(place)) * HOP
            group = str(random.choice(["left", "right"]))
            hops.setdefault(end, []).append(sighting(end, peak, float(random.uniform(0.1, 0.9)), group))
    levels = [one.best.probability for one in withheld_of(hops, EventRules(0.95), 0.1)[1]]
    for threshold in (0.2, 0.35, 0.5, 0.7):
        called = withheld_of(hops, EventRules(threshold), 0.0)[0]
        assert len(called) == sum(level >= threshold for level in levels)
    assert withheld_of(hops, EventRules(0.95), 0.0)[1] == []


def test_a_verifiers_answer_counts_by_itself_and_a_gap_forgets() -> None:
    """The largest of its answers, below the threshold even where an event's silence kept it from being called."""
    below = Withheld(0.3, EventRules(0.6), RATE_HZ, WINDOW, is_verified=True)
    for end, probability in ((1040, 0.45), (1056, 0.5), (1072, 0.2)):
        below.note(sighting(end, 1000, probability))
    below.note(sighting(1072, 1060, 0.9))
    [first, second] = below.settle(1300, deque())
    assert (first.best.probability, second.best.peak, second.best.probability < 0.6) == (0.5, 1060, True)
    below.note(sighting(1340, 1320, 0.5))
    below.reset()
    assert below.settle(1600, deque()) == []
