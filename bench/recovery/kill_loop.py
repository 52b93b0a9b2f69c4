"""100 events a second for 100 s, while publisher and broker are killed 24 times: is one of them lost?"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from bench.latency.listener import Listener, listening
from bench.machine import ROOT
from bench.ward import books
from bench.ward.live import Process, Ward, end, live, until
from stream.logbook.journal import Journal, Outgoing

SECONDS: Final = 100.0
EVENTS_PER_S: Final = 100
BATCH: Final = 5
KILLS: Final = {"publisher": 14, "broker": 10}
ALL_WITHIN_S: Final = 120.0
BROKER_AWAY_S: Final = 0.5
SEED: Final = 1


def event(number: int) -> Outgoing:
    """Return an event that looks like one in everything that delivery sees."""
    now = datetime.now(UTC)
    return Outgoing(f"e{number}", "ied", "event/ied", {"id": f"e{number}", "seq": 0}, retain=False, utc=now)


def plan(draw: random.Random) -> list[tuple[float, str]]:
    """Return when (s) which process is killed, in order."""
    names = [name for name, times in KILLS.items() for _ in range(times)]
    draw.shuffle(names)
    step_s = SECONDS / (len(names) + 1)
    return [((number + draw.uniform(0.6, 1.4)) * step_s, name) for number, name in enumerate(names)]


@dataclass(slots=True)
class Delivery:
    """A journal, its publisher in a process of its own, and a broker."""

    ward: Ward
    wake_fd: int
    publisher: Process | None = None
    done: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        """Start the publisher."""
        words = ["-m", "bench.recovery.publisher", str(self.ward.place.config_file), str(self.wake_fd)]
        with (self.ward.place.folder / "publisher.log").open("ab") as log:
            self.publisher = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.ward.place.environment,
                pass_fds=[self.wake_fd],
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """Kill one of the two, and start it again."""
        self.done[name] += 1
        if name == "publisher":
            end(self.publisher, signal.SIGKILL)
            self.start()
        else:
            end(self.ward.broker, signal.SIGKILL)
            time.sleep(BROKER_AWAY_S)
            self.ward.start_broker()


def feed(delivery: Delivery, journal: Journal, kills: list[tuple[float, str]]) -> int:
    """Journal events at their rate and kill as planned; return how many were journalled."""
    began_s, number, waiting = time.monotonic(), 0, list(kills)
    while (passed_s := time.monotonic() - began_s) < SECONDS:
        if waiting and passed_s >= waiting[0][0]:
            delivery.kill(waiting.pop(0)[1])
        # What was due while a process was killed is caught up with: the rate is that of the whole.
        while number < (time.monotonic() - began_s) * EVENTS_PER_S:
            journal.post(delivery.ward.beds[0], [event(number + one) for one in range(BATCH)])
            os.eventfd_write(delivery.wake_fd, 1)
            number += BATCH
        time.sleep(0.01)
    return number


def replay(delivery: Delivery, journal: Journal, listener: Listener) -> int:
    """Have what never came sent again, as a subscriber asks for it; return how many messages that were."""
    bed = delivery.ward.beds[0]
    # First all that the broker has not acknowledged yet is delivered.
    until(lambda: journal.outbox_size() == 0, ALL_WITHIN_S, "the publisher has delivered everything")
    time.sleep(1.0)
    gone = books.missing(delivery.ward, bed, listener)
    for seq in gone:
        journal.replay(bed, seq, seq)
    os.eventfd_write(delivery.wake_fd, 1)
    until(lambda: journal.outbox_size() == 0, ALL_WITHIN_S, "what was asked for again is delivered")
    time.sleep(1.0)
    return len(gone)


def kill_loop() -> dict[str, Any]:
    """Run and return what was lost, doubled and clashing."""
    with live(1) as ward:
        ward.start_broker()
        time.sleep(1.0)
        config = ward.place.config
        delivery = Delivery(ward, os.eventfd(0, os.EFD_NONBLOCK))
        journal = Journal(config.journal.path)
        try:
            with listening(config.publish.host, config.publish.port, f"spikewatch/v1/{config.site}/#") as listener:
                delivery.start()
                kills = plan(random.Random(SEED))  # noqa: S311  (a seed, no secret)
                journalled = feed(delivery, journal, kills)
                gone = replay(delivery, journal, listener)
                received = [message.payload["id"] for message in listener.on("event/ied")]
                return {
                    "seconds": SECONDS,
                    "kills": dict(delivery.done),
                    "journalled": journalled,
                    "acknowledged_and_never_received": gone,
                    "received_twice": len(received) - len(set(received)),
                    "lost": len(books.missing(ward, ward.beds[0], listener)),
                    "ids_clashing": books.clashes(listener, ward.beds[0]),
                }
        finally:
            end(delivery.publisher)
            journal.close()
            os.close(delivery.wake_fd)
