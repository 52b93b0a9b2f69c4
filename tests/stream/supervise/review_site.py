"""A page with a night of three foci to review, served on a thread of its own."""

import asyncio
import contextlib
import os
import threading
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import SecretStr

from stream.config.keys import Bed, Config, JournalFile, Web
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import JournalReader
from stream.logbook.parent_journal import ParentJournal
from stream.logbook.snippets import Snippet, Snippets
from stream.logbook.withheld import Withheld
from stream.review.bed_review import BedReview, post
from stream.supervise.page import Page
from tests.ports import free_port
from tests.stream.review import three_foci
from tests.stream.supervise.web_site import STATE


class ReviewSite:
    """Two beds, of which bed-1 has a night that began five hours ago; `posted_fd` is what the publisher waits for."""

    def __init__(self, folder: Path, *, tokens: str = "") -> None:
        self.port = free_port()
        self.path = folder / "events.db"
        self.began = datetime.now(UTC) - timedelta(hours=5)
        three_foci.fill(self.path, began=self.began)
        web = Web(port=self.port, token=SecretStr(""), token_file=tokens)
        self.config = Config(bed=[Bed(id="bed-1"), Bed(id="bed-2")], journal=JournalFile(path=self.path), web=web)
        self.posted_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.file = Journal(self.path)
        self._journal = ParentJournal(self.file, self.posted_fd)
        self.state: dict[str, Any] = {"site": "ward", "version": "0", "beds": {"bed-1": deepcopy(STATE)}, "mqtt": {}}
        # Made here, not on the thread: who asks at once is then answered later, and not refused.
        self._page = Page(self.config, lambda: self.state, self._journal)
        self._running = threading.Event()
        self._before = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread.start()
        self._running.wait()

    def withhold(self, *probabilities: float) -> None:
        """Journal something like the largest focus for each probability, which was not called."""
        withheld = [
            Withheld(
                f"w{number}",
                self.began + timedelta(minutes=number),
                {
                    "id": f"w{number}", "utc": (self.began + timedelta(minutes=number)).isoformat(), "sample": number,
                    "probability": probability, "threshold": 0.5, "group": "left", "peak_channel": "F7-T7",
                    "lead_channel": "F7-T7", "amplitude_uv": 40.0, "sleep_stage": "N2", "cluster": "1-1",
                    "reasons": {},
                },
            )
            for number, probability in enumerate(probabilities)
        ]  # fmt: skip
        self.file.commit("bed-1", 1, self.file.cursor("bed-1", 1), withheld=withheld)

    def keep_snippet(self, event: str) -> None:
        """Keep a snippet of an event, with a gap in it."""
        samples = np.random.default_rng(0).normal(size=(3, 512)).astype(np.float32)
        samples[:, 300:364] = np.nan
        file = Snippets(self.path)
        file.keep(event, Snippet(("Fp1", "F7", "ECG"), 256.0, samples))
        file.close()

    def stop(self) -> None:
        """End the page and close the journal."""
        asyncio.run_coroutine_threadsafe(self._page.stop(), self._loop).result()
        self._thread.join()
        self._journal.stop()
        self.file.close()
        os.close(self.posted_fd)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running.set()
        await self._page.run()

    def forget(self) -> None:
        """Take back, each in its reviewer's name, all that stands."""
        reader = JournalReader(self.path)
        known = BedReview(reader, "bed-1", self.began)
        reader.close()
        undone = {one["target"] for one in known.reviews if one["verdict"] == "undo"}
        for one in known.reviews:
            if one["verdict"] != "undo" and one["id"] not in undone:
                post(self.file, known.review(one["id"], "undo", one["reviewer"]))
        self._before = self.file.last_seq("bed-1")
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.posted_fd)

    def reviews(self) -> list[dict[str, Any]]:
        """Return the reviews in the journal since `forget`, as another process reads it."""
        reader = JournalReader(self.path)
        found = [one for one in reader.events("bed-1", self.began, "review") if one["seq"] > self._before]
        reader.close()
        return found
