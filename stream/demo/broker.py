"""The demo's MQTT broker, for machines that have none: `python -m stream.demo.broker PORT`. The only user of amqtt.

It speaks 3.1.1 only, keeps nothing on disk and loses what is in flight when a client reconnects: enough to look at,
nothing to rely on. It prints {"listening": PORT} once it does.
"""

import asyncio
import json
import sys

from amqtt.broker import Broker
from amqtt.errors import BrokerError

HOST = "127.0.0.1"


async def serve(port: int) -> None:
    """Accept connections on the loopback interface until cancelled.

    Raises
    ------
    BrokerError
        if the port is in use
    """
    # Given in full: amqtt's own defaults also log events and publish $SYS topics every 20 s.
    anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listener = {"type": "tcp", "bind": f"{HOST}:{port}"}
    broker = Broker({"listeners": {"default": listener}, "plugins": anonymous})
    await broker.start()
    # Printed only now: the demo starts what connects to the broker when it reads this line.
    sys.stdout.write(json.dumps({"listening": port}) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    """Serve until SIGTERM."""
    port = int(sys.argv[1])
    try:
        asyncio.run(serve(port))
    except BrokerError as error:
        sys.exit(f"nothing can listen on {HOST}:{port}: {error}")


if __name__ == "__main__":
    main()
