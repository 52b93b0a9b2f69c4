"""Tells systemd that this service is ready, makes progress, or ends.

Source: sd_notify(3): datagrams of KEY=VALUE lines to the socket that NOTIFY_SOCKET names. So few lines need no library.
"""

import os
import socket
from collections.abc import Mapping
from typing import Self


class Notifier:
    """Sends states to a socket; without one, as on a terminal, it does nothing."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._progress = False
        self._ready = False

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the notifier for the socket that systemd names in the environment."""
        return cls(environment.get("NOTIFY_SOCKET", ""))

    def ready(self) -> None:
        """Report that the service has started: the detector has loaded its models and reports."""
        self._ready = True
        self._send("READY=1")

    def note_progress(self) -> None:
        """Note that a child process has reported: that is what the watchdog lives on."""
        self._progress = True

    def ping(self) -> None:
        """Feed the watchdog if a child has reported since the last time; called from the parent's own loop.

        A timer alone would feed it also where nothing is done any more: a parent that turns, but hears of no child,
        is to be killed and started again.
        """
        if self._progress and self._ready:
            self._progress = False
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Report that the service ends on purpose."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        # A leading @ stands for an abstract socket, whose name begins with a zero byte.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            try:
                out.connect(address)
                out.send(state.encode())
            except OSError:
                # A service manager that does not listen must not end what it manages; it kills what it does not hear.
                return
