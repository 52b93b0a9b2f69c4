"""Recognised artefacts of one bed: their counts, and the alarm while they are many."""

from dataclasses import replace

import pytest

from stream.supervise.artefact_counts import FEW, MANY, WINDOW_S, ArtefactCounts
from stream.supervise.bed_state import BedState
from tests.stream.hand_clock import HandClock
from tests.stream.supervise.reports import ANALYSING

TOLD = "heartbeats and movements of the eyes that look like discharges, 50 or more within 10 min; they are no events"


@pytest.fixture
def counts(clock: HandClock) -> ArtefactCounts:
    """Begin with none."""
    return ArtefactCounts(clock)


def test_many_within_ten_minutes_are_an_alarm_and_one_less_is_none(counts: ArtefactCounts) -> None:
    """The more usual kind is named first."""
    counts.note({"eyes": 10, "qrs": MANY - 11})
    assert counts.alarm() == ""
    counts.note({"qrs": 1})
    assert counts.alarm() == TOLD
    assert counts.total == {"eyes": 10, "qrs": MANY - 10}


def test_the_same_number_over_a_longer_time_is_none(counts: ArtefactCounts, clock: HandClock) -> None:
    """A blink now and then is a person."""
    for _ in range(2 * MANY):
        clock.now_s += 1.1 * WINDOW_S / MANY
        counts.note({"eyes": 1})
        assert counts.alarm() == ""


def test_the_alarm_ends_below_half_and_says_the_same_until_then(counts: ArtefactCounts, clock: HandClock) -> None:
    """A rate at the limit would else come and go with every minute."""
    counts.note({"qrs": MANY - FEW})
    clock.now_s += WINDOW_S / 2
    counts.note({"eyes": FEW - 1})
    counts.note({"qrs": 1})
    said = counts.alarm()
    clock.now_s += WINDOW_S / 2 + 1
    assert counts.alarm() == said == TOLD
    clock.now_s += WINDOW_S / 2
    assert counts.alarm() == ""
    assert counts.total.total() == MANY


def test_a_bed_with_many_is_degraded_and_is_watched_on(watched: BedState) -> None:
    """An alarm of the lowest priority."""
    watched.observe_detector(replace(ANALYSING, artefacts={"qrs": MANY}))
    account = watched.account()
    assert list(account.alarms) == ["artefacts"]
    assert account.detecting
