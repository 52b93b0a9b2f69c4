"""A page whose one bed sends noise of the size of an EEG from as many electrodes as are asked for."""

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from stream.config.keys import Bed, Config, JournalFile, Web
from stream.demo.place import HOST, RING_SUFFIXES
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Source
from stream.supervise.page import Page

BED: Final = "bed-1"
RATE_HZ: Final = 512.0
BEFORE_S: Final = 60.0
CHUNK_S: Final = 0.02
# Named as in the 10-10 system: only how many there are counts here.
LABELS: Final = tuple(
    f"{row}{column}"
    for columns in (("3", "z", "4"), ("7", "8", "1", "2", "5", "6"), ("9", "10"))
    for row in ("F", "C", "P", "FC", "CP", "FT", "TP", "AF", "T", "PO", "O")
    for column in columns
)
_STATE: Final[dict[str, Any]] = {
    "status": {"state": "online"}, "alarms": [], "info": {}, "latency": {"budget_ms": 250.0, "stages_ms": {}},
    "sleep": {}, "ied_rate": {}, "data_age_s": 0.0, "detecting": True, "reason": "", "events": [], "samples": {},
    "groups": {}, "channels": {},
}  # fmt: skip


@contextmanager
def served(channels: int, port: int) -> Iterator[str]:
    """Serve such a page on a thread; return its address."""
    with tempfile.TemporaryDirectory() as name:
        journal = JournalFile(path=Path(name) / "j.db")
        config = Config(bed=[Bed(id=BED)], journal=journal, web=Web(host=HOST, port=port))
        path, ended = ring_path(config, BED), threading.Event()
        log = SampleLogWriter.create(path, source(channels), 2 * BEFORE_S)
        thread = threading.Thread(target=lambda: asyncio.run(_serve(config, log, ended)))
        thread.start()
        try:
            yield f"http://{HOST}:{port}/#{BED}"
        finally:
            ended.set()
            thread.join()
            log.close()
            for suffix in RING_SUFFIXES:
                path.with_suffix(suffix).unlink(missing_ok=True)


def source(channels: int) -> Source:
    """Return a stream of so many electrodes."""
    labels = LABELS[:channels]
    units, types = ("uV",) * channels, ("EEG",) * channels
    return Source("amplifier", "EEG", "a", "h", "u", RATE_HZ, "float32", labels, units, types)


async def _serve(config: Config, log: SampleLogWriter, ended: threading.Event) -> None:
    draw, channels = np.random.default_rng(0), len(log.source.labels)
    page = Page(config, lambda: {"site": "bench", "version": "", "beds": {BED: _STATE}, "mqtt": {"outbox": 0}})
    running = asyncio.create_task(page.run())
    began_s = time.monotonic() - BEFORE_S
    while not ended.is_set():
        due = round((time.monotonic() - began_s) * RATE_HZ) - log.head
        samples = draw.normal(scale=30.0, size=(channels, due)).astype(np.float32)
        log.append(samples, time.monotonic(), time.monotonic())
        await asyncio.sleep(CHUNK_S)
    await page.stop()
    with suppress(asyncio.CancelledError):
        await running
