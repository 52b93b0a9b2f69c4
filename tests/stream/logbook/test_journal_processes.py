"""The journal between processes and threads: nothing lost or doubled by a kill, by a second writer or by a lock."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.errors import RecordError
from stream.logbook import journal_file
from stream.logbook.journal import Journal
from stream.logbook.journal_file import BUSY_TIMEOUT_S
from stream.records import Coverage
from stream.supervise.children import STALLED_S
from tests.stream.logbook.journals import message

COMMITTER = """
import sys
from pathlib import Path
from stream.logbook.journal import Journal
from stream.records import Coverage
from tests.stream.logbook.journals import message
journal = Journal(Path(sys.argv[1]))
while True:
    at = journal.cursor("bed-1", 1)
    # Two fates in turn, so that a kill may also fall between a row that is lengthened and one that is added.
    fate = "analysed" if at % 7 else "rejected"
    journal.commit("bed-1", 1, at + 1, [Coverage(at, at + 1, fate, "")], [message(at)] * (at % 2))
    print(at + 1, flush=True)
"""


def _kill_after(path: Path, lines: int) -> int:
    """Let a committing process print so many commits, kill it, and return the last cursor that it reported."""
    command = [sys.executable, "-c", COMMITTER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        # The last line may be cut in the middle of a number; those before it are whole.
        rest = process.stdout.read().split("\n")[:-1]
    return int(rest[-1]) if rest else 0


def test_kill_9_loses_nothing_that_was_committed(journal_path: Path) -> None:
    """Cursor, coverage and numbered messages agree after every kill, and no returned commit is gone."""
    for lines in (1, 40, 7, 90, 23):
        reported = _kill_after(journal_path, lines)
        journal = Journal(journal_path)
        cursor = journal.cursor("bed-1", 1)
        # Perhaps one more: the kill may fall between a commit and its line.
        assert cursor >= max(reported, lines)
        assert sum(journal.accounting("bed-1", 1).values()) == cursor
        found = journal.pending("bed-1", cursor)
        # Every odd sample has a message: cursor // 2 of them.
        assert [pending.seq for pending in found] == list(range(1, cursor // 2 + 1))
        assert [json.loads(pending.payload)["id"] for pending in found] == [f"ied-{at}" for at in range(1, cursor, 2)]
        journal.close()


def test_two_writers_wait_for_each_other(journal_path: Path) -> None:
    """A detector that commits and a parent that acknowledges, each with its own connection, both finish."""
    total = 300
    errors: list[BaseException] = []

    def running(work: Callable[[Journal], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                work(Journal(journal_path))
            except BaseException as error:  # noqa: BLE001 - handed to the asserting thread
                errors.append(error)

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    def detect(journal: Journal) -> None:
        for at in range(total):
            journal.commit("bed-1", 1, at + 1, [Coverage(at, at + 1, "analysed", "")], [message(at)])

    def publish(journal: Journal) -> None:
        taken = 0
        # After an error of the other writer it would wait for messages that never come.
        while taken < total and not errors:
            rowids = [pending.rowid for pending in journal.pending("bed-1", 10)]
            journal.acknowledge(rowids, 0)
            taken += len(rowids)

    for thread in [running(detect), running(publish)]:
        thread.join()
    journal = Journal(journal_path)
    assert errors == []
    assert (journal.last_seq("bed-1"), journal.outbox_size(), journal.cursor("bed-1", 1)) == (total, 0, total)


def test_one_journal_may_be_shared_by_threads(journal: Journal) -> None:
    """Threads of one process take turns within a transaction."""

    def post_fifty(first: int) -> None:
        for number in range(first, first + 50):
            journal.post("bed-1", [message(number)])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(post_fifty, (0, 100, 200, 300)))
    assert [pending.seq for pending in journal.pending("bed-1", 999)] == list(range(1, 201))


def test_a_question_does_not_wait_for_a_commit(journal: Journal) -> None:
    """In the middle of a commit, as long as its disk may take: the answer is what was committed before it."""
    journal.post("bed-1", [message(1)])
    with journal._file.transaction(), ThreadPoolExecutor(1) as other:
        asked = other.submit(lambda: (journal.last_seq("bed-1"), journal.outbox_size(), journal.pending("bed-1", 9)))
        assert asked.result(timeout=10)[:2] == (1, 1)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the write lock from a connection of its own, as a database browser does that was left open."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


def test_a_lock_that_another_program_holds_is_an_error_in_one_line(
    journal_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the commit is in the journal then, and it succeeds once the lock is gone."""
    # In place of 4 s, all of which the commit would wait.
    monkeypatch.setattr(journal_file, "BUSY_TIMEOUT_S", 0.2)
    journal = Journal(journal_path)
    piece = [Coverage(0, 5, "analysed", "")]
    with _locked(journal_path):
        with pytest.raises(RecordError, match=r"journal\.db: database is locked; another program keeps it locked"):
            journal.commit("bed-1", 1, 5, piece, [message(1)])
        # A question waits for no lock: it is answered while the other program holds on.
        assert (journal.cursor("bed-1", 1), journal.last_seq("bed-1")) == (0, 0)
    assert journal.commit("bed-1", 1, 5, piece, [message(1)]) == [1]
    journal.close()


def test_a_lock_is_reported_before_the_parent_would_kill_for_silence(journal: Journal) -> None:
    """A commit and the latency behind it may both wait; a healthy detector must end with its error, not by a kill."""
    assert 2 * BUSY_TIMEOUT_S < STALLED_S
    # What SQLite waits, in ms, on the connection that writes and on the one that reads.
    for database in (journal._file, journal._reading):
        assert database.number("PRAGMA busy_timeout") == BUSY_TIMEOUT_S * 1e3
