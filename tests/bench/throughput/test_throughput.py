"""What the throughput bench says follows from what it measured, and its ward scores every window."""

import numpy as np
import pytest

from bench.throughput import __main__ as throughput
from bench.throughput.beds import summary, warmed
from bench.throughput.runners import PLAIN, runner
from bench.throughput.timing import quantiles_ms
from bench.throughput.untrained import SMALL, Kind
from bench.throughput.ward import Round, Ward


@pytest.mark.parametrize("kind", ["sc", "sc_stream"])
def test_every_bed_of_a_ward_is_scored_at_every_hop(kind: Kind) -> None:
    """Three beds of five groups: fifteen windows a hop; the engine alone gets as many."""
    loaded, engine = runner(kind, SMALL, PLAIN)
    ward = Ward(loaded, engine, 3)
    assert warmed(ward, 1) == 15
    one = ward.round()
    assert (one.scored, len(one.hops)) == (15, 3)
    assert sum(len(hop.windows) for hop in one.hops) == 15
    assert engine.alone(one.hops) > 0
    assert one.live_s == pytest.approx(one.frame_s + one.infer_s + one.merge_s)
    assert one.whole_s == pytest.approx(one.condition_s + one.live_s)


def test_beds_in_real_time_are_those_whose_hop_fits_into_125_ms() -> None:
    """Twenty beds that take 50 ms leave room for fifty; the slowest of a hundred decides about p99."""
    # Two of a hundred: with a single slow one p99 would lie between it and the others.
    rounds = [Round((), 100, 0.01, 0.01, 0.02, 0.01)] * 98 + [Round((), 100, 0.0, 0.0, 0.2, 0.0)] * 2
    found = summary(rounds, 20)
    assert found["beds_in_real_time"] == 50.0
    assert found["hop_ms"] == {"p50": 50.0, "p99": 200.0}
    assert not found["p99_in_time"]
    assert summary(rounds[:98], 20)["p99_in_time"]


def measured(share: float, live: float, beds: float, grown: float) -> throughput.Measured:
    """Return results with these figures for SC and streaming SC at full width."""
    row = {"network": "sc", "size": "full", "engine": "openvino fp32", "windows": 1}
    return {
        "engines": [row | {"of_ceiling": share}, row | {"engine": PLAIN, "of_ceiling": 0.1}],
        "live": [row | {"live_of_engine": live}],
        "processes": [row | {"processes": 1, "beds_in_real_time": beds}],
        "growth": [row | {"at_64_over_at_1": grown}],
    }


def test_a_goal_is_met_only_where_the_figure_says_so() -> None:
    """At least 85 %, 80 % and 20 beds, at most linear growth; plain torch is held to nothing."""
    met = throughput.goals(measured(0.85, 0.8, 20, 1.0))
    missed = throughput.goals(measured(0.84, 0.79, 19.9, 1.01))
    assert all(goal["met"] for goal in met.values())
    assert not any(goal["met"] for goal in missed.values())
    assert met["of_ceiling"] == {"goal": "at least 0.85", "came_out": {"full, 1 windows": 0.85}, "met": True}


def test_times_are_given_as_quantiles() -> None:
    """Milliseconds of 1 to 101 s."""
    # 101 values: every whole percentile falls on one of them, and nothing is interpolated.
    figures = quantiles_ms(np.arange(1.0, 102.0).tolist())
    assert figures == {"least": 1e3, "p50": 51e3, "p99": 100e3, "largest": 101e3}
