"""A publisher for tests to run, what it publishes, and how to wait for what it does."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from stream.config.keys import Bed, Config
from stream.config.publish_keys import Publish
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.parent_journal import ParentJournal
from stream.publish.publisher import Publisher
from stream.schema.states import Heartbeat, Status
from tests.stream.brokers import Witness

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = "spikewatch/v1/ward/bed-1"
ONLINE = Status(bed="bed-1", state="online", since_utc=NOW, last_seq=0)


def event(number: int, *, topic: str = "event/ied", retain: bool = False, size: int = 1) -> Outgoing:
    """Make a message of a given size whose id is its number."""
    payload = {"id": str(number), "seq": 0, "blob": "x" * size}
    return Outgoing(str(number), "ied", topic, payload, retain, NOW)


def configuration(port: int, *, beds: int = 1, protocol: str = "auto", commands: bool = False) -> Config:
    """Configure a ward with a broker on a port."""
    section = Publish.model_validate({"port": port, "protocol": protocol, "commands": commands})
    return Config(site="ward", bed=[Bed(id=f"bed-{n + 1}") for n in range(beds)], publish=section)


def heartbeat(bed: str) -> Heartbeat:
    """Return a heartbeat of a bed that is well."""
    return Heartbeat(bed=bed, seq=1, utc=NOW, newest_sample_utc=NOW, coverage={"analysed": 5}, pending=0, outbox=0)


@asynccontextmanager
async def publishing(config: Config, journal: Journal) -> AsyncIterator[tuple[Publisher, int]]:
    """Run a publisher; yield it and the eventfd that wakes it; stop it cleanly at the end."""
    async with publishing_with(config, journal) as (publisher, _):
        yield publisher, publisher._wake_fd


@asynccontextmanager
async def publishing_with(
    config: Config, journal: Journal, beat: Callable[[str], Heartbeat | None] = heartbeat
) -> AsyncIterator[tuple[Publisher, ParentJournal]]:
    """Run a publisher; yield it and the journal as it uses it; stop it cleanly at the end."""
    wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
    parent_journal = ParentJournal(journal, wake_fd)
    publisher = Publisher(config, parent_journal, beat, wake_fd)
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher, parent_journal
        # Not in `finally`: a failed test must not wait for a broker that may be gone.
        publisher.stop()
        await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        parent_journal.stop()
        os.close(wake_fd)


def numbers(witness: Witness) -> list[int]:
    """Return the sequence numbers of the events received."""
    return [payload["seq"] for payload in witness.on("event/ied")]


async def received(witness: Witness, until: Callable[[Witness], bool]) -> None:
    """Wait until something is true of what was received."""
    # On a thread: the witness waits for its client, and the publisher needs this loop meanwhile.
    await asyncio.to_thread(witness.wait, until)


async def becomes(true: Callable[[], bool]) -> None:
    """Wait until something is true of the publisher."""
    while not true():  # noqa: ASYNC110 - what a person would look at, and no event to wait for
        await asyncio.sleep(0.005)
