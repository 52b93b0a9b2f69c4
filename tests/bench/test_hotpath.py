"""The hot path's bench: it plays without a jump, sees a leak, and its busy network makes events."""

from itertools import islice

import numpy as np
import pytest

from bench.hotpath import CHUNK_SAMPLES, BedHarness, Constant, chunks, growth, times
from models.signal.montage import ROWS
from stream.analysis import Scored
from stream.infer import InferStreams, InferWindows
from stream.pipeline import Outcome


@pytest.fixture(scope="module")
def busy() -> BedHarness:
    """Watch with a network that sees something in every window, past the first seconds."""
    bedside = BedHarness(InferWindows(Constant(1.0)))
    # 150 hops of 125 ms, 19 s: filters are settled and windows full.
    for _ in range(150):
        bedside.hop()
    return bedside


def test_a_recording_is_played_to_and_fro_without_a_jump() -> None:
    """Chunks follow each other; a ramp goes up and down again and again, never by more than one."""
    ramp = np.arange(4 * CHUNK_SAMPLES, dtype=np.float32)[None]
    # Five times the length of the ramp: it is turned at both of its ends, twice.
    played = list(islice(chunks(ramp), 20))
    assert [chunk.first for chunk in played] == list(range(0, 20 * CHUNK_SAMPLES, CHUNK_SAMPLES))
    assert np.abs(np.diff(np.concatenate([chunk.samples[0] for chunk in played]))).max() <= 1


def test_a_leak_shows_as_growth(busy: BedHarness) -> None:
    """A block kept of every hop is counted as one."""
    kept: list[object] = []
    hop = busy.hop

    def leaking_hop() -> tuple[tuple[Scored, Outcome], list[float]]:
        kept.append(bytearray(100))
        return hop()

    busy.hop = leaking_hop  # type: ignore[method-assign]
    try:
        assert growth(busy, 200) >= 1.0
    finally:
        busy.hop = hop  # type: ignore[method-assign]


def test_a_busy_network_makes_events(busy: BedHarness) -> None:
    """Else the cost of merging would be that of nothing."""
    outcomes = [outcome for _ in range(40) for outcome in _outcomes(busy)]
    assert sum(len(outcome.detections) for outcome in outcomes) > 3


def test_every_stage_is_clocked_of_either_kind(busy: BedHarness) -> None:
    """Four stages and their sum, also of the one hop in forty that makes a sleep state; in order where there is one."""
    for bedside in (busy, BedHarness(InferStreams(Constant(0.0), 192, ROWS))):
        clocked = times(bedside, 40)["us"]
        assert list(clocked) == ["condition", "frame", "infer", "merge", "total", "total_with_a_sleep_state"]
        assert all(0 < stage["p50"] <= stage["p95"] <= stage["p99"] <= stage["max"] for stage in clocked.values())
        assert clocked["total"]["p50"] > clocked["condition"]["p50"]


def _outcomes(bedside: BedHarness) -> list[Outcome]:
    return [bedside.hop()[0][1]]
