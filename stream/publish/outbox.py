"""What one bed has to say, in which order: states that changed, then journalled messages by their numbers."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_reader import Payload, Pending
from stream.schema.messages import Message, Status

T = TypeVar("T")


class Outbox:
    """One bed's states and its part of the journal, as a coroutine may ask for them.

    The journal is read at once and written on `thread`: reading waits for nobody, and a disk that takes its time
    over a commit does not hold the event loop.
    """

    def __init__(self, bed: str, journal: Journal, thread: ThreadPoolExecutor) -> None:
        self.bed = bed
        self._journal = journal
        self._thread = thread
        self._news = asyncio.Event()
        self._states: dict[str, Message] = {}
        self._changed: set[str] = set()

    def set_state(self, message: Message) -> None:
        """Put a state in the place of the one before; it is published now and after every reconnection."""
        self._states[message.topic()] = message
        self._changed.add(message.topic())
        self._news.set()

    def wake(self) -> None:
        """Say that the journal may hold something new."""
        self._news.set()

    def renew(self) -> None:
        """Say everything again that is retained: a broker may have forgotten it."""
        self._changed |= self._states.keys()
        self._news.set()

    async def news(self) -> None:
        """Wait for a state or a journalled message."""
        await self._news.wait()

    def changed(self) -> list[Message]:
        """Take the states that changed since they were last taken."""
        self._news.clear()
        topics, self._changed = self._changed, set()
        return [self._states[topic] for topic in sorted(topics)]

    def pending(self, limit: int) -> list[Pending]:
        """Give the oldest messages that no broker has acknowledged."""
        return self._journal.pending(self.bed, limit)

    async def acknowledge(self, message: Pending, code: int) -> None:
        """Mark a message as taken."""
        await self._write(lambda: self._journal.acknowledge([message.rowid], code))

    async def park(self, message: Pending, code: int, reason: str) -> None:
        """Mark a message as refused."""
        await self._write(lambda: self._journal.park(message.rowid, code, reason))

    async def post(self, message: Outgoing) -> None:
        """Journal a message of the parent's own."""
        await self._write(lambda: self._journal.post(self.bed, [message]))
        self._news.set()

    async def replay(self, from_seq: int, to_seq: int) -> int:
        """Have messages sent again, and count them."""
        count = await self._write(lambda: self._journal.replay(self.bed, from_seq, to_seq))
        self._news.set()
        return count

    def final_status(self, state: str, reason: str) -> Payload:
        """Give the status that says why nobody watches the bed any more: "offline" or "stopped"."""
        last_seq = self._journal.last_seq(self.bed)
        return Status.model_validate(
            {"bed": self.bed, "state": state, "reason": reason, "since_utc": datetime.now(UTC), "last_seq": last_seq}
        ).payload()

    async def _write(self, deed: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, deed)
