"""One connection to a fleet, over which one question at a time is asked and answered by a deadline, or given up."""

import socket
import time
from http.client import HTTPConnection, HTTPException
from typing import Final, Protocol
from urllib.parse import urlsplit

from models.engines.engine import Answers, Floats
from models.zoo.manifest import Manifest
from stream.fleet import wire
from stream.printable import printable

LONGEST_ANSWER: Final = 1 << 20
"""Bytes; that of 60 windows with two spans is below 2 kB."""
LONGEST_NAME: Final = 64


class FleetError(Exception):
    """The fleet gave no usable answer; the text says why, in words that stay the same while the reason does."""


class FleetLateError(FleetError):
    """No answer came by the deadline."""


class Link(Protocol):
    """Asks a fleet."""

    def ask(self, windows: Floats, deadline_s: float) -> tuple[Answers, str]:
        """Return the scores of windows, and the name of the engine that gave them.

        Raises
        ------
        FleetError
            if there is no usable answer by then
        """
        ...


class HttpLink:
    """Asks over HTTP, as Ray Serve listens; the connection is kept, and made anew after any trouble.

    `together` is how many windows, of this host and others, the newest answer was scored with.

    Parameters
    ----------
    url
        like "http://fleet.ward.example:8100"
    manifest
        the model that is asked
    """

    def __init__(self, url: str, manifest: Manifest) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._path = wire.path_of(manifest)
        self._open: HTTPConnection | None = None
        self.together = 0

    def ask(self, windows: Floats, deadline_s: float) -> tuple[Answers, str]:
        """Ask once; see Link."""
        due_s = time.monotonic() + deadline_s
        try:
            body, engine = self._post(wire.request_of(windows), due_s)
            return wire.answers_of(body, len(windows)), printable(engine)[:LONGEST_NAME]
        except TimeoutError:
            self.close()
            raise FleetLateError(f"no answer within {1e3 * deadline_s:g} ms") from None
        except (OSError, HTTPException, ValueError) as problem:
            self.close()
            raise FleetError(printable(str(problem) or type(problem).__name__)) from None
        except FleetError:
            self.close()
            raise

    def _post(self, body: bytes, due_s: float) -> tuple[bytes, str]:
        connection = self._connected(due_s)
        connection.request("POST", self._path, body)
        self._until(connection, due_s)
        answer = connection.getresponse()
        if answer.status != 200:
            raise FleetError(_refusal(answer.status))
        found = b""
        while piece := answer.read1(1 << 16):
            found += piece
            if len(found) > LONGEST_ANSWER:
                raise FleetError("an answer that does not end")
            # The time limit holds for the whole answer, not for each piece of it.
            if answer.length:
                self._until(connection, due_s)
        # `read1` does not see the end by itself, and the connection would take no other request.
        answer.close()
        self.together = int(answer.getheader(wire.TOGETHER, "0"))
        return found, answer.getheader(wire.ENGINE, "")

    def _connected(self, due_s: float) -> HTTPConnection:
        if self._open is None:
            self._open = HTTPConnection(self._host, self._port, timeout=_left_s(due_s))
            self._open.connect()
            # Without this the last piece of a request waits for the receipt of the one before, 40 ms.
            self._open.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._until(self._open, due_s)
        return self._open

    def _until(self, connection: HTTPConnection, due_s: float) -> None:
        # The library drops its socket where the fleet ends the connection with its answer: nothing waits there then.
        if connection.sock is not None:
            connection.sock.settimeout(_left_s(due_s))

    def close(self) -> None:
        """End the connection; the next question makes another."""
        # A late answer would be taken for that to the next question.
        if self._open is not None:
            self._open.close()
            self._open = None


def _left_s(due_s: float) -> float:
    left_s = due_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def _refusal(status: int) -> str:
    if status == 404:
        return "it does not have this model"
    return "it has too much to do" if status == 503 else f"it answers with HTTP status {status}"
