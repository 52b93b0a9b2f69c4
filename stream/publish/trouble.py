"""Why there is no connection to the broker, in a line that names the broker and what to do; and who may be at fault."""

import math
from collections.abc import Callable
from typing import Final

from stream.config.publish_keys import Publish
from stream.publish.mqtt import BrokerError

HUNG_UP: Final = 0x80
"""What paho makes of a connection that the broker closed without a reason."""
BAD_PASSWORD: Final = 0x86
NOT_AUTHORIZED: Final = 0x87
TAKEN_OVER: Final = 0x8E
RIVAL_S: Final = 60.0
"""So long after a session was taken the alarm stays: two programs take it by turns, and each has it for a second."""
FEWEST_HANG_UPS: Final = 3
WITHIN_S: Final = 300.0

_AWAY: Final = "start the broker, or mend publish.host and publish.port"
_CA: Final = "mend publish.ca_file"
_BY_WORDS: Final = {
    "Hostname mismatch": "its certificate does not name this host; set publish.host to a name that it has",
    "IP address mismatch": "its certificate does not name this address; set publish.host to a name that it has",
    "certificate has expired": "its certificate has expired; renew the broker's certificate",
    "self-signed certificate": f"nobody known signed its certificate; {_CA}",
    "self signed certificate": f"nobody known signed its certificate; {_CA}",
    "unable to get local issuer": f"nobody known signed its certificate; {_CA}",
    "certificate required": "it asks for a certificate; set publish.certificate_file and publish.key_file",
    "unknown ca": "it does not know who signed Spikewatch's certificate; mend publish.certificate_file",
    "Connection refused": f"nothing listens there; {_AWAY}",
    "timed out": f"no answer in time; {_AWAY}",
    "unreachable": f"the network does not lead there; {_AWAY}",
    "No route to host": f"the network does not lead there; {_AWAY}",
    "Name or service not known": "no host has that name; mend publish.host",
    "name resolution": "the host's name cannot be looked up at present; mend publish.host or the name service",
}
_NO_TLS: Final = "it does not speak TLS at this port; mend publish.port, or set publish.tls = false"
_HANDSHAKE: Final = ("WRONG_VERSION_NUMBER", "record layer failure", "reset by peer", "EOF occurred")
"""How a handshake ends with a broker that takes it for a damaged message: OpenSSL's words, or a hang-up."""
_PASSWORD: Final = "mend publish.username and publish.password_file (or SPIKEWATCH_PUBLISH__PASSWORD)"  # noqa: S105
_BY_CODE: Final = {
    HUNG_UP: "the broker ended the connection; its log says why",
    BAD_PASSWORD: f"the broker does not take the user name or the password; {_PASSWORD}",
    NOT_AUTHORIZED: f"the broker does not let this user in, or the password is wrong; {_PASSWORD}",
}


def explained(broker: Publish, error: BrokerError) -> str:
    """Return one line: which broker, what is wrong, what to do."""
    words = str(error)
    if broker.tls and any(ending in words for ending in _HANDSHAKE):
        return f"broker {broker.host}:{broker.port}: {_NO_TLS}"
    found = _BY_CODE.get(error.code) or next((line for words, line in _BY_WORDS.items() if words in str(error)), "")
    return f"broker {broker.host}:{broker.port}: {found or f'{error}; {_AWAY}'}"


class RivalWatch:
    """Notices that another program connects with the same client id.

    An MQTT 5 broker may say so (0x8E). Others only hang up, and take the next connection at once; a broker that is
    restarted does not.

    Parameters
    ----------
    client_id
        of the bed's connection
    clock
        returns monotonic seconds
    """

    def __init__(self, client_id: str, clock: Callable[[], float]) -> None:
        self._client_id = client_id
        self._clock = clock
        self._hang_ups: list[float] = []
        self._until_s = -math.inf
        self._said = False

    def ended(self, code: int, *, connected: bool) -> None:
        """Count a connection that ended with a reason code; `connected`: it had been made."""
        now_s = self._clock()
        if code == TAKEN_OVER:
            self._said, self._until_s = True, now_s + RIVAL_S
        elif connected and code == HUNG_UP:
            self._hang_ups = [*(at_s for at_s in self._hang_ups if now_s - at_s < WITHIN_S), now_s]
            if len(self._hang_ups) >= FEWEST_HANG_UPS:
                self._said, self._until_s = False, now_s + RIVAL_S
        else:
            # One failed try means that the broker was away, which explains the hang-ups before it.
            self._hang_ups.clear()

    @property
    def suspicion(self) -> str:
        """Say that a rival took the session of late, "" if none did."""
        if self._clock() >= self._until_s:
            return ""
        what = "another program has taken this session (0x8E)" if self._said else "the broker hangs up again and again"
        return (
            f'{what}: is a second program connected as "{self._client_id}"? Stop it, or give one of the two another '
            "site in config.toml"
        )
