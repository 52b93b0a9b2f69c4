"""A page with three beds, the first with a stream that is fed in real time, and a browser's view of it."""

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from stream.config.keys import Bed, Config, JournalFile, Web
from stream.logbook.journal import Journal
from stream.logbook.ring import lock_path
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Source
from stream.supervise.page import Page
from stream.supervise.rejected_spans import RejectedSpan
from tests.ports import free_port

RATE_HZ: Final = 256.0
LABELS: Final = ("Fp1", "F7", "T3", "T5", "O1")
WIDE: Final = {"width": 1366, "height": 768}
CHROMIUM: Final = shutil.which("chromium")
QUIET: Final = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
                "disable-component-update", "disable-sync")  # fmt: skip
SPIKE_S: Final = 2.0
"""Before the newest sample that the page finds."""
MARKED: Final = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('marks.json'))"
STATE: Final[dict[str, Any]] = {
    "status": {"state": "online", "reason": "", "alarms": {}}, "alarms": [], "info": {},
    "latency": {"budget_ms": 250.0, "budget_misses": 0, "stages_ms": {}}, "sleep": {}, "ied_rate": {},
    "data_age_s": 0.0, "detecting": True, "reason": "", "events": [], "samples": {}, "groups": {}, "channels": {},
}  # fmt: skip
NUMBERS: Final = ("status", "alarms", "sleep", "ied_rate", "data_age_s", "detecting", "reason")


class Served(Protocol):
    """What is served at a port."""

    port: int


class Site:
    """A page with some beds, of which the first has a stream; `beds` is what it says of them."""

    def __init__(self, folder: Path, beds: int = 3) -> None:
        self.port = free_port()
        names = [f"bed-{number}" for number in range(1, beds + 1)]
        journal = JournalFile(path=folder / "j.sqlite")
        self.config = Config(bed=[Bed(id=name) for name in names], journal=journal, web=Web(port=self.port))
        source = Source("a", "EEG", "a", "h", "u", RATE_HZ, "float32", LABELS, ("uV",) * 5, ("EEG",) * 5)
        self.log = SampleLogWriter.create(ring_path(self.config, "bed-1"), source, 120.0)
        # Without it nobody knows which events are of this recording.
        file, now = Journal(journal.path), datetime.now(UTC)
        self.recording = file.open_recording("bed-1", self.log.recording, source, now, 0.0, now.timestamp())
        file.close()
        self.beds = {name: deepcopy(STATE) for name in names}
        self.ended = threading.Event()
        self.rejected: list[RejectedSpan] = []
        self._spike = np.zeros(0, np.float32)
        self.told_s = 0.0
        self.looks = 0
        self._feed(20.0)
        # An event that is in the past when the page is opened.
        sample = self.log.head - round(SPIKE_S * RATE_HZ)
        self.beds["bed-1"]["events"] = [
            {"sample": sample, "group": "left-temporal", "probability": 0.97, "peak_channel": "T3-T5", "id": "e",
             "utc": "2026-01-01T00:00:00Z", "amplitude_uv": 400.0, "sleep_stage": "N2", "latency_ms": {"total": 180.0},
             "cluster": f"{self.recording}-1"}
        ]  # fmt: skip

    def _feed(self, seconds: float) -> None:
        samples = np.random.default_rng(0).normal(scale=8, size=(5, round(seconds * RATE_HZ))).astype(np.float32)
        now_s, spike = time.monotonic(), self._spike[: samples.shape[1]]
        samples[2, : len(spike)] += spike
        self.log.append(samples, now_s, now_s)
        self._spike = self._spike[len(spike) :]

    async def plant(self) -> None:
        """Send a spike of 400 uV in T3, then its event, as the detector would; note when that was told."""
        wave = np.interp(np.arange(18), (0, 9, 18), (0, 400, 0)).astype(np.float32)
        sample, self._spike = self.log.head + 9, wave
        # Sent with the next two pieces.
        await asyncio.sleep(0.2)
        event = self.beds["bed-1"]["events"][-1] | {"id": f"e{sample}", "sample": sample}
        self.beds["bed-1"]["events"] = [event, *self.beds["bed-1"]["events"]]
        self.told_s = time.monotonic()

    def snapshot(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {"site": "ward", "version": "0", "beds": self.beds, "mqtt": {"connected": True, "outbox": 0}}

    def numbers(self) -> dict[str, dict[str, Any]]:
        """Return what of it is told ten times a second."""
        self.looks += 1
        return {bed: {name: of[name] for name in NUMBERS} for bed, of in self.beds.items()}

    async def serve(self) -> None:
        """Serve until ended; samples come about twenty times a second."""
        self.loop = asyncio.get_running_loop()
        page = Page(self.config, self.snapshot, None, lambda _bed: self.rejected, self.numbers)
        running = asyncio.create_task(page.run())
        began_s = time.monotonic() - self.log.head / RATE_HZ
        while not self.ended.is_set():
            # By the clock: on a busy host a pause is longer than it was asked to be.
            self._feed(time.monotonic() - began_s - self.log.head / RATE_HZ)
            await asyncio.sleep(0.05)
        await page.stop()
        await running


@contextlib.contextmanager
def running(site: Site) -> Iterator[Site]:
    """Serve a site on a thread."""
    thread = threading.Thread(target=lambda: asyncio.run(site.serve()))
    thread.start()
    try:
        yield site
    finally:
        site.ended.set()
        thread.join()
        site.log.close()
        site.log.path.unlink()
        lock_path(site.log.path).unlink()


@contextlib.contextmanager
def shown(browser: Any, site: Served, place: str = "", **settings: Any) -> Iterator[Any]:  # noqa: ANN401
    """Open the page; at the end, nothing was asked of another host and no script failed."""
    settings = {"viewport": WIDE} | settings
    context = browser.new_context(**settings)
    page = context.new_page()
    asked: list[str] = []
    failed: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(f"http://127.0.0.1:{site.port}/{place}")
    try:
        yield page
    finally:
        context.close()
    assert asked
    assert all(url.startswith(f"http://127.0.0.1:{site.port}/") for url in asked)
    assert failed == []


def settings_of(page: Any) -> str:  # noqa: ANN401
    """Return the line above the traces once there are some, and what is marked on them is known."""
    line = page.locator("[data-field=settings]:visible")
    line.filter(has_text="mm/s").wait_for(timeout=20_000)
    # Asked for beside the traces, and on a busy host answered after them; a test's own limit ends it.
    while not page.evaluate(MARKED):
        page.wait_for_timeout(10)
    found: str = line.inner_text()
    return found


def press(page: Any, *keys: str) -> None:  # noqa: ANN401
    """Press one key after the other; each is drawn before the next, as the page draws with the screen's next frame."""
    for key in keys:
        page.keyboard.press(key)
        page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))")
