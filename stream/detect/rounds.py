"""All beds in rounds: sample logs in, journal out. The walk of a sample, from the log to the commit, begins here.

Beds take turns: a round is one hop of every bed that has one due, in one batch, so a bed's newest hop waits for one
hop of every other bed at the most, however far another is behind. No batch waits to be filled: what came during a
round is the next one. A bed that is behind works its hops off one a round, late and in order; each that is later
than `infer.budget_ms` is counted. A host that stays too slow leaves work undone, step by step
(`stream.detect.ladder`), and at last samples, whose fate is then `shed`.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import structlog

from stream.analysis import Due, infer_turns
from stream.config.keys import Config
from stream.detect.bed import BedDetector
from stream.detect.canaries import Canaries
from stream.detect.journal_gate import JournalGate
from stream.detect.ladder import Ladder
from stream.detect.models import Detectors
from stream.infer import Infer
from stream.logbook.journal import Journal
from stream.schema.reports import Report

Turn = tuple[BedDetector, list[Due]]
"""A bed, and what is due of it in this round."""

_log = structlog.get_logger()


class Rounds:
    """All beds of a configuration, worked through in rounds.

    Parameters
    ----------
    send
        takes reports for the parent
    commit_fd
        an eventfd that is written to when messages were committed, so that they are published at once
    clock
        monotonic seconds, for the overload ladder and for beds that failed
    """

    def __init__(
        self,
        config: Config,
        detectors: Detectors,
        journal: Journal,
        send: Callable[[Report], None],
        commit_fd: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        gate = JournalGate(journal)
        self._beds = [BedDetector(config, bed, detectors, gate, send, clock) for bed in config.bed]
        self._commit_fd = commit_fd
        self._ladder = Ladder(clock)
        self._canaries = Canaries(detectors.checked, time.monotonic)

    def round(self) -> bool:
        """Take one turn of every bed; True if there may be more at once."""
        self._ladder.observe({bed.id: bed.backlog_s for bed in self._beds})
        turns = [(bed, due) for bed in self._beds if (due := bed.collect(self._ladder.step))]
        # Each network's beds merge at once, not only when all networks have answered: an event must not wait for them.
        for together in _batches(turns):
            self._infer_and_merge(together[0][0].infer, together)
        # Only now: no window and no event of this round, of whichever bed, waits for a stager.
        for bed, _ in turns:
            bed.stage_sleep()
        if not turns and not self._ladder.level:
            return any(bed.look_again() for bed in self._beds)
        return bool(turns)

    def report(self) -> None:
        """Look whether the engines still answer rightly, commit coverage that waits, and report."""
        for infer, reason in self._canaries.replaced():
            for bed in self._beds:
                if bed.infer is infer:
                    bed.note_engine(reason)
        for bed in self._beds:
            bed.report(self._ladder.level)

    def _infer_and_merge(self, infer: Infer, turns: Sequence[Turn]) -> None:
        """Score the hops of some beds in one batch, then let each bed merge and journal its own."""
        try:
            scored = infer_turns(infer, [due for _, due in turns])
        except Exception as error:  # noqa: BLE001  (whatever it is, it must cost one bed and not all)
            self._isolate(infer, turns, error)
            return
        for (bed, _), of_bed in zip(turns, scored, strict=True):
            # The publisher waits on this, so what was found is sent at once.
            if bed.merge(of_bed):
                os.eventfd_write(self._commit_fd, 1)

    def _isolate(self, infer: Infer, turns: Sequence[Turn], error: Exception) -> None:
        """Find the bed on which a batch failed, by inferring each alone; that bed is set aside."""
        if len(turns) == 1:
            turns[0][0].fail(error)
            return
        _log.warning("a batch failed; its beds are inferred one by one", beds=len(turns), error=repr(error))
        for bed, due in turns:
            if infer.carries:
                # The failed batch may have changed the state of some beds and not of others: each begins again from the
                # journal.
                bed.rewind()
            else:
                self._infer_and_merge(infer, [(bed, due)])


def _batches(turns: Iterable[Turn]) -> list[list[Turn]]:
    """Group turns by network, one batch for each; a bed that is under suspicion has its own."""
    # By identity: two beds share a batch if they share an open network.
    batches: defaultdict[tuple[int, str], list[Turn]] = defaultdict(list)
    for bed, due in turns:
        batches[id(bed.infer), bed.id if bed.is_suspect else ""].append((bed, due))
    return list(batches.values())
