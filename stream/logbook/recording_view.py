"""What the writer and every reader of a sample log can report of its recording."""

from pathlib import Path

from stream.logbook.ring import Entry, Ring
from stream.records import Source


class RecordingView:
    """The recording of one ring: whose it is, and how far it has come."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    @property
    def path(self) -> Path:
        """The path of the ring."""
        return self._ring.path

    @property
    def source(self) -> Source:
        """The stream as it was when the recording began."""
        return self._ring.source

    @property
    def recording(self) -> str:
        """The recording's random uid."""
        return self._ring.recording

    @property
    def newest(self) -> Entry:
        """The newest chunk or gap; before the first, an empty one at index 0, its times NaN."""
        return self._ring.newest()

    @property
    def head(self) -> int:
        """Index just past the newest sample or gap."""
        return self.newest.end

    @property
    def samples(self) -> int:
        """Samples that arrived, since index 0."""
        return self.newest.stored_after

    @property
    def missing(self) -> int:
        """Samples that never arrived, since index 0."""
        # One entry for both numbers: of two, the writer might have added one in between.
        newest = self.newest
        return newest.end - newest.stored_after
