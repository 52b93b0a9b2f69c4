"""Spectral augmentation: what varies varies as stated, and what must stay stays."""

import numpy as np
import pytest

from models.training import spectral_augmentation
from models.training.spectral_augmentation import FILTERED_SHARE, GAIN_SPREAD, KNOTS_HZ, MOST_NOISE, augment_spectrum


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch gains and noise off, so that filters stand alone."""
    monkeypatch.setattr(spectral_augmentation, "MOST_NOISE", 0.0)


def waves(frequency_hz: float, count: int = 200) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Windows (count, 2, 256) at 128 Hz of one rhythm that fits them exactly."""
    # A whole number of cycles in 256 samples, so that no filter leaks into other frequencies.
    wave = np.sin(2 * np.pi * frequency_hz * np.arange(256) / 128).astype(np.float32)
    return np.broadcast_to(wave, (count, 2, 256)).copy()


def test_a_rhythm_keeps_its_shape_under_a_filter(plain: None) -> None:
    """A sine comes out as itself times one gain, the same in all derivations; the share that is filtered is stated."""
    windows = waves(10.0)
    varied = augment_spectrum(windows, np.random.default_rng(0), 128.0, 0.0)
    gains = (varied * windows).sum(axis=2) / (windows**2).sum(axis=2)
    assert np.allclose(varied, gains[:, :, None] * windows, atol=1e-4)
    assert np.allclose(gains[:, 0], gains[:, 1], rtol=1e-5)
    changed = np.abs(gains[:, 0] - 1) > 1e-5
    # 200 windows at 0.7: three standard deviations are 0.1.
    assert changed.mean() == pytest.approx(FILTERED_SHARE, abs=0.1)
    assert np.log(gains[changed, 0]).std() == pytest.approx(spectral_augmentation.FILTER_SPREAD, abs=0.06)


def test_far_rhythms_are_filtered_apart(plain: None) -> None:
    """Gains at two knots are drawn independently."""
    windows = waves(KNOTS_HZ[2]) + waves(KNOTS_HZ[5])
    varied = augment_spectrum(windows, np.random.default_rng(1), 128.0, 0.0)
    spectrum = np.abs(np.fft.rfft(varied[:, 0], axis=1))
    low, high = np.log(spectrum[:, round(KNOTS_HZ[2] * 2)]), np.log(spectrum[:, round(KNOTS_HZ[5] * 2)])
    assert low.std() > 0.2
    assert abs(np.corrcoef(low, high)[0, 1]) < 0.3


def test_noise_is_at_most_what_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """With filters and gains off, what is added is white noise of at most that part of the window's deviation."""
    monkeypatch.setattr(spectral_augmentation, "FILTER_SPREAD", 0.0)
    windows = waves(10.0)
    added = augment_spectrum(windows, np.random.default_rng(2), 128.0, 0.0) - windows
    ratio = added.std(axis=2) / windows.std(axis=(1, 2))[:, None]
    assert 0.8 * MOST_NOISE < ratio.max() < 1.25 * MOST_NOISE
    assert ratio.min() < 0.2 * MOST_NOISE


def test_missing_derivations_stay_missing() -> None:
    """Rows of zeros stay zero, and nothing else becomes zero; the input is left as it was."""
    windows = np.random.default_rng(3).normal(size=(20, 5, 192)).astype(np.float32)
    windows[:, 2] = 0
    before = windows.copy()
    varied = augment_spectrum(windows, np.random.default_rng(4), 128.0, GAIN_SPREAD)
    assert not varied[:, 2].any()
    assert varied[:, [0, 1, 3, 4]].any(axis=2).all()
    assert varied.dtype == np.float32
    assert np.array_equal(windows, before)
