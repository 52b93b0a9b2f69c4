"""What a bench's stand-in for an amplifier sends."""

import numpy as np

from bench.ward.sender import LOOP_S, Sender, signal, spoiled


def test_it_has_the_channels_that_it_declares() -> None:
    """The scalp's by their names, the others beside them, each with a signal."""
    samples, labels = signal(Sender("bed-1", 3, channels=24))
    assert samples.shape == (LOOP_S * 256, 24)
    assert len(set(labels)) == 24
    assert "Fp1" in labels
    assert np.ptp(samples, axis=0).min() > 1.0


def test_a_fault_spoils_what_is_sent() -> None:
    """No numbers, zeros, or nothing at all."""
    samples = np.ones((4, 2), np.float32)
    assert np.isnan(spoiled(samples, "nan")).all()
    assert not spoiled(samples, "flat").any()
    assert np.array_equal(spoiled(samples, "gap"), samples)
