"""When the data records of an EDF+ file were recorded: their own times decide, whatever the header calls the file.

Files that say "discontinuous" are often whole, and files that say "continuous" lack what was cut out or never saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.errors import RecordingError
from models.readers.timeline import RATE_TOLERANCE

LATE_S: Final = 0.01
"""By how much a record's own time may be off: writers round it."""
LONGEST_GAP_S: Final = 86_400.0
"""A time further away than this is a damaged one: no gap of a recording is filled with so much nothing."""
FEWEST: Final = 8
"""Of fewer records the times say nothing about the rate."""
ALIKE: Final = 0.9
"""Share of records that must follow each other at one distance for that to be the length of a record."""
MOST_OFF: Final = 0.1
"""A rate is off by no more than this; a record that is shorter than its distance by more may be followed by a gap."""

Times = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of the data records, None where one states none, how long each lasts, and what is odd about it."""

    times_s: Times
    record_s: float
    remarks: tuple[str, ...] = ()


def pace(times_s: Times, record_s: float, *, may_have_gaps: bool) -> Pace:
    """Return how long a data record lasts: by the header, or by the records' times where nearly all contradict it.

    Parameters
    ----------
    times_s
        each record's own time in seconds, None where it has none
    record_s
        how long a record lasts by the header
    may_have_gaps
        whether the header says that there are gaps (EDF+D)

    Raises
    ------
    RecordingError
        with both numbers, if they are so far apart that either the rate is wrong or half of the recording is missing
    """
    times_s, strays = _without_strays(times_s)
    known = [time_s for time_s in times_s if time_s is not None]
    if len(known) < max(FEWEST, len(times_s)):
        return Pace(times_s, record_s, strays)
    steps_s = np.diff(known)
    if not steps_s.any():
        remark = f"its data records all state the same time ({known[0]:g} s); they are taken one after the other"
        return Pace((None,) * len(times_s), record_s, (remark,))
    step_s = float(np.median(steps_s))
    apart = abs(step_s / record_s - 1) if record_s else 0.0
    steady = float(np.mean(np.abs(steps_s - step_s) <= LATE_S)) >= ALIKE
    if apart <= RATE_TOLERANCE or not steady:
        return Pace(times_s, record_s, strays)
    contradiction = f"says that a data record lasts {record_s:g} s, and its records are {step_s:g} s apart"
    if apart <= MOST_OFF:
        mean_s = float(np.mean(steps_s[np.abs(steps_s - step_s) <= LATE_S]))
        return Pace(times_s, mean_s, (*strays, f"{contradiction}; the latter is used"))
    if may_have_gaps and step_s > record_s:
        return Pace(times_s, record_s, strays)
    raise RecordingError(f"{contradiction}: its rate or its times are wrong; export it again")


def _without_strays(times_s: Times) -> tuple[Times, tuple[str, ...]]:
    """Return times with those mended that leave the ones around them for one record, and a remark on them."""
    known = [time_s for time_s in times_s if time_s is not None]
    if len(known) < max(FEWEST, len(times_s)):
        return times_s, ()
    own_s, step_s = np.array(known), float(np.median(np.diff(known)))
    expected_s = np.array([known[1] - step_s, *(own_s[:-2] + step_s), known[-2] + step_s])
    # The records around one leave room for one record, so there is no gap at it; beside the first and the last stand
    # two that follow each other.
    steady = np.abs(np.diff(own_s) - step_s) <= LATE_S
    room = np.array([steady[1], *(np.abs(own_s[2:] - own_s[:-2] - 2 * step_s) <= LATE_S), steady[-2]])
    strays = room & (np.abs(own_s - expected_s) > LATE_S)
    # Only inwards: a first record that is earlier, and a last one that is later, lie beyond a gap.
    strays[[0, -1]] &= [own_s[0] > expected_s[0], own_s[-1] < expected_s[-1]]
    if not strays.any():
        return times_s, ()
    first = int(np.argmax(strays))
    number, which = np.count_nonzero(strays), f"record {first + 1}, at {times_s[first]:g} s"
    remark = f"{number} of its data records state a time that cannot be (the first is {which}); each is taken"
    return tuple(np.where(strays, expected_s, own_s).tolist()), (f"{remark} between those around it",)


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
