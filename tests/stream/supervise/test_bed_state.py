"""How a bed stands: what is said of it follows from the reports and the clock alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.config.keys import Bed, Config, Infer
from stream.schema.reports import AcquireReport, DetectReport, ReadyReport
from stream.supervise.bed_state import LATENCY_WINDOW_S, MOST_LATENCIES, STALE_S, BedState

STREAMING = AcquireReport("bed-1", "streaming", "", "amp", 256.0, 256.0, 1000, 0, 0, 1000.0, 0.0)
WELL = DetectReport("bed-1", {}, {}, {}, {}, 0, 12, "N2", {}, {}, {})
READY = ReadyReport(
    bed="bed-1", recording=3, engine="cpu", detector={"name": "sc", "sha256": "ab"}, sleep={}, channels=["Fp1"],
    groups={"left": ["Fp1-F7"]}, left_out={}, threshold=0.5, rate_hz=256.0, model_rate_hz=128.0, window_s=1.5,
    hop_s=0.125, delay_ms={"bandpass": 20.0},
)  # fmt: skip


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        """Give the present."""
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    """Stand at 1000 s."""
    return Clock()


@pytest.fixture
def outlook(clock: Clock) -> BedState:
    """Begin at 1000 s, with a budget of 200 ms, before anything is heard."""
    return BedState(Config(bed=[Bed(id="bed-1")], infer=Infer(budget_ms=200.0)), "bed-1", clock)


@pytest.fixture
def well(outlook: BedState) -> BedState:
    """Have heard that all is well."""
    outlook.hear_link(STREAMING)
    outlook.hear_detector(WELL)
    outlook.hear_ready(READY)
    return outlook


def test_before_anything_is_heard_the_bed_is_not_watched(outlook: BedState) -> None:
    """No stream, no detector, no info; the age of the data is that of the program."""
    status = outlook.status(last_seq=0)
    assert (status.state, set(status.alarms)) == ("stale", {"no_stream", "detector_down"})
    assert (outlook.info(), outlook.recording, outlook.detecting) == (None, 0, False)


def test_a_fresh_stream_and_a_detector_are_online(well: BedState) -> None:
    """Nothing is to be said then."""
    status = well.status(last_seq=7)
    assert (status.state, status.alarms, status.reason, status.last_seq) == ("online", {}, "", 7)
    assert well.detecting


@pytest.mark.parametrize(("age_s", "state"), [(STALE_S, "online"), (STALE_S + 0.01, "stale")])
def test_old_samples_are_no_live_eeg(well: BedState, clock: Clock, age_s: float, state: str) -> None:
    """By the passing of time, whether or not anybody reports it."""
    clock.now_s += age_s
    assert well.data_age_s == pytest.approx(age_s)
    assert well.status(0).state == state


@pytest.mark.parametrize(
    ("link", "alarm"),
    [("resolving", "no_stream"), ("silent", "signal_lost"), ("lost", "signal_lost"), ("refused", "stream_refused")],
)
def test_a_link_that_does_not_stream_is_an_alarm_with_its_reason(well: BedState, link: str, alarm: str) -> None:
    """And the bed is stale at once, before its samples are old."""
    well.hear_link(replace(STREAMING, state=link, reason="2 streams match"))  # type: ignore[arg-type]
    status = well.status(0)
    assert (status.state, status.alarms) == ("stale", {alarm: "2 streams match"})


def test_a_dead_detector_is_stale_until_it_reports_again(well: BedState) -> None:
    """Samples that come do not help when nobody looks at them."""
    well.hear_detector_gone()
    assert (well.status(0).state, set(well.alarms())) == ("stale", {"detector_down"})
    assert not well.detecting
    well.hear_detector(WELL)
    assert well.status(0).state == "online"


def test_a_dead_acquire_is_a_lost_signal_until_it_reports_again(well: BedState) -> None:
    """At once, before the samples are old."""
    well.hear_link_gone()
    assert (well.status(0).state, set(well.alarms())) == ("stale", {"signal_lost"})
    well.hear_link(STREAMING)
    assert well.status(0).state == "online"


def test_alarms_of_detector_and_parent_merge_into_degraded(well: BedState) -> None:
    """Each until its own end; the reason tells all of them."""
    well.hear_detector(replace(WELL, alarms={"shed": "too slow"}))
    well.set_alarm("broker_down", "connection refused")
    status = well.status(0)
    assert status.state == "degraded"
    assert status.alarms == {"shed": "too slow", "broker_down": "connection refused"}
    assert status.reason == "too slow; connection refused"
    well.set_alarm("broker_down", "")
    well.set_alarm("broker_refuses", "")
    well.hear_detector(WELL)
    assert well.status(0).state == "online"


def test_since_is_when_the_state_began(well: BedState, clock: Clock) -> None:
    """Asking again does not move it; a change does."""
    first = well.status(0).since_utc
    clock.now_s += 1.0
    assert well.status(0).since_utc == first
    clock.now_s += 9.0
    stale = well.status(0)
    assert (stale.since_utc - first).total_seconds() == pytest.approx(10.0, abs=0.1)


def test_latency_quantiles_are_exact(well: BedState) -> None:
    """Of 1 to 101 ms: the 51st, the 96th and the 100th; against the budget."""
    milliseconds = [k / 1e3 for k in range(101, 0, -1)]
    well.hear_detector(replace(WELL, latency_s={"total": milliseconds, "journal": []}, budget_misses=2))
    well.hear_detector(replace(WELL, budget_misses=1))
    latency = well.latency()
    assert list(latency.stages_ms) == ["total"]
    quantiles = latency.stages_ms["total"]
    assert (quantiles.p50, quantiles.p95, quantiles.p99) == pytest.approx((51.0, 96.0, 100.0))
    assert (latency.budget_ms, latency.budget_misses, latency.window_s) == (200.0, 3, LATENCY_WINDOW_S)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=300))
def test_latency_quantiles_are_those_of_numpy(latencies_s: list[float]) -> None:
    """Between two latencies they lie on the line."""
    outlook = BedState(Config(bed=[Bed(id="bed-1")]), "bed-1", Clock())
    outlook.hear_detector(replace(WELL, latency_s={"total": latencies_s}))
    told = outlook.latency().stages_ms["total"]
    wanted = 1e3 * np.quantile(latencies_s, (0.5, 0.95, 0.99))
    assert (told.p50, told.p95, told.p99) == pytest.approx(tuple(wanted), rel=1e-9, abs=1e-9)


def test_latencies_are_those_of_the_last_minute(well: BedState, clock: Clock) -> None:
    """What was reported before does not count, however slow it was."""
    well.hear_detector(replace(WELL, latency_s={"total": [9.0]}))
    clock.now_s += 1.0
    well.hear_detector(replace(WELL, latency_s={"total": [0.05]}))
    assert well.latency().stages_ms["total"].p99 > 8000
    clock.now_s += LATENCY_WINDOW_S
    assert well.latency().stages_ms["total"].p99 == pytest.approx(50.0)
    clock.now_s += 0.1
    assert well.latency().stages_ms == {}


def test_the_memory_for_latencies_is_bounded(well: BedState) -> None:
    """A flood of reports keeps the newest."""
    well.hear_detector(replace(WELL, latency_s={"total": [9.0] * 100 + [0.05] * MOST_LATENCIES}))
    assert well.latency().stages_ms["total"].p99 == pytest.approx(50.0)


def test_heartbeats_count_and_say_how_far_everything_is(outlook: BedState) -> None:
    """Before the first sample there is no newest one."""
    first = outlook.heartbeat({}, 0)
    outlook.hear_link(STREAMING)
    outlook.hear_detector(WELL)
    second = outlook.heartbeat({"analysed": 900, "rejected": 88}, 4)
    assert (first.seq, first.newest_sample_utc) == (1, None)
    assert (second.seq, second.pending, second.outbox) == (2, 12, 4)
    assert second.coverage == {"analysed": 900, "rejected": 88}
    assert second.newest_sample_utc is not None
    assert (second.utc - second.newest_sample_utc).total_seconds() == pytest.approx(0.0, abs=0.1)


def test_info_is_what_the_detector_is_bound_to(well: BedState) -> None:
    """With the budget and the program's version beside it."""
    info = well.info()
    assert info is not None
    assert (info.recording, info.threshold, info.budget_ms, info.software) == (3, 0.5, 200.0, "spikewatch")
    assert info.groups == {"left": ("Fp1-F7",)}
    assert info.version
    assert well.recording == 3


def test_quality_and_rates_are_passed_on(well: BedState) -> None:
    """As they were reported and counted."""
    well.hear_detector(replace(WELL, channels={"T7": "signal"}))
    assert well.quality().channels == {"T7": "signal"}
    rate = well.ied_rate(2, 40)
    assert (rate.last_minute, rate.last_hour) == (2, 40)
