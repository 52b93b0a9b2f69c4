"""The wall clock's time of instants on the monotonic clock."""

import time
from datetime import UTC, datetime


def utc_of(monotonic_s: float) -> datetime:
    """Give the UTC time of an instant on this host's monotonic clock, which is LSL's clock here too."""
    return datetime.fromtimestamp(time.time() - (time.monotonic() - monotonic_s), UTC)
