"""merge: what an event says, on the stream's own index, from the scores of the windows that saw it."""

import numpy as np
import pytest

from models.detection.events import EventRules
from stream.merge.ied import Merge, Merged
from stream.records import Detection, Hop, Score, SpanScore, Window
from stream.timebase import Timebase
from tests.stream.patient import GROUPS

WINDOW = 192
PEAK = 1000
"""At the model's rate, where the planted discharge has its peak."""
DELAY_S = 0.025


def merge_of(flags: tuple[str, ...] = (), provisional: float = 0.0, floor: float = 0.0) -> Merge:
    """Merge scores of a 512 Hz stream at threshold 0.5."""
    timebase = Timebase(512.0, 128.0, DELAY_S)
    rules = EventRules(0.5)
    return Merge(
        "bed-1", GROUPS, timebase, rules, window_samples=WINDOW, flags=flags, provisional=provisional, floor=floor
    )


def window_of(end: int, group: int, height_uv: float) -> Window:
    """Cut a window of a group whose second row has a triangle at PEAK, its fifth one of three quarters of it."""
    samples = np.zeros((5, WINDOW), np.float32)
    index = np.arange(end - WINDOW, end)
    triangle = np.maximum(0.0, 1.0 - np.abs(index - PEAK) / 8)
    # Rows from half of the largest deflection on take part, so the fifth does.
    samples[1], samples[4] = height_uv * triangle, 0.75 * height_uv * triangle
    return Window("bed-1", GROUPS[group].name, group, GROUPS[group].derivations, end - WINDOW, samples)


def push(merge: Merge, end: int, *scored: tuple[int, float], height_uv: float = -80.0) -> list[Detection]:
    """Push one hop as `merged` does; return the detections alone."""
    return list(merged(merge, end, *scored, height_uv=height_uv).detections)


def merged(merge: Merge, end: int, *scored: tuple[int, float], height_uv: float = -80.0) -> Merged:
    """Push one hop: (group, probability) of each window; the network looked 3 samples beside the peak."""
    windows = [window_of(end, group, height_uv) for group, _ in scored]
    scores = [Score(window, (SpanScore(p, PEAK + 3),)) for window, (_, p) in zip(windows, scored, strict=True)]
    rows = np.zeros((10, 16), np.float32)
    # The newest of the stream's samples that the hop is made of: four of them make one of the model's.
    lsl_s = 50.0 + (4 * end - 1) / 512.0
    hop = Hop("bed-1", end, tuple(windows), (), rows, np.ones(10, np.bool_), 70.0, lsl_s)
    return merge.push(hop, scores)


def test_a_detection_says_what_when_and_where() -> None:
    """Every field, from the peak's sample with the filters' delay taken off to the channels that took part."""
    merge = merge_of(flags=("unit_unknown",))
    # One weak window is not enough; the next ends 16 samples later, and 8 (62.5 ms) are enough.
    assert push(merge, 1024, (0, 0.6), (1, 0.1)) == []
    [found] = push(merge, 1040, (0, 0.9), (1, 0.2))
    assert found.sample == round((PEAK / 128.0 - DELAY_S) * 512.0)
    assert found.lsl_s == pytest.approx(50.0 + PEAK / 128.0 - DELAY_S)
    assert found.decided == 1040 * 4
    # The triangle falls by 1/8 a sample and stays above 0.3 of its peak for 5 samples on either side: 5 + 1 + 5.
    assert (found.onset_s, found.duration_s) == (-5 / 128.0, 11 / 128.0)
    assert (found.group, found.peak_channel, found.channels) == ("left", "B-C", ("B-C", "A-E"))
    assert (found.probability, found.threshold) == (0.9, 0.5)
    assert (found.amplitude_uv, found.polarity) == (80.0, "negative")
    assert (found.bed, found.flags) == ("bed-1", ("unit_unknown",))


def test_an_upward_deflection_is_positive() -> None:
    """The amplitude has no sign of its own."""
    merge = merge_of()
    push(merge, 1024, (0, 0.6), height_uv=60.0)
    [found] = push(merge, 1040, (0, 0.9), height_uv=60.0)
    assert (found.amplitude_uv, found.polarity) == (60.0, "positive")


@pytest.mark.parametrize(("probability", "events"), [(0.5, 1), (0.4999, 0)])
def test_the_threshold_itself_counts(probability: float, events: int) -> None:
    """A window below it has seen nothing."""
    merge = merge_of()
    push(merge, 1024, (0, probability))
    assert len(push(merge, 1040, (0, probability))) == events


def test_two_groups_that_see_one_discharge_make_one_event() -> None:
    """It is told at once, of the group that was surest, and not again."""
    merge = merge_of()
    [found] = push(merge, 1024, (0, 0.55), (1, 0.6))
    assert (found.group, found.peak_channel, found.decided) == ("right", "G-H", 1024 * 4)
    # Surer, but within the refractory time of the event already told.
    assert push(merge, 1040, (0, 0.99), (1, 0.99)) == []


def test_windows_before_and_behind_a_gap_do_not_agree() -> None:
    """One sighting on each side is none."""
    merge = merge_of()
    push(merge, 1024, (0, 0.6))
    merge.gap()
    assert push(merge, 1040, (0, 0.6)) == []
    assert len(push(merge, 1056, (0, 0.6))) == 1


def test_a_detection_says_why_and_which_channel_leads() -> None:
    """Measured on the bed's own derivations, of which the hops hold the last seconds."""
    merge, rng = merge_of(), np.random.default_rng(1)
    index = np.arange(640, 1040)
    rows = rng.normal(0, 1, (10, 400)).astype(np.float32)
    # Row 1 peaks at PEAK, row 4 two samples before it.
    rows[1] -= 80 * np.maximum(0.0, 1.0 - np.abs(index - PEAK) / 8)
    rows[4] -= 60 * np.maximum(0.0, 1.0 - np.abs(index - PEAK + 2) / 8)
    found: list[Detection] = []
    for end in range(656, 1041, 16):
        window = window_of(end, 0, -80.0)
        scores = [Score(window, (SpanScore(0.9, PEAK),))] if end > PEAK else []
        piece = rows[:, end - 16 - 640 : end - 640]
        found += merge.push(Hop("bed-1", end, (), (), piece, np.ones(10, np.bool_), 0.0, 0.0), scores).detections
    [one] = found
    assert one.lead_channel == "A-E"
    assert one.reasons.sharpness > 5
    assert one.reasons.duration_ms == pytest.approx(11 / 128 * 1e3)
    assert one.shape is not None
    np.testing.assert_array_equal(one.shape.waveform[:, 32 - 8 : 32 + 8], rows[:, PEAK - 8 - 640 : PEAK + 8 - 640])


def test_what_may_become_an_event_is_told_before_it_is_one() -> None:
    """The surest window from the probability asked for on, at the peak that the event will have."""
    merge = merge_of(provisional=0.55)
    found: list[Detection] = []
    glimpses = []
    for end, probability in ((PEAK + 16, 0.53), (PEAK + 20, 0.6), (PEAK + 24, 0.62), (PEAK + 28, 0.62)):
        came = merged(merge, end, (0, probability), (1, 0.2))
        found += came.detections
        glimpses.append(came.glimpse)
    none, first, *_ = glimpses
    assert none is None
    assert first is not None
    [event] = found
    assert (first.sample, first.group, first.channel, first.probability) == (event.sample, "left", "B-C", 0.6)
    assert first.lsl_s == pytest.approx(event.lsl_s)
    assert merged(merge_of(), PEAK + 20, (0, 0.6)).glimpse is None


def test_what_is_below_the_threshold_is_kept_and_no_event() -> None:
    """Once no window can call it any more, with all that an event says; without a floor nothing is."""
    merge, without = merge_of(floor=0.2), merge_of()
    kept: list[Detection] = []
    for end in range(1024, 1217, 16):
        probability = {1024: 0.3, 1040: 0.4}.get(end, 0.0)
        with_floor, plain = (merged(one, end, (0, probability)) for one in (merge, without))
        assert with_floor.detections == plain.detections == ()
        kept += [*with_floor.withheld, *plain.withheld]
    [one] = kept
    assert (one.probability, one.threshold, one.decided) == (0.3, 0.5, 4 * (PEAK + WINDOW + 8))
    assert (one.sample, one.peak_channel) == (round((PEAK / 128.0 - DELAY_S) * 512.0), "B-C")
    assert one.shape is not None


def test_a_floor_changes_no_event_and_what_is_called_is_not_kept() -> None:
    """A weak window before the strong one is part of the same event."""
    merge, without = merge_of(floor=0.2), merge_of()
    found: list[Detection] = []
    for end in range(1024, 1217, 16):
        probability = {1024: 0.4, 1040: 0.55, 1056: 0.8}.get(end, 0.0)
        called = merged(merge, end, (0, probability))
        assert list(called.detections) == push(without, end, (0, probability))
        assert called.withheld == ()
        found += called.detections
    assert len(found) == 1
