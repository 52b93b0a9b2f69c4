"""Who is answered, and what a browser may do with an answer.

Where the page has tokens, each visitor needs one. A request that a page of another origin makes is refused.

A `Host` that is not of this page is refused: a foreign site that has its name resolve to this machine (DNS rebinding)
would otherwise read the page through a visitor.
"""

import ipaddress
import socket
from email.utils import formatdate
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream.supervise.access import Access

SECURITY: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
OPEN: Final = ("/login", "/login.html", "/page.css", "/icon.svg", "/-/healthy")
"""What a visitor without a token may ask for."""
_STARTS: Final = ("http.response.start", "websocket.http.response.start")
LONGEST_BODY: Final = 64 * 1024
_NO_TOKEN: Final = PlainTextResponse("401: a token is needed; open /login.html\n", 401)
_TO_LOGIN: Final = RedirectResponse("/login.html", status_code=303)
_TOO_LONG: Final = PlainTextResponse(f"413: at most {LONGEST_BODY} bytes\n", 413)
_FORBIDDEN: Final = PlainTextResponse("403: this page is not served under that host name\n", status_code=403)


class Guard:
    """Answers requests, and WebSockets, that name this host, and adds to every answer what a browser may do with it."""

    def __init__(self, app: ASGIApp, names: frozenset[str], access: Access, *, any_address: bool) -> None:
        self._app = app
        self._access = access
        self._names = names
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""

        async def send_secured(message: Message) -> None:
            if message["type"] in _STARTS:
                added = SECURITY | {"date": formatdate(usegmt=True)}
                encoded = [(name.encode(), value.encode()) for name, value in added.items()]
                message["headers"] = [*message["headers"], *encoded]
            await send(message)

        app = self._refusal(HTTPConnection(scope)) or self._app
        await app(scope, receive, send_secured)

    def _refusal(self, visitor: HTTPConnection) -> Response | None:
        if not self._knows(visitor.headers.get("host", "")) or not _same_origin(visitor):
            return _FORBIDDEN
        # A body without a length could be of any length.
        length = visitor.headers.get("content-length", "0")
        if "transfer-encoding" in visitor.headers or not length.isdecimal() or int(length) > LONGEST_BODY:
            return _TOO_LONG
        if visitor.url.path in OPEN or self._access.may(visitor, "view"):
            return None
        return _TO_LOGIN if "text/html" in visitor.headers.get("accept", "") else _NO_TOKEN

    def _knows(self, host: str) -> bool:
        """Return whether a `Host` header names this page."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        # An address cannot be rebound to another host, a name can.
        return name in self._names or (self._any_address and _address(name) is not None)


def _same_origin(visitor: HTTPConnection) -> bool:
    """Check that no page of another origin asks; who is no browser names none."""
    origin = visitor.headers.get("origin")
    if origin is None:
        return True
    named: str = urlsplit(origin).netloc
    return named == str(visitor.headers.get("host", ""))


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
