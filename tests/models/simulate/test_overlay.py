"""Discharges laid on a recording: the recording stays as it was, and the truth says what was added."""

import numpy as np
import pytest

from models.errors import MontageError
from models.simulate import simulate
from models.simulate.overlay import overlay
from models.simulate.truth import Float32, Simulated

RATE_HZ = 256.0
SECONDS = 42.0


@pytest.fixture(scope="module")
def background() -> tuple[Float32, tuple[str, ...]]:
    """Return a quiet person's scalp EEG, in place of a real one's."""
    quiet = simulate(3, SECONDS, rate_hz=RATE_HZ, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    return quiet.samples, quiet.labels


@pytest.fixture(scope="module")
def laid(background: tuple[Float32, tuple[str, ...]]) -> Simulated:
    """Return the background with many discharges on it."""
    samples, labels = background
    return overlay(samples, RATE_HZ, labels, 11, ied_rate_per_min=30.0)


def test_what_is_not_discharge_is_the_background(background: tuple[Float32, tuple[str, ...]], laid: Simulated) -> None:
    """Taking the discharges off again leaves the recording, cut to whole segments of 4 s."""
    samples, _ = background
    assert laid.samples.shape == (19, 40 * 256)
    # float32: adding and subtracting 100 uV costs some of the last bits.
    assert np.allclose(laid.samples - laid.discharges, samples[:, : 40 * 256], atol=1e-4)


def test_truth_says_where_each_discharge_peaks(laid: Simulated) -> None:
    """At its peak a lone discharge's electrode holds the amplitude that the truth states."""
    assert len(laid.ieds) > 5
    for ied in laid.ieds:
        others = [other for other in laid.ieds if other is not ied and abs(other.peak - ied.peak) < 2 * RATE_HZ]
        if not others:
            value = laid.discharges[laid.labels.index(ied.electrode), ied.peak]
            # The discharge before may still end in its slow wave, two seconds on it has not 1 % left.
            assert value == pytest.approx(ied.amplitude_uv, rel=0.01)


def test_a_discharge_is_as_large_as_the_background_around_it_asks() -> None:
    """The same draw on a background ten times larger gives discharges ten times larger."""
    quiet = simulate(3, 20.0, rate_hz=RATE_HZ, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    small, large = (overlay(quiet.samples * gain, RATE_HZ, quiet.labels, 5, ied_rate_per_min=30.0) for gain in (1, 10))
    assert [ied.peak for ied in large.ieds] == [ied.peak for ied in small.ieds]
    assert [ied.amplitude_uv for ied in large.ieds] == pytest.approx([10 * ied.amplitude_uv for ied in small.ieds])


def test_drift_does_not_count_as_background(background: tuple[Float32, tuple[str, ...]]) -> None:
    """Electrodes that drift by millivolts get discharges of the size that their EEG asks for."""
    samples, labels = background
    drift = np.linspace(0, 5000, samples.shape[1], dtype=np.float32) * np.arange(19, dtype=np.float32)[:, None]
    still, drifting = (overlay(one, RATE_HZ, labels, 11, ied_rate_per_min=30.0) for one in (samples, samples + drift))
    ratio = [b.amplitude_uv / a.amplitude_uv for a, b in zip(still.ieds, drifting.ieds, strict=True)]
    assert np.median(ratio) == pytest.approx(1, abs=0.1)


def test_without_discharges_nothing_is_added(background: tuple[Float32, tuple[str, ...]]) -> None:
    """A rate of 0 gives the recording back, and an empty truth."""
    samples, labels = background
    bare = overlay(samples, RATE_HZ, labels, 11, ied_rate_per_min=0.0)
    assert bare.ieds == ()
    assert np.array_equal(bare.samples, samples[:, : 40 * 256])


def test_an_electrode_that_nobody_knows_is_refused(background: tuple[Float32, tuple[str, ...]]) -> None:
    """Where it is on the head decides how large a discharge is there."""
    samples, labels = background
    with pytest.raises(MontageError, match="'X9'"):
        overlay(samples, RATE_HZ, ("X9", *labels[1:]), 11, ied_rate_per_min=1.0)
