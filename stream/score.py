"""`spikewatch score`: a file through the same stages that run live, as fast as they can."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from models.detection.clusters import Clusters
from models.errors import MontageError
from models.readers.recording import Opened, open_recording
from models.signal import left_out
from stream.account import Account
from stream.analysis import Analysis
from stream.config.keys import Config
from stream.detect.bed_montage import declared_away
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.findings import Findings, Stretch, joined, stage_spans
from stream.infer import Infer
from stream.pipeline import Outcome, Pipeline
from stream.recorded import bind, follow, stream_wanted
from stream.records import Coverage, Detection
from stream.schema.journalled import Model
from stream.schema.outgoing import IedContext, ied_outgoing
from stream.terms import Stage

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
    return find_in(open_file(config, path, bed, report), chunk_samples, account or Account())


def find_in(file: "ScoredFile", chunk_samples: int, account: Account, infer: Infer | None = None) -> Findings:
    """Find what there is in a file that is open; `infer` stands in the place of its bed's network."""
    rate_hz = file.opened.head.rate_hz
    events: list[dict[str, Any]] = []
    stages: list[tuple[float, Stage]] = []
    stretches: list[Stretch] = []
    for outcome in file.outcomes(chunk_samples, account, infer=infer):
        events += file.events(outcome)
        stages += [(state.epoch_end / rate_hz, state.stage) for state in outcome.sleep]
        stretches += stretches_of(outcome.coverage, rate_hz)
    spans = stage_spans(stages)
    return Findings(file.path.stem, file.began, file.opened.length / rate_hz, tuple(events), spans, joined(stretches))


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """A file bound to a bed's settings; `began` is when it says that it began."""

    path: Path
    opened: Opened
    binding: Binding
    began: datetime | None

    def outcomes(
        self,
        chunk_samples: int,
        account: Account,
        cursor: int = 0,
        infer: Infer | None = None,
        clusters: Clusters | None = None,
    ) -> Iterator[Outcome]:
        """Run the file through the stages from `cursor` on, up to where everything was reported before.

        Events join the `clusters` of before, where they are given.

        Raises
        ------
        MontageError, InputError
            in one line that names the file, if it cannot be analysed
        """
        try:
            yield from outcomes(self.binding, self.opened, chunk_samples, account, cursor, infer, clusters)
        except (MontageError, InputError) as problem:
            # A channel that the montage lacks may be one that the reader left out.
            left_out = self.opened.head.left_out_text()
            raise type(problem)(f"{self.path}: {problem}{left_out and f' (left out {left_out})'}") from None

    def events(self, outcome: Outcome) -> list[dict[str, Any]]:
        """Return the payloads of what one hop brought."""
        return [_event(self.binding, found, outcome, self.began) for found in outcome.detections]


def open_file(
    config: Config,
    path: Path,
    bed: str,
    report: Callable[[str], None] = lambda _line: None,
    *,
    networks: Callable[[], Detectors] | None = None,
    dead: Mapping[int, str] | None = None,
) -> ScoredFile:
    """Open a file for a bed, and report what is odd about it.

    `networks` returns those of the configuration, which are asked for behind the file: to open some takes seconds, and
    whoever has several files has them once. Which channels are `dead` is found where it is not given.

    Raises
    ------
    RecordingError
        in one line that names the file, if it cannot be read
    """
    [settings] = [known for known in config.bed if known.id == bed]
    opened = open_recording(path, stream_wanted(settings))
    for remark in opened.head.remarks:
        report(f"{path}: {remark}")
    binding = bind(config, settings, path, opened, networks() if networks else Detectors(config), dead)
    for remark in opened.warned:
        report(f"{path}: {remark}")
    began = datetime.fromisoformat(opened.head.start_utc) if opened.head.start_utc else None
    return ScoredFile(path, opened, binding, began)


def stretches_of(coverage: Iterable[Coverage], rate_hz: float) -> list[Stretch]:
    """Return what was not analysed, in seconds from sample 0."""
    return [
        Stretch(piece.first / rate_hz, (piece.end - piece.first) / rate_hz, piece.fate, piece.reason)
        for piece in coverage
        if piece.fate != "analysed"
    ]


def outcomes(
    binding: Binding,
    opened: Opened,
    chunk_samples: int,
    account: Account | None = None,
    cursor: int = 0,
    infer: Infer | None = None,
    clusters: Clusters | None = None,
) -> Iterator[Outcome]:
    """Run a recording through the stages; the last outcome closes the account.

    `infer` stands in the place of the bed's network. From `cursor` on, what lies before it is conditioned again, so
    that every state stands as it stood there; `clusters` are those of the events up to it.
    """
    pipeline, told = binding.pipeline(cursor), account or Account()
    pipeline.clusters = clusters or pipeline.clusters
    begin_account(told, binding, opened, pipeline)

    def made(bound: Binding, reached: int) -> Analysis:
        nonlocal pipeline
        pipeline = bound.pipeline_after(pipeline, reached)
        return Analysis(pipeline, infer or binding.detector.infer, memory_s=binding.memory_s)

    for scored, bridged in follow(binding, opened, chunk_samples, made, cursor):
        outcome = pipeline.merge(scored.due.item, scored.scores)
        told.add(outcome, scored, bridged)
        yield outcome
    told.doubts = "; ".join(filter(None, (declared_away(binding.bed, pipeline.montage), pipeline.electrodes.doubts)))
    # Behind the last whole hop lie samples that no window ends with.
    last = pipeline.finish(opened.length)
    told.add(last)
    yield last


def begin_account(account: Account, binding: Binding, opened: Opened, pipeline: Pipeline) -> None:
    """Begin the account of a recording that these stages look at."""
    manifest, montage = binding.detector.manifest, pipeline.montage
    account.begin(
        opened.head.rate_hz,
        [group.name for group in montage.groups],
        left_out.together(opened.head.left_out, montage.left_out),
        pipeline.settle_s + manifest.window_samples / manifest.rate_hz,
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
        contract=binding.bed.merge.contract(manifest.sha256, manifest.threshold),
    )
    payload = ied_outgoing(found, context).payload
    # A start without a zone is the recorder's local time: the instant is unknown.
    known = began is not None and began.tzinfo is not None
    return {"id": payload["id"], "time_s": time_s, **payload, "utc": payload["utc"] if known else None}
