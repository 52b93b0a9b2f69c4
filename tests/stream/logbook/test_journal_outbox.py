"""What becomes of a journalled message: acknowledged, parked, sent again."""

import json

from stream.logbook.journal import Journal
from tests.stream.logbook.journals import message


def acknowledge_all(journal: Journal, bed: str = "bed-1") -> None:
    """Let the broker receive everything that waits."""
    journal.acknowledge([pending.rowid for pending in journal.pending(bed, 10_000)], 0)


def test_the_latency_of_an_event_is_written_once(journal: Journal) -> None:
    """An event found again after a restart keeps the latency that it had been sent with."""
    journal.post("bed-1", [message(1), message(2)])
    journal.record_latency(["ied-1"], 0.5, 20.0)
    journal.record_latency(["ied-1"], 9.0, 99.0)
    latencies = [json.loads(pending.payload)["latency_ms"] for pending in journal.pending("bed-1", 9)]
    assert latencies == [{"journal": 0.5, "total": 20.0}, {"journal": None, "total": None}]


def test_acknowledged_and_dead_leave_the_outbox_and_replay_brings_them_back(journal: Journal) -> None:
    """What a broker received or refused is kept, and can be sent again in order."""
    journal.post("bed-1", [message(number) for number in range(1, 5)])
    rowids = [pending.rowid for pending in journal.pending("bed-1", 9)]
    # MQTT 5: 0x10 is received without a subscriber, 0x87 is not authorized.
    journal.acknowledge(rowids[:2], 0x10)
    journal.park(rowids[2], 0x87, "Not authorized")
    assert (journal.outbox_size(), journal.dead_letters()) == (1, 1)
    assert journal.replay("bed-1", 2, 3) == 2
    assert [pending.seq for pending in journal.pending("bed-1", 9)] == [2, 3, 4]
    assert journal.dead_letters() == 0


def test_a_replayed_old_state_is_no_longer_retained(journal: Journal) -> None:
    """Only the newest state of a topic may stand as the present one."""
    journal.post("bed-1", [message(number, "sleep", retain=True) for number in range(1, 4)])
    journal.replay("bed-1", 1, 3)
    assert [pending.retain for pending in journal.pending("bed-1", 9)] == [False, False, True]


def refuse(journal: Journal, *refusals: tuple[int, int]) -> None:
    """Let the broker refuse messages: their place among those that wait, and its reason code."""
    pending = journal.pending("bed-1", 99)
    for place, code in refusals:
        journal.park(pending[place].rowid, code, "refused")


def test_a_topic_that_is_taken_again_has_all_that_was_refused_there(journal: Journal) -> None:
    """Not what was refused on another topic, nor what made the broker hang up (0x95)."""
    journal.post("bed-1", [message(1), message(2), message(3), message(4, "sleep"), message(5)])
    refuse(journal, (0, 0x87), (1, 0x97), (2, 0x95), (3, 0x87))
    acknowledge_all(journal)
    assert [pending.seq for pending in journal.pending("bed-1", 9)] == [1, 2]
    assert journal.dead_letters() == 2


def test_the_oldest_of_each_refused_topic_is_tried_once_more(journal: Journal) -> None:
    """One message is enough to know, and other beds have other rights."""
    journal.post("bed-1", [message(1), message(2), message(3, "sleep"), message(4)])
    journal.post("bed-2", [message(5)])
    refuse(journal, (0, 0x95), (1, 0x87), (2, 0x87), (3, 0x87))
    assert (journal.retry_refused("bed-2"), journal.retry_refused("bed-1")) == (0, 2)
    assert [pending.seq for pending in journal.pending("bed-1", 9)] == [2, 3]
