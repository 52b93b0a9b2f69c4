"""Delivery of all beds: every bed's journal and states to the broker, in order.

MQTT gives a connection one last will, and every bed's retained `status` needs its own: so each bed has a connection.
"""

import asyncio
import os
from collections.abc import Callable

from stream.config.keys import Config
from stream.logbook.parent_journal import ParentJournal
from stream.publish.bed_publisher import BedPublisher
from stream.publish.outbox import Outbox
from stream.publish.tls import tls_context
from stream.schema.payload import Message
from stream.schema.states import Heartbeat


class Publisher:
    """Publishes all beds of a configuration from the journal, and the states it is given.

    Parameters
    ----------
    heartbeat
        returns a bed's heartbeat when one is due, None to leave it out
    wake_fd
        an eventfd that is written to after a commit, by the detector and by the parent

    Raises
    ------
    ConfigError
        if the broker's password file or a file of TLS cannot be read
    """

    def __init__(
        self, config: Config, journal: ParentJournal, heartbeat: Callable[[str], Heartbeat | None], wake_fd: int
    ) -> None:
        # Read once before anything starts: a password or a certificate that is missing is no fault of the broker's.
        config.publish.secret()
        tls_context(config.publish)
        self._wake_fd = wake_fd
        self._outboxes = {bed.id: Outbox(bed.id, journal) for bed in config.bed}
        self.beds = {bed: BedPublisher(config, outbox, heartbeat) for bed, outbox in self._outboxes.items()}

    @property
    def mqtt_connected(self) -> bool:
        """Whether every bed has its connection."""
        return all(bed.version for bed in self.beds.values())

    def set_state(self, message: Message) -> None:
        """Publish a retained state (`Status`, `Info`, `Latency`, ...) now and after every reconnection."""
        self._outboxes[message.bed].set_state(message)

    def stop(self) -> None:
        """End `run` once what is ready is sent and "stopped" is published for every bed."""
        for bed in self.beds.values():
            bed.stop()

    async def run(self) -> None:
        """Serve all beds until `stop`."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._wake_fd, self._on_commit)
        try:
            async with asyncio.TaskGroup() as tasks:
                for bed in self.beds.values():
                    tasks.create_task(bed.run())
        finally:
            loop.remove_reader(self._wake_fd)

    def _on_commit(self) -> None:
        os.eventfd_read(self._wake_fd)
        # The eventfd does not name the bed that was committed; a look in vain costs one indexed query.
        for outbox in self._outboxes.values():
            outbox.wake()
