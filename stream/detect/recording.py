"""One recording as the detector follows it: the sample log, bound to a pipeline, read exactly once."""

import math
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np

from models.errors import MontageError
from stream.detect.binding import Binding
from stream.detect.messages import HopMessages
from stream.errors import InputError
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogReader
from stream.pipeline import Due, Outcome, Pipeline
from stream.records import Chunk, Coverage, Gap, Hop
from stream.wallclock import utc_of

READ_S = 0.5
"""The most that is read and conditioned of one bed while the others wait."""
WARM_UP_S = 90.0
"""After a restart this much is conditioned again, so that filters and sleep epochs stand as they stood."""
MEMORY_S = 4.0
"""Windows this far back are scored again, so that the event former stands as it stood.

A network that is carried along sees what warms it up before that.
"""


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
        self.findings = HopMessages(binding, self.ordinal)
        self.unusable = ""
        self._reader = reader
        self._waiting: deque[Timed] = deque()
        manifest, infer = binding.detector.manifest, binding.detector.infer
        self._memory_s = MEMORY_S + infer.warm_up_samples / manifest.rate_hz
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
        read = bool(self.unusable) or (not self._waiting and self._position >= self._reader.head)
        return read and self._reader.superseded

    def collect(self) -> list[Timed]:
        """Give what is due up to and with the next hop that the network must see: one bed's turn.

        Of what the network need not see, as much as was read at once. Chunks of a hop whose end has not come yet are
        left in the log: worked on alone, each would cost as much as all of them together.
        """
        while not self._waiting and self._is_worth_reading():
            self._read()
        turn: list[Timed] = []
        while self._waiting:
            turn.append(self._waiting.popleft())
            if self.needs_inference(turn[-1].due):
                break
        return turn

    def needs_inference(self, due: Due) -> TypeGuard[Hop]:
        """Tell whether the network must see what is due: a hop that is new, or warms up what is carried of the bed."""
        return isinstance(due, Hop) and self.pipeline.needs_inference(due, self._memory_s)

    def _is_worth_reading(self) -> bool:
        """Tell whether a whole hop is there, or the last samples of a recording that is over."""
        head = self._reader.head
        if self.unusable or head <= self._position:
            return False
        return head >= self.pipeline.due or self._reader.superseded

    def _read(self) -> None:
        """Read, condition and frame what has come, READ_S at the most; the chunks of one hop in one go."""
        held: list[Chunk] = []
        for record in self._reader.read(self._position, round(READ_S * self._reader.source.rate_hz)):
            if isinstance(record, Gap):
                self._push_held(held)
                self._push(record)
            else:
                held.append(record)
                if record.end >= self.pipeline.due:
                    self._push_held(held)
        self._push_held(held)

    def _push_held(self, held: list[Chunk]) -> None:
        if held:
            self._push(joined(held))
            held.clear()

    def _push(self, record: Chunk | Gap) -> None:
        conditioned = self.pipeline.conditioned(record)
        conditioned_s = time.monotonic()
        dues = self.pipeline.framed(conditioned)
        framed_s = time.monotonic()
        self._position = record.end
        self._waiting.extend(Timed(due, conditioned_s, framed_s) for due in dues)

    def remainder(self) -> Outcome:
        """Give every sample that is left its fate: the recording is over, or nothing can be made of it."""
        head = self._reader.head
        if not self.unusable:
            return self.pipeline.finish(head)
        pieces = (Coverage(self.committed, head, "rejected", "unusable"),) if head > self.committed else ()
        return Outcome(head, pieces)


def joined(chunks: list[Chunk]) -> Chunk:
    """Make one chunk of several that follow each other; its times are those of the newest sample."""
    if len(chunks) == 1:
        return chunks[0]
    samples = np.concatenate([chunk.samples for chunk in chunks], axis=1)
    valid = np.concatenate([chunk.valid for chunk in chunks], axis=1)
    return replace(chunks[-1], first=chunks[0].first, samples=samples, valid=valid)


def _open(journal: Journal, bed: str, reader: SampleLogReader) -> int:
    newest, rate_hz = reader.newest, reader.source.rate_hz
    # A gap has no LSL time of its own: it ends when it is noticed.
    newest_lsl_s = newest.arrival_s if math.isnan(newest.lsl_s) else newest.lsl_s
    elapsed_s = (newest.end - 1) / rate_hz
    first_lsl_s, began = newest_lsl_s - elapsed_s, utc_of(newest.arrival_s - elapsed_s)
    return journal.open_recording(bed, reader.recording, reader.source, began, first_lsl_s, began.timestamp())
