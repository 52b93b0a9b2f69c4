"""One recording as the detector follows it: the sample log, bound to the stages, read exactly once."""

import time
from datetime import datetime

from models.detection.cap import Cap
from models.errors import ModelsError
from stream.analysis import Analysis, Due
from stream.config.merge_keys import OVER_CAP
from stream.detect.bed_montage import declared_away
from stream.detect.binding import Binding
from stream.detect.bridging import Bridging, bridging_at
from stream.detect.ladder import Step
from stream.detect.messages import HopMessages
from stream.detect.passing import Passing
from stream.detect.second_look import Looked, SecondLooks
from stream.errors import ConfigError, InputError
from stream.logbook.fates import began_utc, newest_anchor, open_recording
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogReader
from stream.logbook.timeline import Anchor
from stream.pipeline import Outcome
from stream.records import SOURCE_CHANGED, Chunk, Coverage, Gap, joined
from stream.schema.reports import ReadyReport

READ_S = 0.5
"""The most that is read and conditioned of one bed while the others wait."""
MOST_AN_HOUR = 12_000
"""Events are at least 0.3 s apart."""


class Recording:
    """Lasts as long as the bed's stream stays the same; begins where the journal says that the last one stopped.

    A stream of which nothing can be made, and one whose analysis failed, has no stages: `alarms` says why, and its
    samples are rejected as they come.
    """

    def __init__(self, reader: SampleLogReader, binding: Binding, journal: Journal) -> None:
        bed, began = binding.bed.id, began_utc(reader)
        self.ordinal = open_recording(journal, bed, reader)
        self.committed = journal.cursor(bed, self.ordinal)
        self.messages = HopMessages(binding, self.ordinal, journal.newest(bed, "sleep", 1), began)
        self.alarms: dict[str, str] = {}
        # As the journal has them: a bed may begin anew while the journal fails.
        self.clusters = journal.clusters(bed, self.ordinal)
        self._cap = _cap(binding, journal, reader, began)
        # The ring has forgotten the gap long ago when a detector is started again; the journal has not.
        before = journal.not_analysed(bed, self.ordinal)
        self.changed_at = min((piece.end for piece in before if piece.reason == SOURCE_CHANGED), default=None)
        self._binding = binding
        self._reader = reader
        self._analysis: Analysis | None = None
        self._bridging: Bridging | None = None
        self._position = 0
        self._to_be_bridged = False
        self._passing = Passing(binding.detector, journal.passed_over(bed, self.ordinal), reader.source.rate_hz)

    def begin(self) -> None:
        """Make the stages, and go back so far in the log that they stand at `committed` as they stood there."""
        if self._binding.refusal:
            self.give_up("bed_refused", self._binding.refusal)
            return
        try:
            self._bridging = bridging_at(self._binding, self._reader, self.committed)
            self._make_stages(self._bridging.binding, self.committed)
        except (ModelsError, InputError, ConfigError) as error:
            self.give_up("unusable_stream", str(error))
            return
        self.analysis.pipeline.clusters.restore(self.clusters)

    def bridge(self, reached: int) -> None:
        """Make the stages anew for the electrodes that there are now; all before `reached` was merged."""
        clusters = self.analysis.pipeline.clusters
        self._make_stages(self.bridging.binding, reached)
        self.analysis.pipeline.clusters = clusters

    def _make_stages(self, binding: Binding, reached: int) -> None:
        pipeline = binding.pipeline(reached, self._cap)
        if self.changed_at is not None:
            pipeline.flag(SOURCE_CHANGED)
        self._passing.begin(pipeline, reached)
        self._analysis = Analysis(pipeline, binding.detector.infer, memory_s=binding.memory_s, clock=time.monotonic)
        # From `reached` on samples have no fate yet. The warm-up begins before it, as far back as the ring reaches.
        warmed_from = reached - round(binding.warm_up_s * self._reader.source.rate_hz)
        its = (binding.bed.id, self.ordinal, binding, self._reader, self.messages, binding.memory_s)
        self.second_looks = SecondLooks(Looked(*its, lambda: self.changed_at))
        self._position = min(reached, max(self._reader.tail, warmed_from))
        self._to_be_bridged = False

    def ready(self) -> ReadyReport:
        """Report what analyses the recording."""
        return self.bridging.binding.ready(self.ordinal, self.analysis.pipeline)

    def note_gap(self, gap: Gap) -> None:
        """Flag what follows a gap behind which another sender goes on."""
        if gap.reason == SOURCE_CHANGED and self.changed_at is None:
            self.changed_at = gap.end
            self.analysis.pipeline.flag(SOURCE_CHANGED)

    def give_up(self, alarm: str, reason: str) -> None:
        """Analyse no more of this recording."""
        self.alarms = {alarm: reason}
        self._analysis = None

    @property
    def bridging(self) -> Bridging:
        """Which electrodes are bridged, of a recording that is usable."""
        assert self._bridging is not None, self.alarms  # noqa: S101  (made with the stages)
        return self._bridging

    @property
    def bridged(self) -> tuple[str, ...]:
        """The electrodes that are bridged, by their labels."""
        return () if self.unusable else self.bridging.bridged

    @property
    def electrodes_off(self) -> tuple[str, ...]:
        """Those of them that are still off."""
        return () if self.unusable else self.bridging.off

    @property
    def is_to_be_bridged(self) -> bool:
        """Whether other electrodes are to be bridged from here on, all that came before having been merged."""
        return self._to_be_bridged and not self.unusable and not self.analysis.is_waiting

    @property
    def electrode_doubts(self) -> str:
        """What electrodes send or declare that contradicts the others, "" for nothing."""
        if self.unusable:
            return ""
        pipeline = self.analysis.pipeline
        return "; ".join(filter(None, (declared_away(self._binding.bed, pipeline.montage), pipeline.electrodes.doubts)))

    @property
    def unit_wrong(self) -> bool:
        """Whether the samples are a million times too large for EEG."""
        return not self.unusable and self.analysis.pipeline.electrodes.unit_wrong

    @property
    def unusable(self) -> bool:
        """True if nothing is made of this recording; `alarms` says why."""
        return bool(self.alarms)

    @property
    def analysis(self) -> Analysis:
        """The stages, of a recording that is usable."""
        assert self._analysis is not None, self.alarms  # noqa: S101  (an unusable recording is never collected)
        return self._analysis

    def take_clusters(self) -> dict[int, bytes]:
        """Return the states of the clusters that changed since the last commit."""
        return self._analysis.pipeline.clusters.take_changed() if self._analysis else {}

    @property
    def rate_hz(self) -> float:
        """The stream's declared rate."""
        return self._reader.source.rate_hz

    @property
    def head(self) -> int:
        """Index just past the newest sample that came."""
        return self._reader.head

    @property
    def anchor(self) -> Anchor | None:
        """When the newest sample that came was taken, if it is known."""
        return newest_anchor(self._reader)

    @property
    def exhausted(self) -> bool:
        """True once another recording has begun and this one is read to its end."""
        # The old ring stays readable while it is held, so a busy detector reads it to its end first.
        read = self.unusable or (not self.analysis.is_waiting and self._position >= self._reader.head)
        return read and self._reader.superseded

    @property
    def backlog_s(self) -> float:
        """Seconds of samples that came and were not read yet; 0 where nothing is made of them."""
        return 0.0 if self.unusable else (self._reader.head - self._position) / self._reader.source.rate_hz

    def collect(self, step: Step) -> list[Due]:
        """Return one turn: what is due up to and with the next hops that the network must see."""
        if self.unusable:
            return []
        self.analysis.pipeline.sleep.is_on = step.stages_sleep
        self._passing.begin_turn(step, self._reader.head)
        turn: list[Due] = []
        for _ in range(step.turn_hops):
            # Only what is due next is read: a backlog waits in the ring, where `pending` counts it, not here.
            while not self.analysis.is_waiting and self._is_worth_reading():
                self._read()
            turn += self.analysis.take_turn(self._passing.pass_over)
        return turn

    def _is_worth_reading(self) -> bool:
        """Report whether a whole hop is there, or the last samples of a recording that is over."""
        head = self._reader.head
        if head <= self._position or self._to_be_bridged:
            return False
        # Chunks of a hop whose end has not come are left in the log: worked on one by one, each would cost as much as
        # all of them together.
        return head >= self.analysis.pipeline.next_hop_end or self._reader.superseded

    def _read(self) -> None:
        """Read, condition and frame what has come, READ_S at the most; the chunks of one hop in one go."""
        held: list[Chunk] = []
        # Not beyond where other electrodes may be bridged: the same samples are analysed with them as in a file.
        most = min(round(READ_S * self._reader.source.rate_hz), self.bridging.edge - self._position)
        for record in self._reader.read(self._position, most):
            if isinstance(record, Gap):
                # Held chunks come before the gap and must not be joined across it.
                self._push_held(held)
                self._push(record)
            else:
                held.append(record)
                if record.end >= self.analysis.pipeline.next_hop_end:
                    self._push_held(held)
        self._push_held(held)

    def _push_held(self, held: list[Chunk]) -> None:
        if held:
            self._push(joined(held))
            held.clear()

    def _push(self, record: Chunk | Gap) -> None:
        self.analysis.push(record)
        self._to_be_bridged |= self.bridging.push(record)
        self._position = record.end

    def remainder(self, reached: int) -> Outcome:
        """Return the fate of what is left from `reached` on: the recording is over, or nothing can be made of it."""
        head = self._reader.head
        if not self.unusable:
            return self.analysis.pipeline.finish(head)
        rejected = (Coverage(reached, head, "rejected", "unusable"),) if head > reached else ()
        return Outcome(head, rejected)


def _cap(binding: Binding, journal: Journal, reader: SampleLogReader, began: datetime) -> Cap:
    """Return the bed's cap as it stood: after a restart, the last hour's events count further."""
    cap, rate_hz = Cap(binding.bed.merge.most_per_h), reader.source.rate_hz
    if not cap.most_per_h:
        return cap
    # Matched by the recording's time: sample 0 of another recording is another instant.
    for event in journal.newest(binding.bed.id, "ied", MOST_AN_HOUR):
        if datetime.fromisoformat(event["utc"]) >= began:
            cap.remember(event["sample"] / rate_hz, event["probability"], allowed=OVER_CAP not in event["flags"])
    return cap
