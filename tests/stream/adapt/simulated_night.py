"""A simulated patient's recording as a file, and the events that a bed told of it, journalled as they are live."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import edfio
import numpy as np

from models.simulate import simulate
from stream.config.keys import Bed, Config, Infer, JournalFile
from stream.config.merge_keys import Merge
from stream.logbook.journal import Journal, Outgoing
from stream.review.bed_review import BedReview, post
from stream.score import score

BEGAN = datetime(2026, 3, 1, 22, 0, 0)
AHEAD_S = 0.43
"""The recorder's clock is ahead of the host's: EDF would not even tell."""
SECONDS = 70.0
SEED = 8


@dataclass(frozen=True, slots=True)
class Night:
    """The file, the configuration of its bed, and how many of its events were accepted and rejected."""

    recording: Path
    config: Config
    accepted: int
    rejected: int

    def review(self) -> BedReview:
        """Return what the journal holds."""
        journal = Journal(self.config.journal.path)
        try:
            return BedReview(journal, "bed-1", datetime(2000, 1, 1, tzinfo=UTC))
        finally:
            journal.close()


def night(folder: Path) -> Night:
    """Simulate, score, journal and review a recording."""
    made = simulate(SEED, SECONDS, ied_rate_per_min=40.0, minutes_per_stage=8.0)
    recording = folder / "night.edf"
    signals = [
        edfio.EdfSignal(row, made.rate_hz, label=label, physical_dimension="uV", physical_range=(-4000, 4000))
        for row, label in zip(np.clip(made.samples.astype(float), -3999, 3999), made.labels, strict=True)
    ]
    edf = edfio.Edf(signals, data_record_duration=1)
    edf.startdate, edf.starttime = BEGAN.date(), BEGAN.time()
    edf.write(recording)
    # So low that there are false ones too.
    bed = Bed(id="bed-1", merge=Merge(threshold=0.05))
    config = Config(bed=[bed], infer=Infer(sleep="off"), journal=JournalFile(path=folder / "events.db"))
    events = score(config, recording, 512, "bed-1")
    # A rule that a reviewer might have: whatever is large is rejected.
    large_uv = np.median([event["amplitude_uv"] for event in events])
    true = [bool(event["amplitude_uv"] < large_uv) for event in events]
    _write(config.journal.path, events, true)
    return Night(recording, config, sum(true), len(true) - sum(true))


def _write(path: Path, events: list[dict[str, Any]], true: list[bool]) -> None:
    began = BEGAN.astimezone() - timedelta(seconds=AHEAD_S)
    journal = Journal(path)
    for event in events:
        utc = began + timedelta(seconds=event["time_s"])
        told = {**event, "utc": utc.astimezone(UTC).isoformat()}
        journal.post("bed-1", [Outgoing(told["id"], "ied", "event/ied", told, retain=False, utc=utc)])
    known = BedReview(journal, "bed-1", datetime(2000, 1, 1, tzinfo=UTC))
    for event, is_true in zip(events, true, strict=True):
        post(journal, known.review(event["id"], "accept" if is_true else "reject", "ann"))
    journal.close()
