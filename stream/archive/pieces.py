"""The pieces of work of an archive: look at a file, score a segment of it, and merge a whole file.

    survey -> segment, segment, ... -> merge

A segment is only what costs most, the network, begun `MARGIN_S` early so that filters and running measures stand as
they do in one process. `merge` leads the whole file through all stages once, in order, and takes the network's
answers from the segments: sleep and clusters remember a recording from its beginning, and cannot be cut.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from models.engines.opening import tune_process
from models.errors import MontageError, RecordingError
from models.readers.fingerprint import fingerprint
from stream.account import Account
from stream.analysis import Analysis, analyse
from stream.archive.kept import KeptAnswers, Remembering
from stream.config.keys import Config
from stream.detect.models import BY_DETECTOR, OFF, Detectors
from stream.errors import InputError
from stream.recorded import chunks
from stream.score import ScoredFile, find_in, open_file

MARGIN_S: Final = 35.0
"""So much before a segment is conditioned too: the quality gate looks back 30 s, and filters settle in 5.

No margin makes every sample equal to the last bit, for a recursive filter's rounding never dies out: behind 20, 35 and
300 s alike some 1 % of the windows differ in one bit of one sample. `merge` finds these, and infers them again.
"""
GRID_S: Final = 5.0
"""Segments begin on multiples of it, where the quality gate's sums begin anew (`models.signal.quality`)."""
CHUNK_SAMPLES: Final = 512
PROBLEMS: Final = (RecordingError, MontageError, InputError)


@dataclass(frozen=True, slots=True)
class Job:
    """How all files of an archive are scored, and the folder where pieces leave what they found."""

    config: Config
    bed: str
    folder: Path
    segment_s: float = 600.0

    def key(self, file: Path) -> str:
        """Return a name for a file's results, made of all that decides them."""
        found = detectors(self.config)
        [bed] = [one for one in self.config.bed if one.id == self.bed]
        detector = found.of(bed)
        models = [detector.manifest.sha256, detector.engine, found.sleep.manifest.sha256 if found.sleep else ""]
        decided = [self.config.model_dump(mode="json"), self.bed, models, str(file), fingerprint(file)]
        return sha256(json.dumps(decided, sort_keys=True, default=str).encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file before it is scored: `edges` (samples) between which its segments lie."""

    file: Path
    dead: Mapping[int, str] = field(default_factory=dict)
    edges: tuple[int, ...] = (0, 0)
    problem: str = ""

    @property
    def segments(self) -> list[tuple[int, int]]:
        """First and end of each segment; none of a file that is scored in one piece."""
        return [*pairwise(self.edges)] if len(self.edges) > 2 else []


@lru_cache(maxsize=1)
def _detectors(settings: str) -> Detectors:
    tune_process()
    return Detectors(Config.model_validate_json(settings))


def detectors(config: Config) -> Detectors:
    """Open the networks of a configuration, once in each process."""
    return _detectors(config.model_dump_json())


def opened(
    job: Job, file: Path, dead: Mapping[int, str] | None, report: Callable[[str], None] = lambda _line: None
) -> ScoredFile:
    """Open a file for the job's bed."""
    return open_file(job.config, file, job.bed, report, networks=partial(detectors, job.config), dead=dead)


def survey(job: Job, file: Path) -> Survey:
    """Look through a file for channels that are dead, and cut it into segments."""
    try:
        found = opened(job, file, dead=None)
    except PROBLEMS as problem:
        return Survey(file, problem=str(problem))
    infer, head = found.binding.detector.infer, found.opened.head
    # Such recordings are not cut. A network that carries a state needs it from the recording's beginning. Without a
    # network nothing would be gained. Of a network that scores sleep as well, only the discharges would be kept.
    whole = infer.carries or infer.name == OFF or job.config.infer.sleep == BY_DETECTOR
    length = found.opened.length
    return Survey(file, dict(found.binding.dead), edges_of(length, head.rate_hz, length if whole else job.segment_s))


def edges_of(length: int, rate_hz: float, segment_s: float) -> tuple[int, ...]:
    """Return where segments of about `segment_s` begin and end; none is shorter than half of that."""
    count = max(1, round(length / rate_hz / segment_s))
    grid = [GRID_S * round(length / rate_hz * number / count / GRID_S) for number in range(1, count)]
    inner = sorted({round(second * rate_hz) for second in grid} - {0, length})
    return (0, *inner, length)


def score_segment(job: Job, seen: Survey, first: int, end: int, kept: Path) -> None:
    """Write the network's answers to the windows that end in samples (first, end] of a file."""
    if kept.exists():
        return
    file = opened(job, seen.file, seen.dead)
    infer = file.binding.detector.infer
    answers = KeptAnswers(infer.name)
    pipeline = file.binding.pipeline(first)
    margin = round(MARGIN_S * file.opened.head.rate_hz)
    # A network without a memory sees only what comes after `first`; the samples before it let the filters settle.
    analysis = Analysis(pipeline, Remembering(infer, answers))
    for record in chunks(file.opened, CHUNK_SAMPLES, max(0, first - margin)):
        for _ in analyse(analysis, [record]):
            pass
        if record.end >= end:
            break
    answers.save(kept)


def merge(job: Job, seen: Survey, result: Path) -> None:
    """Write all that is found in one file, with the answers that its segments left beside the result."""
    # Kept answers fit any cut: each is found by the samples that it answers.
    parts = sorted(result.parent.glob(f"{result.stem}-*.npz"))
    if not result.exists():
        content = {"file": str(seen.file), "problem": seen.problem} if seen.problem else _found(job, seen, parts)
        partial = result.with_name(f"{result.stem}-{uuid4().hex}.partial")
        partial.write_text(json.dumps(content), encoding="utf-8")
        partial.replace(result)
    # After the result: a kill in between leaves parts too many, never a result too few.
    for part in result.parent.glob(f"{result.stem}-*"):
        part.unlink(missing_ok=True)


def _found(job: Job, seen: Survey, parts: list[Path]) -> dict[str, Any]:
    remarks: list[str] = []
    try:
        file = opened(job, seen.file, seen.dead, remarks.append)
        infer, account = file.binding.detector.infer, Account()
        remembering = Remembering(infer, KeptAnswers(infer.name)) if parts else None
        if remembering:
            remembering.answers.load(parts)
        found = find_in(file, CHUNK_SAMPLES, account, remembering)
    except PROBLEMS as problem:
        return {"file": str(seen.file), "problem": str(problem)}
    return {
        "file": str(seen.file),
        "problem": "nothing of it could be analysed" if account.nothing_analysed else "",
        "began": found.began.isoformat() if found.began else "",
        "seconds": found.seconds,
        "segments": len(parts) or 1,
        "inferred_again": remembering.inferred if remembering else 0,
        "remarks": remarks,
        "lines": account.lines(),
        "summary": account.summary(),
        "events": found.events,
        "stages": [asdict(one) for one in found.stages],
        "stretches": [asdict(one) for one in found.stretches],
    }
