"""The parent with real pipes, ports, broker and journal, and children that need no EEG: only a stop ends it."""

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream.config.keys import Metrics
from stream.config.merge_keys import Merge
from stream.errors import RecordError
from stream.logbook import samplelog
from stream.logbook.journal import Journal
from stream.supervise.crash_loop import FEWEST_ENDS
from stream.supervise.supervisor import Supervisor
from tests.ports import free_port
from tests.stream.brokers import Broker, Witness
from tests.stream.failing_journal import FULL, UNREADABLE, alarm_events
from tests.stream.logbook.ramps import SOURCE
from tests.stream.supervise.running_parent import Parent, Parents, detects, parent_of

__all__ = ["parent_of"]
ROOT = "spikewatch/v1/ward/bed-1"


async def test_a_second_parent_on_one_journal_is_refused(parent_of: Parents, broker: Broker, tmp_path: Path) -> None:
    """With ports and a site of its own as well, while the first runs; after it, the journal is free."""
    async with parent_of(broker.port) as parent:
        other = parent.config.model_copy(update={"site": "annex", "metrics": Metrics(port=free_port())})
        with pytest.raises(RecordError, match=rf"in use by process {os.getpid()} on .*name another journal.path"):
            Supervisor(other)
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))


async def test_reloads_are_no_process_that_ends_again_and_again(parent_of: Parents, broker: Broker) -> None:
    """Each ends the detector, and each was asked for."""
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))
        for reload in range(1, FEWEST_ENDS + 1):
            bed = parent.config.bed[0].model_copy(update={"merge": Merge(threshold=0.5 + reload / 100)})
            parent.supervisor.reload(parent.config.model_copy(update={"bed": [bed]}))
            await parent.until(partial(has_restarted, parent, "detect", reload))
        assert parent.supervisor._crashes.reason("detect") == ""


async def has_restarted(parent: Parent, process: str, times: int) -> bool:
    """Return whether a process was started anew so often."""
    _, page = await parent.get(parent.config.metrics.port, "/metrics")
    return f'spikewatch_process_restarts_total{{process="{process}"}} {times}.0' in page


@pytest.mark.fault
async def test_p9_a_stop_leaves_no_sample_without_a_fate_and_a_start_says_since_when(
    parent_of: Parents, broker: Broker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Samples in the ring that no detector looked at are rejected; the next start states the time between."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))
        writer = samplelog.SampleLogWriter.create(samplelog.ring_path(parent.config, "bed-1"), SOURCE, 60.0)
        writer.append(np.zeros((len(SOURCE.labels), 77), np.float32), time.monotonic(), time.monotonic())
        writer.close()
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: len(run_audits(parent.disk.newest("bed-1", "audit", 9))) == 3)
        assert parent.disk.accounting("bed-1", 1) == {"rejected": 77}
        again, stop, first = run_audits(parent.disk.newest("bed-1", "audit", 9))
    assert [entry["action"] for entry in (first, stop, again)] == ["start", "stop", "start"]
    assert "not_watched_since" not in first["detail"]
    # The stop and the start of a parent in a test, on a busy host.
    assert 0 < float(again["detail"]["not_watched_s"]) < 60


def run_audits(audits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of a run, without those that say what was bound to which recording."""
    return [audit for audit in audits if audit["action"] != "source_accepted"]


async def not_detecting(parent: Parent) -> bool:
    """Return whether a bed is not watched."""
    return not await detects(parent)


async def answers(parent: Parent, status: int, text: str) -> bool:
    """Return whether a watchdog is answered so."""
    return await parent.detecting() == (status, text)


async def has_alarms(parent: Parent, names: set[str]) -> bool:
    """Return whether these alarms are 1 on the metrics page and no others."""
    return await parent.alarms() == names


async def test_a_parent_reports_from_its_start_to_its_stop(
    parent_of: Parents,
    broker: Broker,
    make_witness: Callable[[int], Witness],
    tmp_path: Path,
) -> None:
    """Audit lines at both ends, restarts counted from 0, "stopped" as the last status with the last number."""
    witness = make_witness(broker.port)
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))
        await parent.until(lambda: witness.on("heartbeat"))
        await parent.until(lambda: has_alarms(parent, set()))
        _, page = await parent.get(parent.config.metrics.port, "/metrics")
    for process in ("detect", "acquire-bed-1"):
        assert f'spikewatch_process_restarts_total{{process="{process}"}} 0.0' in page
    await asyncio.to_thread(witness.wait, lambda w: w.on("status")[-1]["state"] == "stopped")
    assert [audit["action"] for audit in run_audits(witness.on("event/audit"))] == ["start", "stop"]
    journal = Journal(tmp_path / "journal.db")
    assert witness.on("status")[-1]["last_seq"] == journal.last_seq("bed-1")
    assert journal.outbox_size() == 0
    journal.close()


async def test_m10_a_full_disk_does_not_end_the_parent(
    parent_of: Parents, broker: Broker, make_witness: Callable[[int], Witness]
) -> None:
    """Status, page and metrics show it; with room again everything is journalled in order and delivered."""
    witness = make_witness(broker.port)
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))
        parent.disk.full = True
        # An alarm that begins while the disk is full: it must come to the journal when there is room.
        (parent.folder / "samples").write_text("rejected")
        await parent.until(lambda: witness.on("status")[-1]["alarms"].get("journal_failed") == FULL)
        await parent.until(lambda: has_alarms(parent, {"journal_failed", "nothing_analysed"}))
        await parent.until(lambda: not_detecting(parent))
        (parent.folder / "samples").write_text("analysed")
        await parent.until(lambda: detects(parent))
        waiting = parent.supervisor._journal.waiting
        parent.disk.full = False
        await parent.until(lambda: witness.on("status")[-1]["state"] == "online")
        # A set: on a busy machine samples may grow old in between, and the other alarms come and go as they like.
        wanted = {(name, on) for name in ("journal_failed", "nothing_analysed") for on in (True, False)}
        # The status may be sent before the journal holds the end of the last alarm.
        await parent.until(lambda: wanted <= set(alarm_events(parent.disk)))
    # Both ends of nothing_analysed, and the beginning of journal_failed.
    assert waiting >= 3
    # Only journalled messages have an id; heartbeats count for themselves.
    numbers = [received.payload["seq"] for received in witness.received if "id" in received.payload]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_journal_that_cannot_be_read_does_not_end_the_parent(
    parent_of: Parents, broker: Broker, make_witness: Callable[[int], Witness]
) -> None:
    """Heartbeats, page and scrapes go on."""
    witness = make_witness(broker.port)
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))
        parent.disk.unreadable = True
        await parent.until(lambda: witness.on("status")[-1]["alarms"].get("journal_failed") == UNREADABLE)
        # One that was under way may have been made before; the next one is made of a journal that cannot be read.
        beats = len(witness.on("heartbeat"))
        await parent.until(lambda: len(witness.on("heartbeat")) > beats)
        assert (await parent.get(parent.config.web.port, "/state.json"))[0] == 200
        await parent.until(lambda: has_alarms(parent, {"journal_failed"}))
        parent.disk.unreadable = False
        await parent.until(lambda: witness.on("status")[-1]["state"] == "online")


async def test_a_disk_that_hangs_does_not_hold_the_loop(parent_of: Parents, broker: Broker) -> None:
    """The page answers and the children live on while a write waits for the disk."""
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))
        parent.disk.answering.clear()
        (parent.folder / "samples").write_text("rejected")
        await parent.until(lambda: parent.supervisor._journal.waiting)
        # Less than the 20 s for which this disk hangs.
        async with asyncio.timeout(10):
            assert (await parent.get(parent.config.web.port, "/-/healthy"))[0] == 200
        await parent.until(lambda: has_alarms(parent, {"nothing_analysed"}))
        assert parent.supervisor._journal.waiting
        parent.disk.answering.set()


async def test_detecting_is_answered_by_what_is_analysed(parent_of: Parents, broker: Broker) -> None:
    """Samples come and all are rejected: 503 after `watch.stale_s`, with the reason of the alarm."""
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: detects(parent))
        (parent.folder / "samples").write_text("rejected")
        await parent.until(lambda: answers(parent, 503, "bed-1: no sample of the last 2 s has been analysed\n"))
        assert not await detects(parent)


async def test_a_subscriber_may_ask_for_a_replay_where_it_is_configured(
    parent_of: Parents, broker: Broker, make_witness: Callable[[int], Witness]
) -> None:
    """`publish.commands = true`: what was journalled comes again with its number, and the command is audited."""
    witness = make_witness(broker.port)
    async with parent_of(broker.port, commands=True) as parent:
        await parent.until(lambda: witness.on("event/audit"))
        await asyncio.to_thread(witness.publish, f"{ROOT}/cmd/replay", '{"from_seq": 1, "to_seq": 1}')
        await parent.until(lambda: [audit["action"] for audit in witness.on("event/audit")].count("command"))
        await parent.until(lambda: len([1 for audit in witness.on("event/audit") if audit["seq"] == 1]) > 1)
        assert [audit["seq"] for audit in witness.on("event/audit")].count(1) == 2


async def test_a_replay_is_ignored_by_default(
    parent_of: Parents, broker: Broker, make_witness: Callable[[int], Witness]
) -> None:
    """Without the key no client can make the parent do anything."""
    witness = make_witness(broker.port)
    async with parent_of(broker.port) as parent:
        await parent.until(lambda: witness.on("event/audit"))
        await asyncio.to_thread(witness.publish, f"{ROOT}/cmd/replay", '{"from_seq": 1, "to_seq": 1}')
        await parent.until(lambda: len(witness.on("heartbeat")) >= 2)
    assert [audit["action"] for audit in run_audits(witness.on("event/audit"))] == ["start", "stop"]
