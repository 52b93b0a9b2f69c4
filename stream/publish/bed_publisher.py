"""Delivery of one bed: connects, publishes states and journal, and begins again when the connection is lost.

One message in flight, QoS 1: the order of the journal is the order at the broker. Each session begins clean, for the
journal remembers what is unacknowledged better than client and broker do.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Final

import structlog

from stream.config.keys import Config
from stream.errors import ConfigError, RecordError
from stream.logbook.journal_reader import Pending
from stream.publish.commands import STATUS, listen
from stream.publish.culprits import Culprits
from stream.publish.discovery import announce
from stream.publish.hearing import Hearing
from stream.publish.mqtt import BrokerError, Connection, Receipt, Will, connected
from stream.publish.outbox import Outbox
from stream.publish.status_guard import LOST, StatusGuard
from stream.publish.trouble import HUNG_UP, RivalWatch, explained
from stream.schema.payload import Message
from stream.schema.states import Heartbeat
from stream.waiting import Backoff, until_first

HEARTBEAT_S: Final = 5.0
RECONNECT_S: Final = (0.5, 30.0)
# A connection that lasted this long lets the next wait be short again; two clients of one id do not race.
STEADY_S: Final = 10.0
BATCH: Final = 32
REFUSED: Final = 0x80
UNSUPPORTED_VERSION: Final = 0x84

_log = structlog.get_logger()


class BedPublisher:
    """Publishes one bed until it is stopped.

    Attributes
    ----------
    version
        the MQTT version of the present connection, "" while there is none
    refused
        topics that the broker would not take, with its reason
    hearing
        whether anybody hears what is published
    guard
        who else writes the bed's status
    """

    def __init__(self, config: Config, outbox: Outbox, heartbeat: Callable[[str], Heartbeat | None]) -> None:
        self.version = ""
        self._trouble = ""
        self.refused: dict[str, str] = {}
        self.hearing = Hearing(time.monotonic)
        self.guard = StatusGuard(time.monotonic)
        self._config = config
        self._outbox = outbox
        self._heartbeat = heartbeat
        self._client_id = f"spikewatch-{config.site}-{outbox.bed}"
        self._root = f"spikewatch/v1/{config.site}/{outbox.bed}"
        self._known_version = ""
        self._spoke_5 = False
        self._connections = 0
        self._rival = RivalWatch(self._client_id, time.monotonic)
        self._in_flight: Pending | None = None
        self._state_in_flight = ""
        self._culprits = Culprits()
        self._unsettled: tuple[Pending, Receipt] | None = None
        self._stopping = asyncio.Event()

    @property
    def trouble(self) -> str:
        """Why there is no connection, or none that lasts; "" while there is one, and before the first try has ended."""
        return self._rival.suspicion or self._trouble

    def stop(self) -> None:
        """End `run` once what is ready is sent and "stopped" is published."""
        self._stopping.set()
        self._outbox.wake()

    async def run(self) -> None:
        """Serve until `stop`."""
        loop, backoff = asyncio.get_running_loop(), Backoff(*RECONNECT_S)
        while not self._stopping.is_set():
            started_s, tries = loop.time(), self._connections
            # Also while the broker is away, so that the alarm of a full disk ends once it has room again.
            await self._settle()
            try:
                await self._connect_and_serve()
            except BrokerError as error:
                self._rival.ended(error.code, connected=self._connections > tries)
                # Logged only once it is an alarm: a connection that is back before the next look is none.
                self._trouble = explained(self._config.publish, error)
                await self._park_culprit(error)
            except ConfigError as error:
                self._trouble = str(error)
            if loop.time() - started_s > STEADY_S:
                backoff.reset()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), backoff.wait_s())

    async def _park_culprit(self, error: BrokerError) -> None:
        """Put aside the message that made the broker hang up: sent again, it would do so every time."""
        pending, self._in_flight = self._in_flight, None
        state, self._state_in_flight = self._state_in_flight, ""
        on_its_way = f"seq {pending.seq}" if pending else state
        if not on_its_way or not self._culprits.convicts(on_its_way, error.code):
            return
        receipt = Receipt(error.code, str(error))
        if pending:
            self._note_answer(pending, receipt)
            await self._settle()
        else:
            self._culprits.withhold(state)
            self._note_receipt(state, receipt)

    # ---- connecting ----

    async def _connect_and_serve(self) -> None:
        async with AsyncExitStack() as stack:
            connection = await self._connect(stack)
            self.version, self._trouble = connection.version, ""
            self._connections += 1
            _log.info("broker connected", bed=self._outbox.bed, mqtt=connection.version)
            self._outbox.renew()
            try:
                commands = listen(connection, self._outbox, self._root, self.guard, taken=self._config.publish.commands)
                await until_first(commands, self._beat(connection), self._publish(connection))
            finally:
                self.version = ""

    async def _connect(self, stack: AsyncExitStack) -> Connection:
        """Connect with the version that is configured; "auto": the one that last worked, else 5, else 3.1.1."""
        configured = self._config.publish.protocol
        known, self._known_version = self._known_version, ""
        versions = (known,) if known else ("5", "3.1.1") if configured == "auto" else (configured,)
        status = self._outbox.final_status("offline", LOST)
        will = Will(f"{self._root}/status", json.dumps(status))
        for version in versions[:-1]:
            try:
                return await self._open(stack, version, will)
            except BrokerError as error:
                # A broker that spoke MQTT 5 and is slow today must not be taken for a 3.1.1 one, which hides refusals.
                spoke_5 = self._spoke_5 or error.code > HUNG_UP
                if spoke_5 and error.code != UNSUPPORTED_VERSION:
                    raise
        return await self._open(stack, versions[-1], will)

    async def _open(self, stack: AsyncExitStack, version: str, will: Will) -> Connection:
        connection = await stack.enter_async_context(connected(self._config.publish, self._client_id, version, will))
        self._known_version = version
        self._spoke_5 = self._spoke_5 or version == "5"
        if self._config.publish.discovery:
            self._note_receipt("discovery", await announce(connection, self._config.site, self._outbox.bed))
        return connection

    # ---- serving: these three run together until one of them ends ----

    async def _beat(self, connection: Connection) -> None:
        while True:
            heartbeat = self._heartbeat(self._outbox.bed)
            if heartbeat is not None:
                await self._send(connection, heartbeat, retain=False)
            await asyncio.sleep(HEARTBEAT_S)
            # Messages that nothing announced are found here: a detector may be killed between commit and wake.
            await self._outbox.look_again()

    async def _publish(self, connection: Connection) -> None:
        """Publish states and journal as they come, until `stop`."""
        while True:
            for message in self._outbox.changed():
                await self._send_state(connection, message)
            more = await self._deliver_batch(connection)
            if self._stopping.is_set():
                final_status = self._outbox.final_status("stopped", "Spikewatch was stopped")
                await connection.publish(f"{self._root}/status", json.dumps(final_status), retain=True)
                return
            if not more:
                await self._outbox.news()

    async def _send_state(self, connection: Connection, message: Message) -> None:
        """Publish a state, unless it is one that makes the broker hang up."""
        topic = message.topic()
        if self._culprits.is_withheld(topic):
            return
        self._state_in_flight = topic
        if topic == STATUS:
            # Before it is sent: in MQTT 3.1.1 it may come back before the broker's answer.
            self.guard.published(json.dumps(message.payload()), comes_back=connection.brings_own)
        await self._send(connection, message, retain=True)
        self._state_in_flight = ""
        self._culprits.taken(topic)

    async def _send(self, connection: Connection, message: Message, *, retain: bool) -> None:
        receipt = await connection.publish(
            f"{self._root}/{message.topic()}", json.dumps(message.payload()), retain=retain
        )
        self._note_receipt(message.topic(), receipt)

    # ---- what is journalled ----

    async def _deliver_batch(self, connection: Connection) -> bool:
        """Publish the oldest messages; True if there may be more at once."""
        # Answers that could not be written come first: published again, each try would send the message anew.
        if not await self._settle():
            return False
        batch = self._outbox.pending(BATCH)
        for pending in batch:
            self._in_flight = pending
            receipt = await connection.publish(f"{self._root}/{pending.topic}", pending.payload, retain=pending.retain)
            self._in_flight = None
            self._culprits.taken(f"seq {pending.seq}")
            self._note_answer(pending, receipt)
            if not await self._settle():
                return False
        return len(batch) == BATCH

    def _note_answer(self, pending: Pending, receipt: Receipt) -> None:
        self._note_receipt(pending.topic, receipt)
        self._unsettled = pending, receipt

    async def _settle(self) -> bool:
        """Write the broker's answer down; False if the journal cannot be written, which its health reports."""
        if self._unsettled is None:
            return True
        pending, receipt = self._unsettled
        try:
            if receipt.code >= REFUSED:
                await self._outbox.park(pending, receipt.code, receipt.reason)
            else:
                await self._outbox.acknowledge(pending, receipt.code)
        except RecordError:
            return False
        self._unsettled = None
        return True

    def _note_receipt(self, topic: str, receipt: Receipt) -> None:
        if receipt.code < REFUSED:
            self.hearing.observe(topic, receipt.code)
            self.refused.pop(topic, None)
        elif topic not in self.refused:
            self.refused[topic] = f"{receipt.reason} (0x{receipt.code:02x})"
            _log.error("broker refused a message", bed=self._outbox.bed, topic=topic, reason=self.refused[topic])
