"""A bed's threshold from a site's own recordings without discharges, through the very stages that run live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.evaluation.bootstrap import LEVEL
from models.evaluation.poisson import highest_rate, hours_to_show
from models.readers.recording import open_recording
from stream.account import Account
from stream.config.keys import Bed, Config
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.evaluate.annotated import each_outcome, remarks
from stream.recorded import bind, stream_wanted

# From 0.1: below, a network takes nearly everything for a discharge, and such thresholds would cost most of the time.
CANDIDATES: Final = (*(round(0.02 * step, 2) for step in range(5, 50)), 0.99, 0.995, 0.998, 0.999)
"""Thresholds that are tried, ascending: closer together where events are few."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One recording without discharges: the hours that could be analysed, and the events at each threshold.

    `remarks` say what is odd about it: an electrode that is left out has no false alarms either.
    """

    path: Path
    hours: float
    events: Mapping[float, int]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What one threshold costs: events in all recordings, an hour, and the highest rate they leave possible."""

    threshold: float
    events: int
    per_h: float
    highest_per_h: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The threshold for a bed, and what it rests on.

    `chosen` is the lowest threshold from which on events are few enough. `shown` has the row of the lowest at which
    even the highest rate that the recordings leave possible is low enough; it is empty where they are too short.
    """

    alarms_per_h: float
    hours: float
    rows: tuple[Row, ...]
    chosen: Row
    shown: tuple[Row, ...]
    recordings: tuple[Counted, ...]


def count(config: Config, bed: Bed, detectors: Detectors, path: Path) -> Counted:
    """Count the events of one recording at each of `CANDIDATES`, as the bed would report them.

    Raises
    ------
    RecordingError, MontageError, InputError
        in one line, if the file cannot be read or analysed
    """
    opened = open_recording(path, stream_wanted(bed))
    binding = bind(config, bed, path, opened, detectors)
    events = dict.fromkeys(CANDIDATES, 0)
    analysed, account = 0, Account()
    for threshold, outcome in each_outcome(binding, opened, CANDIDATES, account):
        events[threshold] += len(outcome.detections)
        # Coverage is the same for all of them, and is counted with one.
        if threshold == CANDIDATES[0]:
            analysed += sum(part.end - part.first for part in outcome.coverage if part.fate == "analysed")
    return Counted(path, analysed / opened.head.rate_hz / 3600, events, remarks(opened, account))


def calibrate(recordings: Sequence[Counted], alarms_per_h: float) -> Calibration:
    """Choose the lowest threshold from which on events come to at most so many in an analysed hour.

    Raises
    ------
    InputError
        if the recordings are too short to say so, or no threshold is high enough
    """
    hours = sum(recording.hours for recording in recordings)
    needed = hours_to_show(alarms_per_h)
    if hours < needed:
        raise InputError(
            f"{hours:.2f} h of recordings could be analysed: to show at most {alarms_per_h:g} alarms an hour takes at "
            f"least {needed:.2f} h, even if none comes ({100 * LEVEL:.0f} % level); give {needed - hours:.2f} h more, "
            "or a higher --alarms-per-hour"
        )
    rows = tuple(_row(recordings, threshold, hours) for threshold in CANDIDATES)
    quiet = _from_which_on([row.per_h <= alarms_per_h for row in rows])
    if quiet == len(rows):
        raise InputError(_never_quiet(recordings, rows[-1], hours, alarms_per_h))
    shown = _from_which_on([row.highest_per_h <= alarms_per_h for row in rows])
    return Calibration(alarms_per_h, hours, rows, rows[quiet], rows[shown : shown + 1], tuple(recordings))


def _row(recordings: Sequence[Counted], threshold: float, hours: float) -> Row:
    events = sum(recording.events[threshold] for recording in recordings)
    return Row(threshold, events, events / hours, highest_rate(events, hours))


def _from_which_on(passes: Sequence[bool]) -> int:
    """Return the index from which on all pass, their number where the last one does not."""
    # A lower threshold may by chance have fewer events than the next one; the next patient would not repeat it.
    failing = [index for index, passed in enumerate(passes) if not passed]
    return failing[-1] + 1 if failing else 0


def _never_quiet(recordings: Sequence[Counted], last: Row, hours: float, alarms_per_h: float) -> str:
    worst = max(recordings, key=lambda recording: recording.events[last.threshold])
    return (
        f"{worst.path}: {worst.events[last.threshold]} of {last.events} events in {hours:.2f} analysed hours even at "
        f"threshold {last.threshold:g}, more than {alarms_per_h:g} an hour in all; look at them with "
        "`spikewatch score`, and leave out recordings with discharges or bad electrodes"
    )
