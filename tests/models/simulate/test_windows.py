"""Training windows carry the right label, by a slow reading of where discharges are."""

import numpy as np
import pytest

from models.signal.window_geometry import EARLIEST, LATEST, WINDOW_SAMPLES
from models.simulate.windows import (
    NEGATIVE_RATIO,
    POSITIVE_RATIO,
    Track,
    draw_track,
    labels_at,
    pieces,
)


@pytest.fixture(scope="module")
def track() -> Track:
    """Return one simulated scalp patient with discharges."""
    return draw_track(11, "scalp", seconds=24.0, quiet=False)


def test_a_discharge_stands_where_the_truth_says(track: Track) -> None:
    """Conditioned peaks lie at the true time plus the conditioning's delay, within the search."""
    assert len(track.peaks) > 0
    for peak, ied in zip(track.peaks, track.simulated.ieds, strict=True):
        true = ied.peak / track.simulated.rate_hz * 128
        # Filters delay by 5 to 8 samples and shift a peak by up to `SEARCH`.
        assert 0 <= peak - true <= 14


@pytest.mark.parametrize("group", [0, 3])
def test_labels_equal_the_slow_twin(track: Track, group: int) -> None:
    """Every start gets the label that a loop over discharges gives it."""
    starts = np.arange(track.samples.shape[2] - WINDOW_SAMPLES)
    labels = labels_at(track, group, starts)
    # Discharge by discharge, in the order in which a later one overrules: a positive stays one whatever lies near it.
    for start, label in zip(starts, labels, strict=True):
        expected = 0.0
        for peak, ratio in zip(track.peaks, track.ratios[group], strict=True):
            if ratio > NEGATIVE_RATIO and -8 <= peak - start < WINDOW_SAMPLES + 8 and expected != 1:
                expected = np.nan
            if ratio >= POSITIVE_RATIO and EARLIEST <= peak - start < LATEST:
                expected = 1.0
        if not track.valid[group, start : start + WINDOW_SAMPLES].all():
            expected = np.nan
        assert label == expected or (np.isnan(label) and np.isnan(expected))


def test_pieces_hold_both_kinds_and_nothing_unlabelled(track: Track) -> None:
    """Windows come with labels 0 and 1 only, one each."""
    found = list(pieces(track, np.random.default_rng(0), per_ied=2, per_group=10))
    for piece in found:
        assert piece.windows.shape == (len(piece.labels), 5, WINDOW_SAMPLES)
    assert {label for piece in found for label in piece.labels.tolist()} == {0.0, 1.0}


def test_quiet_patients_have_no_discharges() -> None:
    """A quiet track holds no positive."""
    quiet = draw_track(12, "depth", seconds=16.0, quiet=True)
    assert not quiet.peaks.size
    assert not any(piece.labels.any() for piece in pieces(quiet, np.random.default_rng(0), per_ied=2, per_group=5))
