"""Delivery: every bed's journal and states to the broker, in order, for ever.

One connection per bed: MQTT gives a connection one last will, and every bed's retained `status` needs its own.
One message in flight per connection, QoS 1: the order of the journal is the order at the broker. Each session begins
clean, for the journal remembers what is unacknowledged better than client and broker do.
"""

import asyncio
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress

import structlog

from stream.config.keys import Config
from stream.errors import RecordError, SpikewatchError
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import Pending
from stream.publish.commands import handle_command
from stream.publish.mqtt import BrokerError, Connection, Receipt, Will, connected
from stream.publish.outbox import Outbox
from stream.schema.messages import Heartbeat, Message
from stream.waiting import Backoff, until_first

HEARTBEAT_S = 5.0
COMMAND_EVERY_S = 1.0
STEADY_S = 10.0
"""A connection that lasted this long lets the next wait be short again; two clients of one id do not race."""
BATCH = 32
UNHEARD = 0x10
"""Nobody subscribes to the topic: taken all the same."""
REFUSED = 0x80
UNSUPPORTED_VERSION = 0x84
HANGS_UP = frozenset({0x90, 0x95, 0x99})
"""Topic name invalid, packet too large, payload format invalid: the fault of one message, not of the connection."""

_log = structlog.get_logger()


class BedPublisher:
    """Publishes one bed for ever: connects, says everything, and begins again when the connection is lost.

    `version` is the MQTT version of the present connection, "" while there is none, and `trouble` says why.
    `refused` names topics that the broker would not take, with its reason; `unheard` counts the messages that
    nobody had subscribed to.
    """

    def __init__(self, config: Config, feed: Outbox, heartbeat: Callable[[str], Heartbeat], *, commands: bool) -> None:
        self.version = ""
        self.trouble = "not connected yet"
        self.refused: dict[str, str] = {}
        self.unheard = 0
        self._config = config
        self._feed = feed
        self._heartbeat = heartbeat
        self._commands = commands
        self._client_id = f"spikewatch-{config.site}-{feed.bed}"
        self._root = f"spikewatch/v1/{config.site}/{feed.bed}"
        self._known_version = ""
        self._spoke_5 = False
        self._in_hand: Pending | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` send what is ready, say "stopped" and return."""
        self._stopping.set()
        self._feed.wake()

    async def run(self) -> None:
        """Serve until `stop`."""
        loop, backoff = asyncio.get_running_loop(), Backoff(0.5, 30.0)
        while not self._stopping.is_set():
            started_s = loop.time()
            try:
                await self._connect_and_serve()
            except (BrokerError, SpikewatchError) as error:
                self._tell(str(error))
                await self._blame(error)
            if loop.time() - started_s > STEADY_S:
                backoff.reset()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), backoff.wait_s())

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            _log.warning("broker not reached", bed=self._feed.bed, reason=trouble)

    async def _blame(self, error: Exception) -> None:
        """Park the message that made the broker hang up: sent again, it would do so for ever."""
        pending, self._in_hand = self._in_hand, None
        if pending and isinstance(error, BrokerError) and error.code in HANGS_UP:
            # A journal that fails too is met again at the next try, and so is the message.
            with suppress(RecordError):
                await self._settle(pending, Receipt(error.code, str(error)))

    async def _connect_and_serve(self) -> None:
        async with AsyncExitStack() as stack:
            connection = await self._connect(stack)
            self.version, self.trouble = connection.version, ""
            _log.info("broker connected", bed=self._feed.bed, mqtt=connection.version)
            self._feed.renew()
            try:
                await until_first(self._listen(connection), self._beat(connection), self._say(connection))
            finally:
                self.version = ""

    async def _connect(self, stack: AsyncExitStack) -> Connection:
        """Connect with the version asked for; "auto": the one that last worked, else 5, else 3.1.1."""
        asked = self._config.publish.protocol
        known, self._known_version = self._known_version, ""
        versions = (known,) if known else ("5", "3.1.1") if asked == "auto" else (asked,)
        status = self._feed.final_status("offline", "the connection to Spikewatch was lost")
        will = Will(f"{self._root}/status", json.dumps(status))
        for version in versions[:-1]:
            try:
                return await self._open(stack, version, will)
            except BrokerError as error:
                # A broker that spoke 5 and is slow today must not be held for one that cannot: 3.1.1 hides refusals.
                if self._spoke_5 and error.code != UNSUPPORTED_VERSION:
                    raise
        return await self._open(stack, versions[-1], will)

    async def _open(self, stack: AsyncExitStack, version: str, will: Will) -> Connection:
        connection = await stack.enter_async_context(connected(self._config.publish, self._client_id, version, will))
        self._known_version = version
        self._spoke_5 = self._spoke_5 or version == "5"
        return connection

    async def _beat(self, connection: Connection) -> None:
        while True:
            await self._send(connection, self._heartbeat(self._feed.bed), retain=False)
            await asyncio.sleep(HEARTBEAT_S)
            # Whatever woke nobody is seen now: a restarted detector may have committed before it was heard.
            self._feed.wake()

    async def _listen(self, connection: Connection) -> None:
        """Obey commands, if any are taken, until the connection is lost."""
        if self._commands:
            await connection.subscribe(f"{self._root}/cmd/+")
        async for topic, payload in connection.received():
            await handle_command(self._feed, topic.removeprefix(f"{self._root}/cmd/"), payload)
            await asyncio.sleep(COMMAND_EVERY_S)

    async def _say(self, connection: Connection) -> None:
        """Publish states and journal as they come, until `stop`."""
        while True:
            for message in self._feed.changed():
                await self._send(connection, message, retain=True)
            batch = self._feed.pending(BATCH)
            for pending in batch:
                await self._deliver(connection, pending)
            if self._stopping.is_set():
                final_status = self._feed.final_status("stopped", "Spikewatch was stopped")
                await connection.publish(f"{self._root}/status", json.dumps(final_status), retain=True)
                return
            if len(batch) < BATCH:
                await self._feed.news()

    async def _send(self, connection: Connection, message: Message, *, retain: bool) -> None:
        receipt = await connection.publish(
            f"{self._root}/{message.topic()}", json.dumps(message.payload()), retain=retain
        )
        self._note(message.topic(), receipt)

    async def _deliver(self, connection: Connection, pending: Pending) -> None:
        """Publish one journalled message and write down the broker's answer."""
        self._in_hand = pending
        receipt = await connection.publish(f"{self._root}/{pending.topic}", pending.payload, retain=pending.retain)
        self._in_hand = None
        await self._settle(pending, receipt)

    async def _settle(self, pending: Pending, receipt: Receipt) -> None:
        self._note(pending.topic, receipt)
        if receipt.code >= REFUSED:
            await self._feed.park(pending, receipt.code, receipt.reason)
        else:
            await self._feed.acknowledge(pending, receipt.code)

    def _note(self, topic: str, receipt: Receipt) -> None:
        self.unheard += receipt.code == UNHEARD
        if receipt.code < REFUSED:
            self.refused.pop(topic, None)
        elif topic not in self.refused:
            self.refused[topic] = f"{receipt.reason} (0x{receipt.code:02x})"
            _log.error("broker refused a message", bed=self._feed.bed, topic=topic, reason=self.refused[topic])


class Publisher:
    """Publishes all beds of a configuration from the journal, and the states it is given.

    Parameters
    ----------
    heartbeat
        gives a bed's heartbeat when one is due
    wake_fd
        an eventfd that the detector writes to after a commit
    commands
        whether `cmd/<name>` is obeyed: anybody whom the broker lets publish there may then ask for a replay

    Raises
    ------
    ConfigError
        if the broker's password file cannot be read
    """

    def __init__(
        self,
        config: Config,
        journal: Journal,
        heartbeat: Callable[[str], Heartbeat],
        wake_fd: int,
        *,
        commands: bool = False,
    ) -> None:
        config.publish.secret()
        self._wake_fd = wake_fd
        self._thread = ThreadPoolExecutor(1, "journal")
        self._feeds = {bed.id: Outbox(bed.id, journal, self._thread) for bed in config.bed}
        self.beds = {bed: BedPublisher(config, feed, heartbeat, commands=commands) for bed, feed in self._feeds.items()}

    @property
    def mqtt_connected(self) -> bool:
        """Whether every bed has its connection."""
        return all(bed.version for bed in self.beds.values())

    def set_state(self, message: Message) -> None:
        """Publish a retained state (`Status`, `Info`, `Latency`, ...) now and after every reconnection."""
        self._feeds[message.bed].set_state(message)

    def wake(self) -> None:
        """Look into the journal now: the parent wrote something there itself."""
        for feed in self._feeds.values():
            feed.wake()

    def stop(self) -> None:
        """Let `run` send what is ready, say "stopped" for every bed, and return."""
        for bed in self.beds.values():
            bed.stop()

    async def run(self) -> None:
        """Serve all beds until `stop`."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._wake_fd, self._woken)
        try:
            async with asyncio.TaskGroup() as tasks:
                for bed in self.beds.values():
                    tasks.create_task(bed.run())
        finally:
            loop.remove_reader(self._wake_fd)
            self._thread.shutdown(wait=False)

    def _woken(self) -> None:
        os.eventfd_read(self._wake_fd)
        self.wake()
