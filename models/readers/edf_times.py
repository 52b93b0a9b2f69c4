"""When the data records of an EDF+ file were recorded: their own times decide, whatever the header calls the file.

Files that say "discontinuous" are often whole, and files that say "continuous" lack what was cut out or never saved.
"""

from collections.abc import Sequence
from typing import Final

from models.errors import RecordingError

LATE_S: Final = 0.01
"""By how much a record's own time may be off: writers round it."""
LONGEST_GAP_S: Final = 86_400.0
"""A time further away than this is a damaged one: no gap of a recording is filled with so much nothing."""


def starts(times_s: Sequence[float | None], record_s: float, rate_hz: float, record_samples: int) -> list[int]:
    """Return where each data record begins, in samples after the first one.

    Parameters
    ----------
    times_s
        each record's own time in seconds, None where it has none: then it follows the one before

    Raises
    ------
    RecordingError
        that names record and time, if a record begins before the one before it ends, or more than a day after
    """
    first_s = next((time_s - record_s * k for k, time_s in enumerate(times_s) if time_s is not None), 0.0)
    begins: list[int] = []
    before_s, nominal_s, sample = first_s - record_s, first_s, 0
    for record, stated_s in enumerate(times_s):
        time_s = before_s + record_s if stated_s is None else stated_s
        # A clock that runs a little fast or slow makes no gap, nor does rounding: only what is off by both counts.
        jump_s, off_s = time_s - before_s - record_s, time_s - nominal_s
        if min(jump_s, off_s) > LATE_S:
            sample += round(_gap(record, time_s, jump_s) * rate_hz)
            nominal_s = time_s
        elif max(jump_s, off_s) < -LATE_S:
            raise RecordingError(
                f"data record {record + 1} begins at {time_s:g} s, before the one before it ends "
                f"({before_s + record_s:g} s); split the recording there"
            )
        begins.append(sample)
        sample += record_samples
        before_s, nominal_s = time_s, nominal_s + record_s
    return begins


def _gap(record: int, time_s: float, gap_s: float) -> float:
    if gap_s > LONGEST_GAP_S:
        raise RecordingError(
            f"data record {record + 1} says that it begins at {time_s:g} s, more than a day after the one before it; "
            "split the recording there"
        )
    return gap_s
