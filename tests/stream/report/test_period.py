"""What is told of a period: cut at its end, alarms with their length, what people said."""

from datetime import UTC, datetime, timedelta

from stream.findings import Findings, StageSpan, Stretch
from stream.report.period import AlarmSpell, Period, alarm_spells, until

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def test_findings_end_with_the_period() -> None:
    """Spans are cut, what lies behind is gone."""
    events = ({"time_s": 9.0}, {"time_s": 10.0})
    stages = (StageSpan(0.0, 30.0, "N2"), StageSpan(30.0, 30.0, "R"))
    found = Findings("bed-1", BEGAN, 60.0, events, stages, (Stretch(5.0, 20.0, "missing", "gap"),))
    cut = until(found, 10.0)
    assert (cut.seconds, cut.events) == (10.0, events[:1])
    assert cut.stages == (StageSpan(0.0, 10.0, "N2"),)
    assert cut.stretches == (Stretch(5.0, 5.0, "missing", "gap"),)
    assert until(found, 60.0) is found


def alarm(name: str, at_s: float, *, on: bool, reason: str = "") -> dict[str, object]:
    """Make the keys of an alarm that are looked at."""
    utc = (BEGAN + timedelta(seconds=at_s)).isoformat()
    return {"name": name, "on": on, "priority": "degraded", "reason": reason, "utc": utc}


def test_alarms_have_a_length_and_a_second_reason_is_no_second_alarm() -> None:
    """One that ended before the period is left out, one of which no end is told stays open."""
    messages = [
        alarm("old", -20, on=True),
        alarm("old", -10, on=False),
        alarm("before", -5, on=True, reason="x"),
        alarm("open", 1, on=True),
        alarm("before", 2, on=True, reason="y"),
        alarm("before", 4, on=False),
        alarm("late", 100, on=True),
    ]
    before = AlarmSpell("before", "degraded", "x", BEGAN - timedelta(seconds=5), 9.0)
    still = AlarmSpell("open", "degraded", "", BEGAN + timedelta(seconds=1), None)
    assert alarm_spells(messages, BEGAN, BEGAN + timedelta(seconds=60)) == [before, still]


def test_foci_come_by_their_events_and_every_event_is_in_one(told: Period) -> None:
    """The three of the night, with the analysed time that 600 s are missing of."""
    assert told.lost_s == 600
    assert round(told.analysed_h, 3) == round(4 - 1 / 6, 3)
    counts = [focus.card.count for focus in told.foci]
    assert counts == sorted(counts, reverse=True)
    assert (len(counts), sum(counts)) == (3, len(told.found.events))
    staged = sum(time.spikes for focus in told.foci for time in focus.stages.values())
    assert staged == sum(time.spikes for time in told.sleep.stages.values())
    assert [alarm.lasted_s for alarm in told.alarms] == [600.0]
    assert told.foci[0].criteria["sharpness"].median == 6.0
