"""What is published of a bed, journalled of its alarms, and shown on the page."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from stream.records import SleepState
from stream.schema.outgoing import sleep_outgoing
from stream.supervise.bed_status import STAGE_LOOKED_FOR_EVERY_S
from tests.stream.supervise.bed_harness import Harness
from tests.stream.supervise.reports import ANALYSING, READY, STREAMING


async def test_a_normal_start_raises_no_alarm(harness: Harness) -> None:
    """The status is published when it changes and not otherwise."""
    harness.bed.publish_status()
    harness.bed.publish_status()
    harness.report_well()
    harness.bed.publish_status()
    assert await harness.events() == []
    # Once more with the groups, which are not known before the detector is bound.
    assert harness.statuses() == [("stale", []), ("stale", []), ("online", [])]


async def test_an_alarm_has_its_priority_and_what_to_do(harness: Harness) -> None:
    """On the topic, and in the page's part."""
    harness.bed.on_report(replace(STREAMING, state="resolving", reason="no stream matches"))
    await harness.journal.flush(10)
    event = harness.disk.newest("bed-1", "alarm", 1)[0]
    assert (event["name"], event["priority"], event["reason"]) == ("no_stream", "not_detecting", "no stream matches")
    shown = harness.bed.snapshot()["alarms"][0]
    assert {shown["name"], shown["priority"], shown["action"]} == {event[k] for k in ("name", "priority", "action")}


async def test_the_page_has_detection_from_the_same_account(harness: Harness) -> None:
    """Nothing analysed for longer than `watch.stale_s`: not detecting, in the words of the alarm."""
    harness.report_well()
    assert harness.bed.snapshot()["detecting"]
    # 12 s, more than the default stale_s of 10 s.
    for _ in range(12):
        harness.clock.now_s += 1
        harness.bed.on_report(replace(STREAMING, newest_arrival_s=harness.clock.now_s))
        harness.bed.on_report(replace(ANALYSING, scored_s={}, groups=dict.fromkeys(READY.groups, "signal")))
    shown: dict[str, Any] = harness.bed.snapshot()
    assert (shown["detecting"], shown["status"]["state"]) == (False, "stale")
    assert shown["reason"] == shown["status"]["alarms"]["reference_lost"]
    assert shown["status"]["groups"] == {"left": "signal", "right": "signal"}
    assert list(shown["groups"]) == ["left", "right"]


async def test_a_process_that_ended_or_cannot_be_started_is_an_alarm_with_its_reason(harness: Harness) -> None:
    """Of the detector and of the bed's acquire."""
    harness.report_well()
    harness.bed.on_detector_ended("the process detect cannot be started (no memory)")
    harness.bed.on_link_ended("")
    assert harness.bed.account.alarms["detector_down"] == "the process detect cannot be started (no memory)"
    assert "started again" in harness.bed.account.alarms["signal_lost"]


async def test_a_sleep_stage_does_not_outlive_the_signal(harness: Harness) -> None:
    """The retained stage becomes "unknown" once, and again if a late result came after that."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    found = SleepState("bed-1", "R", {"R": 0.9}, 7680, 0.0, True, 30.0)
    harness.report_well()
    harness.disk.post("bed-1", [sleep_outgoing(found, "demo", 3, "cd", now, now)])
    harness.report_well()
    await harness.journal.flush(10)
    assert [message["stage"] for message in harness.disk.newest("bed-1", "sleep", 9)] == ["R"]
    harness.bed.on_link_ended("")
    for _ in range(3):
        await harness.journal.flush(10)
        harness.clock.now_s += STAGE_LOOKED_FOR_EVERY_S
        harness.bed.publish_status()
    newest, *older = harness.disk.newest("bed-1", "sleep", 9)
    assert (newest["stage"], newest["ready"], [message["stage"] for message in older]) == ("unknown", False, ["R"])
    harness.disk.post("bed-1", [sleep_outgoing(replace(found, epoch_end=9000), "demo", 3, "cd", now, now)])
    harness.clock.now_s += STAGE_LOOKED_FOR_EVERY_S
    harness.bed.publish_status()
    await harness.journal.flush(10)
    assert [message["stage"] for message in harness.disk.newest("bed-1", "sleep", 9)] == ["unknown", "R"] * 2


async def test_what_the_parent_itself_sees_is_an_alarm_while_it_lasts(harness: Harness) -> None:
    """Processes that end again and again, events that nobody hears, a status that another client writes."""
    harness.report_well()
    harness.bed.observe_crashes("detect")
    harness.bed.observe_delivery("", {}, "nobody", "a stranger")
    harness.bed.publish_status()
    assert harness.bed.account.alarms == {
        "crash_loop": "detect",
        "no_subscriber": "nobody",
        "foreign_status": "a stranger",
    }
    harness.bed.observe_crashes("")
    harness.bed.observe_delivery("", {})
    harness.bed.publish_status()
    assert harness.bed.account.alarms == {}


async def test_the_numbers_are_the_snapshot_s_of_the_same_moment(harness: Harness) -> None:
    """Name by name, so that the page may put the ones over the other."""
    harness.report_well()
    await harness.journal.flush(10)
    numbers, whole = harness.bed.numbers(), harness.bed.snapshot()
    whole["status"] = {name: whole["status"][name] for name in ("state", "reason")}
    assert {name: whole[name] for name in numbers} == numbers
    assert {"status", "sleep", "ied_rate", "data_age_s", "alarms", "detecting"} <= set(numbers)
    assert numbers["ied_rate"] == {"last_minute": 0, "last_hour": 0}
