"""Question: what does one hop of one bed cost besides the network, and does anything pile up over hours?

Method: simulated scalp EEG, 19 channels at 256 Hz, played forwards and backwards without a jump, enters as chunks of
one hop; condition, frame, infer and merge (sleep staging with it) are those of the live system, the engine's answer a
constant. Every stage is clocked after a warm-up. Quiet: no window is above the threshold. Busy: every window is. What
is frozen is not collected, as in the live process. Growth is counted in blocks of Python's allocator over as many hops
again, before and behind them a collection, which empties Python's free lists, and a clearing of its cache of looked-up
attributes, 4096 entries that fill for hours. In a last pass under tracemalloc, which slows: the blocks that are alive
with a hop's results, and how far a hop's memory rises.
Hops in which a sleep state is made, one in forty, have a row of their own.
Goals: growth below one block in twenty hops (what is under way when counting begins and ends differs by some), no
collection of the oldest generation, all stages together below 1 ms at the 99th percentile.
Command: python -m bench.hotpath [--hops 2000] [--json FILE]
"""

import gc
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from typing import Any, Final

import numpy as np

from bench.command_line import command_line
from bench.machine import publish
from models.engines.engine import Answers, Floats
from models.engines.opening import tune_process
from models.networks.sc import SPANS
from models.signal.montage import ROWS
from models.simulate import simulate
from models.sleep.stager import RESULT_SAMPLES
from stream.analysis import Analysis, Scored, infer_turns
from stream.config.keys import Acquire, Bed, Config, Infer
from stream.config.merge_keys import Merge
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.infer import Infer as InferStage
from stream.infer import InferStreams, InferWindows
from stream.pipeline import Outcome
from stream.records import Chunk, Samples, Source

RATE_HZ: Final = 256.0
# A hop of 125 ms at 256 Hz: each chunk makes exactly one hop due, which `hop` relies on.
CHUNK_SAMPLES: Final = 32
SECONDS: Final = 60.0
WARM_UP_HOPS: Final = 200
PEAK: Final = 150  # samples into the window: late enough to be judged, early enough that what follows has come
TRACED_HOPS: Final = 200
STAGES: Final = ("condition", "frame", "infer", "merge")
GOAL_US: Final = 1000.0
# One block in twenty hops, as above: what is under way at either end differs by some.
GOAL_BLOCKS: Final = 0.05


class Constant:
    """An engine of either kind that answers at once."""

    name = "constant"
    context_samples = 0
    hop_samples = 16

    def __init__(self, probability: float) -> None:
        self._probability = np.float32(probability)

    def score(self, windows: Floats) -> Answers:
        """Answer for every window."""
        return self._answers(len(windows))

    def push(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        """Answer for every group."""
        return {stream: self._answers(len(hop)) for stream, hop in hops.items()}

    def forget(self, stream: str) -> None:
        """Nothing is carried."""

    def _answers(self, n: int) -> Answers:
        return np.full((n, SPANS), self._probability), np.full((n, SPANS), PEAK, np.int64)


class BedHarness:
    """One bed's stages, and chunks for them without end."""

    def __init__(self, infer: InferStage) -> None:
        made = simulate(1, SECONDS, rate_hz=RATE_HZ)
        # A low threshold, so that some candidates of the busy network pass the verifier and are merged to the end.
        bed = Bed(id="bed-1", acquire=Acquire(unit="uV"), merge=Merge(threshold=0.001))
        config = Config(bed=[bed], infer=Infer(device="cpu"))
        n = len(made.labels)
        source = Source("amp", "EEG", "", "", "", RATE_HZ, "float32", made.labels, ("uV",) * n, ("EEG",) * n)
        pipeline = Binding(config, bed, source, Detectors(config)).pipeline()
        self._analysis = Analysis(pipeline, infer, clock=time.perf_counter)
        self._chunks = chunks(made.samples)
        self.windows: Counter[str] = Counter()

    def hop(self) -> tuple[tuple[Scored, Outcome], list[float]]:
        """Run the next chunk through all stages; return what they made of it, and the clock (s) around each."""
        analysis, chunk, clock = self._analysis, next(self._chunks), time.perf_counter
        began_s = clock()
        analysis.push(chunk)
        [[scored]] = infer_turns(analysis.infer, [analysis.take_turn()], clock)
        outcome = analysis.pipeline.merge(scored.due.item, scored.scores)
        analysis.pipeline.stage_sleep()
        merged_s = clock()
        # After the last clock.
        self.windows.update(outcome.windows)
        due = scored.due
        return (scored, outcome), [began_s, due.conditioned_s, due.framed_s, scored.inferred_s, merged_s]


def chunks(samples: Samples) -> Iterator[Chunk]:
    """Play a recording of whole chunks to and fro without end."""
    # A recording begun again would jump, and the jump would be masked as bad samples and change what is measured.
    whole = np.concatenate((samples, samples[:, ::-1]), axis=1)
    # Made beforehand, so that no copy of the bench's own is counted as growth.
    pieces = [whole[:, at : at + CHUNK_SAMPLES].copy() for at in range(0, whole.shape[1], CHUNK_SAMPLES)]
    valid = np.ones_like(pieces[0], np.bool_)
    for number, piece in enumerate(cycle(pieces)):
        newest_s = ((number + 1) * CHUNK_SAMPLES - 1) / RATE_HZ
        yield Chunk(number * CHUNK_SAMPLES, piece, valid, newest_s, newest_s)


def times(bedside: BedHarness, hops: int) -> dict[str, Any]:
    """Clock every stage, microseconds, and count the collections meanwhile by generation."""
    clocked_s, staged = np.empty((hops, len(STAGES) + 1)), np.empty(hops, np.bool_)
    with collections_counted() as collections:
        for number in range(hops):
            (scored, _), clocked_s[number] = bedside.hop()
            staged[number] = scored.due.item.end % RESULT_SAMPLES == 0
    stages_us = np.diff(clocked_s, axis=1) * 1e6
    totals = stages_us.sum(axis=1)
    found = {stage: _quantiles(stages_us[:, k]) for k, stage in enumerate(STAGES)}
    found |= {"total": _quantiles(totals), "total_with_a_sleep_state": _quantiles(totals[staged])}
    return {"us": found, "collections": dict(collections)}


@contextmanager
def collections_counted() -> Iterator[Counter[str]]:
    """Freeze what there is, as the live process does, and count collections by generation."""
    counted: Counter[str] = Counter(generation_0=0, generation_1=0, generation_2=0)

    def count(phase: str, about: dict[str, int]) -> None:
        counted[f"generation_{about['generation']}"] += phase == "start"

    gc.collect()
    gc.freeze()
    gc.callbacks.append(count)
    try:
        yield counted
    finally:
        gc.callbacks.remove(count)
        gc.unfreeze()


def growth(bedside: BedHarness, hops: int) -> float:
    """Return how many blocks a hop leaves behind."""
    before = _held_blocks()
    for _ in range(hops):
        bedside.hop()
    return (_held_blocks() - before) / hops


def _held_blocks() -> int:
    # Python's own caches fill for hours and would look like a leak.
    gc.collect()
    sys._clear_type_cache()
    return sys.getallocatedblocks()


def traced(bedside: BedHarness) -> dict[str, float]:
    """Count what a hop's results hold, in blocks, and how far a hop's memory rises, in KiB; medians."""
    alive, temporary_kib = np.empty(TRACED_HOPS, np.int64), np.empty(TRACED_HOPS)
    tracemalloc.start()
    for number in range(TRACED_HOPS):
        blocks, (held, _) = sys.getallocatedblocks(), tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        # Held while it is counted: what a hop's results keep alive is the question.
        made = bedside.hop()
        alive[number] = sys.getallocatedblocks() - blocks
        temporary_kib[number] = (tracemalloc.get_traced_memory()[1] - held) / 1024
        del made
    tracemalloc.stop()
    return {"alive_blocks": float(np.median(alive)), "temporary_kib": round(float(np.median(temporary_kib)), 1)}


def _quantiles(values: np.ndarray) -> dict[str, float]:
    names = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    return {name: round(float(np.percentile(values, share)), 1) for name, share in names.items()}


def measure(infer: InferStage, hops: int) -> dict[str, Any]:
    """Measure one kind of infer stage."""
    bedside = BedHarness(infer)
    for _ in range(WARM_UP_HOPS):
        bedside.hop()
    clocked = times(bedside, hops)
    grown = {"growth_blocks_a_hop": growth(bedside, hops)}
    return {**clocked, **grown, **traced(bedside), "windows": dict(bedside.windows)}


def main() -> None:
    """Measure both kinds of network, quiet and busy."""
    arguments = command_line("bench.hotpath", __doc__)
    arguments.add_argument("--hops", type=int, default=2000)
    options = arguments.parse_args()
    tune_process()
    kinds: dict[str, InferStage] = {
        "windows, quiet": InferWindows(Constant(0.0)),
        "windows, busy": InferWindows(Constant(1.0)),
        "streams, quiet": InferStreams(Constant(0.0), 192, ROWS),
    }
    result = {name: measure(infer, options.hops) for name, infer in kinds.items()}
    met = {
        "growth": all(abs(kind["growth_blocks_a_hop"]) < GOAL_BLOCKS for kind in result.values()),
        "oldest_generation": all(kind["collections"]["generation_2"] == 0 for kind in result.values()),
        "total_p99_us": all(kind["us"]["total"]["p99"] < GOAL_US for kind in result.values()),
    }
    publish("hotpath", {"hops": options.hops, "goals_met": met, **result}, options.json)


if __name__ == "__main__":
    main()
