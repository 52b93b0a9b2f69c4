"""An engine that answers otherwise than plain torch is found out."""

import numpy as np
import pytest
import torch

from models.engines import parity
from models.engines.eager import Eager, EagerStream
from models.engines.parity import Parity
from tests.models.engines.networks import noise, stream_network, window_network

CPU = torch.device("cpu")


def test_windows_look_like_eeg() -> None:
    """Noise whose power falls with frequency, every other window with a spike; the same at every call."""
    windows = parity.eeg_like(200, 5, 192)
    assert (windows.shape, windows.dtype) == ((200, 5, 192), np.dtype(np.float32))
    assert np.isfinite(windows).all()
    assert np.array_equal(windows, parity.eeg_like(200, 5, 192))
    plain = windows[::2]  # those without a spike
    power = (np.abs(np.fft.rfft(plain)) ** 2).mean(axis=(0, 1))
    assert power[2:6].mean() > 5 * power[40:].mean()
    assert plain.std() == pytest.approx(30, rel=0.02)
    assert np.abs(windows[1::2]).max() > 2 * np.abs(plain).max()


def test_equal_engines_agree() -> None:
    """An engine beside itself has no difference and no flips; streams are compared once they are warm."""
    eager, stream = Eager(window_network(), CPU), EagerStream(stream_network(), 16, CPU)
    found = parity.of_windows(eager, eager, parity.eeg_like(9, 5, 64), 0.5)
    assert found == Parity(9, 0.0, 0)
    samples = parity.stream_samples(109, 16, "fp32")
    found = parity.of_streams(stream, stream, noise(parity.GROUPS, 5, samples), 0.5)
    assert found.windows >= parity.WINDOWS["fp32"]
    assert (found.max_difference, found.flips) == (0.0, 0)


def test_another_network_is_found_out() -> None:
    """Its probabilities differ, and so do decisions at a threshold between the two."""
    torch.manual_seed(9)
    other = window_network()
    with torch.no_grad():
        other.head.bias.add_(2)
    windows, eager = parity.eeg_like(32, 5, 64), Eager(window_network(), CPU)
    # In the middle of the answers, so that moving all of them by a bias flips many.
    threshold = float(np.median(eager.score(windows)[0])) + 1e-6
    found = parity.of_windows(eager, Eager(other, CPU), windows, threshold)
    assert found.max_difference > 0.05
    assert found.flips > 10
    assert not found.holds("fp32")
    assert "of 32 decisions flip" in str(found)


@pytest.mark.parametrize(
    ("difference", "flips", "fp32", "bf16"),
    [
        (0.0, 0, True, True),
        (0.04, 0, False, True),
        (0.04, 1, False, True),
        (0.01, 2, False, False),
        (0.06, 0, False, False),
    ],
)
def test_limits(difference: float, flips: int, fp32: bool, bf16: bool) -> None:
    """Single precision may differ by rounding; bf16 by 0.05 and one decision in 500."""
    found = Parity(500, difference, flips)
    assert (found.holds("fp32"), found.holds("bf16")) == (fp32, bf16)


def test_what_is_no_number_does_not_hold() -> None:
    """An engine that answers NaN where torch does not is refused."""
    assert not Parity(500, float("nan"), 0).holds("bf16")
