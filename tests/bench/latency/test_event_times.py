"""The bench finds an event's times in what is published."""

import pytest

from bench.latency.event_times import times_of

RATE_HZ, MODEL_RATE_HZ, HOP = 512.0, 128.0, 16
INFO = {
    "rate_hz": RATE_HZ,
    "model_rate_hz": MODEL_RATE_HZ,
    "hop_s": HOP / MODEL_RATE_HZ,
    "delay_ms": {"bandpass": 10.4, "notch": 1.3, "antialias": 3.9, "resample": 0.0},
}
DELAY_S = sum(INFO["delay_ms"].values()) / 1e3  # type: ignore[attr-defined]
LEAD_S = 3 / RATE_HZ  # a sample of the model is made of the last of four
FIRST_S = 1000.0


def published(peak: int, end: int, acquire_ms: float, total_ms: float | None) -> dict[str, object]:
    """Write an event as Spikewatch does: peak and end of the window that settled it, at the model's rate."""
    newest_s = FIRST_S + (end - 1) / MODEL_RATE_HZ
    return {
        "sample": round((peak / MODEL_RATE_HZ + LEAD_S - DELAY_S) * RATE_HZ),
        "lsl_time_s": newest_s - (end - 1 - peak) / MODEL_RATE_HZ - DELAY_S,
        "latency_ms": {"acquire": acquire_ms, "total": total_ms},
    }


@pytest.mark.parametrize(("peak", "end"), [(1000, 1008), (1007, 1008), (1008, 1040), (999, 1600), (1000, 1024)])
def test_window_end_and_commit_are_found(peak: int, end: int) -> None:
    """Wherever the peak lies in the window, and however many hops it took to settle."""
    newest_s = FIRST_S + (end - 1) / MODEL_RATE_HZ
    # 48 ms of stages and 1.5 ms on the way.
    found = times_of(published(peak, end, 8.0, 40.0), INFO, newest_s + 0.048 + 0.0015)
    assert found is not None
    assert found.newest_s == pytest.approx(newest_s, abs=1e-9)
    assert found.committed_s == pytest.approx(newest_s + 0.048, abs=1e-9)
    assert found.published_ms == pytest.approx(1.5, abs=1e-6)
    assert found.newest_to_received_ms == pytest.approx(49.5, abs=1e-6)


def test_stages_may_take_longer_than_a_hop() -> None:
    """What counts is that the message itself came within a hop of the commit."""
    newest_s = FIRST_S + 1023 / MODEL_RATE_HZ
    found = times_of(published(1000, 1024, 8.0, 700.0), INFO, newest_s + 0.708 + 0.1)
    assert found is not None
    assert found.published_ms == pytest.approx(100.0, abs=1e-6)


def test_an_event_sent_before_its_latency_was_known_has_no_times() -> None:
    """The publisher may be faster than the clocking of the commit."""
    assert times_of(published(1000, 1024, 8.0, None), INFO, FIRST_S + 9.0) is None
