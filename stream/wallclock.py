"""The wall clock's time of instants on the monotonic clock."""

import time
from datetime import UTC, datetime


def utc_of(monotonic_s: float) -> datetime:
    """Return the UTC time of an instant on this host's monotonic clock, which is LSL's clock here too."""
    # Both clocks are read anew each time: the wall clock may have been set since the last call.
    return datetime.fromtimestamp(time.time() - (time.monotonic() - monotonic_s), UTC)
