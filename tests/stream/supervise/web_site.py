"""A page with three beds, the first with a stream that is fed in real time, and a browser's view of it."""

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from stream.config.keys import Bed, Config, JournalFile, Web
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Source
from stream.supervise.page import Page
from tests.ports import free_port

RATE_HZ: Final = 256.0
LABELS: Final = ("Fp1", "F7", "T3", "T5", "O1")
WIDE: Final = {"width": 1366, "height": 768}
CHROMIUM: Final = shutil.which("chromium")
QUIET: Final = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
                "disable-component-update", "disable-sync")  # fmt: skip
SPIKE_S: Final = 2.0
"""Before the newest sample that the page finds."""
STATE: Final[dict[str, Any]] = {
    "status": {"state": "online", "reason": "", "alarms": {}}, "alarms": [], "info": {},
    "latency": {"budget_ms": 250.0, "budget_misses": 0, "stages_ms": {}}, "sleep": {}, "ied_rate": {},
    "data_age_s": 0.0, "detecting": True, "reason": "", "events": [], "samples": {}, "groups": {},
}  # fmt: skip


class Served(Protocol):
    """What is served at a port."""

    port: int


class Site:
    """A page with three beds, of which the first has a stream; `beds` is what it says of them."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        names = ("bed-1", "bed-2", "bed-3")
        beds = [Bed(id=name) for name in names]
        self.config = Config(bed=beds, journal=JournalFile(path=folder / "j.sqlite"), web=Web(port=self.port))
        source = Source("a", "EEG", "a", "h", "u", RATE_HZ, "float32", LABELS, ("uV",) * 5, ("EEG",) * 5)
        self.log = SampleLogWriter.create(ring_path(self.config, "bed-1"), source, 120.0)
        self.beds = {name: deepcopy(STATE) for name in names}
        self.ended = threading.Event()
        self._feed(20.0)
        # A discharge of 400 uV in T3, and the event that it made.
        sample = self.log.head - round(SPIKE_S * RATE_HZ)
        self.beds["bed-1"]["events"] = [
            {"sample": sample, "group": "left-temporal", "probability": 0.97, "peak_channel": "T3-T5", "id": "e",
             "utc": "2026-01-01T00:00:00Z", "amplitude_uv": 400.0, "sleep_stage": "N2", "latency_ms": {"total": 180.0}}
        ]  # fmt: skip

    def _feed(self, seconds: float) -> None:
        samples = np.random.default_rng(0).normal(scale=8, size=(5, round(seconds * RATE_HZ))).astype(np.float32)
        now_s = time.monotonic()
        self.log.append(samples, now_s, now_s)

    def snapshot(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {"site": "ward", "version": "0", "beds": self.beds, "mqtt": {"connected": True, "outbox": 0}}

    async def serve(self) -> None:
        """Serve until ended, a twentieth of a second of samples at a time."""
        page = Page(self.config, self.snapshot)
        running = asyncio.create_task(page.run())
        while not self.ended.is_set():
            self._feed(0.05)
            await asyncio.sleep(0.05)
        await page.stop()
        await running


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
