"""When marks were set, in whatever way it is written: seconds, hh:mm:ss from the start or of the clock, dates."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.errors import DataError

OF_CLOCK: Final = frozenset({"clock", "time of day", "time_of_day"})
"""Columns that hold times of the clock, whatever the recording's length lets think."""
ELAPSED: Final = "elapsed"
"""The column of what is counted from the recording's start."""
DAY_S: Final = 86_400.0
EPOCH: Final = datetime(1970, 1, 1)
"""From here MNE-Python counts where a recording has no date."""
_HOURS: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d*)?)\s*([ap]\.?m\.?)?", re.IGNORECASE)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})[ T]+(?=\d)")
_YEAR_FIRST: Final = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})[ T]+(?=\d)")


@dataclass(frozen=True, slots=True)
class Extent:
    """When a recording began, ISO 8601 as its file has it or "", and how long it lasts."""

    start: str = ""
    length_s: float = math.inf

    @property
    def began(self) -> datetime | None:
        """When the recording began, None where its file does not say."""
        return datetime.fromisoformat(self.start) if self.start else None

    def holds(self, seconds: float) -> bool:
        """Whether a time after the start lies in the recording."""
        return 0 <= seconds < self.length_s


@dataclass(frozen=True, slots=True)
class _Hours:
    """A time such as 22:00:08 in seconds; `is_clock` where it says a.m. or p.m."""

    seconds: float
    is_clock: bool


_Time = float | _Hours | datetime


def onsets_s(texts: Sequence[str], extent: Extent, column: str = "") -> list[float]:
    """Return times as seconds from a recording's start.

    Parameters
    ----------
    texts
        all of one table: whether hh:mm:ss are times of the clock, they say together
    column
        what they are called

    Raises
    ------
    DataError
        if one is no time, or nobody can tell from when they count
    """
    times = [_time(text) for text in texts]
    hours = [time for time in times if isinstance(time, _Hours)]
    dates = [time for time in times if isinstance(time, datetime)]
    is_clock = bool(hours) and _is_clock(hours, extent, column)
    _refuse_other_days(dates, extent)
    return [_seconds(time, extent, is_clock=is_clock) for time in times]


def check(text: str) -> None:
    """Check that a text is a time.

    Raises
    ------
    DataError
        if it is none
    """
    _time(text)


def from_origin(onset_s: float, origin: str, extent: Extent) -> str:
    """Return a time that counts from `origin` (ISO 8601), as a date; as it is where there is nothing to compare with.

    MNE-Python's origin is the second in which the recording began, and means its first sample.
    """
    began = extent.began
    if not origin or began is None:
        return repr(onset_s)
    stated = datetime.fromisoformat(origin)
    is_start = stated.replace(tzinfo=None) == began.replace(tzinfo=None, microsecond=0)
    return ((began if is_start else stated) + timedelta(seconds=onset_s)).isoformat()


def duration_s(text: str) -> float:
    """Return how long a mark lasts, from a number of seconds or hh:mm:ss.

    Raises
    ------
    DataError
        if it is neither, or below 0
    """
    found = _time(text)
    seconds = found.seconds if isinstance(found, _Hours) else found
    if isinstance(seconds, datetime) or seconds < 0:
        raise DataError(_no_time(text))
    return seconds


def _time(text: str) -> _Time:
    try:
        seconds = float(text)
    except ValueError:
        return _written_out(text)
    # float() also reads "nan" and "inf", which are no place in a recording.
    if not math.isfinite(seconds):
        raise DataError(_no_time(text))
    return seconds


def _written_out(text: str) -> _Time:
    if match := _HOURS.fullmatch(text.strip()):
        hours, minutes, seconds = int(match[1] or 0), int(match[2]), float(match[3].replace(",", "."))
        half = (match[4] or "").lower()[:1]
        if half:
            # 12 a.m. is midnight.
            hours = hours % 12 + (12 if half == "p" else 0)
        # Without hours, minutes may be any number.
        if seconds < 60 and (minutes < 60 or match[1] is None):
            return _Hours(3600.0 * hours + 60.0 * minutes + seconds, bool(half))
    iso = _DAY_FIRST.sub(r"\3-\2-\1 ", _YEAR_FIRST.sub(r"\1-\2-\3 ", text.strip()))
    try:
        return datetime.fromisoformat(re.sub(r"-(\d)(?=[- ])", r"-0\1", iso))
    except ValueError:
        raise DataError(_no_time(text)) from None


def _no_time(text: str) -> str:
    return f'"{text[:20]}" is no number of seconds, hh:mm:ss or date (2020-01-31 22:00:08) that can be; mend it'


def _is_clock(hours: Sequence[_Hours], extent: Extent, column: str) -> bool:
    """Whether times are of the clock: by their column, by a.m. or p.m., or since only so they lie in the recording."""
    began = extent.began
    as_said = column in OF_CLOCK or any(time.is_clock for time in hours)
    if column == ELAPSED and not as_said:
        return False
    elapsed = [time.seconds for time in hours]
    clock = [_since_start(time.seconds, extent) for time in hours] if began is not None else []
    inside = [sum(map(extent.holds, seconds)) for seconds in (elapsed, clock)]
    shown = f"its times (the first is {_as_hours(elapsed[0])}) may be of the clock"
    if began is None and (as_said or not inside[0]):
        raise DataError(f"{shown}, and the recording does not say when it began; write seconds from its start")
    if began is None or elapsed == clock:
        return False
    if not as_said and inside[0] == inside[1]:
        raise DataError(
            f"{shown} (the recording began at {began:%H:%M:%S}) or counted from its start; call their column "
            f'"clock" or "{ELAPSED}", or write seconds'
        )
    is_clock = as_said or inside[1] > inside[0]
    if is_clock and extent.length_s > DAY_S:
        raise DataError(f"{shown}, and the recording lasts for more than a day; write dates with them")
    return is_clock


def _since_start(seconds: float, extent: Extent) -> float:
    """Return a time of the clock in seconds from the start; one that lies outside may lie before it."""
    began = extent.began or EPOCH
    start_s = (began - began.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    after_s = (seconds - start_s) % DAY_S
    return after_s if extent.holds(after_s) else after_s - DAY_S


def _refuse_other_days(dates: Sequence[datetime], extent: Extent) -> None:
    if not dates or any(extent.holds(_since(date, extent)) for date in dates):
        return
    raise DataError(
        f"its dates (the first is {dates[0]}) lie outside of the recording, which began at {extent.began or EPOCH} and "
        f"lasts {extent.length_s:g} s; check that they are of this recording, or write seconds from its start"
    )


def _since(date: datetime, extent: Extent) -> float:
    began = extent.began
    if date.year == EPOCH.year and (began is None or began.year != EPOCH.year):
        began = EPOCH
    if began is None:
        raise DataError(
            f"its times are dates (the first is {date}), and the recording does not say when it began; "
            "write seconds from its start"
        )
    if date.tzinfo is None or began.tzinfo is None:
        # What names no zone is taken for the recording's own, as MNE-Python does.
        date, began = date.replace(tzinfo=None), began.replace(tzinfo=None)
    return (date - began).total_seconds()


def _as_hours(seconds: float) -> str:
    return f"{int(seconds // 3600):02}:{int(seconds // 60) % 60:02}:{int(seconds % 60):02}"


def _seconds(time: _Time, extent: Extent, *, is_clock: bool) -> float:
    if isinstance(time, datetime):
        return _since(time, extent)
    if isinstance(time, _Hours):
        return _since_start(time.seconds, extent) if is_clock else time.seconds
    return time
