"""One bed for each stream: whoever binds a stream claims it, and another bed of the same run is refused it."""

import hashlib
import os
import socket
import struct
from dataclasses import replace
from typing import Final

from stream.acquire.identity import described
from stream.config.keys import Config
from stream.records import Source

_PEER: Final = struct.Struct("3i")


class Claims:
    """The stream that this process has claimed, until it ends.

    A claim is an abstract socket's name, which the kernel frees with its process. It is not of the uid: a sender that
    is restarted must not be another bed's.
    """

    def __init__(self, config: Config) -> None:
        self._run = f"{config.journal.path.resolve()}\0{config.site}"
        self._held: dict[str, socket.socket] = {}

    def claim(self, source: Source) -> str:
        """Claim a stream; return why it cannot be had, "" if it is this process's."""
        # The description and not the name alone: what could be told apart in [bed.acquire] is two streams.
        identity = repr(replace(source, uid=""))
        digest = hashlib.sha256(f"{self._run}\0{identity}".encode()).hexdigest()[:32]
        if digest in self._held:
            return ""
        name = f"\0spikewatch-{digest}"
        taken = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            taken.bind(name)
            taken.listen()
        except OSError:
            taken.close()
            return (
                f"{described(source)} is followed for another bed already{_holder(name)}; "
                "give each bed keys in [bed.acquire] that fit its own stream alone"
            )
        self._held[digest] = taken
        return ""


def _holder(name: str) -> str:
    """Name the process that has a claim."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.setblocking(False)
        try:
            asking.connect(name)
            process, _, _ = _PEER.unpack(asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        except OSError:
            return ""
    return "" if process == os.getpid() else f" (by process {process})"
