"""Who may see the live page: tokens from a file or the environment, exchanged for a cookie.

Without a token the page is for this machine alone, and every user of this machine may do everything.
"""

import hmac
import math
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from stream.config.keys import Web, is_loopback
from stream.errors import ConfigError

Role = Literal["view", "review", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
COOKIE: Final = "spikewatch"
SHORTEST_TOKEN: Final = 22
"""Characters: 128 bits in base64, six bits each."""
MOST_FAILURES: Final = 10
FAILURES_WITHIN_S: Final = 60.0
SESSION_S: Final = 12 * 3600.0
MOST_SESSIONS: Final = 1000
MOST_ADDRESSES: Final = 1000
"""Addresses whose failures are remembered: bounded, because a whole network may be guessing."""
OVER: Final = (1008, "the session is over; open /login.html")
"""How a WebSocket is closed when the cookie that opened it has expired."""


@dataclass(frozen=True, slots=True)
class _Session:
    role: Role
    ends_s: float


@dataclass(slots=True)
class Access:
    """The tokens of each role and the sessions that were opened with them; `clock` returns monotonic seconds."""

    tokens: dict[Role, str]
    clock: Callable[[], float] = time.monotonic
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _failures_s: dict[str, deque[float]] = field(default_factory=dict)

    def role(self, visitor: HTTPConnection) -> Role | None:
        """Return what a visitor may do at most, None without a token of this site."""
        if not self.tokens:
            return "admin"
        session = self._sessions.get(visitor.cookies.get(COOKIE, ""))
        if session is not None:
            return session.role if self.clock() < session.ends_s else None
        # Programs send the token itself with each request.
        kind, _, token = visitor.headers.get("authorization", "").partition(" ")
        return self._role_of(token, _address(visitor)) if kind.lower() == "bearer" else None

    def may(self, visitor: HTTPConnection, needed: Role) -> bool:
        """Check whether a visitor may do what takes a role."""
        role = self.role(visitor)
        return role is not None and ROLES.index(role) >= ROLES.index(needed)

    def ends_s(self, visitor: HTTPConnection) -> float:
        """Return when a visitor's session ends, by `clock`; infinity for a visitor who sent the token itself."""
        session = self._sessions.get(visitor.cookies.get(COOKIE, ""))
        return session.ends_s if session is not None else math.inf

    def left_s(self, visitor: HTTPConnection) -> float | None:
        """Return how long a visitor's session holds yet; None for who has none, and so no end of it."""
        ends_s = self.ends_s(visitor)
        return None if math.isinf(ends_s) else ends_s - self.clock()

    def open_session(self, token: str, address: str) -> str | None:
        """Return the cookie that stands for a token, None for a wrong token and for an address that is blocked."""
        role = self._role_of(token, address)
        if role is None:
            return None
        while len(self._sessions) >= MOST_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        cookie = secrets.token_urlsafe(32)
        self._sessions[cookie] = _Session(role, self.clock() + SESSION_S)
        return cookie

    async def login(self, request: Request) -> Response:
        """Exchange the form's token for a cookie that no script can read."""
        token = parse_qs((await request.body()).decode("utf-8", "replace")).get("token", [""])[0]
        address = _address(request)
        cookie = self.open_session(token, address)
        if cookie is None and self.is_blocked(address):
            return PlainTextResponse("429: too many wrong tokens; wait a minute\n", 429)
        if cookie is None:
            return PlainTextResponse("401: this is not a token of this site\n", 401)
        answer = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, cookie, int(SESSION_S), httponly=True, samesite="strict", secure=secure)
        return answer

    def is_blocked(self, address: str) -> bool:
        """Report whether so many wrong tokens came from an address of late that none of its tokens is looked at."""
        failures_s = self._failures_s.get(address)
        if failures_s is None or len(failures_s) < MOST_FAILURES:
            return False
        return self.clock() - failures_s[0] < FAILURES_WITHIN_S

    def _role_of(self, token: str, address: str) -> Role | None:
        # By address: guesses from one address do not keep visitors from another one out.
        if self.is_blocked(address):
            return None
        # Every token is compared whole: the time tells nothing about any of them.
        found = [role for role, known in self.tokens.items() if hmac.compare_digest(known.encode(), token.encode())]
        if not found:
            self._note_failure(address)
            return None
        return found[0]

    def _note_failure(self, address: str) -> None:
        # Taken out and put back, so that the address that failed longest ago is the first to be forgotten.
        failures_s = self._failures_s.pop(address, deque[float](maxlen=MOST_FAILURES))
        while len(self._failures_s) >= MOST_ADDRESSES:
            self._failures_s.pop(next(iter(self._failures_s)))
        failures_s.append(self.clock())
        self._failures_s[address] = failures_s


def _address(visitor: HTTPConnection) -> str:
    return visitor.client.host if visitor.client else ""


def access(web: Web) -> Access:
    """Read the tokens of a configuration.

    Raises
    ------
    ConfigError
        if the file cannot be read or says something else, a token is too short, or other machines reach the page and
        there is no token
    """
    given = web.token.get_secret_value()
    tokens: dict[Role, str] = {"admin": given} if given else {}
    if not given and web.token_file:
        tokens = _read(web.token_file)
    short = [role for role, token in tokens.items() if len(token) < SHORTEST_TOKEN]
    if short:
        raise ConfigError(
            f"the web token of {short[0]} is shorter than {SHORTEST_TOKEN} characters; "
            "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    if not tokens and not is_loopback(web.host):
        raise ConfigError(
            f'web.host = "{web.host}" lets other machines in, and there is no token; '
            'name a file with a line "view TOKEN" in web.token_file'
        )
    return Access(tokens)


def _read(name: str) -> dict[Role, str]:
    """Read lines of a role and its token."""
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f'web.token_file = "{name}" cannot be read; name a text file that this user may read'
        ) from error
    words = [line.split() for line in lines if line.strip()]
    tokens: dict[Role, str] = {role: line[1] for role in ROLES for line in words if len(line) == 2 and line[0] == role}
    # Two roles of one token, or a role twice, would open more than its writer meant.
    if not words or len(tokens) != len(words) or len(set(tokens.values())) != len(words):
        raise ConfigError(
            f'web.token_file = "{name}" takes lines of a role and a token of its own, like "view TOKEN"; '
            f"roles are {', '.join(ROLES)}"
        )
    return tokens
