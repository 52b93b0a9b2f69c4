"""Recordings with an expert's marks through the very stages that run live: what each threshold finds, in one pass."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from models.datasets.mark_files import Span
from models.evaluation.events import EventCounts, Subject, Timing, compare
from models.readers.recording import Opened, open_recording
from stream.account import Account
from stream.analysis import Analysis
from stream.config.keys import Bed, Config
from stream.config.merge_keys import Merge
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.evaluate.marks import Marks
from stream.pipeline import Outcome
from stream.recorded import bind, follow, stream_wanted
from stream.records import Detection
from stream.score import begin_account

CHUNK_SAMPLES: Final = 512


def examine(
    config: Config,
    detectors: Detectors,
    path: Path,
    marks: Marks,
    thresholds: Sequence[float],
    report: Callable[[str], None] = lambda _line: None,
) -> Subject:
    """Count what each threshold finds in one file, false alarms by the minutes that could be analysed.

    The first bed's montage and unit hold. `report` is told what is odd about the file, a line each.

    Raises
    ------
    RecordingError, MontageError, InputError
        in one line, if the file cannot be read or analysed, or nothing of it was
    """
    opened = open_recording(path, stream_wanted(config.bed[0]))
    _check_within(path, marks, opened.duration_s)
    binding = bind(config, config.bed[0], path, opened, detectors)
    rate_hz = opened.head.rate_hz
    # Counted as they come: of a night at many thresholds all outcomes together would fill the memory.
    found: dict[float, list[Detection]] = {threshold: [] for threshold in thresholds}
    analysed, account = dict.fromkeys(thresholds, 0), Account()
    for threshold, outcome in each_outcome(binding, opened, thresholds, account):
        found[threshold] += outcome.detections
        # Per minute of what could be analysed: an hour with an electrode off has no hour of false alarms.
        analysed[threshold] += sum(part.end - part.first for part in outcome.coverage if part.fate == "analysed")
    if account.nothing_analysed:
        # Figures of nothing would look like a detector that finds nothing.
        raise InputError(f"{path}: nothing of it could be analysed ({'; '.join(account.lines())})")
    for remark in remarks(opened, account):
        report(f"{path}: {remark}")
    counts: dict[float, EventCounts] = {}
    timings: dict[float, Timing] = {}
    runs_s = sum(end_s - begin_s for begin_s, end_s in marks.runs_s)
    for threshold, detections in found.items():
        peaks_s, decided_s = _outside(marks, detections, rate_hz)
        minutes = max(0.0, analysed[threshold] / rate_hz - runs_s) / 60
        instants_s = [*marks.times_s, *(_instant(span, peaks_s) for span in marks.spans_s)]
        counts[threshold], _ = compare(instants_s, peaks_s, decided_s, minutes)
        # For a mark that is a span, nobody knows how far off the event is.
        _, timings[threshold] = compare(marks.times_s, peaks_s, decided_s, minutes)
    return Subject(marks.subject, counts, timings)


def remarks(opened: Opened, account: Account) -> tuple[str, ...]:
    """Return what is odd about a file that was analysed: by its reader, and by what the stages could not use."""
    return (*opened.head.remarks, *opened.warned, *account.remarks())


def _check_within(path: Path, marks: Marks, length_s: float) -> None:
    """Check that all marks lie in the recording: those of another file, or in milliseconds, would all be misses.

    Raises
    ------
    InputError
        that names the first one that does not
    """
    begins_s = [*marks.times_s, *(begin_s for begin_s, _ in (*marks.spans_s, *marks.runs_s))]
    for begin_s in begins_s:
        if not 0 <= begin_s <= length_s:
            raise InputError(
                f"{path}: a discharge is marked at {begin_s:g} s of {length_s:g} s; give seconds from its start"
            )


def _outside(marks: Marks, detections: Sequence[Detection], rate_hz: float) -> tuple[list[float], list[float]]:
    """Return peaks of detections, and when each was decided, but those in runs, which are neither right nor wrong."""
    times_s = [(one.sample / rate_hz, one.decided / rate_hz) for one in detections]
    kept = [one for one in times_s if not any(begin_s <= one[0] <= end_s for begin_s, end_s in marks.runs_s)]
    return [peak_s for peak_s, _ in kept], [decided_s for _, decided_s in kept]


def _instant(span: Span, peaks_s: Sequence[float]) -> float:
    """Return where in a span its discharge is taken to be: at the first event in it, else in its middle."""
    begin_s, end_s = span
    return next((peak_s for peak_s in peaks_s if begin_s <= peak_s <= end_s), (begin_s + end_s) / 2)


def each_outcome(
    binding: Binding, opened: Opened, thresholds: Sequence[float], account: Account | None = None
) -> Iterator[tuple[float, Outcome]]:
    """Yield, hop by hop, what each threshold makes of it: for many thresholds, or hours of which only counts matter.

    `account` is filled with what became of each group, which is the same at all thresholds.
    """
    pipelines = {threshold: _at(binding, threshold).pipeline() for threshold in thresholds}
    account = account or Account()
    begin_account(account, binding, opened, pipelines[thresholds[0]])

    def made(bound: Binding, reached: int) -> Analysis:
        for threshold, before in pipelines.items():
            pipelines[threshold] = _at(bound, threshold).pipeline_after(before, reached)
        # Pipelines differ in what they merge only, so the first one conditions and frames for all.
        return Analysis(pipelines[thresholds[0]], binding.detector.infer, memory_s=binding.memory_s)

    for scored, bridged in follow(binding, opened, CHUNK_SAMPLES, made):
        for threshold, pipeline in pipelines.items():
            outcome = pipeline.merge(scored.due.item, scored.scores)
            if threshold == thresholds[0]:
                account.add(outcome, scored, bridged)
            yield threshold, outcome
    account.add(pipelines[thresholds[0]].finish(opened.length))


def _at(binding: Binding, threshold: float) -> Binding:
    bed: Bed = binding.bed.model_copy(update={"merge": Merge(threshold=threshold)})
    return Binding(binding.config, bed, binding.source, binding.detectors, binding.dead)
