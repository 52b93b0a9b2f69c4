"""Question: are samples and messages still contiguous, and dated to 10 ms, after three weeks without a pause?

Method: twenty-one days of one sender in compressed time, through the clock model and the journal that run live and the
publisher to a real mosquitto. 2,560 Hz, so that sample numbers pass 2^31 and 2^32; the sender's crystal and clock run
50 ppm fast, arrivals jitter by milliseconds, stamps by one; its clock is set three times (0.3 s ahead, 2 s back, an
hour ahead), which the comparison of clocks shows up to 5 s later. Chunks are 10 s long, and 0.1 s from five minutes
before each step to five minutes after. Every 25 s an event is journalled with the analysed samples up to it, then all
are published. "error" is the modelled time of a chunk's newest sample less its true one.
Command: python -m bench.days [--days 21] [--events 72000] [--json bench/results/days.json]
"""

import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.command_line import command_line
from bench.latency.listener import Listener, listening
from bench.latency.place import MOSQUITTO
from bench.machine import publish
from stream.acquire.clock import ClockModel
from stream.config.keys import Bed, Config
from stream.config.publish_keys import Publish
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.parent_journal import ParentJournal
from stream.publish.publisher import Publisher
from stream.records import Coverage, Source

RATE_HZ: Final = 2560
DAY_S: Final = 86_400
DRIFT: Final = 50e-6
STEPS_S: Final = (0.3, -2.0, 3600.0)
COMPARED_EVERY_S: Final = 5.0
LONG_S: Final = 10.0
SHORT_S: Final = 0.1
AROUND_S: Final = 300.0
JITTER_S: Final = 0.002
STAMP_JITTER_S: Final = 0.001
LIMIT_S: Final = 0.010
COMMIT: Final = 100
BED: Final = "bed-1"
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
Arrived = tuple[int, float, float, float, float]
"""A chunk: its samples, the newest one's stamp on this host's clock as far as it is known, its arrival, the truth, and
what was added to the stamp."""


@dataclass(slots=True)
class Errors:
    """How far off the modelled times were."""

    chunks: int = 0
    missing: int = 0
    largest_s: float = 0.0
    beyond_s: float = 0.0

    def add(self, error_s: float, length_s: float, *, missing: int) -> None:
        """Count one chunk."""
        self.chunks += 1
        self.missing += missing
        self.largest_s = max(self.largest_s, abs(error_s))
        self.beyond_s += length_s if abs(error_s) > LIMIT_S else 0.0


def chunks(days: float, seed: int = 1) -> Iterator[Arrived]:
    """Yield what a sender of 50 ppm sends in so many days, its clock being set three times."""
    draw = random.Random(seed)  # noqa: S311  (a seed, no secret)
    ends_s = days * DAY_S
    # Just after the clocks were compared, so that the step is not known for as long as it can be.
    steps = [(ends_s * (k + 1) / (len(STEPS_S) + 1) + 0.25, step_s) for k, step_s in enumerate(STEPS_S)]
    number, held_s, compared_s, offset_s = 0, 0.0, -COMPARED_EVERY_S, 0.0
    while number < ends_s * RATE_HZ * (1 + DRIFT):
        true_s = number / (RATE_HZ * (1 + DRIFT))
        near = any(abs(true_s - at_s) < AROUND_S for at_s, _ in steps) or true_s < AROUND_S
        length = round((SHORT_S if near else LONG_S) * RATE_HZ)
        number += length
        true_s = (number - 1) / (RATE_HZ * (1 + DRIFT))
        set_s = sum(step_s for at_s, step_s in steps if true_s >= at_s)
        own_s = true_s * (1 + DRIFT) + set_s
        if true_s - compared_s >= COMPARED_EVERY_S:
            compared_s, offset_s = true_s, true_s - own_s
        # In order, as TCP delivers.
        held_s = max(held_s, true_s + draw.expovariate(1 / JITTER_S))
        yield length, own_s + offset_s + draw.gauss(0, STAMP_JITTER_S), held_s, true_s, offset_s


def followed(days: float, seen: Callable[[int, float], None]) -> tuple[Errors, int, int]:
    """Follow a sender; `seen` is called with each chunk's last sample and its modelled time.

    Returns
    -------
    Errors, int, int
        what was off, how many samples there were, and how often the sender's clock was seen to be set
    """
    model, errors, total = ClockModel(RATE_HZ, 0), Errors(), 0
    for length, stamp_s, arrival_s, true_s, offset_s in chunks(days):
        reading = model.observe(length, stamp_s, arrival_s, offset_s)
        total += length
        errors.add(reading.lsl_s - true_s, length / RATE_HZ, missing=reading.missing)
        seen(total, reading.lsl_s)
    return errors, total, model.clock_steps


@dataclass(slots=True)
class Written:
    """Journals an event at even distances, each batch with the samples that were analysed up to it."""

    journal: Journal
    recording: int
    every_s: float
    waiting: list[Outgoing] = field(default_factory=list)
    count: int = 0
    cursor: int = 0

    def see(self, total: int, lsl_s: float) -> None:
        """Journal the events that are due by now."""
        while self.count * self.every_s < lsl_s:
            self.count += 1
            utc = BEGAN + timedelta(seconds=lsl_s)
            payload = {"id": f"{self.count}", "seq": 0, "sample": total - 1, "utc": utc.isoformat()}
            self.waiting.append(Outgoing(f"{self.count}", "ied", "event/ied", payload, False, utc))
        if len(self.waiting) >= COMMIT:
            self.flush(total)

    def flush(self, total: int) -> None:
        """Write what waits."""
        covered = [Coverage(self.cursor, total, "analysed", "")] if total > self.cursor else []
        self.journal.commit(BED, self.recording, total, covered, self.waiting)
        self.waiting, self.cursor = [], total


def _source() -> Source:
    return Source("amp", "EEG", "amp-1", "host", "u1", float(RATE_HZ), "float32", ("Fp1",), ("uV",), ("EEG",))


def journalled(journal: Journal, days: float, events: int) -> dict[str, Any]:
    """Follow a sender and journal it; return the figures."""
    recording = journal.open_recording(BED, "u1", _source(), BEGAN, 0.0, BEGAN.timestamp())
    written = Written(journal, recording, days * DAY_S / events)
    errors, total, steps = followed(days, written.see)
    written.flush(total)
    return {
        "samples": total,
        "past_2_32": total > 2**32,
        "chunks": errors.chunks,
        "missing": errors.missing,
        "steps_seen": steps,
        "largest_error_ms": round(1e3 * errors.largest_s, 2),
        "seconds_beyond_10_ms": round(errors.beyond_s, 1),
        "accounted": sum(journal.accounting(BED, recording).values()),
        "events": written.count,
    }


async def delivered(journal: Journal, port: int, events: int, listener: Listener) -> float:
    """Publish all that is journalled; return how long it took."""
    config = Config(site="days", bed=[Bed(id=BED)], publish=Publish.model_validate({"port": port}))
    wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
    parent = ParentJournal(journal, wake_fd)
    publisher = Publisher(config, parent, lambda _bed: None, wake_fd)
    running, began_s = asyncio.create_task(publisher.run()), time.monotonic()
    while len(listener.on("event/ied")) < events and not running.done():  # noqa: ASYNC110 - another thread receives
        await asyncio.sleep(1.0)
    took_s = time.monotonic() - began_s
    publisher.stop()
    with suppress(asyncio.CancelledError):
        await running
    parent.stop()
    os.close(wake_fd)
    return took_s


def main() -> None:
    """Run and print; exit code 1 if anything is missing, doubled, dated wrongly or not told."""
    parser = command_line("bench.days", __doc__)
    parser.add_argument("--days", type=float, default=21.0)
    parser.add_argument("--events", type=int, default=72_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "days.db")
        found = journalled(journal, options.days, options.events)
        found |= _published(journal, Path(folder), found["events"])
        journal.close()
    passed = (
        found["missing"] == found["lost"] == found["doubled"] == 0
        and found["accounted"] == found["samples"]
        and found["in_order"]
        and found["steps_seen"] == len(STEPS_S)
        and found["seconds_beyond_10_ms"] == 0
    )
    publish("days", {"days": options.days, **found, "passed": passed}, options.json)
    sys.exit(not passed)


def _published(journal: Journal, folder: Path, events: int) -> dict[str, Any]:
    port = _free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nuser root\nallow_anonymous true\nlog_type error\nmax_queued_messages 0\n",
        encoding="utf-8",
    )
    broker = subprocess.Popen([str(MOSQUITTO), "-c", str(settings)])
    try:
        time.sleep(1.0)
        with listening("127.0.0.1", port, "spikewatch/#") as listener:
            took_s = asyncio.run(delivered(journal, port, events, listener))
            numbers = [message.payload["seq"] for message in listener.on("event/ied")]
    finally:
        broker.terminate()
        broker.wait()
    return {
        "published": len(numbers),
        "lost": events - len(set(numbers)),
        "doubled": len(numbers) - len(set(numbers)),
        "in_order": numbers == sorted(numbers),
        "messages_a_second": round(len(numbers) / took_s),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


if __name__ == "__main__":
    main()
