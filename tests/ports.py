"""TCP ports for tests that run beside each other, in several workers of pytest or several runs of it."""

import atexit
import os
import socket
from itertools import count
from typing import Final

# Above the range of LSL (16572 to 16603); below 32768, from where Linux takes the ports of outgoing connections: a port
# of that range that is free now may be some client's a moment later, before the program under test listens on it.
FIRST: Final = 20_000
PORTS: Final = 12_000

_numbers = count(os.getpid() * 61)  # workers start at places apart, so that they seldom try each other's ports
_claims: list[socket.socket] = []


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody uses and that no other test is given."""
    while True:
        port = FIRST + next(_numbers) % PORTS
        if _is_claimed(port) and _is_free(port):
            return port


def _is_claimed(port: int) -> bool:
    """Claim a number: its UDP port is held until this process ends, however it ends, and hinders no TCP server."""
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind(("127.0.0.1", port))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@atexit.register
def _release() -> None:
    # Else each is a ResourceWarning at exit, which is an error here.
    for claim in _claims:
        claim.close()
