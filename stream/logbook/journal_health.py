"""Whether the journal can be used at present, by the uses that failed last."""

import structlog

from stream.errors import RecordError

_log = structlog.get_logger()


class JournalHealth:
    """Remembers what failed until the same use succeeds again; threads may share it."""

    def __init__(self) -> None:
        # Kept by use: a full disk fails writes and not reads, and a read that works must not end the alarm of a write.
        self._failures: dict[str, str] = {}

    @property
    def reason(self) -> str:
        """Why the journal cannot be used, "" while it can."""
        # list() copies in one step; another thread may change the dictionary while the reasons are joined.
        return "; ".join(dict.fromkeys(list(self._failures.values())))

    def failed(self, use: str, error: RecordError) -> None:
        """Record that a use of the journal failed."""
        if self._failures.get(use) != str(error):
            _log.error("journal cannot be used", use=use, reason=str(error))
        self._failures[use] = str(error)

    def succeeded(self, use: str) -> None:
        """Record that a use of the journal succeeded."""
        if self._failures.pop(use, None) is not None:
            _log.info("journal can be used again", use=use)
