"""Who is answered, and what a browser may do with an answer.

A `Host` that is not of this page is refused: a foreign site that has its name resolve to this machine (DNS rebinding)
would otherwise read the page through a visitor.
"""

import ipaddress
import socket
from email.utils import formatdate
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_FORBIDDEN: Final = PlainTextResponse("403: this page is not served under that host name\n", status_code=403)


class Guard:
    """Answers requests that name this host, and adds to every answer what a browser may do with it."""

    def __init__(self, app: ASGIApp, names: frozenset[str], *, any_address: bool) -> None:
        self._app = app
        self._names = names
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = SECURITY | {"date": formatdate(usegmt=True)}
                encoded = [(name.encode(), value.encode()) for name, value in added.items()]
                message["headers"] = [*message["headers"], *encoded]
            await send(message)

        app = self._app if self._knows(Request(scope).headers.get("host", "")) else _FORBIDDEN
        await app(scope, receive, send_secured)

    def _knows(self, host: str) -> bool:
        """Return whether a `Host` header names this page."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        # An address cannot be rebound to another host, a name can.
        return name in self._names or (self._any_address and _address(name) is not None)


def known_hosts(host: str) -> frozenset[str]:
    """Return the names a browser may use; a page on every address answers to this machine's name, too."""
    own = {socket.gethostname().lower()} if is_wildcard(host) else set()
    return frozenset({"127.0.0.1", "::1", "localhost", host.lower()} | own)


def is_wildcard(host: str) -> bool:
    """Report whether a page at this host is served on every address."""
    address = _address(host)
    return address is not None and address.is_unspecified


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
