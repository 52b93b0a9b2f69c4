"""Recordings with an expert's marks through the very stages that run live: what each threshold finds, in one pass."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from models.evaluation.events import EventCounts, Subject, Timing, compare
from models.readers.recording import Opened, open_recording
from stream.analysis import Analysis, analyse
from stream.config.keys import Bed, Config, Merge
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.pipeline import Outcome
from stream.recorded import bind, chunks, stream_wanted
from stream.records import Detection

CHUNK_SAMPLES: Final = 512
COLUMNS: Final = ("file", "time_s")
REMEDY: Final = "write a CSV table with the columns file,time_s (s from the file's start), and if you like subject"


@dataclass(slots=True)
class Marks:
    """What a table of marks says of one file; `subject` is the file's name where the table names none."""

    subject: str
    times_s: list[float] = field(default_factory=list)


def read_marks(path: Path) -> dict[str, Marks]:
    """Read a table of marks by file name.

    A row without a time names a file in which nothing was marked. Files of one `subject` count as one.

    Raises
    ------
    InputError
        that names the file, the line and the remedy
    """
    found: dict[str, Marks] = {}
    try:
        # Excel begins UTF-8 with a mark that would become part of the first column's name.
        with path.open(encoding="utf-8-sig", newline="") as table:
            rows = csv.DictReader(table)
            if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
                raise InputError(f"{path}: has no column {missing[0]!r}; {REMEDY}")
            for row in rows:
                marks = found.setdefault(row["file"], Marks(row.get("subject") or row["file"]))
                marks.times_s += [float(row["time_s"])] if row["time_s"] else []
    except ValueError as problem:
        raise InputError(f"{path}: line {rows.line_num}: {problem}; {REMEDY}") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror}); {REMEDY}") from None
    return found


def marks_of(path: Path, marks: Mapping[str, Marks], *, healthy: bool) -> Marks:
    """Return what was marked in a file, found by its path as given, else by its name.

    Raises
    ------
    InputError
        if nothing is known of it and it is not declared to be of a healthy person
    """
    for name in (str(path), path.name):
        if name in marks:
            return marks[name]
    if not healthy:
        raise InputError(f"{path}: no marks; name it in the table of --marks, or say --healthy if it has no discharge")
    return Marks(path.name)


def examine(config: Config, detectors: Detectors, path: Path, marks: Marks, thresholds: Sequence[float]) -> Subject:
    """Count what each threshold finds in one file, false alarms by the minutes that could be analysed.

    The first bed's montage and unit hold.

    Raises
    ------
    RecordingError, MontageError, InputError
        in one line, if the file cannot be read or analysed
    """
    opened = open_recording(path, stream_wanted(config.bed[0]))
    binding = bind(config, config.bed[0], path, opened, detectors)
    rate_hz = opened.head.rate_hz
    # Counted as they come: of a night at many thresholds all outcomes together would fill the memory.
    found: dict[float, list[Detection]] = {threshold: [] for threshold in thresholds}
    analysed = dict.fromkeys(thresholds, 0)
    for threshold, outcome in each_outcome(binding, opened, thresholds):
        found[threshold] += outcome.detections
        # Per minute of what could be analysed: an hour with an electrode off has no hour of false alarms.
        analysed[threshold] += sum(part.end - part.first for part in outcome.coverage if part.fate == "analysed")
    counts: dict[float, EventCounts] = {}
    timings: dict[float, Timing] = {}
    for threshold, detections in found.items():
        counts[threshold], timings[threshold] = compare(
            marks.times_s,
            [detection.sample / rate_hz for detection in detections],
            [detection.decided / rate_hz for detection in detections],
            analysed[threshold] / rate_hz / 60,
        )
    return Subject(marks.subject, counts, timings)


def at_thresholds(binding: Binding, opened: Opened, thresholds: Sequence[float]) -> dict[float, list[Outcome]]:
    """Return what each threshold would have found live; filters and network run once for all of them."""
    found: dict[float, list[Outcome]] = {threshold: [] for threshold in thresholds}
    for threshold, outcome in each_outcome(binding, opened, thresholds):
        found[threshold].append(outcome)
    return found


def each_outcome(binding: Binding, opened: Opened, thresholds: Sequence[float]) -> Iterator[tuple[float, Outcome]]:
    """Yield, hop by hop, what each threshold makes of it: for many thresholds, or hours of which only counts matter."""
    pipelines = {threshold: _at(binding, threshold).pipeline() for threshold in thresholds}
    # Pipelines differ in what they merge only, so the first one conditions and frames for all.
    analysis = Analysis(pipelines[thresholds[0]], binding.detector.infer)
    for scored in analyse(analysis, chunks(opened, CHUNK_SAMPLES)):
        for threshold, pipeline in pipelines.items():
            yield threshold, pipeline.merge(scored.due.item, scored.scores)


def _at(binding: Binding, threshold: float) -> Binding:
    bed: Bed = binding.bed.model_copy(update={"merge": Merge(threshold=threshold)})
    return Binding(binding.config, bed, binding.source, binding.detectors, binding.dead)
