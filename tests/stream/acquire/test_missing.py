"""When missing samples are an alarm, and what is said of the cause."""

import pytest

from stream.acquire.missing import LEAST_S, TOLD_S, MissingSamples


def test_a_second_within_a_minute_is_an_alarm_for_a_minute() -> None:
    """Two halves are as much as a whole; half a second alone is none."""
    missing = MissingSamples()
    missing.note_missing(LEAST_S / 2, 100.0)
    assert missing.alarm(100.0) == ""
    missing.note_missing(LEAST_S / 2, 130.0)
    assert missing.alarm(130.0) == (
        "1.0 s of samples never came: others came all along, so the sender or its network drops some"
    )
    assert missing.alarm(100.0 + TOLD_S) != ""
    assert missing.alarm(100.1 + TOLD_S) == ""


@pytest.mark.parametrize(("pause_s", "full"), [(400.0, True), (39.0, False)])
def test_l11_a_buffer_was_full_if_nothing_came_for_at_least_as_long(pause_s: float, full: bool) -> None:
    """More cannot be dropped in a pause than it lasted."""
    missing = MissingSamples()
    for arrival_s in (0.0, 0.1, 0.1 + pause_s):
        missing.note_samples(arrival_s)
    missing.note_missing(40.0, 5.0 + pause_s)
    assert (f"nothing came for {pause_s:.0f} s before" in missing.alarm(5.0 + pause_s)) is full
