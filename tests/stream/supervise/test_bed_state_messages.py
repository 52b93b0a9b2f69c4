"""The messages that are made of a bed's state: what was reported, unchanged, and what the clock adds."""

from dataclasses import replace

import pytest

from stream.supervise.bed_state import BedState
from stream.supervise.latencies import WINDOW_S
from tests.stream.supervise.reports import ANALYSING, STREAMING


def test_latency_is_reported_against_the_budget(watched: BedState) -> None:
    """Misses add up over reports."""
    watched.observe_detector(
        replace(ANALYSING, latency_s={"total": [0.1, 0.3], "journal": []}, budget_misses=2, artefacts={"qrs": 4})
    )
    watched.observe_detector(replace(ANALYSING, budget_misses=1, artefacts={"qrs": 1, "eyes": 2}))
    latency = watched.latency()
    # Halfway between 100 and 300 ms.
    assert latency.stages_ms["total"].p50 == pytest.approx(200.0)
    assert watched.artefacts.total == {"qrs": 5, "eyes": 2}
    assert (latency.budget_ms, latency.budget_misses, latency.window_s) == (200.0, 3, WINDOW_S)


def test_heartbeats_count_and_report_how_far_everything_is(fresh: BedState) -> None:
    """Before the first sample there is no newest one."""
    first = fresh.heartbeat({}, 0)
    fresh.observe_link(STREAMING)
    fresh.observe_detector(ANALYSING)
    second = fresh.heartbeat({"analysed": 900, "rejected": 88}, 4)
    assert (first.seq, first.newest_sample_utc) == (1, None)
    assert (second.seq, second.pending, second.outbox) == (2, 12, 4)
    assert second.coverage == {"analysed": 900, "rejected": 88}
    assert second.newest_sample_utc is not None
    assert (second.utc - second.newest_sample_utc).total_seconds() == pytest.approx(0.0, abs=0.1)


def test_info_is_what_the_detector_is_bound_to(watched: BedState) -> None:
    """With the budget and the program's version beside it."""
    info = watched.info()
    assert info is not None
    assert (info.recording, info.threshold, info.budget_ms, info.software) == (3, 0.5, 200.0, "spikewatch")
    assert info.groups == {"left": ("Fp1-F7",), "right": ("Fp2-F8",)}
    assert info.settle_s == 1.7
    assert info.version
    assert watched.recording == 3


def test_quality_names_groups_and_channels_apart(watched: BedState) -> None:
    """As they were reported."""
    watched.observe_detector(replace(ANALYSING, groups={"left": "signal"}, channels={"T7": "signal"}))
    quality = watched.quality()
    assert (quality.groups, quality.channels) == ({"left": "signal"}, {"T7": "signal"})


def test_rates_are_passed_on(watched: BedState) -> None:
    """As they were counted."""
    rate = watched.ied_rate(2, 40)
    assert (rate.last_minute, rate.last_hour) == (2, 40)


def test_an_unknown_rate_judges_nothing(fresh: BedState) -> None:
    """A detector that reports before any stream is known divides by nothing."""
    fresh.observe_detector(replace(ANALYSING, pending=100))
    assert (fresh.account().state, set(fresh.account().alarms)) == ("stale", set())
