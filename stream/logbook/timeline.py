"""When the samples of a recording were taken, by the wall clock, however long it lasts.

Senders run a little faster or slower than they declare, and a host's clock is set now and then: counted on from its
first sample, a recording of a week would be seconds or minutes away from its events, whose times are told live. So the
detector anchors a sample in time whenever the anchor before leads it astray.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Final

ASTRAY_S: Final = 0.2
"""At 50 ppm, as quartzes have, an anchor an hour; at 0.5 %, from where on `rate_wrong` is told, one in 40 s."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A sample of a recording, and when it was taken (Unix seconds)."""

    sample: int
    utc_s: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The anchors of a recording in the order of its samples, the first of them at sample 0."""

    anchors: Sequence[Anchor]
    rate_hz: float

    def utc_s(self, sample: int) -> float:
        """Return when a sample was taken (Unix seconds), to `ASTRAY_S`: by the anchor at or before it."""
        anchor = self.anchors[bisect_right(self.anchors, sample, key=lambda one: one.sample) - 1]
        return anchor.utc_s + (sample - anchor.sample) / self.rate_hz

    def sample_at(self, utc_s: float) -> int:
        """Return the sample that was taken last at an instant, 0 for one before the recording."""
        # From the newest anchor back: where the clock was set back, an hour is there twice, and the later one is meant.
        anchor = next((one for one in reversed(self.anchors) if one.utc_s <= utc_s), self.anchors[0])
        return max(0, anchor.sample + int((utc_s - anchor.utc_s) * self.rate_hz))


@dataclass(frozen=True, slots=True)
class JournalRecording:
    """One recording of a bed: when its samples were taken, and how far it is accounted for.

    `uid` is the sample log's name for it.
    """

    ordinal: int
    uid: str
    cursor: int
    timeline: Timeline

    @property
    def began_s(self) -> float:
        """When its first sample was taken (Unix seconds)."""
        return self.timeline.utc_s(0)

    @property
    def ended_s(self) -> float:
        """When the newest sample that is accounted for was taken (Unix seconds)."""
        return self.timeline.utc_s(self.cursor)


ANCHORS: Final = (
    "SELECT 0 AS sample, first_utc_s FROM recordings WHERE bed = ?1 AND ordinal = ?2 "
    "UNION ALL SELECT sample, utc_s FROM anchors WHERE bed = ?1 AND recording = ?2 ORDER BY sample"
)
"""The anchors of a bed's recording."""
_NEWEST: Final = (
    "SELECT coalesce(sample, 0), coalesce(utc_s, first_utc_s), json_extract(source, '$.rate_hz') FROM recordings "
    "LEFT JOIN anchors ON anchors.bed = recordings.bed AND anchors.recording = ordinal "
    "WHERE recordings.bed = ? AND ordinal = ? ORDER BY sample DESC LIMIT 1"
)


def note(database: Connection, bed: str, recording: int, anchor: Anchor) -> None:
    """Keep an anchor behind all others, if by them the time of its sample is wrong by `ASTRAY_S` or more."""
    for sample, utc_s, rate_hz in database.execute(_NEWEST, (bed, recording)):
        known = Timeline([Anchor(sample, utc_s)], rate_hz)
        if anchor.sample > sample and abs(known.utc_s(anchor.sample) - anchor.utc_s) >= ASTRAY_S:
            database.execute("INSERT INTO anchors VALUES (?, ?, ?, ?)", (bed, recording, anchor.sample, anchor.utc_s))
