"""What one bed has to publish, in which order: states that changed, then journalled messages by their numbers."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from stream.errors import RecordError
from stream.logbook.journal import Outgoing
from stream.logbook.journal_reader import Payload, Pending
from stream.logbook.parent_journal import ParentJournal
from stream.schema.payload import Message
from stream.schema.states import Status

TRY_REFUSED_EVERY_S: Final = 30.0
"""An access list may be mended without a reconnection; a refused topic is tried with one message each time."""


class Outbox:
    """One bed's states and its part of the journal, as a coroutine may ask for them."""

    def __init__(self, bed: str, journal: ParentJournal, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._try_refused_at_s = 0.0
        self.bed = bed
        self._journal = journal
        self._news = asyncio.Event()
        self._states: dict[str, Message] = {}
        self._changed: set[str] = set()

    def set_state(self, message: Message) -> None:
        """Put a state in the place of the one before; it is published now and after every reconnection."""
        self._states[message.topic()] = message
        self._changed.add(message.topic())
        self._news.set()

    def wake(self) -> None:
        """Have the journal looked into: it may hold something that was not published."""
        self._news.set()

    async def look_again(self) -> None:
        """Wake, and now and then try a message of each topic that was refused once more."""
        if self._clock() >= self._try_refused_at_s:
            self._try_refused_at_s = self._clock() + TRY_REFUSED_EVERY_S
            # What cannot be written now is tried again in the next turn.
            with suppress(RecordError):
                await self._journal.write(None, lambda journal: journal.retry_refused(self.bed))
        self._news.set()

    def renew(self) -> None:
        """Publish every retained state again: a broker may have forgotten it, or have another access list."""
        self._try_refused_at_s = 0.0
        self._changed |= self._states.keys()
        self._news.set()

    def renew_one(self, topic: str) -> None:
        """Publish one retained state again, if there is one."""
        if topic in self._states:
            self._changed.add(topic)
            self._news.set()

    async def news(self) -> None:
        """Wait for a state or a journalled message."""
        await self._news.wait()

    def changed(self) -> list[Message]:
        """Return the states that changed since they were last returned."""
        # Cleared before reading: what comes between the two sets it again, so nothing is missed.
        self._news.clear()
        topics, self._changed = self._changed, set()
        return [self._states[topic] for topic in sorted(topics)]

    def pending(self, limit: int) -> list[Pending]:
        """Return the oldest messages that no broker has acknowledged; none while the journal cannot be read."""
        return self._journal.pending(self.bed, limit)

    async def acknowledge(self, message: Pending, code: int) -> None:
        """Mark a message as taken.

        Raises
        ------
        RecordError
            if the journal cannot be written, here and in `park` and `replay`
        """
        await self._journal.write("acknowledge", lambda journal: journal.acknowledge([message.rowid], code))

    async def park(self, message: Pending, code: int, reason: str) -> None:
        """Mark a message as refused."""
        await self._journal.write("park", lambda journal: journal.park(message.rowid, code, reason))

    async def replay(self, from_seq: int, to_seq: int) -> int:
        """Have messages published again, and return their number."""
        # Without a name: it is tried once and its caller gets the error; a failure under a name would be kept.
        count = await self._journal.write(None, lambda journal: journal.replay(self.bed, from_seq, to_seq))
        self._news.set()
        return count

    def post(self, message: Outgoing) -> None:
        """Have a message of the parent's own journalled, as soon as the journal takes it."""
        self._journal.post(self.bed, message)

    def final_status(self, state: str, reason: str) -> Payload:
        """Return the status with the reason why the bed is not watched any more: "offline" or "stopped"."""
        return Status.model_validate(
            {
                "bed": self.bed,
                "state": state,
                "reason": reason,
                "since_utc": datetime.now(UTC),
                "last_seq": self._journal.last_seq(self.bed),
            }
        ).payload()
