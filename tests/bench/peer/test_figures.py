"""The comparison with a peer is judged round by round."""

from collections import Counter

import pytest

from bench.peer.figures import PEER, figures, quantiles, table
from bench.peer.runs import Run, Setting

SETTING = Setting("paper", 2, 125.0)


def a_run(engine: str, decided_ms: list[float], cpu_s: float, due: int | None = None) -> Run:
    """Write a run of 10 s."""
    hops = len(decided_ms)
    cpu_by_process_s = Counter[str](process=cpu_s)  # type: ignore[call-overload]  # its types know counts alone
    return Run(engine, 0.0, 0.0, 10.0, hops, due or hops, cpu_by_process_s, decided_ms, decided_ms[:2])


def test_ratios_are_medians_over_the_rounds() -> None:
    """p99 and CPU per decision, the peer's over ours; reached when the median is."""
    # Ratios of the rounds: p99 2, 3 and 4, CPU 4, 4 and 2.
    peers = [a_run("eager", [20.0] * 50, 1.0, 100), a_run("eager", [60.0] * 50, 2.0), a_run("eager", [40.0] * 50, 3.0)]
    ours = [a_run("vino", [10.0] * 100, 0.5), a_run("vino", [20.0] * 100, 1.0), a_run("vino", [10.0] * 100, 3.0)]
    found = figures(SETTING, {PEER: peers, "sc": ours})["ours"]["sc"]
    assert found["p99_times_lower"] == {"median": 3.0, "least": 2.0, "largest": 4.0, "goal": 2.5, "reached": True}
    assert found["cpu_times_lower"] == {"median": 4.0, "least": 2.0, "largest": 4.0, "goal": 2.5, "reached": True}
    assert found["every_window_done"]
    assert found["peer_fell_behind"]


def test_a_goal_that_is_missed_is_reported() -> None:
    """With the windows that were left undone."""
    # One hop may be cut off by the edges of the time: 79 of 80 is whole, 78 is not.
    peers, ours = [a_run("eager", [20.0] * 79, 1.0, 80)], [a_run("vino", [10.0] * 78, 1.0, 80)]
    result = figures(SETTING, {PEER: peers, "sc_stream": ours})
    found = result["ours"]["sc_stream"]
    assert not found["p99_times_lower"]["reached"]
    assert not found["every_window_done"]
    assert not found["peer_fell_behind"]
    assert "p99 2.0 times lower (2.0 to 2.0), goal 12: missed" in table([result])
    assert "windows left undone" in table([result])


def test_a_way_is_summed_over_its_rounds() -> None:
    """CPU time over decisions, and over time; quantiles over all hops."""
    way = figures(SETTING, {PEER: [a_run("eager", [10.0], 0.1), a_run("eager", [30.0], 0.3)]})["ways"][PEER]
    assert way["cpu_ms_per_decision"] == pytest.approx(200.0)
    assert way["cpu_ms_by_process"] == {"process": 200.0}
    assert way["cpu_percent_of_a_core"] == pytest.approx(2.0)
    assert way["newest_to_decision_ms"]["p50"] == pytest.approx(20.0)
    assert (way["decisions"], way["due"]) == (2, 2)


def test_no_figure_is_made_of_nothing() -> None:
    """A run without events says so."""
    assert quantiles([]) == {"n": 0}
    silent = a_run("vino", [10.0], 0.1)
    silent.received_ms = []
    assert "none" in table([figures(SETTING, {PEER: [silent]})])
