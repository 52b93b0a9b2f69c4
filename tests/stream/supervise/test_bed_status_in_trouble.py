"""What is published of a bed while the journal, a report or delivery is faulty."""

import math
from dataclasses import replace

import pytest

from tests.stream.failing_journal import FULL, UNREADABLE
from tests.stream.supervise.bed_harness import Harness
from tests.stream.supervise.reports import ANALYSING, READY, STREAMING


async def test_a_full_disk_ends_nothing_and_loses_no_alarm(harness: Harness) -> None:
    """The failure is an alarm itself; all transitions, its own too, are journalled in order when there is room."""
    harness.report_well()
    before = await harness.events()
    harness.disk.full = True
    harness.bed.on_report(replace(ANALYSING, alarms={"shed": "too slow"}))
    assert await harness.events() == before
    harness.bed.publish_status()
    assert harness.bed.account.alarms == {"shed": "too slow", "journal_failed": FULL}
    assert harness.statuses()[-1] == ("degraded", ["shed", "journal_failed"])
    harness.bed.on_report(ANALYSING)
    assert harness.statuses()[-1] == ("degraded", ["journal_failed"])
    harness.disk.full = False
    harness.journal.retry()
    await harness.journal.flush(10)
    harness.bed.publish_status()
    assert (await harness.events())[len(before) :] == [
        ("shed", True), ("journal_failed", True), ("shed", False), ("journal_failed", False),
    ]  # fmt: skip
    assert harness.statuses()[-1] == ("online", [])


async def test_a_journal_that_cannot_be_read_ends_nothing(harness: Harness) -> None:
    """Heartbeat, states, status and page go on with what was known, and an alarm stands."""
    harness.report_well()
    await harness.journal.flush(10)
    # So that every question has an answer of before.
    harness.bed.snapshot()
    last_seq = harness.disk.last_seq("bed-1")
    harness.disk.unreadable = True
    assert harness.bed.heartbeat() is not None
    harness.bed.publish_states()
    harness.bed.publish_status()
    shown = harness.bed.snapshot()
    assert harness.bed.account.alarms == {"journal_failed": UNREADABLE}
    assert (shown["status"]["state"], shown["status"]["last_seq"]) == ("degraded", last_seq)
    assert {"state/latency", "state/quality", "state/ied_rate", "state/spike_wave_index"} <= set(harness.topics())


async def test_a_report_that_makes_no_message_is_an_alarm(harness: Harness) -> None:
    """An arrival beyond the calendar: no heartbeat, an alarm that names it; the next good report ends it."""
    harness.report_well()
    # 3e22 years: datetime ends with the year 9999.
    harness.bed.on_report(replace(STREAMING, newest_arrival_s=1e30))
    assert harness.bed.heartbeat() is None
    harness.bed.publish_status()
    assert list(harness.bed.account.alarms) == ["invalid_state"]
    assert harness.bed.account.alarms["invalid_state"].startswith("heartbeat: ")
    harness.report_well()
    assert harness.bed.heartbeat() is not None
    harness.bed.publish_status()
    assert harness.bed.account.alarms == {}


@pytest.mark.parametrize("threshold", [7.0, math.nan])
async def test_a_model_that_is_described_wrongly_is_not_published(harness: Harness, threshold: float) -> None:
    """`info` is left out; everything else goes on."""
    harness.report_well()
    published = harness.topics().count("info")
    harness.bed.on_report(replace(READY, threshold=threshold))
    assert harness.topics().count("info") == published
    assert list(harness.bed.account.alarms) == ["invalid_state"]


async def test_m4_delivery_is_two_alarms_and_the_journal_another(harness: Harness) -> None:
    """A broker that is away, one that refuses, and a disk: each with its own reason."""
    harness.report_well()
    harness.disk.full = True
    harness.bed.on_link_ended("")
    harness.bed.observe_delivery("Connection refused", {"event/ied": "Not authorized (0x87)"})
    await harness.journal.flush(10)
    harness.bed.publish_status()
    alarms = harness.bed.account.alarms
    assert alarms.pop("signal_lost")
    assert alarms == {
        "journal_failed": FULL,
        "broker_down": "Connection refused",
        "broker_refuses": "event/ied: Not authorized (0x87)",
    }
    harness.disk.full = False
