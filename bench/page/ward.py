"""A ward of sixteen beds that somebody looks at: how often its numbers come, how many bytes, and the server's time."""

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.page.frames import SCREEN, WATCH
from bench.page.site import RATE_HZ, source
from stream.config.keys import Bed, Config, JournalFile, Web
from stream.demo.place import HOST, RING_SUFFIXES
from stream.logbook.journal import Journal
from stream.logbook.parent_journal import ParentJournal
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Detection, SleepState
from stream.schema.journalled import Model
from stream.schema.outgoing import IedContext, ied_outgoing, sleep_outgoing
from stream.supervise.bed_status import BedStatus
from stream.supervise.initial_reports import unknown_detect, unknown_link
from stream.supervise.page import Page
from stream.supervise.page_state import PageState

BEDS: Final = 16
IEDS: Final = 120
"""Of each bed in the hour before."""
CHUNK_S: Final = 0.05
SETTLE_S: Final = 3.0
STAGES: Final = ("acquire", "condition", "frame", "infer", "merge")
# What comes to the browser.
COUNT: Final = """() => {
    performance.setResourceTimingBufferSize(100000);
    performance.clearResourceTimings();
    Object.assign(seen, { messages: 0, bytes: 0, from: performance.now() });
}"""
READ: Final = """() => ({
    seconds: (performance.now() - seen.from) / 1000, messages: seen.messages, bytes: seen.bytes,
    whole: performance.getEntriesByType("resource").filter((one) => one.name.includes("state.json"))
        .map((one) => one.transferSize),
})"""


@dataclass
class Ward:
    """Beds that are well, with an hour of events behind them; served on a thread whose time is read."""

    folder: Path
    port: int
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Write the journal and begin the sample logs."""
        names = [f"bed-{number}" for number in range(1, BEDS + 1)]
        self.config = Config(
            bed=[Bed(id=name) for name in names],
            journal=JournalFile(path=self.folder / "j.db"),
            web=Web(host=HOST, port=self.port),
        )
        self.logs = [SampleLogWriter.create(ring_path(self.config, name), source(21), 10.0) for name in names]
        with closing(Journal(self.config.journal.path)) as journal:
            for name in names:
                journal.post(name, _hour(name))

    def beds(self, journal: ParentJournal) -> dict[str, BedStatus]:
        """Return the status of each bed, before its first report."""
        return {bed.id: BedStatus(self.config, bed.id, journal, lambda _message: None) for bed in self.config.bed}

    def feed(self) -> None:
        """Send noise to every bed, by the clock."""
        draw, began_s = np.random.default_rng(0), time.monotonic()
        while not self.ended.wait(CHUNK_S):
            now_s = time.monotonic()
            for log in self.logs:
                due = round((now_s - began_s) * RATE_HZ) - log.head
                log.append(draw.normal(scale=30.0, size=(21, due)).astype(np.float32), now_s, now_s)

    async def serve(self) -> None:
        """Serve, and report of every bed once a second."""
        with closing(Journal(self.config.journal.path)) as file:
            # Rung at each message for a publisher, which is not there.
            bell = os.eventfd(0, os.EFD_NONBLOCK)
            journal = ParentJournal(file, bell)
            beds = self.beds(journal)
            state = PageState(self.config, beds, lambda: {"connected": True, "outbox": journal.outbox_size()})
            page = Page(self.config, state.snapshot, None, state.rejected, state.numbers)
            running = asyncio.create_task(page.run())
            while not self.ended.is_set():
                for bed in beds.values():
                    report(bed)
                await asyncio.sleep(1.0)
            await page.stop()
            await running
            await journal.flush(1.0)
            journal.stop()
            os.close(bell)

    def close(self) -> None:
        """Delete the sample logs."""
        for log in self.logs:
            log.close()
            for suffix in RING_SUFFIXES:
                log.path.with_suffix(suffix).unlink(missing_ok=True)


def ward(browser: Any, port: int, seconds: float) -> dict[str, Any]:  # noqa: ANN401
    """Let nobody look, one visitor as without the numbers, and one with them; return the figures of each."""
    with _served(port) as serving:
        return {
            "beds": BEDS,
            "ieds_of_the_last_hour": BEDS * IEDS,
            "nobody": {"server_ms_per_s": _server_ms(serving, seconds)},
            "whole_state_alone": _looked_at(browser, port, serving, seconds, numbers=False),
            "with_numbers": _looked_at(browser, port, serving, seconds, numbers=True),
        }


@contextmanager
def _served(port: int) -> Iterator[int]:
    """Serve a ward; yield the clock of the serving thread."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        made = Ward(Path(folder), port)
        stack.callback(made.close)
        threads = [threading.Thread(target=work) for work in (lambda: asyncio.run(made.serve()), made.feed)]
        for thread in threads:
            stack.callback(thread.join)
            thread.start()
        stack.callback(made.ended.set)
        time.sleep(SETTLE_S)
        identity = threads[0].ident
        assert identity is not None  # noqa: S101  (it was started)
        yield time.pthread_getcpuclockid(identity)


def _server_ms(serving: int, seconds: float) -> float:
    """Return the milliseconds of a processor that the serving thread takes in a second."""
    began = time.clock_gettime(serving), time.monotonic()
    time.sleep(seconds)
    spent = time.clock_gettime(serving) - began[0], time.monotonic() - began[1]
    return round(1000 * spent[0] / spent[1], 1)


def _looked_at(browser: Any, port: int, serving: int, seconds: float, *, numbers: bool) -> dict[str, Any]:  # noqa: ANN401
    page = browser.new_page(viewport=SCREEN)
    page.add_init_script(WATCH)
    if not numbers:
        page.route_web_socket("**/numbers", lambda socket: socket.close())
    page.goto(f"http://{HOST}:{port}/")
    page.locator(".bed:visible").nth(BEDS - 1).wait_for()
    page.wait_for_timeout(1000 * SETTLE_S)
    page.evaluate(COUNT)
    server_ms = _server_ms(serving, seconds)
    seen = page.evaluate(READ)
    page.close()
    return {
        "numbers_per_s": round(seen["messages"] / seen["seconds"], 1),
        "whole_states_per_s": round(len(seen["whole"]) / seen["seconds"], 1),
        "bytes_per_s": {
            "numbers": round(seen["bytes"] / seen["seconds"]),
            "whole_states": round(sum(seen["whole"]) / seen["seconds"]),
        },
        "server_ms_per_s": server_ms,
    }


def report(bed: BedStatus) -> None:
    """Report that a bed is well."""
    now_s = time.monotonic()
    bed.on_report(replace(unknown_link(bed.bed), state="streaming", rate_hz=RATE_HZ, newest_arrival_s=now_s))
    latency_s = dict.fromkeys((*STAGES, "journal", "total"), [0.01] * 8)
    analysed = {"analysed": round(RATE_HZ)}
    report = replace(unknown_detect(bed.bed), latency_s=latency_s, samples=analysed, scored_s={"left": now_s})
    bed.on_report(report)


def _hour(bed: str) -> list[Any]:
    """Return the messages of an hour: events evenly spread, and a sleep stage every half minute."""
    now = datetime.now(UTC)
    context = IedContext(
        "bench", 1, Model(name="sc-small", sha256="0" * 64), "cpu", now, "N2", dict.fromkeys(STAGES, 1.0)
    )
    events = [
        ied_outgoing(
            Detection(bed, 512 * k, 0.0, 512 * k, -0.05, 0.1, "left", "F7-T3", ("F7-T3",), 0.9, 0.5, 80.0, "negative"),
            replace(context, utc=now - timedelta(hours=(IEDS - k) / IEDS)),
        )
        for k in range(IEDS)
    ]
    stages = [
        sleep_outgoing(SleepState(bed, "N2", {"N2": 0.9}, 7680 * k, 0.0, True, 30.0 * k), "bench", 1, "ab", now, now)
        for k in range(120)
    ]
    return [*events, *stages]
