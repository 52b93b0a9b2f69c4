"""One bed as the detector follows it: from recording to recording, every sample exactly once into the journal."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import structlog

from stream.analysis import Due, Scored
from stream.config.keys import Bed, Config
from stream.detect.attempts import PROVEN_S, Attempts
from stream.detect.bed_alarms import BedAlarms
from stream.detect.binding import Binding
from stream.detect.commits import Commits
from stream.detect.held import PendingMessage
from stream.detect.journal_gate import JournalGate
from stream.detect.ladder import Step
from stream.detect.markers import open_markers
from stream.detect.models import Detectors
from stream.detect.recording import Recording
from stream.detect.stats import IntervalStats
from stream.errors import RecordError
from stream.infer import Infer
from stream.logbook.samplelog import SampleLogReader, ring_path
from stream.pipeline import Outcome
from stream.records import Gap
from stream.schema.reports import Report

_log = structlog.get_logger()


class BedDetector:
    """Collects what is due of one bed, merges what was inferred, and commits.

    An exception that the bed's own samples or settings raise costs this bed and no other. The bed begins once more from
    the journal, as a new process would; if that fails too, what comes is rejected and an alarm says why, until the bed
    is tried again. While the journal fails, the bed goes on, and what it found waits in memory.
    """

    def __init__(
        self,
        config: Config,
        bed: Bed,
        detectors: Detectors,
        gate: JournalGate,
        send: Callable[[Report], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        detector = detectors.of(bed)
        self.id = bed.id
        self.infer: Infer = detector.infer
        self._config, self._bed, self._detectors = config, bed, detectors
        self._gate, self._send, self._path = gate, send, ring_path(config, bed.id)
        self._alarms = BedAlarms(gate, detectors.refused.get(bed.id, ""), detector.fleet, detectors.yasa)
        self._markers = open_markers(config, bed, detector)
        self._stats = IntervalStats(bed.id, config.infer.budget_ms / 1e3, detector.hop_s, detector.fleet)
        self._recording: Recording | None = None
        self._commits = Commits(bed.id, gate, self._stats)
        self._held = self._commits.held
        self._suspect_until = 0
        self._attempts = Attempts(clock)

    @property
    def is_suspect(self) -> bool:
        """True while the bed is inferred alone: it failed, and has not come far enough since."""
        return self._recording is not None and self._recording.committed < self._suspect_until

    @property
    def backlog_s(self) -> float:
        """Seconds of samples that came and were not read yet."""
        return self._recording.backlog_s if self._recording else 0.0

    def collect(self, step: Step) -> list[Due]:
        """Read, condition and frame; return what is due next, up to and with the hops of one turn."""
        with self._failing_alone():
            if self._recording is None or self._recording.exhausted:
                self._next_recording()
            elif "bed_failed" in self._recording.alarms and self._attempts.is_due:
                self._try_again(self._recording)
            if self._recording is not None and not self._held.full:
                if self._recording.is_to_be_bridged:
                    self._bridge(self._recording)
                return self._recording.collect(step)
        return []

    def merge(self, turn: Sequence[Scored]) -> bool:
        """Merge and journal what was scored; True if messages were committed."""
        recording = self._recording
        if recording is None or recording.unusable:
            return False
        messages: list[PendingMessage] = []
        with self._failing_alone():
            for scored in turn:
                messages += self._merge(recording, scored)
        if messages or self._commits.are_due:
            return self._commits.commit(recording, messages) and bool(messages)
        return False

    def stage_sleep(self) -> None:
        """Stage sleep, behind the commit: no event of any bed waits for a stager."""
        recording = self._recording
        if recording is not None and not recording.unusable:
            with self._failing_alone():
                recording.analysis.pipeline.stage_sleep()

    def look_again(self) -> bool:
        """Look again at some of what was shed, while nothing else is due; True if there may be more at once."""
        recording = self._recording
        if recording is None or recording.unusable:
            return False
        commit = partial(self._commits.amend, recording)
        return recording.second_looks.turn(self._gate, recording.analysis.pipeline.clusters, commit)

    def fail(self, error: Exception) -> None:
        """Begin once more from the journal; soon after another failure, give the bed up for some minutes."""
        recording = self._recording
        if recording is None:
            raise error  # No stream is bound, so it is not the bed's.
        final = self._attempts.note(error)
        _log.error("analysis failed", bed=self.id, reason=self._attempts.reason, given_up=final, exc_info=error)
        if final:
            # What was settled before stays settled; the rest counts as rejected from there on.
            self._commits.commit(recording)
            recording.give_up("bed_failed", self._attempts.alarm)
            self.infer.forget(self.id)
        else:
            self.rewind()

    def rewind(self) -> None:
        """Begin again where the journal stands, as a new process does; be inferred alone up to the present place."""
        recording = self._recording
        if recording is None or recording.unusable:
            return
        if not self._commits.commit(recording):
            # It is found again from where the journal stands, with the same ids.
            self._held.clear()
        self._suspect_until = recording.head
        with self._failing_alone():
            self._begin(recording)

    def report(self, level: int = 0) -> None:
        """Commit the coverage that waits, and report what happened since the last report, on a level of the ladder."""
        recording = self._recording
        if not self.is_suspect:
            self._alarms.failed = ""
        if recording is None:
            self._send(self._stats.report(0, self._alarms.of(None), level=level))
            return
        if recording.unusable:
            self._commits.cover_rest(recording)
        self._commits.commit(recording)
        pending, held = recording.head - self._held.reached(recording.committed), len(self._held.messages)
        alarms, off = self._alarms.of(recording), recording.electrodes_off
        self._send(self._stats.report(pending, alarms, unjournalled=held, level=level, off=off))

    def note_engine(self, reason: str) -> None:
        """Report that the bed's engine was replaced, and what is used now."""
        self._alarms.engine = reason
        if self.infer.carries:
            # The new engine has carried nothing of the bed: it is warmed up from what is in the log.
            self.rewind()
        elif self._recording is not None and not self._recording.unusable:
            self._send(self._recording.ready())

    @contextmanager
    def _failing_alone(self) -> Iterator[None]:
        """Let this bed alone fail if anything is raised, so that the other beds go on."""
        try:
            yield
        except RecordError:
            raise  # A log that cannot be used is every bed's: the process ends and is started again.
        except Exception as error:  # noqa: BLE001  (whatever it is, it must cost one bed and not all)
            self.fail(error)

    def _next_recording(self) -> None:
        """Close the account of the old recording, and bind the one that has begun, if any has."""
        if self._recording is not None:
            last = self._commits.cover_rest(self._recording)
            if not self._commits.commit(self._recording, self._sleep(self._recording, last, time.monotonic())):
                return  # the new stream waits in its ring until the account of the old one is closed
            self._recording = None
            self._suspect_until = 0
            self.infer.forget(self.id)
        try:
            reader = SampleLogReader.open(self._path)
        except RecordError:
            return  # acquire has found no stream yet
        # A recording without samples has no start time, and a ring that was replaced belongs to no recording.
        if reader.head and not reader.superseded:
            self._bind(reader)

    def _bind(self, reader: SampleLogReader) -> None:
        binding = Binding(self._config, self._bed, reader.source, self._detectors)
        try:
            # Known before its stages are made, so that there is a recording to give up if making them raises.
            self._recording = self._gate.use(lambda journal: Recording(reader, binding, journal))
        except RecordError:
            return  # the journal fails: its alarm says so, and the samples wait in their ring
        self._begin(self._recording)

    def _begin(self, recording: Recording) -> None:
        recording.begin()
        if recording.unusable:
            _log.error("stream cannot be analysed", bed=self.id, **recording.alarms)
        else:
            self._send(recording.ready())
            _log.info("analysing", bed=self.id, recording=recording.ordinal, from_sample=recording.committed)

    def _try_again(self, recording: Recording) -> None:
        """Take up a recording that was given up, with what comes from here on; all that came before is rejected."""
        self._commits.cover_rest(recording)
        if self._commits.commit(recording):
            self._suspect_until = recording.head + round(PROVEN_S * recording.rate_hz)
            # An alarm that ended now would come back at once if the fault does.
            self._alarms.failed = recording.alarms.pop("bed_failed")
            self._begin(recording)

    def _bridge(self, recording: Recording) -> None:
        recording.bridge(self._held.reached(recording.committed))
        self._send(recording.ready())
        _log.warning("other electrodes are bridged than before", bed=self.id, electrodes=list(recording.bridged))

    def _merge(self, recording: Recording, scored: Scored) -> list[PendingMessage]:
        """Merge one hop or gap; what the journal already holds is done again for its state and not reported again."""
        item, pipeline = scored.due.item, recording.analysis.pipeline
        known = pipeline.cursor
        outcome = pipeline.merge(item, scored.scores, scored.due.passed_over)
        # Hops of the warm-up are merged for the states that they leave; they were counted in an earlier run.
        if pipeline.reached_by(item) <= known:
            return []
        if isinstance(item, Gap):
            self._held.cover(outcome.coverage)
            recording.note_gap(item)
            _log.warning("gap", bed=self.id, samples=item.length, fate=item.fate, reason=item.reason)
            return self._sleep(recording, outcome, item.arrival_s)
        merged_s = time.monotonic()
        latency_ms = self._stats.hop(scored, item, outcome, merged_s)
        messages = recording.messages.of(outcome, latency_ms)
        if self._markers:
            # Before the journal, whose disk may be slow.
            self._markers.send(outcome, item.lsl_s, [one.id for one in messages if one.kind == "ied"])
        # A hop counts as analysed once its messages are made: if making one fails, the hop counts as rejected.
        self._held.withheld += recording.messages.withheld(outcome)
        self._held.cover(outcome.coverage)
        return [PendingMessage(message, item.arrival_s, merged_s) for message in messages]

    def _sleep(self, recording: Recording, outcome: Outcome, arrival_s: float) -> list[PendingMessage]:
        made = recording.messages.sleep(outcome)
        return [PendingMessage(message, arrival_s, time.monotonic()) for message in made]
