"""Streams that fit a bed as well as the one it follows: told while they are there, and when one has taken its place.

LSL knows no owner of a name: when a sender dies, its bed takes the next stream that declares the same. A restarted
sender is such a stream, and so is another one that was there all along. Which of the two it is, shows in time alone.
"""

import math
from collections.abc import Iterable
from typing import Final

from stream.acquire.identity import described, fits
from stream.config.keys import Acquire
from stream.records import Source

OVERLAP_S: Final = 1.0
"""A stream that was there so long before the last sample of another is not that sender's restart."""


class Twins:
    """What was seen beside one bed's stream."""

    def __init__(self, wanted: Acquire) -> None:
        self._wanted = wanted
        self._present: tuple[Source, ...] = ()
        self._seen: set[str] = set()
        self._before: Source | None = None
        self._took_over = False

    def observe(self, bound: Source, visible: Iterable[Source]) -> None:
        """Keep which streams that could be seen fit the bed beside the bound one."""
        others = [source for source in visible if source.uid != bound.uid and fits(self._wanted, source)]
        # In one order: what changes with every search would be told as news.
        self._present = tuple(sorted(others, key=described))
        self._seen |= {source.uid for source in others}

    def forget_present(self) -> None:
        """Note that no stream is followed, so that none is there beside it; what was seen stays seen."""
        self._present = ()

    @property
    def alarm(self) -> str:
        """Which other streams fit the bed at present, "" for none."""
        if not self._present:
            return ""
        others = "; ".join(map(described, self._present))
        return f"the bed stays with its stream, and {len(self._present)} more would fit it: {others}"

    def note_link(self, old: Source | None, new: Source) -> None:
        """Note that a link to `new` begins while the log's newest sample is of `old` or of one followed before that."""
        self._before = self._before or old
        # Kept until its first sample comes: a twin that dies before it must not make the next one look right.
        self._took_over |= self._outlived(new, math.nan, math.nan)

    def note_sample(self, new: Source, *, opened_s: float, last_s: float) -> bool:
        """Note a link's first sample; report whether it is of another sender than the one before it in the log.

        `opened_s` is when the stream was opened by its sender (NaN if not known), `last_s` when the sample before came,
        both by this host's clock.
        """
        took_over = self._took_over or self._outlived(new, opened_s, last_s)
        self._before, self._took_over = None, False
        return took_over

    def _outlived(self, new: Source, opened_s: float, last_s: float) -> bool:
        if self._before is None or new.uid == self._before.uid:
            return False
        return new.uid in self._seen or (math.isfinite(opened_s) and opened_s < last_s - OVERLAP_S)
