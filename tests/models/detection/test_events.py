"""Events: decided as soon as the evidence allows, counted once, two close ones apart."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detection.events import Event, EventFormer, EventRules
from models.detection.sightings import Sighting

RATE_HZ = 128.0
WINDOW = 192
RULES = EventRules(threshold=0.5)


def seen(peak: int, end: int, group: str = "left", probability: float = 0.6) -> Sighting:
    """Make a sighting whose waveform does not matter: by default one that is not strong, which begins at 0.622."""
    return Sighting(group, end, probability, peak, 0, (0,), -50.0, peak - 2, peak + 2)


def watch(peaks: list[int], *, hop: int = 16, group: str = "left", until: int = 2000) -> list[Event]:
    """Push the windows of one group; every window that holds a peak well inside sees it."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    events = []
    for end in range(hop, until, hop):
        # Not at the very edges, where a network sees too little.
        inside = [seen(p, end, group) for p in peaks if end - WINDOW + 8 <= p < end - 8]
        events += former.push(end, inside)
    return events


def groups_of(event: Event) -> list[str]:
    """Return the groups that saw an event, in the order in which they did."""
    return list(dict.fromkeys(one.group for one in event.sightings))


def test_one_weak_window_alone_is_no_event() -> None:
    """It waits for a second one, which never comes."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    assert former.push(320, [seen(250, 320)]) == []
    assert [event for end in range(336, 700, 16) for event in former.push(end, [])] == []


@pytest.mark.parametrize(("threshold", "strong"), [(0.5, 0.6225), (0.55, 0.6683), (0.9, 0.9369)])
def test_one_strong_window_is_an_event_at_once(threshold: float, strong: float) -> None:
    """From 1.65 times (exp 0.5) the odds of the threshold on, whatever the threshold."""
    rules = EventRules(threshold)
    assert rules.strong == pytest.approx(strong, abs=5e-5)
    for probability, events in ((rules.strong, 1), (rules.strong - 1e-6, 0)):
        assert len(EventFormer(rules, RATE_HZ, WINDOW).push(320, [seen(250, 320, "left", probability)])) == events


def test_two_groups_that_see_it_at_once_are_an_event_at_once() -> None:
    """One weak window of each is enough."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    [event] = former.push(320, [seen(250, 320, "left"), seen(253, 320, "right")])
    assert (groups_of(event), event.decided) == (["left", "right"], 320)


@pytest.mark.parametrize("probability", [0.6, 0.9])
def test_an_event_waits_until_its_surroundings_are_in(probability: float) -> None:
    """It settles at the first window that ends 62.5 ms or more behind its peak, however strong the evidence."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    # 8 samples behind the peak is the first end that settles; the two ends agree 8 samples apart.
    assert former.push(249, [seen(250, 249, "left", probability)]) == []
    assert former.push(257, [seen(250, 257, "left", probability)]) == []
    [event] = former.push(258, [])
    assert (event.best.peak, event.decided) == (250, 258)


def test_windows_agree_when_their_ends_are_a_sixteenth_of_a_second_apart() -> None:
    """At a hop of 2 samples the fifth window agrees with the first, 8 samples behind it; the second does not yet."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    decided = [event.decided for end in range(300, 320, 2) for event in former.push(end, [seen(250, end)])]
    assert decided == [308]


Hops = list[list[tuple[str, float, int]]]
"""Hop by hop, what was seen of one discharge: group, probability, samples that its peak is off."""


def slow_decision(hops: Hops, ends: list[int]) -> list[int]:
    """Return when one discharge at 250 is decided, if ever: all that was seen so far is judged anew at every hop."""
    for now in range(len(hops)):
        so_far = [(end, *one) for end, hop in zip(ends[: now + 1], hops[: now + 1], strict=True) for one in hop]
        if not so_far:
            continue
        # The most probable, and of equals the newest, says where the peak is; of one window's, the first in its list.
        best = max(so_far, key=lambda one: (one[2], one[0]))
        waited = ends[now] - (250 + best[3]) >= 8
        strong = best[2] >= 1 / (1 + math.exp(-0.5))
        pairs = [(one, other) for one in so_far for other in so_far]
        elsewhere = any(one[1] != other[1] for one, other in pairs)
        later = any(one[1] == other[1] and other[0] - one[0] >= 8 for one, other in pairs)
        if waited and (strong or elsewhere or later):
            return [ends[now]]
    return []


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["left", "right"]), st.floats(0.5, 0.7), st.integers(-9, 9)), max_size=2),
        max_size=12,
    ),
    st.sampled_from([2, 4, 8, 16]),
)
def test_an_event_is_decided_as_soon_as_the_slow_twin_decides(hops: Hops, hop: int) -> None:
    """Peaks at most 18 samples apart are one candidate, so that the twin needs no joining."""
    former, ends = EventFormer(RULES, RATE_HZ, WINDOW), [252 + hop * k for k in range(len(hops))]
    decided = [
        event.decided
        for end, now in zip(ends, hops, strict=True)
        for event in former.push(end, [seen(250 + off, end, group, p) for group, p, off in now])
    ]
    assert decided == slow_decision(hops, ends)


def test_an_event_holds_all_that_led_to_it() -> None:
    """Hop by hop and group by group, for whoever judges it as a whole."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    first, second, third = seen(250, 272), seen(251, 288), seen(250, 288, "right")
    former.push(272, [first])
    [event] = former.push(288, [second, third])
    assert event.sightings == (first, second, third)


def test_a_late_agreement_settles_at_once() -> None:
    """The second window may come when the surroundings are long in."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    assert former.push(352, [seen(250, 352)]) == []
    assert [event.decided for event in former.push(368, [seen(250, 368)])] == [368]


def test_a_candidate_is_forgotten_when_no_window_can_show_it() -> None:
    """A second sighting behind a whole window's length does not make one from long ago."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    former.push(352, [seen(250, 352)])
    former.push(250 + WINDOW, [])
    assert former.push(250 + WINDOW + 16, [seen(250, 250 + WINDOW + 16)]) == []


def test_an_event_is_described_by_its_most_probable_sighting() -> None:
    """Of equals the newest does; groups are named in the order they saw it, each once."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    # Seven samples behind its peak it is not settled yet.
    former.push(257, [seen(250, 257, "right", 0.6), seen(252, 257, "left", 0.9)])
    [event] = former.push(273, [seen(251, 273, "left", 0.9), seen(250, 273, "right", 0.7)])
    assert (event.best.peak, event.best.end, event.best.group) == (251, 273, "left")
    assert groups_of(event) == ["right", "left"]


def test_groups_join_within_150_ms() -> None:
    """Peaks 19 samples apart are one discharge."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    assert len(former.push(288, [seen(250, 288, "left"), seen(269, 288, "right")])) == 1


@pytest.mark.parametrize("apart", [45, 60, 100])
def test_two_discharges_a_third_of_a_second_apart_are_two_events(apart: int) -> None:
    """0.35 s is more than the refractory time; both are found, in order, each once."""
    assert [event.best.peak for event in watch([500, 500 + apart])] == [500, 500 + apart]


@pytest.mark.parametrize("apart", [20, 30, 37])
def test_within_the_refractory_time_the_first_stands(apart: int) -> None:
    """Below 0.3 s (38 samples) there is one event, the earlier."""
    assert [event.best.peak for event in watch([500, 500 + apart])] == [500]


def test_events_settled_at_once_come_in_the_order_of_their_peaks() -> None:
    """Whatever the order in which they were sighted."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    former.push(512, [seen(440, 512), seen(360, 512)])
    events = former.push(528, [seen(440, 528), seen(360, 528)])
    assert [event.best.peak for event in events] == [360, 440]


def test_nothing_is_joined_across_a_gap() -> None:
    """A sighting before the gap and one behind it do not agree."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    former.push(272, [seen(250, 272)])
    former.reset()
    assert former.push(288, [seen(250, 288)]) == []


@given(st.lists(st.integers(200, 1500), min_size=1, max_size=5, unique=True), st.sampled_from([2, 4, 8, 16, 32]))
def test_events_do_not_depend_on_the_hop(peaks: list[int], hop: int) -> None:
    """Discharges more than the refractory time apart are each found once, at any hop."""
    # 40 samples are just more than the refractory time of 38.
    kept = [p for k, p in enumerate(sorted(peaks)) if all(abs(p - q) > 40 for q in sorted(peaks)[:k])]
    assert [event.best.peak for event in watch(kept, hop=hop)] == kept


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 150), st.floats(0.5, 1.0)), max_size=60))
def test_events_are_apart_agreed_and_in_the_past(given_sightings: list[tuple[int, int, float]]) -> None:
    """Whatever is sighted: no two events within the refractory time, none before its surroundings were in."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    events: list[Event] = []
    for hop in range(41):
        end = WINDOW + 16 * hop
        now = [seen(end - WINDOW + off, end, probability=p) for at, off, p in given_sightings if at == hop]
        events += former.push(end, now)
    # 38 samples are 0.3 s, 8 are 0.0625 s.
    peaks = sorted(event.best.peak for event in events)
    assert all(b - a >= 38 for a, b in pairwise(peaks))
    assert all(event.decided - event.best.peak >= 8 for event in events)
