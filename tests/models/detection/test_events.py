"""Events: refined on the waveform, agreed on by windows, counted once, two close ones apart."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.detection.events import Event, EventFormer, EventRules, Sighting, sightings

RATE_HZ = 128.0
WINDOW = 192
RULES = EventRules(threshold=0.5)
REACH = 10
"""round(0.08 s at 128 Hz): how far the network's time is refined."""


def triangle(n: int, peak: int, height: float, half_width: int) -> NDArray[np.float32]:
    """Draw one triangular deflection."""
    return (height * np.maximum(0.0, 1.0 - np.abs(np.arange(n) - peak) / half_width)).astype(np.float32)


def sight(first: int, samples: NDArray[np.float32], peak: int) -> Sighting:
    """Return the sighting of a window that was scored 0.8 because of `peak`."""
    [found] = sightings("left", first, samples, [(0.8, peak)], RATE_HZ, threshold=0.5)
    return found


def seen(peak: int, end: int, group: str = "left", probability: float = 0.9) -> Sighting:
    """Make a sighting whose waveform does not matter."""
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


# ---- one window ----


@given(st.integers(20, 170), st.integers(-REACH, REACH), st.integers(0, 4), st.sampled_from([-80.0, 120.0]))
def test_the_largest_deflection_near_the_networks_time_is_the_peak(at: int, off: int, row: int, height: float) -> None:
    """Time, derivation and signed size are those of the deflection that was planted."""
    samples = np.zeros((5, WINDOW), np.float32)
    samples[row] = triangle(WINDOW, at, height, 6)
    found = sight(1000, samples, 1000 + at + off)
    assert (found.peak, found.row, found.amplitude) == (1000 + at, row, height)
    assert (found.group, found.end, found.probability) == ("left", 1000 + WINDOW, 0.8)


def test_a_larger_deflection_out_of_reach_is_another_matter() -> None:
    """The network said where it looked: what is more than 80 ms away does not count."""
    samples = np.zeros((5, WINDOW), np.float32)
    # Ten times as large, 18 samples away: the reach is 10.
    samples[1] = triangle(WINDOW, 80, -50.0, 4) + triangle(WINDOW, 80 + REACH + 8, -500.0, 4)
    assert sight(0, samples, 80).peak == 80


@pytest.mark.parametrize(("height", "counts"), [(0.25, True), (0.15, False)])
def test_the_newest_part_counts_from_a_fifth_of_the_largest_deflection_on(height: float, counts: bool) -> None:
    """A wave that a spike leaves behind is not another one; either span must reach the threshold."""
    samples = np.zeros((5, WINDOW), np.float32)
    # The rule is a fifth of the largest: 0.25 and 0.15 lie on either side of it.
    samples[0, 60], samples[1, 170] = 100.0, 100.0 * height
    spans = [(0.9, 1060), (0.8, 1170)]
    found = list(sightings("left", 1000, samples, spans, RATE_HZ, threshold=0.5))
    assert [(one.peak, one.probability) for one in found] == [(1060, 0.9)] + [(1170, 0.8)] * counts
    assert [one.peak for one in sightings("left", 1000, samples, spans, RATE_HZ, threshold=0.85)] == [1060]
    assert [one.peak for one in sightings("left", 1000, samples, spans[::-1], RATE_HZ, threshold=0.5)] == [1170, 1060]


def test_an_offset_of_a_row_is_no_deflection() -> None:
    """Each row is judged from its own median."""
    samples = np.zeros((5, WINDOW), np.float32)
    samples[4] += 900.0
    samples[2] = 300.0 + triangle(WINDOW, 60, -70.0, 5)
    found = sight(0, samples, 62)
    assert (found.peak, found.row, found.amplitude) == (60, 2, -70.0)


def test_rows_that_reach_half_the_peak_take_part() -> None:
    """At the peak's own sample; a row below half, or with its peak elsewhere, does not."""
    samples = np.zeros((5, WINDOW), np.float32)
    heights = [100.0, -50.0, 49.0, 0.0]
    for row, height in enumerate(heights):
        samples[row] = triangle(WINDOW, 90, height, 6)
    samples[4] = triangle(WINDOW, 100, 90.0, 6)
    assert sight(0, samples, 90).rows == (0, 1)


def test_the_extent_is_the_unbroken_stretch_above_three_tenths() -> None:
    """Of a triangle 8 samples to each side, that is 5 to each side; a second wave is not joined on."""
    samples = np.zeros((5, WINDOW), np.float32)
    samples[0] = triangle(WINDOW, 90, -100.0, 8) + triangle(WINDOW, 110, -90.0, 8)
    found = sight(500, samples, 590)
    assert (found.onset, found.offset) == (585, 595)


@pytest.mark.parametrize(("at", "bounds"), [(0, (0, 3)), (WINDOW - 1, (WINDOW - 4, WINDOW - 1))])
def test_a_peak_at_the_windows_edge_ends_there(at: int, bounds: tuple[int, int]) -> None:
    """Neither the search nor the extent leaves the window."""
    samples = np.zeros((5, WINDOW), np.float32)
    samples[3] = triangle(WINDOW, at, -64.0, 5)
    found = sight(0, samples, at)
    assert (found.peak, found.onset, found.offset) == (at, *bounds)


# ---- many windows ----


def test_one_window_alone_is_no_event() -> None:
    """Two windows of one group must agree; two groups with one window each do not."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    assert former.push(320, [seen(250, 320, "left"), seen(250, 320, "right")]) == []
    assert [event for end in range(336, 700, 16) for event in former.push(end, [])] == []


def test_an_event_waits_until_its_surroundings_are_in() -> None:
    """It settles at the first window that ends 125 ms or more behind its peak, and not before two agree."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    # 16 samples behind the peak is the first end that settles; the two ends agree 8 samples apart.
    assert former.push(257, [seen(250, 257)]) == []
    assert former.push(265, [seen(250, 265)]) == []
    [event] = former.push(266, [])
    assert (event.best.peak, event.decided) == (250, 266)


def test_windows_agree_when_their_ends_are_a_sixteenth_of_a_second_apart() -> None:
    """At a hop of 2 samples the fifth window agrees with the first, 8 samples behind it; the second does not yet."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    decided = [event.decided for end in range(300, 320, 2) for event in former.push(end, [seen(250, end)])]
    assert decided == [308]


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
    former.push(258, [seen(250, 258, "right", 0.6), seen(252, 258, "left", 0.9)])
    [event] = former.push(274, [seen(251, 274, "left", 0.9), seen(250, 274, "right", 0.7)])
    assert (event.best.peak, event.best.end, event.best.group) == (251, 274, "left")
    assert event.groups == ("right", "left")


def test_groups_join_within_150_ms() -> None:
    """Peaks 19 samples apart are one discharge."""
    former = EventFormer(RULES, RATE_HZ, WINDOW)
    former.push(288, [seen(250, 288, "left"), seen(269, 288, "right")])
    assert len(former.push(304, [seen(250, 304, "left"), seen(269, 304, "right")])) == 1


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
    # 38 samples are 0.3 s, 16 are 0.125 s.
    peaks = sorted(event.best.peak for event in events)
    assert all(b - a >= 38 for a, b in pairwise(peaks))
    assert all(event.decided - event.best.peak >= 16 for event in events)
