"""A page of two beds, and how a visitor asks it."""

import asyncio
import http.client
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from pydantic import SecretStr

from stream.config.keys import Bed, Config, Web

TOKEN: Final = "a-token-of-forty-characters-for-the-tests"
BED: Final[dict[str, Any]] = {
    "status": {"state": "online", "reason": "", "alarms": {}}, "alarms": [], "info": {}, "latency": {}, "sleep": {},
    "ied_rate": {}, "data_age_s": 0.1, "detecting": True, "reason": "", "events": [], "samples": {}, "groups": {},
}  # fmt: skip

Answer = tuple[int, dict[str, str], str]
Served = Callable[..., AbstractAsyncContextManager[int]]


def configured(port: int, host: str = "127.0.0.1", *, allow_remote: bool = False) -> Config:
    """Configure a page at a port."""
    token = SecretStr(TOKEN if allow_remote else "")
    return Config(bed=[Bed(id="bed-1")], web=Web(port=port, host=host, allow_remote=allow_remote, token=token))


async def get(port: int, path: str, host: str = "localhost", method: str = "GET") -> Answer:
    """Ask as a browser would that thinks it talks to `host`."""

    def ask() -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, path, headers={"Host": host})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    return await asyncio.to_thread(ask)
