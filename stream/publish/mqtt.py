"""publish: messages to an MQTT broker, and the broker's answers. The only code that knows MQTT.

With MQTT 5 the broker answers for every message whether it took it; in 3.1.1 a refusal looks like a success.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiomqtt import Client, MqttCodeError, MqttError, ProtocolVersion
from aiomqtt import Will as MqttWill
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from stream.config.publish_keys import Publish
from stream.publish.tls import tls_context

# No matching subscribers: the message counts as taken.
UNHEARD = 0x10
CONNECT_TIMEOUT_S = 3.0
PUBACK_TIMEOUT_S = 5.0
# paho itself does not always notice a connection that broke half-way; so short a keepalive and our own time limit do.
KEEPALIVE_S = 5
# More waiting commands than this are dropped: sending more of them does not make an answer come sooner.
COMMANDS_WAITING = 16
# aiomqtt warns of every connection that broke; BrokerError carries the same reason, once.
_mqtt_log = logging.getLogger("spikewatch.mqtt")
_mqtt_log.setLevel(logging.ERROR)
_VERSIONS = {"5": ProtocolVersion.V5, "3.1.1": ProtocolVersion.V311}


class BrokerError(Exception):
    """The broker was not reached, hung up or did not answer; `code` is the MQTT reason it gave, 0 for none."""

    def __init__(self, error: MqttError) -> None:
        cause = error.__cause__ or error
        reason = getattr(cause, "rc", None)
        self.code = reason.value if isinstance(reason, ReasonCode) else 0
        super().__init__(str(cause))


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, when the connection breaks."""

    topic: str
    payload: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The broker's answer to one message: an MQTT reason code, 0x80 and above for a refusal, and its name."""

    code: int
    reason: str


class Connection:
    """A connection that sends at once and returns what the broker answered."""

    def __init__(self, client: Client, version: str) -> None:
        self.version = version
        self._client = client
        # aiomqtt would let the event loop go round twice before it sends, and does not hand the broker's answer on.
        self._paho = client._client
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[Receipt] = self._loop.create_future()
        self._properties = _json_properties() if version == "5" else None
        self._paho.on_publish = self._on_answer
        self._paho.on_socket_register_write = self._write_soon

    @property
    def brings_own(self) -> bool:
        """Whether one's own messages come back from a topic that one watches: MQTT 3.1.1 cannot leave them out."""
        return self.version != "5"

    async def publish(self, topic: str, payload: str, *, retain: bool) -> Receipt:
        """Send one message and wait for its acknowledgement, after those before it.

        Raises
        ------
        MqttError
            if none came in time, or the connection was lost
        """
        async with self._turn:
            self._answer = self._loop.create_future()
            sent = self._paho.publish(topic, payload, qos=1, retain=retain, properties=self._properties)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise MqttCodeError(sent.rc, "Could not publish message")
            self._write()
            try:
                async with asyncio.timeout(PUBACK_TIMEOUT_S):
                    return await self._answer
            except TimeoutError:
                raise MqttError("Operation timed out") from None

    async def subscribe(self, topic: str) -> None:
        """Subscribe to a topic."""
        await self._client.subscribe(topic, qos=1)

    async def watch(self, topic: str) -> None:
        """Subscribe to what others write to a topic of one's own; in MQTT 3.1.1 one's own messages come as well."""
        if self.brings_own:
            await self.subscribe(topic)
            return
        # What is retained there from before this connection is overwritten in any case.
        others = SubscribeOptions(qos=1, noLocal=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        await self._client.subscribe(topic, options=others)

    async def received(self) -> AsyncIterator[tuple[str, bytes]]:
        """Yield topic and payload of what comes, and raise MqttError when the connection is lost."""
        async for message in self._client.messages:
            yield message.topic.value, bytes(message.payload)

    def _on_answer(self, _client: PahoClient, _data: Any, _id: int, code: ReasonCode, _more: Properties) -> None:  # noqa: ANN401
        if not self._answer.done():
            self._answer.set_result(Receipt(code.value, str(code)))

    def _write(self) -> None:
        """Write to the socket what waits; what it does not take now is written when it can."""
        self._paho.loop_write()
        open_socket = self._paho.socket()
        if open_socket is not None and self._paho.want_write():
            self._loop.add_writer(open_socket, self._paho.loop_write)

    def _write_soon(self, *_: object) -> None:
        self._loop.call_soon(self._write)


def _json_properties() -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "application/json"
    properties.PayloadFormatIndicator = 1
    return properties


def _disconnection(client: Client) -> MqttError | None:
    """Return why the broker ended the connection, if it did: what failed first may only be a message after that."""
    ended = client._disconnected
    error = ended.exception() if ended.done() and not ended.cancelled() else None
    return error if isinstance(error, MqttError) else None


@asynccontextmanager
async def connected(broker: Publish, client_id: str, version: str, will: Will) -> AsyncIterator[Connection]:
    """Connect for the length of a block; left by an exception, the connection is dropped.

    Raises
    ------
    BrokerError
        for whatever goes wrong with the broker, in here or in the block
    ConfigError
        if the password file or a file of TLS cannot be read
    """
    context = tls_context(broker)
    client = Client(
        broker.host,
        broker.port,
        username=broker.username or None,
        password=broker.secret() or None,
        identifier=client_id,
        protocol=_VERSIONS[version],
        will=MqttWill(will.topic, will.payload, qos=1, retain=True),
        timeout=CONNECT_TIMEOUT_S,
        keepalive=KEEPALIVE_S,
        logger=_mqtt_log,
        max_queued_incoming_messages=COMMANDS_WAITING,
        tls_context=context,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    )
    client._client.connect_timeout = CONNECT_TIMEOUT_S
    try:
        async with client:
            try:
                yield Connection(client, version)
            except BaseException:
                # Without a DISCONNECT, so that the broker sends the last will.
                client._client._sock_close()
                raise
    except MqttError as error:
        alert = MqttError(context.alert) if context and context.alert else None
        raise BrokerError(alert or _disconnection(client) or error) from error
    finally:
        # aiomqtt leaves the socket open when the handshake was not answered in time.
        client._client.disconnect()
