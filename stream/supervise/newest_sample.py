"""How old a bed's newest sample is, read from its sample log.

Reports of it come once a second, and the page covers what is older than that: a healthy bed would be covered at times.
"""

import time
from collections.abc import Callable
from pathlib import Path

from stream.errors import RecordError
from stream.logbook.samplelog import SampleLogReader


class NewestSample:
    """The age of the newest sample of the log at a path; `clock` returns monotonic seconds."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._log: SampleLogReader | None = None

    def age_s(self, reported_s: float) -> float:
        """Return the age in seconds, `reported_s` where the log knows of nothing newer."""
        if self._log is None or self._log.superseded:
            try:
                self._log = SampleLogReader.open(self._path)
            except RecordError:
                self._log = None
                return reported_s
        age_s = self._clock() - self._log.newest.arrival_s
        # Before the first sample it is NaN, which is not less than anything.
        return min(reported_s, age_s)
