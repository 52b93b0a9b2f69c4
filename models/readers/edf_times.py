"""When the data records of an EDF+ file were recorded: their own times decide, whatever the header calls the file.

Files that say "discontinuous" are often whole, and files that say "continuous" lack what was cut out or never saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import RecordingError
from models.readers.timeline import LONGEST_PAUSE_S, MOST_APART_S, RATE_TOLERANCE

LATE_S: Final = 0.01
"""By how much a record's own time may be off: writers round it."""
LONGEST_GAP_S: Final = 86_400.0
"""A time further away than this is a damaged one: no gap of a recording is filled with so much nothing."""
FEWEST: Final = 8
"""Of fewer records the times say nothing about the rate."""
ALIKE: Final = 0.9
"""Share of records that must follow each other at one distance for that to be the length of a record."""
DAY_S: Final = 86_400.0
GRAINS_S: Final = (1.0, 0.1)
"""What some writers round times to, whatever the length of a record."""
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
    times_s, odd = _mended(times_s, record_s)
    known = [time_s for time_s in times_s if time_s is not None]
    if len(known) < max(FEWEST, len(times_s)):
        return Pace(times_s, record_s, odd)
    steps_s = np.diff(known)
    if not steps_s.any():
        remark = f"its data records all state the same time ({known[0]:g} s); they are taken one after the other"
        return Pace((None,) * len(times_s), record_s, (remark,))
    step_s = float(np.median(steps_s))
    steady = np.abs(steps_s - step_s) <= LATE_S
    mean_s = float(np.mean(steps_s[steady]))
    if float(np.mean(steady)) < ALIKE or not _contradicts(step_s, mean_s, record_s, len(known)):
        return Pace(times_s, record_s, odd)
    contradiction = f"says that a data record lasts {record_s:g} s, and its records are {mean_s:.6g} s apart"
    if abs(step_s / record_s - 1) <= MOST_OFF:
        return Pace(times_s, mean_s, (*odd, f"{contradiction}; the latter is used"))
    if may_have_gaps and step_s > record_s:
        return Pace(times_s, record_s, odd)
    raise RecordingError(f"{contradiction}: its rate or its times are wrong; export it again")


def _contradicts(step_s: float, mean_s: float, record_s: float, records: int) -> bool:
    """Whether records follow each other at another distance: by the rate, by one record, or by the recording's end."""
    if not record_s:
        return False
    off_s = abs(mean_s - record_s)
    # Off by more than a record's time may be, each of them would be a gap, or begin before the one before it ends.
    return abs(step_s - record_s) > LATE_S or off_s > RATE_TOLERANCE * record_s or off_s * records > MOST_APART_S


def _mended(times_s: Times, record_s: float) -> tuple[Times, tuple[str, ...]]:
    """Return times without those that cannot be, counted on past midnight and not rounded, and what was odd."""
    odd: list[str] = []
    for mend in (without_strays, past_midnight, lambda times_s: _unrounded(times_s, record_s)):
        times_s, remarks = mend(times_s)
        odd += remarks
    return times_s, tuple(odd)


def past_midnight(times_s: Times) -> tuple[Times, tuple[str, ...]]:
    """Return times that go on past midnight where they begin anew at 0, as times of the day do, and a remark on it."""
    out: list[float | None] = []
    days, before_s, remarks = 0, -np.inf, []
    for record, time_s in enumerate(times_s, 1):
        # Other steps back are damage. And a clock that stood still for hours around midnight nobody has met.
        if time_s is not None and 0 <= time_s + DAY_S - before_s <= LONGEST_PAUSE_S:
            days += 1
            remarks.append(f"has data records that count their time from 0 again, from record {record} on: a day later")
        before_s = before_s if time_s is None else time_s
        out.append(None if time_s is None else time_s + days * DAY_S)
    return tuple(out), tuple(remarks)


def _unrounded(times_s: Times, record_s: float) -> tuple[Times, tuple[str, ...]]:
    """Return the times of records that follow each other, where they are rounded to more than a record's time may be.

    Only where records last no whole number of such grains: otherwise rounded times follow each other as they should.
    """
    known_s = np.array([time_s for time_s in times_s if time_s is not None])
    grain_s = next((grain_s for grain_s in GRAINS_S if _is_in(known_s, grain_s)), 0.0)
    if len(known_s) < FEWEST or not grain_s or not record_s or _is_in(np.array([record_s]), grain_s):
        return times_s, ()
    step_s = _distance_s(known_s, grain_s)
    out: list[float | None] = []
    due_s, held = float(known_s[0]), 0
    for time_s in times_s:
        # Rounded down or to the nearest, a time is less than one grain off; what is further ahead is a gap.
        keeps = time_s is None or abs(time_s - due_s) < grain_s + LATE_S
        held += keeps
        out.append(due_s if keeps else time_s)
        due_s = (out[-1] or 0.0) + step_s
    # Times that mostly lie elsewhere are not rounded, but wrong.
    if held < ALIKE * len(times_s):
        return times_s, ()
    return tuple(out), (f"has data records of {record_s:g} s that state their time in steps of {grain_s:g} s",)


def _distance_s(times_s: NDArray[np.float64], grain_s: float) -> float:
    """Return how far apart records are by rounded times (n,), over baselines that are longer than what is rounded."""
    lag = max(1, len(times_s) // 8)
    baselines_s = times_s[lag:] - times_s[:-lag]
    whole = np.abs(baselines_s - np.median(baselines_s)) <= grain_s
    return float(np.mean(baselines_s[whole])) / lag


def _is_in(seconds: NDArray[np.float64], grain_s: float) -> bool:
    return bool(np.all(np.abs(seconds - np.round(seconds / grain_s) * grain_s) < 1e-6))


def without_strays(times_s: Times) -> tuple[Times, tuple[str, ...]]:
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
