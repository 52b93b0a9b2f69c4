"""When groups were not analysed: spans as they are told, forgotten with their samples."""

import pytest

from stream.supervise import rejected_spans
from stream.supervise.rejected_spans import RejectedSpan, RejectedSpans
from tests.stream.hand_clock import HandClock


def test_a_span_lasts_until_another_is_told() -> None:
    """Of each group alone; another reason is another span."""
    clock = HandClock(100.0)
    spans = RejectedSpans(600.0, clock)
    for groups in ({"left": "loose"}, {"left": "loose", "right": "gap"}, {"left": "noise"}, {}):
        spans.observe(groups)
        clock.now_s += 1
    assert spans.spans() == [
        RejectedSpan("left", "loose", 100.0, 102.0),
        RejectedSpan("right", "gap", 101.0, 102.0),
        RejectedSpan("left", "noise", 102.0, 103.0),
    ]


def test_what_no_sample_is_left_of_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that goes on is not; and of an electrode that comes and goes for ever the newest are kept."""
    clock = HandClock(0.0)
    spans = RejectedSpans(60.0, clock)
    spans.observe({"left": "loose"})
    spans.observe({"right": "gap"})
    clock.now_s = 61.0
    spans.observe({"right": "gap"})
    assert [span.group for span in spans.spans()] == ["right"]
    monkeypatch.setattr(rejected_spans, "MOST_SPANS", 3)
    spans = RejectedSpans(60.0, clock)
    for turn in range(10):
        spans.observe({"left": "loose"} if turn % 2 else {})
        clock.now_s += 1
    assert [span.begin_s for span in spans.spans()] == [66.0, 68.0, 70.0]
