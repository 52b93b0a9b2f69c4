"""IntervalStats: counts and latencies between two reports, and the alarms that the detector alone can see."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from stream.analysis import Due, Scored
from stream.detect.stats import IMPLAUSIBLE_S, SHED_SHOWN, IntervalStats
from stream.infer import HopScores
from stream.logbook.journal import Outgoing
from stream.logbook.journal_reader import Kind
from stream.pipeline import Outcome
from stream.records import Coverage, Detection, Hop, Rejected, Window

ROWS = np.zeros((5, 16), np.float32)
WINDOW = Window("bed-1", "left", 0, ("a", "b", "c", "d", "e"), 0, np.zeros((5, 192), np.float32))
FOUND = Detection(
    "bed-1", 100, 1.0, 200, -0.1, 0.2, "left", "a", ("a",), 0.9, 0.5, 80.0, "negative"
)  # fmt: skip


@pytest.fixture
def stats() -> IntervalStats:
    """Count one bed against a budget of 250 ms, at 125 ms a hop."""
    return IntervalStats("bed-1", 0.25, 0.125)


def hop(*refused: str, scored: bool = True) -> Hop:
    """Make a hop that arrived at 10 s, 20 ms after its LSL time, with these reasons of rejection."""
    rejected = tuple(
        Rejected("bed-1", f"g{k}", reason, ("T7",) if reason == "signal" else ()) for k, reason in enumerate(refused)
    )
    return Hop("bed-1", 192, (WINDOW,) if scored else (), rejected, ROWS, np.ones(5, np.bool_), 10.0, 9.98)


def push(stats: IntervalStats, due: Hop, outcome: Outcome, merged_s: float = 10.05) -> dict[str, float]:
    """Count a hop: conditioned 1 ms after its arrival, framed 2 ms later, inferred at 10.04 s."""
    scored = Scored(Due(due, needs_inference=True, conditioned_s=10.001, framed_s=10.003), HopScores(), 10.04)
    return stats.hop(scored, due, outcome, merged_s)


def test_the_stages_latencies_are_differences_of_their_ends(stats: IntervalStats) -> None:
    """In milliseconds for the event, in seconds for the report; together they are the time since the LSL stamp."""
    latency_ms = push(stats, hop(), Outcome(384, ()))
    expected = {"acquire": 20.0, "condition": 1.0, "frame": 2.0, "infer": 37.0, "merge": 10.0}
    assert latency_ms == pytest.approx(expected)
    latency_s = stats.report(0, {}).latency_s
    # `total` begins with the arrival: the 20 ms of acquire are not in it.
    assert {verb: 1e3 * seconds for verb, [seconds] in latency_s.items()} == pytest.approx(expected | {"total": 50.0})


def test_a_hop_with_a_message_is_done_with_its_commit(stats: IntervalStats) -> None:
    """A hop with an event counts once in `total`, with the journal's part."""
    push(stats, hop(), Outcome(384, (), detections=(FOUND,)))
    stats.committed(0.004, 0.054)
    latency_s = stats.report(0, {}).latency_s
    # One figure and not two: what ends with its commit must not count at its merge as well.
    assert (latency_s["journal"], latency_s["total"]) == ([0.004], [0.054])


@pytest.mark.parametrize(("total_s", "misses"), [(0.25, 0), (0.2501, 1)])
def test_later_than_the_budget_is_a_miss(stats: IntervalStats, total_s: float, misses: int) -> None:
    """The budget itself is kept."""
    stats.committed(0.001, total_s)
    assert stats.report(0, {}).budget_misses == misses
    assert stats.report(0, {}).budget_misses == 0


def test_counts_are_since_the_report_before(stats: IntervalStats) -> None:
    """Windows by result, samples by fate, messages by kind; then everything begins again."""
    push(stats, hop(), Outcome(384, (), stage="N2", windows=Counter(scored=4, signal=1)))
    push(stats, hop(), Outcome(416, (), stage="N2", windows=Counter(scored=5)))
    stats.journalled(
        [Coverage(0, 300, "rejected", "start"), Coverage(300, 416, "analysed", "")],
        [message("ied"), message("ied"), message("sleep")],
    )
    first, second = stats.report(32, {}), stats.report(0, {})
    assert first.windows == {"scored": 9, "signal": 1}
    assert first.samples == {"rejected": 300, "analysed": 116}
    assert first.detections == {"ied": 2, "sleep": 1}
    assert (first.bed, first.pending, first.stage) == ("bed-1", 32, "N2")
    assert (second.windows, second.samples, second.detections, second.latency_s) == ({}, {}, {}, {})
    # A state and no count: it holds until a hop says otherwise.
    assert second.stage == "N2"


def message(kind: Kind) -> Outgoing:
    """Make a message of a kind."""
    return Outgoing("id", kind, "topic", {}, retain=False, utc=datetime(2026, 1, 1, tzinfo=UTC))


def test_quality_is_that_of_the_last_hop(stats: IntervalStats) -> None:
    """A group that is well again is not listed."""
    push(stats, hop("signal", "gap"), Outcome(384, ()))
    # Twice: the first report clears the counts and must leave the quality.
    for _ in range(2):
        report = stats.report(0, {})
        assert report.groups == {"g0": "signal", "g1": "gap"}
        assert report.channels == {"T7": "signal"}
    push(stats, hop(), Outcome(400, ()))
    report = stats.report(0, {})
    assert (report.groups, report.channels) == ({}, {})


def test_an_implausible_amplitude_is_an_alarm_after_five_seconds(stats: IntervalStats) -> None:
    """Of every group, without a break; one scored window ends it."""
    # One hop of 125 ms short of the limit.
    for _ in range(round(IMPLAUSIBLE_S / 0.125) - 1):
        push(stats, hop("amplitude", scored=False), Outcome(384, ()))
    assert stats.report(0, {}).alarms == {}
    push(stats, hop("amplitude", scored=False), Outcome(384, ()))
    assert list(stats.report(0, {}).alarms) == ["implausible_amplitude"]
    push(stats, hop("amplitude"), Outcome(384, ()))
    assert stats.report(0, {}).alarms == {}


def test_shed_samples_are_an_alarm_for_a_while(stats: IntervalStats) -> None:
    """A sample that never came is not this host's fault and no alarm."""
    stats.journalled([Coverage(0, 10, "missing", "lost")], [])
    assert stats.report(0, {}).alarms == {}
    stats.journalled([Coverage(10, 20, "shed", "overrun")], [])
    alarms = [list(stats.report(0, {}).alarms) for _ in range(SHED_SHOWN + 1)]
    assert alarms == [["shed"]] * SHED_SHOWN + [[]]


def test_what_a_second_look_made_of_shed_samples_is_counted_once(stats: IntervalStats) -> None:
    """Beside what was shed, so that the rest is known to be lost; what stays shed is not counted again."""
    stats.journalled([Coverage(0, 100, "shed", "overload")], [])
    assert stats.report(0, {}).samples == {"shed": 100}
    pieces = [Coverage(0, 60, "analysed", ""), Coverage(60, 70, "rejected", "signal"), Coverage(70, 100, "shed", "")]
    stats.looked_again(pieces, [])
    report = stats.report(0, {})
    assert (report.samples, report.second_look) == ({}, {"analysed": 60, "rejected": 10})
    assert stats.report(0, {}).second_look == {}


def test_an_unusable_stream_is_an_alarm_with_its_reason(stats: IntervalStats) -> None:
    """As long as it is what the bed is bound to."""
    assert stats.report(0, {"unusable_stream": "no group"}).alarms == {"unusable_stream": "no group"}
    assert stats.report(0, {}).alarms == {}
