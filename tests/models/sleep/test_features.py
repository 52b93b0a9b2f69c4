"""What a second of EEG measures, and how an epoch stands beside the minutes before it."""

import numpy as np
import pytest

from models.networks.sleep_mlp import FEATURES as NETWORK_FEATURES
from models.sleep.features import (
    BANDS_HZ,
    EPOCH_SEGMENTS,
    EVERY,
    FEATURES,
    LONG_S,
    MEASURES,
    STEP_S,
    RunningFeatures,
    measure,
    summarise,
)

SEGMENT = np.arange(256) / 128


def sine(hz: float, uv: float) -> "np.ndarray":
    """Return one row of 2 s: (1, 256)."""
    return (uv * np.sin(2 * np.pi * hz * SEGMENT))[None].astype(np.float32)


def noise(seed: int, uv: float = 10.0) -> "np.ndarray":
    """Return an epoch of noise, measured: (segments, MEASURES)."""
    rng = np.random.default_rng(seed)
    return measure(rng.normal(0, uv, (EPOCH_SEGMENTS, 256)).astype(np.float32)).astype(np.float64)


@pytest.mark.parametrize(("hz", "band"), [(3.0, 1), (5.0, 2), (9.5, 4), (14.5, 6), (25.0, 8), (35.0, 9)])
def test_a_sine_lies_in_its_band_with_its_power(hz: float, band: int) -> None:
    """Of 20 uV the power is 200 uV^2; spread over a band it is its mean density there."""
    low, high = BANDS_HZ[band]
    found = measure(sine(hz, 20.0))[0]
    assert int(found[: len(BANDS_HZ)].argmax()) == band
    # The Hann window spreads a line over three bins, all within the band here.
    assert np.exp(found[band]) * (high - low) == pytest.approx(200, rel=0.02)


def test_slow_waves_have_their_height_and_rhythms_stand_out() -> None:
    """Peak to peak twice the amplitude, where the taper is highest; a spindle stands out of noise, and alpha too."""
    assert np.exp(measure(sine(2.0, 40.0))[0, 10]) == pytest.approx(80, rel=0.1)
    base = np.random.default_rng(0).normal(0, 3, (1, 256)).astype(np.float32)
    plain, spindle, alpha = (measure(base + extra)[0] for extra in (0 * base, sine(13.5, 20.0), sine(9.0, 20.0)))
    assert spindle[11] > plain[11] + 2
    assert alpha[12] > plain[12] + 2


def test_a_row_with_a_hole_measures_nothing() -> None:
    """NaN in the row, NaN in each of its measures; the row beside it is as it was."""
    rows = np.concatenate([sine(5.0, 10.0), sine(5.0, 10.0)])
    rows[0, 100] = np.nan
    found = measure(rows)
    assert np.isnan(found[0]).all()
    assert np.array_equal(found[1], measure(rows[1:])[0])


def test_summaries_do_not_depend_on_the_unit_but_for_the_amplitudes() -> None:
    """Ten times the signal: shares and bursts stay, the level rises by the logarithm of a hundred."""
    (basic, absolute, _), (louder, more, _) = summarise(noise(1)), summarise(noise(1, 100.0))
    assert louder == pytest.approx(basic, abs=1e-4)
    assert more[0] - absolute[0] == pytest.approx(np.log(100), abs=1e-4)


def test_an_epoch_stands_beside_the_past_alone() -> None:
    """The slow way: a running mean and the ranks of what was kept, of nothing that comes later."""
    running = RunningFeatures()
    epochs = [noise(seed, 5.0 + seed) for seed in range(30)]
    found = [running.next(one) for one in epochs]
    followed = [summarise(one)[2] for one in epochs]
    mean = np.zeros(10)
    for count, values in enumerate(followed, start=1):
        mean += max(1 / count, STEP_S / LONG_S) * (values - mean)
    assert found[-1][-31:-21] == pytest.approx(followed[-1] - mean)
    kept = np.sort(followed[::EVERY], axis=0)
    low, middle, high = kept[len(kept) // 4], kept[len(kept) // 2], kept[3 * len(kept) // 4]
    assert found[-1][-11:-1] == pytest.approx((followed[-1] - middle) / ((high - low) / 1.35 + 0.3))
    assert all(one.shape == (FEATURES,) and np.isfinite(one).all() for one in found)
    assert FEATURES == NETWORK_FEATURES
    assert epochs[0].shape[1] == MEASURES


def test_without_a_unit_the_amplitudes_alone_are_missing() -> None:
    """Three of the features are NaN; the same noise ten times as loud gives the same others."""
    one, louder = (RunningFeatures().next(noise(3, uv), microvolts=False) for uv in (10.0, 100.0))
    assert np.isnan(one).sum() == 3
    assert np.nan_to_num(louder) == pytest.approx(np.nan_to_num(one), abs=1e-4)
