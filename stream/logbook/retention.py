"""How old messages are, by a clock that cannot be set, and which of them may be deleted.

The wall clock may be set a month ahead for some seconds, and by it every message would be a month old. So the journal
counts its own age: seconds of this host's boot clock, which runs on while Spikewatch is stopped and while the host
sleeps, and never jumps. The time for which the host is switched off is not counted: messages are then kept for longer.
Once an hour the age is marked beside the number of the newest message; a message is as old as the first mark after it.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.logbook.journal_file import JournalDatabase

BATCH_ROWS: Final = 100
"""Messages deleted in one transaction: the write lock is held for 1.3 ms (median, 300,000 rows of 600 bytes each)."""
MARK_EVERY_S: Final = 3600.0
LEAST_WORTH_FIRST: Final = ("alarm", "sleep", "ied")
"""In this order messages give way to `journal.max_mb`; every other kind comes after these."""
LARGE_SHARE: Final = 0.7


@dataclass(frozen=True, slots=True)
class BootTime:
    """A moment since the host was switched on: which start that was, and the seconds since."""

    boot: str
    seconds: float


def boot_time() -> BootTime:
    """Return the present moment by the host's boot clock."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return BootTime(boot, time.clock_gettime(time.CLOCK_BOOTTIME))


class Retention:
    """Deletes acknowledged messages of one journal, in batches between which others may write.

    Each bed's newest message stays, so that its sequence numbers continue; so does what no broker has acknowledged.
    """

    def __init__(self, file: JournalDatabase, now: Callable[[], BootTime] = boot_time) -> None:
        self._file = file
        self._now = now

    def age_s(self) -> float:
        """Return how long the journal has been counting."""
        marks = self._file.rows("SELECT age_s, boot, boot_s FROM marks ORDER BY age_s DESC LIMIT 1")
        now = self._now()
        for age_s, boot, boot_s in marks:
            # How long a host was off is known from its wall clock alone, which is not trusted.
            return float(age_s) + (max(0.0, now.seconds - boot_s) if boot == now.boot else 0.0)
        return 0.0

    def prune(self, keep_s: float) -> int:
        """Delete at most a batch of what is older than `keep_s`, and count it; call it time and again."""
        age_s = self.age_s()
        self._mark(age_s)
        last = self._file.number("SELECT coalesce(max(newest), 0) FROM marks WHERE age_s <= ?", age_s - keep_s)
        return self._delete_withheld(age_s - keep_s) or self._delete(last)

    def shrink(self, most_bytes: float) -> int:
        """Delete at most a batch, what is worth least and oldest first, if the journal is larger; count it."""
        if self.used_bytes() <= most_bytes:
            return 0
        # Deleted first: what was never published; then what takes most room. Events stay longest.
        return self._delete_withheld(math.inf) or self._delete_snippets() or self._delete(None)

    def used_bytes(self) -> int:
        """Return the bytes of the file that hold something; what was deleted leaves room within it."""
        return self._file.number(
            "SELECT (page_count - freelist_count) * page_size "
            "FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )

    def _mark(self, age_s: float) -> None:
        """Note the journal's age and its newest message, once an hour and after every start of the host."""
        now = self._now()
        since = self._file.rows("SELECT age_s FROM marks WHERE boot = ? AND age_s > ?", now.boot, age_s - MARK_EVERY_S)
        if since:
            return
        with self._file.transaction(durable=False) as database:
            database.execute(
                "INSERT OR REPLACE INTO marks SELECT ?, ?, ?, coalesce(max(rowid), 0) FROM messages",
                (age_s, now.boot, now.seconds),
            )

    def _delete_withheld(self, age_s: float) -> int:
        """Delete at most a batch of what was not called and written up to this age of the journal, oldest first."""
        rows = self._file.rows("SELECT rowid FROM withheld WHERE age_s <= ? ORDER BY age_s LIMIT ?", age_s, BATCH_ROWS)
        if rows:
            with self._file.transaction(durable=False) as database:
                database.executemany("DELETE FROM withheld WHERE rowid = ?", rows)
        return len(rows)

    def _delete_snippets(self) -> int:
        """Delete the oldest raw samples around events, and leave the events."""
        rows = self._file.rows("SELECT rowid FROM snippets ORDER BY rowid LIMIT ?", BATCH_ROWS)
        if rows:
            with self._file.transaction(durable=False) as database:
                database.executemany("DELETE FROM snippets WHERE rowid = ?", rows)
        return len(rows)

    def _delete(self, last: int | None) -> int:
        """Delete acknowledged messages up to the number `last`, of one kind at a time."""
        for kind in self._kinds():
            # Searched before the lock is taken, so that the lock is held for as short as possible.
            rows = self._file.rows(
                "SELECT rowid FROM messages AS old WHERE state = 'acked' AND kind = ? AND rowid <= ? "
                "AND seq < (SELECT max(seq) FROM messages WHERE bed = old.bed) ORDER BY rowid LIMIT ?",
                kind,
                1 << 62 if last is None else last,
                BATCH_ROWS,
            )
            if rows:
                # Not durable: what a power cut brings back is deleted again, and no sync of the disk is waited for.
                with self._file.transaction(durable=False) as database:
                    database.executemany("DELETE FROM messages WHERE rowid = ? AND state = 'acked'", rows)
                return len(rows)
        return 0

    def _kinds(self) -> list[str]:
        """Return the kinds of what was acknowledged, least worth first."""
        kinds, after = [], ""
        # From one kind to the next by the index: DISTINCT would visit every message.
        while found := self._file.rows(
            "SELECT kind FROM messages WHERE state = 'acked' AND kind > ? ORDER BY kind LIMIT 1", after
        ):
            [(after,)] = found
            kinds.append(after)
        worth = {kind: place for place, kind in enumerate(LEAST_WORTH_FIRST)}
        return sorted(kinds, key=lambda kind: worth.get(kind, len(worth)))
