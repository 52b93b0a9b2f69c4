"""Asks a broker whether it would have us: one CONNECT by hand, its CONNACK, and goodbye.

A client library hides what the doctor is asked for: the version that the broker speaks, and its reason code.
"""

import socket
from dataclasses import dataclass
from typing import Literal

Version = Literal[5, 4]
"""The protocol level in a CONNECT: 5 is MQTT 5, 4 is MQTT 3.1.1."""

CLIENT_ID = b"spikewatch-doctor"
TIMEOUT_S = 3.0
CONNECT = 0x10
CONNACK = 0x20
GOODBYE = b"\xe0\x00"
CLEAN_START, HAS_PASSWORD, HAS_USERNAME = 0x02, 0x40, 0x80
KEEP_ALIVE_S = 10

REASONS = {
    0x01: "does not speak this version", 0x84: "does not speak this version",
    0x04: "wrong user name or password", 0x86: "wrong user name or password",
    0x05: "not authorised", 0x87: "not authorised",
    0x03: "not available", 0x88: "not available", 0x89: "busy",
    0x8A: "banned", 0x8C: "wants another authentication method",
}  # fmt: skip
"""MQTT 3.1.1 table 3.1 below 0x80, MQTT 5 table 3-1 above."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The reason code of a CONNACK; 0 is welcome."""

    code: int

    @property
    def reason(self) -> str:
        """Say it in words."""
        return REASONS.get(self.code, f"refused with reason code {self.code:#04x}")


def connect(host: str, port: int, level: Version, username: str = "", password: str = "") -> Answer | None:
    """Offer one protocol version; None where the broker hangs up or says something that is not MQTT.

    Raises
    ------
    OSError
        if nothing listens there, or it does not answer in time
    """
    with socket.create_connection((host, port), timeout=TIMEOUT_S) as link:
        link.sendall(packet(level, username, password))
        head = link.recv(4)
        if len(head) < 4 or head[0] != CONNACK:
            return None
        if head[3] == 0:
            link.sendall(GOODBYE)
        return Answer(head[3])


def packet(level: Version, username: str, password: str) -> bytes:
    """Write a CONNECT (MQTT 5, section 3.1)."""
    flags = CLEAN_START | (HAS_USERNAME if username else 0) | (HAS_PASSWORD if password else 0)
    no_properties = b"\x00" if level == 5 else b""
    body = _text(b"MQTT") + bytes([level, flags]) + KEEP_ALIVE_S.to_bytes(2, "big") + no_properties
    body += _text(CLIENT_ID)
    body += b"".join(_text(value.encode()) for value in (username, password) if value)
    return bytes([CONNECT]) + _length(len(body)) + body


def _text(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def _length(length: int) -> bytes:
    """Write a variable byte integer (MQTT 5, section 1.5.5)."""
    digits = bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (128 if length else 0))
        if not length:
            return bytes(digits)
