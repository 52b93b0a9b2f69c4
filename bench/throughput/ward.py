"""Beds of one process: the live stages of each around one engine, fed with a simulated patient as fast as they go."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from bench.throughput.untrained import HOP_S
from models.engines.engine import Engine, StreamEngine
from models.signal.montage import ROWS
from models.simulate import simulate
from models.zoo.store import LoadedModel
from stream.analysis import Analysis, infer_turns
from stream.config.keys import Bed, Config, JournalFile
from stream.config.keys import Infer as InferSection
from stream.detect.binding import Binding
from stream.detect.hops import hop_samples
from stream.detect.models import Detector, Detectors
from stream.infer import BATCH_WINDOWS, Infer, InferStreams, InferWindows
from stream.records import Chunk, Hop, Samples, Source

RATE_HZ: Final = 512.0
"""Of the amplifiers."""
CHUNK: Final = round(HOP_S * RATE_HZ)
# (40 * 512 - 64 * 32) / 64 = 288 hops of 64 samples, also for the last of 64 beds.
SECONDS: Final = 40.0
APART: Final = 32
"""Samples from one bed's place in the recording to the next one's: no two beds hold the same window."""
PATIENT: Final = 11


class Runner(Protocol):
    """An engine, to be put into the stages or fed by itself."""

    def stage(self) -> Infer:
        """Make the stage that runs it."""
        ...

    def alone(self, hops: Sequence[Hop]) -> float:
        """Return the seconds that the engine takes for what the stages give theirs, made ready beforehand."""
        ...


@dataclass(frozen=True, slots=True)
class OfWindows:
    """An engine that scores windows."""

    engine: Engine

    def stage(self) -> Infer:
        """Make the stage; see Runner."""
        return InferWindows(self.engine)

    def alone(self, hops: Sequence[Hop]) -> float:
        """Score the hops' windows; see Runner."""
        windows = [window.samples for hop in hops for window in hop.windows]
        # As the stage cuts them, but stacked beforehand: the rest is the engine alone.
        batches = [np.stack(windows[at : at + BATCH_WINDOWS]) for at in range(0, len(windows), BATCH_WINDOWS)]
        began_s = time.perf_counter()
        for batch in batches:
            self.engine.score(batch)
        return time.perf_counter() - began_s


@dataclass(frozen=True, slots=True)
class OfStreams:
    """An engine that carries streams, for windows of so many samples; by itself it is fed streams of its own."""

    engine: StreamEngine
    window_samples: int

    def stage(self) -> Infer:
        """Make the stage; see Runner."""
        return InferStreams(self.engine, self.window_samples, ROWS)

    def alone(self, hops: Sequence[Hop]) -> float:
        """Push the hops; see Runner."""
        shape = (-1, ROWS, self.engine.hop_samples)
        # Streams of its own: those of the stages must not see a hop twice. A copy, as the stage makes one.
        pushed = {f"{hop.bed} alone": hop.samples.reshape(shape).copy() for hop in hops}
        began_s = time.perf_counter()
        self.engine.push(pushed)
        return time.perf_counter() - began_s


class Opened(Detectors):
    """One detector that is open already, for every bed; sleep is not staged."""

    def __init__(self, loaded: LoadedModel, runner: Runner) -> None:
        hop = hop_samples(HOP_S * 1e3, loaded.manifest.rate_hz)
        self._detector = Detector(loaded.manifest, runner.stage(), hop)
        self.sleep = None
        self.yasa = None
        self.refused = {}

    def of(self, bed: Bed) -> Detector:  # noqa: ARG002  (all beds share it)
        """Return the detector."""
        return self._detector


@dataclass(frozen=True, slots=True)
class Round:
    """What one hop of all beds took, stage by stage, and how many windows were scored."""

    hops: tuple[Hop, ...]
    scored: int
    condition_s: float
    frame_s: float
    infer_s: float
    merge_s: float

    @property
    def live_s(self) -> float:
        """From conditioned chunks to conclusions."""
        return self.frame_s + self.infer_s + self.merge_s

    @property
    def whole_s(self) -> float:
        """From raw chunks to conclusions."""
        return self.condition_s + self.live_s


class Ward:
    """Some beds with the same detector; each reads the same recording at another place."""

    def __init__(self, loaded: LoadedModel, runner: Runner, beds: int) -> None:
        samples, labels = _patient()
        count = len(labels)
        source = Source("a", "EEG", "a", "h", "u", RATE_HZ, "float32", labels, ("uV",) * count, ("EEG",) * count)
        config = Config(
            site="ward",
            bed=[Bed(id=f"bed-{number}") for number in range(beds)],
            infer=InferSection(sleep="off"),
            journal=JournalFile(path=Path("unused.db")),
        )
        opened = Opened(loaded, runner)
        self._samples = samples
        self._infer = opened.of(config.bed[0]).infer
        self._beds = [
            Analysis(Binding(config, bed, source, opened).pipeline(), self._infer, clock=time.perf_counter)
            for bed in config.bed
        ]
        self._rounds = 0

    def round(self) -> Round:
        """Lead every bed one hop on."""
        chunks = [self._chunk(bed) for bed in range(len(self._beds))]
        self._rounds += 1
        clock, condition_s, frame_s, turns = time.perf_counter, 0.0, 0.0, []
        for bed, chunk in zip(self._beds, chunks, strict=True):
            began_s = clock()
            bed.push(chunk)
            turns.append(turn := bed.take_turn())
            # Beds condition and frame in turn, as they do live, so each bed's times are added up.
            condition_s += turn[0].conditioned_s - began_s
            frame_s += turn[0].framed_s - turn[0].conditioned_s
        framed_s = clock()
        scored = infer_turns(self._infer, turns, clock)
        inferred_s = clock()
        for bed, of_bed in zip(self._beds, scored, strict=True):
            for one in of_bed:
                bed.pipeline.merge(one.due.item, one.scores)
        merged_s = clock()
        hops = tuple(due.item for turn in turns for due in turn if isinstance(due.item, Hop))
        windows = sum(len(one.scores.scores) for of_bed in scored for one in of_bed)
        return Round(hops, windows, condition_s, frame_s, inferred_s - framed_s, merged_s - inferred_s)

    def _chunk(self, bed: int) -> Chunk:
        at = self._rounds * CHUNK
        piece = self._samples[:, bed * APART + at : bed * APART + at + CHUNK]
        newest_s = (at + CHUNK - 1) / RATE_HZ
        # The bench is about speed: every sample is valid, and time is that of the samples.
        return Chunk(at, piece, np.ones(piece.shape, np.bool_), arrival_s=newest_s, lsl_s=newest_s)


@cache
def _patient() -> tuple[Samples, tuple[str, ...]]:
    made = simulate(PATIENT, SECONDS, rate_hz=RATE_HZ, ied_rate_per_min=10.0)
    return made.samples, made.labels
