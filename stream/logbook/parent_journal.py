"""The journal as the parent uses it: questions that never raise, and writes that leave the event loop alone.

Alarms and audit lines are posted in order by one thread. Those that cannot be written (a full disk) wait in memory and
are tried again; the parent goes on meanwhile and reports why.
"""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import structlog

from stream.errors import RecordError
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_health import JournalHealth
from stream.logbook.journal_reader import Kind, Payload, Pending
from stream.logbook.night import NOTHING, Night, night

T = TypeVar("T")
MOST_WAITING: Final = 1000
"""Some 500 kB. An alarm that begins and ends every second fills it in eight minutes; the oldest then give way."""
POST: Final = "post"

_log = structlog.get_logger()


class ParentJournal:
    """One open journal, read from the event loop and written on a thread of its own.

    Parameters
    ----------
    posted_fd
        an eventfd that is written to whenever a message was posted: the publisher waits for it

    Attributes
    ----------
    health
        why the journal cannot be read or written at present
    dropped
        messages that were given up because too many waited
    large
        why the file's size is an alarm, "" while it is none
    """

    def __init__(self, journal: Journal, posted_fd: int) -> None:
        self.health = JournalHealth()
        self.dropped = 0
        self.large = ""
        self._journal = journal
        self._posted_fd = posted_fd
        self._thread = ThreadPoolExecutor(1, "journal")
        self._answers: dict[tuple[str, ...], Any] = {}
        self._unanswered: dict[tuple[str, ...], Callable[[], Any]] = {}
        self._lock = threading.Lock()
        self._waiting: deque[tuple[str, Outgoing]] = deque()
        self._posting = False

    # ---- questions: a reader waits for no writer's lock (WAL), and finds in memory what was written of late ----

    def last_seq(self, bed: str) -> int:
        """Return the bed's newest sequence number, 0 for none."""
        return self._ask(("last_seq", bed), lambda: self._journal.last_seq(bed), 0)

    def accounting(self, bed: str, recording: int) -> dict[str, int]:
        """Count the recording's samples by fate."""
        # Kept of the bed and not of each recording: a stream that begins anew time and again fills no memory.
        unknown: tuple[int, dict[str, int]] = (recording, {})
        of, fates = self._ask(
            ("accounting", bed), lambda: (recording, self._journal.accounting(bed, recording)), unknown
        )
        return fates if of == recording else {}

    def newest(self, bed: str, kind: Kind, limit: int) -> list[Payload]:
        """Return the payloads of the bed's last messages of one kind, newest first."""
        return self._ask(("newest", bed, kind), lambda: self._journal.newest(bed, kind, limit), [])

    def of_night(self, bed: str, window_s: float, make: Callable[[Night], T]) -> T:
        """Return what `make` makes of stages, IEDs and what was not analysed in the bed's last `window_s` seconds."""
        since_utc = datetime.now(UTC) - timedelta(seconds=window_s)
        # If the journal cannot be read the last answer is used. The answer is kept, not the night itself, which grows
        # by the hour.
        return self._ask(("night", bed), lambda: make(night(self._journal, bed, since_utc)), make(NOTHING))

    def ied_rate(self, bed: str, window_s: float) -> int:
        """Count the bed's IEDs of the last `window_s` seconds."""
        return self._ask(("ied_rate", bed, str(window_s)), lambda: self._journal.ied_rate(bed, window_s), 0)

    def watched_until(self, bed: str) -> datetime | None:
        """Return when the bed's newest sample that is accounted for was taken."""
        return self._ask(("watched_until", bed), lambda: self._journal.watched_until(bed), None)

    def outbox_size(self) -> int:
        """Count the messages that wait for a broker's acknowledgement."""
        return self._ask(("outbox_size",), self._journal.outbox_size, 0)

    def dead_letters(self) -> int:
        """Count the messages that a broker refused."""
        return self._ask(("dead_letters",), self._journal.dead_letters, 0)

    def pending(self, bed: str, limit: int) -> list[Pending]:
        """Return the bed's oldest messages without an acknowledgement; none while the journal cannot be read."""
        # The last answer is not used: those messages may have been delivered since.
        return self._ask(("pending", bed), lambda: self._journal.pending(bed, limit), [], keep=False)

    def _ask(self, question: tuple[str, ...], ask: Callable[[], T], unknown: T, *, keep: bool = True) -> T:
        """Return the answer; while there is none, the one before, and `unknown` if none was kept."""
        use = " ".join(question)
        try:
            answer = ask()
        except RecordError as error:
            self.health.failed(use, error)
            self._unanswered[question] = ask
            known: T = self._answers.get(question, unknown)
            return known
        self.health.succeeded(use)
        self._unanswered.pop(question, None)
        if keep:
            self._answers[question] = answer
        return answer

    # ---- writes ----

    @property
    def waiting(self) -> int:
        """Messages that are not in the journal yet."""
        return len(self._waiting)

    def post(self, bed: str, message: Outgoing) -> None:
        """Have a message of the parent's own journalled, after those before it; never raises, never waits."""
        with self._lock:
            if len(self._waiting) == MOST_WAITING:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append((bed, message))
        self._post_waiting()

    async def post_at_once(self, bed: str, messages: Sequence[Outgoing]) -> None:
        """Have messages journalled, all or none, and published while somebody waits for the answer.

        Raises
        ------
        RecordError
            if the journal cannot be written; the messages are then not kept
        """
        await self.write(None, lambda journal: journal.post(bed, messages))
        os.eventfd_write(self._posted_fd, 1)

    def retry(self) -> None:
        """Try once more what failed: post what waits, and ask what was not answered."""
        # Some questions are asked rarely; without a retry their failure would stay until they are asked again.
        for question, ask in list(self._unanswered.items()):
            self._ask(question, ask, None, keep=False)
        self._post_waiting()

    async def write(self, use: str | None, deed: Callable[[Journal], T]) -> T:
        """Write something else on the thread, and return what `deed` returns.

        `use` names a write that is tried again until it succeeds: `health` remembers its failure until then.

        Raises
        ------
        RecordError
            if the journal cannot be written
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, use, deed)

    async def flush(self, patience_s: float) -> None:
        """Wait until everything so far was tried, or for as long as `patience_s`: a disk may hang."""
        tried = asyncio.get_running_loop().run_in_executor(self._thread, lambda: None)
        await asyncio.wait([tried], timeout=patience_s)

    def stop(self) -> None:
        """Try a last time to post what waits, and end the thread; the journal itself stays open."""
        self._post_waiting()
        self._thread.shutdown()
        if self._waiting:
            _log.error("messages were never journalled", messages=len(self._waiting), reason=self.health.reason)

    def _post_waiting(self) -> None:
        with self._lock:
            if self._posting or not self._waiting:
                return
            self._posting = True
        self._thread.submit(self._post_all)

    def _write(self, use: str | None, deed: Callable[[Journal], T]) -> T:
        try:
            done = deed(self._journal)
        except RecordError as error:
            if use is not None:
                self.health.failed(use, error)
            raise
        if use is not None:
            self.health.succeeded(use)
        return done

    def _post_all(self) -> None:
        """Post in order until nothing waits or the journal fails. Runs on the thread."""
        while (first := self._first()) is not None:
            try:
                self._journal.post(first[0], [first[1]])
            except RecordError as error:
                # Before the failure is reported: a retry that its callback asks for then runs after this one on the
                # thread.
                with self._lock:
                    self._posting = False
                self.health.failed(POST, error)
                # Tried again soon: by then the file is there, if it was only deleted.
                with suppress(RecordError):
                    self._journal.restore()
                return
            self.health.succeeded(POST)
            self._done(first)

    def _first(self) -> tuple[str, Outgoing] | None:
        with self._lock:
            # Ends under the lock that `retry` takes, so that no message is left between the two.
            self._posting = bool(self._waiting)
            return self._waiting[0] if self._waiting else None

    def _done(self, posted: tuple[str, Outgoing]) -> None:
        with self._lock:
            # A full queue may have given this very message up while it was being written.
            if self._waiting and self._waiting[0] is posted:
                self._waiting.popleft()
        os.eventfd_write(self._posted_fd, 1)
