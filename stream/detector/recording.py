"""One recording as the detector follows it: the sample log, bound to a pipeline, read exactly once."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from models.errors import MontageError
from stream.detector.binding import Binding
from stream.detector.findings import Findings
from stream.errors import InputError
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogReader
from stream.pipeline import Due, Outcome, Pipeline
from stream.records import Coverage, Hop
from stream.wallclock import utc_of

ROUND_S = 2.0
"""The most of one bed in one round: no backlog keeps the other beds waiting."""
WARM_UP_S = 90.0
"""After a restart this much is conditioned again, so that filters and sleep epochs stand as they stood."""
MEMORY_S = 4.0
"""Windows this far back are scored again, so that the event former stands as it stood."""


@dataclass(frozen=True, slots=True)
class Timed:
    """What is due, and when it had been conditioned and framed."""

    due: Due
    conditioned_s: float
    framed_s: float


class Recording:
    """Lasts as long as the bed's stream stays the same; begins where the journal says that the last one stopped.

    A stream whose labels make no group, or whose unit is unknown, has no pipeline: `unusable` says why, and its
    samples are rejected as they come.
    """

    def __init__(self, reader: SampleLogReader, binding: Binding, journal: Journal) -> None:
        bed = binding.bed.id
        self.binding = binding
        self.ordinal = _open(journal, bed, reader)
        self.committed = journal.cursor(bed, self.ordinal)
        self.findings = Findings(binding, self.ordinal)
        self.unusable = ""
        self._reader = reader
        self._pipeline: Pipeline | None = None
        try:
            self._pipeline = binding.pipeline(self.committed)
        except (MontageError, InputError) as error:
            self.unusable = str(error)
        warm_up = round(WARM_UP_S * reader.source.rate_hz)
        self._position = min(self.committed, max(reader.tail, self.committed - warm_up))

    @property
    def pipeline(self) -> Pipeline:
        """The stages; only of a recording that is usable."""
        assert self._pipeline is not None, self.unusable  # noqa: S101  (an unusable recording is never collected)
        return self._pipeline

    @property
    def pending(self) -> int:
        """Samples that came and are not in the journal."""
        return self._reader.head - self.committed

    @property
    def exhausted(self) -> bool:
        """True once another recording has begun and this one is read to its end."""
        return self._reader.superseded and (bool(self.unusable) or self._position >= self._reader.head)

    def collect(self) -> Iterator[Timed]:
        """Read, condition and frame what has come, ROUND_S at the most."""
        if self.unusable:
            return
        for record in self._reader.read(self._position, round(ROUND_S * self._reader.source.rate_hz)):
            conditioned = self.pipeline.conditioned(record)
            conditioned_s = time.monotonic()
            dues = self.pipeline.framed(conditioned)
            framed_s = time.monotonic()
            self._position = record.end
            yield from (Timed(due, conditioned_s, framed_s) for due in dues)

    def is_news(self, hop: Hop) -> bool:
        """Tell whether the network must see the hop."""
        return self.pipeline.is_news(hop, MEMORY_S)

    def remainder(self) -> Outcome:
        """Give every sample that is left its fate: the recording is over, or nothing can be made of it."""
        head = self._reader.head
        if not self.unusable:
            return self.pipeline.finish(head)
        pieces = (Coverage(self.committed, head, "rejected", "unusable"),) if head > self.committed else ()
        return Outcome(head, pieces)


def _open(journal: Journal, bed: str, reader: SampleLogReader) -> int:
    newest, rate_hz = reader.newest, reader.source.rate_hz
    # A gap has no LSL time of its own: it ends when it is noticed.
    newest_lsl_s = newest.arrival_s if math.isnan(newest.lsl_s) else newest.lsl_s
    elapsed_s = (newest.end - 1) / rate_hz
    first_lsl_s, began = newest_lsl_s - elapsed_s, utc_of(newest.arrival_s - elapsed_s)
    return journal.open_recording(bed, reader.recording, reader.source, began, first_lsl_s, began.timestamp())
