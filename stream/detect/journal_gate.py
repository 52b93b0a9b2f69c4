"""The detector's use of the journal: however long the journal fails, no bed waits for it.

A full disk, another program's lock, a file that was deleted: the writer keeps what was not written, and nobody tries
again for a second. The first try after a failure, and the ones after it, wait hardly at all for a lock: with four beds
that each waited, the detector would do nothing else.
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from stream.errors import RecordError
from stream.logbook.journal import Journal

AGAIN_S: Final = 1.0
PATIENCE_S: Final = 1.0
"""How long a commit waits for another program's lock while all is well: nothing is analysed meanwhile."""
HURRY_S: Final = 0.02
"""The same while the journal fails."""
T = TypeVar("T")

_log = structlog.get_logger()


class JournalGate:
    """One journal, shared by all beds; `clock` returns monotonic seconds.

    Attributes
    ----------
    reason
        why the journal failed last, "" while it does not
    """

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.monotonic) -> None:
        self.reason = ""
        self._journal = journal
        self._clock = clock
        self._again_s = 0.0
        journal.wait_for_locks(PATIENCE_S)

    def use(self, deed: Callable[[Journal], T]) -> T:
        """Return what `deed` makes of the journal.

        Raises
        ------
        RecordError
            if the journal fails, or failed less than AGAIN_S ago
        """
        if self.reason and self._clock() < self._again_s:
            raise RecordError(self.reason)
        try:
            # The parent writes a deleted file anew: with all that it held, at the same place.
            self._journal.rejoin()
            done = deed(self._journal)
        except RecordError as error:
            self._failed(str(error))
            raise
        if self.reason:
            _log.info("the journal can be written again")
            self.reason = ""
            self._journal.wait_for_locks(PATIENCE_S)
        return done

    def _failed(self, reason: str) -> None:
        if reason != self.reason:
            _log.error("the journal cannot be written; results wait in memory", reason=reason)
        self.reason = reason
        self._again_s = self._clock() + AGAIN_S
        self._journal.wait_for_locks(HURRY_S)
