"""Events, sensitivity and false alarms are counted as a reader would count them."""

import dataclasses

import numpy as np
import pytest

from models.calibration import ALARMS_PER_MIN, operating_point
from models.evaluation import events as evaluation
from models.evaluation.events import THRESHOLDS, Tally, score, tally
from models.examples import WINDOW_SAMPLES, Floats, Track, draw_track


class Oracle:
    """An engine that knows where discharges are: it finds spikes of exactly 1000."""

    name = "oracle"

    def score(self, windows: Floats) -> "tuple[np.ndarray, np.ndarray]":
        """Return 0.97 where a row holds 1000, and its place."""
        height = windows.max(axis=1)
        found = height.max(axis=1) == 1000
        return np.where(found, 0.97, 0.001).astype(np.float32), height.argmax(axis=1).astype(np.int64)


@pytest.fixture
def track() -> Track:
    """Return a minute of silence with spikes at 10, 20 and 30 s, of which two are discharges that stand out."""
    made = draw_track(3, "scalp", seconds=2.0, quiet=True)
    samples = np.random.default_rng(0).normal(size=(5, 5, 60 * 128)).astype(np.float32)
    spikes = np.array([10, 20, 30]) * 128
    samples[1, 2, spikes] = 1000
    ratios = np.zeros((5, 3))
    ratios[1] = [4.0, 9.0, 2.0]
    peaks = np.array([10, 40, 50]) * 128
    return dataclasses.replace(made, samples=samples, valid=np.ones((5, 60 * 128), bool), peaks=peaks, visible=ratios)


def test_counts_are_exact(track: Track) -> None:
    """One of two marked discharges found, two false alarms, a faint discharge that counts for nothing."""
    scored = score(Oracle(), track.samples, track.valid, track.names)
    got = tally(track, scored, 0.5)
    assert (got.found, got.marked, got.alarms) == (1, 2, 2)
    assert (got.clear_found, got.clear) == (0, 1)
    assert (got.sensitivity, got.clear_sensitivity) == (0.5, 0.0)
    assert got.minutes == pytest.approx((60 * 128 - WINDOW_SAMPLES + 16) / 128 / 60)


def test_nothing_passes_a_threshold_above_the_scores(track: Track) -> None:
    """A threshold higher than every probability gives no events."""
    scored = score(Oracle(), track.samples, track.valid, track.names)
    assert evaluation.events(scored, 0.98) == []
    assert len(evaluation.events(scored, 0.97)) == 3


def test_invalid_stretches_are_neither_scored_nor_held_against(track: Track) -> None:
    """A discharge in a stretch that cannot be scored is not missed, and the minutes shrink."""
    valid = track.valid.copy()
    valid[:, 38 * 128 : 42 * 128] = False
    blind = dataclasses.replace(track, valid=valid)
    got = tally(blind, score(Oracle(), blind.samples, blind.valid, blind.names), 0.5)
    assert (got.found, got.marked) == (1, 1)
    assert got.clear == 0
    assert got.minutes < 57 / 60


def test_operating_point_is_the_lowest_that_is_quiet_everywhere() -> None:
    """Both layouts must be quiet; where none is, the highest threshold stands."""
    loud = {t: Tally(alarms=round(100 * (1 - t)), minutes=100.0) for t in THRESHOLDS}
    quiet = dict.fromkeys(THRESHOLDS, Tally(alarms=0, minutes=100.0))
    assert operating_point([quiet, loud]) == min(t for t in THRESHOLDS if round(100 * (1 - t)) <= 100 * ALARMS_PER_MIN)
    assert operating_point([quiet]) == THRESHOLDS[0]
    assert operating_point([dict.fromkeys(THRESHOLDS, Tally(alarms=99, minutes=1.0))]) == THRESHOLDS[-1]
