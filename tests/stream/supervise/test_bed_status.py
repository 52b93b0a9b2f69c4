"""What is published of a bed and journalled of its alarms, also while the journal or a report is faulty."""

import math
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stream.config.keys import Bed, Config
from stream.logbook.parent_journal import ParentJournal
from stream.records import SleepState
from stream.schema.outgoing import sleep_outgoing
from stream.schema.payload import Message
from stream.schema.states import Status
from stream.supervise.bed_status import STAGE_LOOKED_FOR_EVERY_S, BedStatus
from tests.stream.failing_journal import FULL, UNREADABLE, FailingJournal, alarm_events
from tests.stream.hand_clock import HandClock
from tests.stream.supervise.reports import ANALYSING, READY, STREAMING


class Harness:
    """One bed's status on a disk that may fail, with a hand-cranked clock and what it published."""

    def __init__(self, folder: Path) -> None:
        self.disk = FailingJournal(folder / "journal.db")
        self.clock = HandClock()
        self.published: list[Message] = []
        self.posted_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.journal = ParentJournal(self.disk, self.posted_fd)
        self.bed = BedStatus(
            Config(bed=[Bed(id="bed-1")]), "bed-1", self.journal, self.published.append, clock=self.clock
        )

    def report_well(self) -> None:
        """Report that everything is well, now."""
        self.bed.on_report(replace(STREAMING, newest_arrival_s=self.clock.now_s))
        self.bed.on_report(READY)
        scored_s = dict.fromkeys(READY.groups, self.clock.now_s)
        self.bed.on_report(replace(ANALYSING, scored_s=scored_s))

    async def events(self) -> list[tuple[str, bool]]:
        """Return the journalled alarms once everything was tried."""
        await self.journal.flush(10)
        return alarm_events(self.disk)

    def statuses(self) -> list[tuple[str, list[str]]]:
        """Return state and alarms of each published status."""
        return [(status.state, list(status.alarms)) for status in self.published if isinstance(status, Status)]

    def topics(self) -> list[str]:
        """Return the topics of what was published."""
        return [message.topic() for message in self.published]

    def close(self) -> None:
        """Close what was opened."""
        self.journal.stop()
        self.disk.close()
        os.close(self.posted_fd)


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """Begin before the first report."""
    made = Harness(tmp_path)
    yield made
    made.close()


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
    found = SleepState("bed-1", "R", {"R": 0.9}, 7680, 0.0, True)
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


async def test_l8_a_stream_whose_sender_changed_is_audited_once(harness: Harness) -> None:
    """The alarm may come and go with the detector; the entry is one for each recording."""
    harness.report_well()
    for alarms in ({"source_changed": "another sender"}, {}, {"source_changed": "another sender"}):
        harness.bed.on_report(replace(ANALYSING, alarms=alarms))
    await harness.journal.flush(10)
    entry, _bound = harness.disk.newest("bed-1", "audit", 10)
    assert entry["action"] == "source_changed"
    assert entry["detail"] == {"reason": "another sender", "recording": "3"}


async def test_what_watches_which_stream_is_audited_once_for_each_recording(harness: Harness) -> None:
    """With the models' hashes; a detector that was started again binds the same and adds nothing."""
    harness.report_well()
    harness.report_well()
    harness.bed.on_report(replace(READY, recording=4))
    await harness.journal.flush(10)
    second, first = harness.disk.newest("bed-1", "audit", 10)
    assert (first["action"], second["detail"]["recording"]) == ("source_accepted", "4")
    assert first["detail"] == {
        "recording": "3", "channels": "1", "rate_hz": "256", "detector_name": "sc", "detector_sha256": "ab",
    }  # fmt: skip
