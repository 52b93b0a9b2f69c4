"""The shape of an event: whatever its size and its polarity's side, and where it comes first."""

import numpy as np

from models.detection.shape import shape
from tests.models.detection.planted import FOCI, PEAK, RATE_HZ, event, largest


def test_the_same_event_twice_as_large_has_the_same_features() -> None:
    """Size is no difference between foci."""
    samples = event(FOCI[0], seed=2)
    once, twice = (shape(samples * size, *largest(samples), RATE_HZ).features for size in (1, 2))
    np.testing.assert_allclose(once, twice, atol=1e-6)
    assert abs(float(np.linalg.norm(once)) - 1) < 1e-6


def test_what_has_not_come_is_nan() -> None:
    """A quarter of a second on either side, of which 12 samples after the peak are known."""
    samples = event(FOCI[0], seed=2, known=12)
    waveform = shape(samples, 6, PEAK, RATE_HZ).waveform
    assert waveform.shape == (25, 64)
    np.testing.assert_array_equal(waveform[:, :44], samples[:, PEAK - 32 :])
    assert np.isnan(waveform[:, 44:]).all()


def test_the_lead_comes_first_in_nine_of_ten_foci() -> None:
    """Of ten events each, at lags of 10 ms and more, as most of the events say."""
    right = 0
    for trial in range(30):
        focus = FOCI[trial % 3]
        seen = [event(focus, seed=100 * trial + number, noise_uv=12.0) for number in range(10)]
        leads = [shape(samples, *largest(samples), RATE_HZ).lead for samples in seen]
        right += max(set(leads), key=leads.count) == next(iter(focus.heights_uv))
    assert right >= 27
