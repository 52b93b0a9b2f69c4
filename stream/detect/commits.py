"""One bed's results on their way into the journal; what the journal does not take waits in memory."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from stream.detect.held import Held, PendingMessage
from stream.detect.journal_gate import JournalGate
from stream.detect.recording import Recording
from stream.detect.second_look import SecondLook, times_of_events
from stream.detect.stats import IntervalStats
from stream.errors import RecordError
from stream.pipeline import Outcome

COVERAGE_EVERY_S: Final = 1.0
"""With no message, coverage is committed this often: analysing twice gives the same ids."""


class Commits:
    """Commits what is held of one bed; `held` is what was found and covered since the last commit."""

    def __init__(self, bed: str, gate: JournalGate, stats: IntervalStats) -> None:
        self.held = Held()
        self._bed = bed
        self._gate = gate
        self._stats = stats
        self._due_s = 0.0

    @property
    def are_due(self) -> bool:
        """Whether coverage has waited for long enough."""
        return time.monotonic() >= self._due_s

    def commit(self, recording: Recording, messages: Sequence[PendingMessage] = ()) -> bool:
        """Journal all that is held; False if the journal fails, and it is held further."""
        held = self.held
        held.messages += messages
        held.clusters |= recording.take_clusters()
        if not held:
            return True
        # Messages, coverage and cursor in one transaction: a kill at any moment loses nothing and doubles nothing.
        cursor, outgoing = held.reached(recording.committed), [entry.message for entry in held.messages]
        try:
            self._gate.use(
                lambda journal: journal.commit(
                    self._bed,
                    recording.ordinal,
                    cursor,
                    held.coverage,
                    outgoing,
                    held.clusters,
                    held.withheld,
                    recording.anchor,
                )
            )
        except RecordError:
            return False
        committed_s = time.monotonic()
        for entry in held.messages:
            self._clock(entry, committed_s)
        self._stats.journalled(held.coverage, outgoing)
        recording.clusters |= held.clusters
        held.clear()
        recording.committed = cursor
        self._due_s = committed_s + COVERAGE_EVERY_S
        return True

    def cover_rest(self, recording: Recording) -> Outcome:
        """Hold what becomes of all that is left of a recording that is over, or of which nothing is made."""
        last = recording.remainder(self.held.reached(recording.committed))
        self.held.cover(last.coverage)
        return last

    def amend(self, recording: Recording, look: SecondLook) -> bool:
        """Journal what a second look found, and the clusters that it joined; False if the journal fails."""
        # Clusters are journalled as they stand: what is held counts in them, and would count twice after a kill.
        if not self.commit(recording):
            return False
        clusters = recording.analysis.pipeline.clusters.copy()
        try:
            known_s = self._gate.use(lambda journal: times_of_events(journal, self._bed))
            found, amended = look.messages(clusters, known_s), look.amended
            states = self.held.clusters | clusters.take_changed()
            self._gate.use(lambda journal: journal.amend(self._bed, recording.ordinal, amended, found, states))
        except RecordError:
            return False
        # Only now, so that what the journal did not take is counted once, when it does.
        recording.analysis.pipeline.clusters = clusters
        recording.clusters |= states
        self.held.clusters.clear()
        self._stats.looked_again((one for _, fates in amended for one in fates), found)
        return True

    def _clock(self, entry: PendingMessage, committed_s: float) -> None:
        journal_ms, total_ms = 1e3 * (committed_s - entry.merged_s), 1e3 * (committed_s - entry.arrival_s)
        self._stats.committed(journal_ms / 1e3, total_ms / 1e3)
        if entry.message.kind == "ied":
            # The message was written before its own commit could be timed; what is not known stays null.
            with suppress(RecordError):
                self._gate.use(lambda journal: journal.record_latency([entry.message.id], journal_ms, total_ms))
