"""`spikewatch score`: a file through the very stages that run live, in memory, as fast as they go."""

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.errors import MontageError
from models.readers.recording import Recording, read
from models.readers.xdf import Wanted
from models.signal.dead import dead_channels
from stream.account import Account
from stream.analysis import Analysis, analyse
from stream.config.keys import Bed, Config
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.findings import Findings, Stretch, joined, stage_spans
from stream.pipeline import Outcome
from stream.records import Chunk, Coverage, Detection, Source, Stage
from stream.schema.journalled import Model
from stream.schema.outgoing import IedContext, ied_outgoing

RECORDING: Final = 1
"""A file is the first recording of its bed, as a stream is in a new journal: so the ids are the same."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NOT_MEASURED: Final = dict.fromkeys(("acquire", "condition", "frame", "infer", "merge"), math.nan)
"""A file has no latency: its samples do not arrive."""


def score(
    config: Config,
    path: Path,
    chunk_samples: int,
    bed: str,
    report: Callable[[str], None] = lambda _line: None,
    account: Account | None = None,
) -> list[dict[str, Any]]:
    """Find the IEDs of one file: the events of `find`."""
    return list(find(config, path, chunk_samples, bed, report, account).events)


def find(
    config: Config,
    path: Path,
    chunk_samples: int,
    bed: str,
    report: Callable[[str], None] = lambda _line: None,
    account: Account | None = None,
) -> Findings:
    """Find what there is in one file: IEDs, sleep stages, and what was not analysed.

    Parameters
    ----------
    chunk_samples
        how many samples enter at a time; any number gives the same events
    bed
        whose montage, unit and threshold hold
    report
        is called with a line on what the file holds that is not looked at
    account
        is filled with what became of each group

    Returns
    -------
    Findings
        its events have the keys of `event/ied`, and `time_s` (of the peak, s from the file's start); `utc` is None
        where the file does not say when it began or in which zone

    Raises
    ------
    RecordingError, MontageError, InputError
        in one line that names the file, if it cannot be read or analysed
    """
    [settings] = [known for known in config.bed if known.id == bed]
    recording = read(path, stream_wanted(settings))
    for remark in recording.remarks:
        report(f"{path}: {remark}")
    binding = bind(config, settings, path, recording, Detectors(config))
    began = datetime.fromisoformat(recording.start_utc) if recording.start_utc else None
    events: list[dict[str, Any]] = []
    stages: list[tuple[float, Stage]] = []
    stretches: list[Stretch] = []
    try:
        for outcome in outcomes(binding, recording, chunk_samples, account):
            events += [_event(binding, found, outcome, began) for found in outcome.detections]
            stages += [(state.epoch_end / recording.rate_hz, state.stage) for state in outcome.sleep]
            stretches += stretches_of(outcome.coverage, recording.rate_hz)
    except (MontageError, InputError) as problem:
        raise type(problem)(f"{path}: {problem}") from None
    spans = stage_spans(stages)
    return Findings(path.stem, began, recording.duration_s, tuple(events), spans, joined(stretches))


def stretches_of(coverage: Iterable[Coverage], rate_hz: float) -> list[Stretch]:
    """Return what was not analysed, in seconds from sample 0."""
    return [
        Stretch(piece.first / rate_hz, (piece.end - piece.first) / rate_hz, piece.fate, piece.reason)
        for piece in coverage
        if piece.fate != "analysed"
    ]


def bind(config: Config, bed: Bed, path: Path, recording: Recording, detectors: Detectors) -> Binding:
    """Bind a bed's settings to a file; chains are bridged over electrodes that are dead throughout."""
    dead = dead_channels(recording.samples, recording.rate_hz)
    return Binding(config, bed, source_of(path, recording), detectors, dead)


def stream_wanted(bed: Bed) -> Wanted:
    """Return which of a file's streams is the bed's."""
    keys = bed.acquire
    return Wanted(keys.name, keys.type, keys.source_id, keys.hostname)


def outcomes(
    binding: Binding, recording: Recording, chunk_samples: int, account: Account | None = None
) -> Iterator[Outcome]:
    """Run a whole recording through the stages; the last outcome closes the account."""
    pipeline, told = binding.pipeline(), account or Account()
    montage = pipeline.montage
    manifest = binding.detector.manifest
    told.begin(
        recording.rate_hz,
        [group.name for group in montage.groups],
        {**recording.left_out, **montage.left_out},
        pipeline.settle_s + manifest.window_samples / manifest.rate_hz,
    )
    analysis = Analysis(pipeline, binding.detector.infer)
    for scored in analyse(analysis, chunks(recording, chunk_samples)):
        outcome = pipeline.merge(scored.due.item, scored.scores)
        told.add(outcome, scored)
        yield outcome
    # Behind the last whole hop lie samples that no window ends with.
    last = pipeline.finish(recording.samples.shape[1])
    told.add(last)
    yield last


def chunks(recording: Recording, chunk_samples: int) -> Iterator[Chunk]:
    """Cut a whole recording into chunks, as acquire would hand them on; time (s) is counted from sample 0."""
    samples = recording.samples
    for first in range(0, samples.shape[1], chunk_samples):
        piece = samples[:, first : first + chunk_samples]
        end_s = (first + piece.shape[1] - 1) / recording.rate_hz
        # A file has no clock of its own: its samples arrive, and are stamped, as they would be live at its rate.
        yield Chunk(first, piece, np.isfinite(piece), arrival_s=end_s, lsl_s=end_s)


def source_of(path: Path, recording: Recording) -> Source:
    """Describe a file as a stream would be."""
    return Source(
        name=path.name,
        type="EEG",
        source_id="",
        hostname="",
        uid="",
        rate_hz=recording.rate_hz,
        format="float32",
        labels=tuple(recording.labels),
        units=tuple(recording.units),
        types=tuple(recording.types),
    )


def _event(binding: Binding, found: Detection, outcome: Outcome, began: datetime | None) -> dict[str, Any]:
    """Return the payload that the same detection has live; what only a live run can measure is null."""
    manifest, time_s = binding.detector.manifest, found.sample / binding.source.rate_hz
    context = IedContext(
        site=binding.config.site,
        recording=RECORDING,
        model=Model(name=manifest.name, sha256=manifest.sha256),
        engine=binding.detector.infer.name,
        utc=(began or EPOCH).astimezone(UTC) + timedelta(seconds=time_s),
        sleep_stage=outcome.stage,
        sleep_confidence=outcome.stage_confidence,
        latency_ms=NOT_MEASURED,
    )
    payload = ied_outgoing(found, context).payload
    # A start without a zone is the recorder's local time: nobody knows which instant that was.
    known = began is not None and began.tzinfo is not None
    return {"id": payload["id"], "time_s": time_s, **payload, "utc": payload["utc"] if known else None}
