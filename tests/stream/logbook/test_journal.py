"""The journal: one transaction, contiguous numbers, nothing lost or doubled by a kill, clear refusals."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_file import JournalDatabase
from stream.records import Coverage, Source

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = Source("eeg", "EEG", "amp-1", "host", "uid-1", 256.0, "float32", ("Fp1",), ("uV",), ("EEG",))


def event(number: int, kind: str = "ied", *, retain: bool = False) -> Outgoing:
    """Make a message whose id follows from its number."""
    payload = {"id": f"{kind}-{number}", "seq": 0, "latency_ms": {"journal": None, "total": None}}
    topic = {"ied": "event/ied", "sleep": "state/sleep"}[kind]
    return Outgoing(f"{kind}-{number}", kind, topic, payload, retain, START + timedelta(seconds=number))  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a journal not yet made."""
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    """Open a journal whose clock stands at START + 1 h."""
    opened = Journal(path, now_utc=lambda: START + timedelta(hours=1))
    yield opened
    opened.close()


def test_a_commit_moves_cursor_coverage_and_messages_together(journal: Journal) -> None:
    """After one commit all three are there."""
    assert journal.commit("bed-1", 1, 10, [Coverage(0, 10, "analysed", "")], [event(1), event(2)]) == [1, 2]
    assert journal.cursor("bed-1", 1) == 10
    assert journal.accounting("bed-1", 1) == {"analysed": 10}
    assert [json.loads(message.payload)["seq"] for message in journal.pending("bed-1", 9)] == [1, 2]


@pytest.mark.parametrize(
    ("cursor", "coverage"),
    [
        (20, [Coverage(0, 10, "analysed", "")]),
        (20, [Coverage(11, 20, "analysed", "")]),
        (20, [Coverage(9, 20, "analysed", "")]),
        (20, [Coverage(10, 15, "analysed", ""), Coverage(16, 20, "missing", "gap")]),
        (10, [Coverage(10, 10, "analysed", "")]),
        (5, []),
    ],
)
def test_coverage_that_does_not_lead_to_the_cursor_is_refused_whole(
    journal: Journal, cursor: int, coverage: list[Coverage]
) -> None:
    """A hole, an overlap or a short end changes nothing, messages included."""
    journal.commit("bed-1", 1, 10, [Coverage(0, 10, "analysed", "")])
    with pytest.raises(ValueError, match="coverage of bed-1/1"):
        journal.commit("bed-1", 1, cursor, coverage, [event(1)])
    assert (journal.cursor("bed-1", 1), journal.accounting("bed-1", 1)) == (10, {"analysed": 10})
    assert journal.last_seq("bed-1") == 0


def test_a_message_found_again_is_left_out_and_takes_no_number(journal: Journal) -> None:
    """Ids already present are ignored, and the numbers stay contiguous."""
    journal.commit("bed-1", 1, 5, [Coverage(0, 5, "analysed", "")], [event(1)])
    assert journal.commit("bed-1", 1, 9, [Coverage(5, 9, "analysed", "")], [event(1), event(2), event(2)]) == [2]
    assert [message.seq for message in journal.pending("bed-1", 9)] == [1, 2]


def test_each_bed_counts_for_itself(journal: Journal) -> None:
    """Numbers, cursors and outboxes of two beds do not touch."""
    journal.commit("bed-1", 1, 5, [Coverage(0, 5, "analysed", "")], [event(1)])
    assert journal.commit("bed-2", 1, 7, [Coverage(0, 7, "shed", "overload")], [event(2)]) == [1]
    assert (journal.cursor("bed-1", 1), journal.cursor("bed-2", 1)) == (5, 7)
    assert [message.bed for message in journal.pending("bed-2", 9)] == ["bed-2"]


def test_equal_neighbours_are_one_row_and_every_sample_has_one_fate(journal: Journal, path: Path) -> None:
    """A hundred equal commits take one row, and the fates add up to the cursor."""
    for end in range(1, 101):
        journal.commit("bed-1", 1, end, [Coverage(end - 1, end, "analysed", "")])
    journal.commit("bed-1", 1, 400, [Coverage(100, 300, "missing", "gap"), Coverage(300, 400, "analysed", "")])
    assert journal.accounting("bed-1", 1) == {"analysed": 200, "missing": 200}
    rows = JournalDatabase(path, create=False).rows('SELECT first, "end", fate FROM coverage ORDER BY first')
    assert rows == [(0, 100, "analysed"), (100, 300, "missing"), (300, 400, "analysed")]


def test_a_recording_keeps_its_ordinal(journal: Journal) -> None:
    """The same uid is the same recording; another is the next; each bed counts from 1."""

    def opened(bed: str, uid: str) -> int:
        return journal.open_recording(bed, uid, SOURCE, START, 100.0, 1.7e9)

    assert [opened("bed-1", "a"), opened("bed-1", "b"), opened("bed-1", "a"), opened("bed-2", "b")] == [1, 2, 1, 1]


def test_latency_is_told_once(journal: Journal) -> None:
    """The first telling stays: a result found again after a restart does not rewrite history."""
    journal.commit("bed-1", 1, 5, [Coverage(0, 5, "analysed", "")], [event(1), event(2)])
    journal.record_latency(["ied-1"], 0.5, 20.0)
    journal.record_latency(["ied-1"], 9.0, 99.0)
    latencies = [json.loads(message.payload)["latency_ms"] for message in journal.pending("bed-1", 9)]
    assert latencies == [{"journal": 0.5, "total": 20.0}, {"journal": None, "total": None}]


def test_acknowledged_and_dead_leave_the_outbox_and_replay_brings_them_back(journal: Journal) -> None:
    """What a broker took or refused is kept, and can be sent again in order."""
    journal.post("bed-1", [event(number) for number in range(1, 5)])
    rowids = [message.rowid for message in journal.pending("bed-1", 9)]
    journal.acknowledge(rowids[:2], 0x10)
    journal.park(rowids[2], 0x87, "Not authorized")
    assert (journal.outbox_size(), journal.dead_letters()) == (1, 1)
    assert journal.replay("bed-1", 2, 3) == 2
    assert [message.seq for message in journal.pending("bed-1", 9)] == [2, 3, 4]
    assert journal.dead_letters() == 0


def test_a_replayed_old_state_is_no_longer_retained(journal: Journal) -> None:
    """Only the newest state of a topic may stand as the present one."""
    journal.post("bed-1", [event(number, "sleep", retain=True) for number in range(1, 4)])
    journal.replay("bed-1", 1, 3)
    assert [message.retain for message in journal.pending("bed-1", 9)] == [False, False, True]


def test_the_rate_counts_events_by_when_they_happened(journal: Journal) -> None:
    """A backlog journalled now does not count as now."""
    journal.post("bed-1", [event(0), event(3500), event(3599), event(3550, "sleep")])
    assert journal.ied_rate("bed-1", 60) == 1
    assert journal.ied_rate("bed-1", 3600) == 3


def test_events_come_in_order_of_their_numbers(journal: Journal) -> None:
    """All of a kind since an instant, across more than one page of the query."""
    journal.post("bed-1", [event(number) for number in range(2100)])
    since = START + timedelta(seconds=50)
    assert [payload["seq"] for payload in journal.events("bed-1", since)] == list(range(51, 2101))


def test_pruning_keeps_the_numbers_going(journal: Journal) -> None:
    """The newest message stays even when it is old, and so does all that no broker has taken."""
    journal.post("bed-1", [event(number) for number in range(5)])
    journal.acknowledge([message.rowid for message in journal.pending("bed-1", 9)][1:], 0)
    assert journal.prune(START + timedelta(hours=2)) == 3
    assert journal.post("bed-1", [event(9)]) == [6]
    assert [message.seq for message in journal.pending("bed-1", 9)] == [1, 6]


COMMITTER = """
import sys
from pathlib import Path
from stream.logbook.journal import Journal
from stream.records import Coverage
from tests.stream.logbook.test_journal import event
journal = Journal(Path(sys.argv[1]))
while True:
    at = journal.cursor("bed-1", 1)
    fate = "analysed" if at % 7 else "rejected"
    journal.commit("bed-1", 1, at + 1, [Coverage(at, at + 1, fate, "")], [event(at)] * (at % 2))
    print(at + 1, flush=True)
"""


def _kill_after(path: Path, lines: int) -> int:
    """Let a committing process print so many commits, kill it, and give the last one it had been promised."""
    command = [sys.executable, "-c", COMMITTER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().split("\n")[:-1]
    return int(rest[-1]) if rest else 0


def test_kill_9_loses_nothing_that_was_promised(path: Path) -> None:
    """Cursor, coverage and numbered messages agree after every kill, and no returned commit is gone."""
    for lines in (1, 40, 7, 90, 23):
        promised = _kill_after(path, lines)
        journal = Journal(path)
        cursor = journal.cursor("bed-1", 1)
        assert cursor >= max(promised, lines)
        assert sum(journal.accounting("bed-1", 1).values()) == cursor
        found = journal.pending("bed-1", cursor)
        assert [message.seq for message in found] == list(range(1, cursor // 2 + 1))
        assert [json.loads(message.payload)["id"] for message in found] == [f"ied-{at}" for at in range(1, cursor, 2)]
        journal.close()


def test_two_writers_wait_for_each_other(path: Path) -> None:
    """A detector that commits and a parent that acknowledges, each with its own connection, both finish."""
    total = 300
    errors: list[BaseException] = []

    def running(work: Callable[[Journal], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                work(Journal(path))
            except BaseException as error:  # noqa: BLE001 - handed to the asserting thread
                errors.append(error)

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    def detect(journal: Journal) -> None:
        for at in range(total):
            journal.commit("bed-1", 1, at + 1, [Coverage(at, at + 1, "analysed", "")], [event(at)])

    def publish(journal: Journal) -> None:
        taken = 0
        while taken < total and not errors:
            rowids = [message.rowid for message in journal.pending("bed-1", 10)]
            journal.acknowledge(rowids, 0)
            taken += len(rowids)

    for thread in [running(detect), running(publish)]:
        thread.join()
    journal = Journal(path)
    assert errors == []
    assert (journal.last_seq("bed-1"), journal.outbox_size(), journal.cursor("bed-1", 1)) == (total, 0, total)


def test_one_journal_may_be_shared_by_threads(journal: Journal) -> None:
    """Threads of one process take turns within a transaction."""
    threads = [
        threading.Thread(target=lambda k=k: [journal.post("bed-1", [event(100 * k + n)]) for n in range(50)])
        for k in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [message.seq for message in journal.pending("bed-1", 999)] == list(range(1, 201))
