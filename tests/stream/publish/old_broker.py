"""A real broker that knows MQTT 3.1.1 alone: amqtt, the demo's. It answers a message before it passes it on."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

PROGRAM: Final = """
import asyncio, sys
from amqtt.broker import Broker

async def main():
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    })
    await broker.start()
    print("running", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
PAHO_3_1_1: Final = 4
"""paho's number for that version."""


@contextmanager
def old_broker(port: int) -> Iterator[None]:
    """Run it on a port; the test is skipped without amqtt."""
    pytest.importorskip("amqtt", reason="amqtt comes with the demo extra")
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()
