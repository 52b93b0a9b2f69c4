"""What becomes of a journalled message: acknowledged, parked, sent again, deleted when it is old."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from stream.logbook import journal as journal_module
from stream.logbook.journal import Journal
from tests.stream.logbook.journals import START, message, sole_connection

LATER = START + timedelta(hours=2)


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


def test_pruning_keeps_the_numbers_going(journal: Journal) -> None:
    """The newest message stays even when it is old, and so does all that no broker has received."""
    journal.post("bed-1", [message(number) for number in range(5)])
    journal.acknowledge([pending.rowid for pending in journal.pending("bed-1", 9)][1:], 0)
    # Of five, the first was never received and the fifth is the newest.
    assert journal.prune(LATER) == 3
    assert journal.post("bed-1", [message(9)]) == [6]
    assert [pending.seq for pending in journal.pending("bed-1", 9)] == [1, 6]


def test_pruning_leaves_what_is_young_enough(journal: Journal) -> None:
    """The time of journalling counts: START + 1 h by this journal's clock."""
    journal.post("bed-1", [message(1), message(2)])
    acknowledge_all(journal)
    assert journal.prune(START + timedelta(hours=1)) == 0
    # One of two: the other is the bed's newest.
    assert journal.prune(START + timedelta(hours=1, microseconds=1)) == 1


def test_pruning_goes_in_batches_until_all_is_done(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction deletes more than a batch, the oldest first, and the newest of each bed does not count."""
    monkeypatch.setattr(journal_module, "PRUNE_ROWS", 4)
    for number in range(6):
        # Alternating, so that the newest message of the one bed lies among the old ones of the other.
        journal.post("bed-1", [message(2 * number)])
        journal.post("bed-2", [message(2 * number + 1)])
    acknowledge_all(journal, "bed-1")
    acknowledge_all(journal, "bed-2")
    # Six of each bed, less the newest of each, are ten.
    assert [journal.prune(LATER) for _ in range(4)] == [4, 4, 2, 0]
    assert (journal.last_seq("bed-1"), journal.last_seq("bed-2")) == (6, 6)


def test_pruning_scans_no_table(journal: Journal, journal_path: Path) -> None:
    """However many messages there are, only those to be deleted are visited."""
    database = sole_connection(journal_path)
    statements: list[str] = []
    journal._file._database.set_trace_callback(statements.append)
    journal.prune(LATER)
    journal._file._database.set_trace_callback(None)
    [delete] = [statement for statement in statements if statement.startswith("DELETE")]
    plan = [row[3] for row in database.rows(f"EXPLAIN QUERY PLAN {delete}")]
    assert any("messages_acked (created_utc<?)" in step for step in plan)
    # "SEARCH old" goes by an index from row to row; "SCAN old" would visit every message under the write lock.
    assert [step for step in plan if step.startswith("SCAN")] == []
