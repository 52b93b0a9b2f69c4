"""What counts as stuck, and as watched without analysis, while faults come and go."""

from typing import Any

import pytest

from bench.ward.witness import BedWatch


def status(state: str) -> tuple[str, dict[str, Any]]:
    """Return topic and payload of a status."""
    return "s/bed-1/status", {"state": state}


def heartbeat(analysed: int) -> tuple[str, dict[str, Any]]:
    """Return topic and payload of a heartbeat."""
    return "s/bed-1/heartbeat", {"coverage": {"analysed": analysed}}


@pytest.fixture
def watch() -> BedWatch:
    """Begin with a bed that is watched since 100 s."""
    watch = BedWatch("bed-1")
    watch.take(*status("online"), 100.0)
    watch.take(*heartbeat(256), 100.0)
    return watch


def test_a_bed_may_be_unwatched_for_half_a_minute_after_its_last_fault(watch: BedWatch) -> None:
    """Counted from when the fault ended, and noted once for each half minute."""
    watch.healed_s = 110.0
    watch.take(*status("stale"), 105.0)
    watch.judge(139.0)
    assert (watch.stuck, watch.longest_s) == ([], 29.0)
    watch.judge(141.0)
    watch.judge(142.0)
    assert watch.stuck == ["bed-1 unwatched for 31.0 s after its last fault"]


def test_a_bed_that_is_watched_again_is_not_stuck(watch: BedWatch) -> None:
    """Degraded is watched."""
    watch.take(*status("stale"), 105.0)
    watch.take(*status("degraded"), 120.0)
    watch.take(*heartbeat(300), 121.0)
    watch.judge(136.0)
    assert (watch.stuck, watch.empty) == ([], [])


def test_a_bed_of_which_nothing_is_analysed_must_not_be_called_watched(watch: BedWatch) -> None:
    """Heartbeats that tell the same number are no analysis; while a fault lasts it is not judged."""
    watch.take(*heartbeat(256), 115.0)
    watch.judge(115.0)
    assert watch.empty == []
    watch.healed_s = 130.0
    watch.take(*heartbeat(256), 117.0)
    watch.judge(117.0)
    assert watch.empty == []
    watch.judge(131.0)
    assert len(watch.empty) == 1


def test_silence_of_heartbeats_says_nothing_of_the_analysis(watch: BedWatch) -> None:
    """A broker that is away: what was analysed meanwhile is told once it is back."""
    watch.judge(125.0)
    watch.take(*heartbeat(6656), 126.0)
    watch.judge(126.0)
    assert watch.empty == []
