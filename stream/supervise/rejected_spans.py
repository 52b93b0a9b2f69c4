"""When each group of a bed was not analysed and why, over as long as its samples are in memory."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

MOST_SPANS: Final = 2000
"""Of a bed whose electrodes come and go every second, the newest."""


@dataclass(slots=True)
class RejectedSpan:
    """From `begin_s` to `end_s` (monotonic seconds) `group` was not analysed."""

    group: str
    reason: str
    begin_s: float
    end_s: float


class RejectedSpans:
    """Keeps the spans that are reported once a second; `clock` returns monotonic seconds."""

    def __init__(self, kept_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept_s = kept_s
        self._clock = clock
        self._spans: deque[RejectedSpan] = deque(maxlen=MOST_SPANS)
        self._open: dict[str, RejectedSpan] = {}

    def observe(self, groups: Mapping[str, str]) -> None:
        """Note which groups are not analysed at this moment, each with its reason."""
        now_s = self._clock()
        for group, span in list(self._open.items()):
            span.end_s = now_s
            if groups.get(group) != span.reason:
                del self._open[group]
        for group, reason in groups.items():
            if group not in self._open:
                self._open[group] = RejectedSpan(group, reason, now_s, now_s)
                self._spans.append(self._open[group])
        while self._spans and self._spans[0].end_s < now_s - self._kept_s:
            self._spans.popleft()

    def spans(self) -> list[RejectedSpan]:
        """Return what is known, in order of its beginnings."""
        return list(self._spans)
