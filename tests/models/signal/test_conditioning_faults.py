"""Conditioning of what electrodes do: nothing bad that spreads, and nothing invalid for longer than filters ring."""

import numpy as np
import pytest

from models.signal.conditioning import Conditioner
from tests.models.signal.shaft import SHAFT, everything, in_pieces, joined, noise


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_bad_sample_spoils_only_its_channel_and_only_while_filters_ring(value: float) -> None:
    """Rows without the electrode are untouched, bit for bit; its own rows invalid for `settle_s`."""
    x = noise(512.0, 12.0)
    clean = everything(x, 512.0)
    x[2, 3072] = value
    hurt = everything(x, 512.0)
    np.testing.assert_array_equal(hurt.samples[[0, 3, 4]], clean.samples[[0, 3, 4]])
    np.testing.assert_array_equal(hurt.valid[[0, 3, 4]], clean.valid[[0, 3, 4]])
    assert np.isfinite(hurt.samples).all()
    spoilt = np.flatnonzero(clean.valid[1] & ~hurt.valid[1])
    # Every fourth sample is kept, and its channel is bad from the sample itself on.
    assert spoilt[0] == 3072 // 4
    assert spoilt.size / 128 == pytest.approx(Conditioner(SHAFT, 512.0).settle_s, abs=0.01)
    assert np.abs(hurt.samples[1] - clean.samples[1])[spoilt[-1] + 1 :].max() < 0.5


def test_a_sample_marked_invalid_is_not_used() -> None:
    """What the sender marks cannot change the output, whatever its value."""
    x = noise(256.0, 4.0)
    valid = np.ones(x.shape, bool)
    valid[3, 500:520] = False
    one = Conditioner(SHAFT, 256.0).push(0, x, valid)
    x[3, 500:520] = 1e4
    other = Conditioner(SHAFT, 256.0).push(0, x, valid)
    np.testing.assert_array_equal(one.samples, other.samples)


def test_an_electrode_offset_of_400_mv_causes_no_transient() -> None:
    """Offsets at the start leave the output where it would be without them."""
    x = noise(512.0, 6.0)
    offset = np.array([4e5, -4e5, 1e5, 0, 2e5, -3e5], np.float32)[:, None]
    plain, shifted = everything(x, 512.0), everything(x + offset, 512.0)
    # float32 itself rounds 400 mV to 1/32 uV.
    assert np.abs(shifted.samples - plain.samples).max() < 0.1
    np.testing.assert_array_equal(shifted.valid, plain.valid)


@pytest.mark.parametrize("step_uv", [1e5, 4e5])
def test_an_electrode_pop_is_cut_out_and_marked(step_uv: float) -> None:
    """A jump no EEG makes is taken out: no ringing, and the electrode's rows invalid while it would have rung."""
    x = noise(512.0, 8.0)
    plain = everything(x, 512.0)
    x[2, 2048:] += np.float32(step_uv)
    popped = everything(x, 512.0)
    # The jump is at 4 s, output 512; filters ring for under 2.3 s.
    assert not popped.valid[1, 512:700].any()
    assert popped.valid[0, 512:700].all()
    assert popped.valid[1, 800:].all()
    assert np.abs(popped.samples[1] - plain.samples[1])[800:].max() < 0.5
    assert np.abs(popped.samples).max() < 2 * np.abs(plain.samples).max()


def test_a_stream_of_unknown_unit_has_no_pops() -> None:
    """With `pop_uv` infinite, scale does not matter to what is valid."""
    x = noise(512.0, 8.0) * np.float32(1e6)
    done = Conditioner(SHAFT, 512.0, pop_uv=np.inf).push(0, x, np.ones(x.shape, bool))
    assert done.valid[:, -1].all()
    with_pops = Conditioner(SHAFT, 512.0).push(0, x, np.ones(x.shape, bool))
    assert not with_pops.valid[:, -1].any()


def test_flat_and_railed_channels_are_invalid_until_settled() -> None:
    """A run of equal samples is bad from 0.1 s on, across chunks, and the channel settles after its end."""
    x = noise(500.0, 10.0)
    # The rail of a 24-bit amplifier at a gain of 24.
    x[0, 2000:3000] = 187_500.0
    pieces = in_pieces(Conditioner(SHAFT, 500.0, pop_uv=np.inf), x, list(range(20, 5000, 20)))
    _, valid, _ = joined(pieces)
    flat_from, flat_to = int((2000 + 50) * 0.256), int(3000 * 0.256)
    assert valid[0, flat_from - 2]
    assert not valid[0, flat_from + 1 : flat_to + 200].any()
    assert valid[0, flat_to + 225 :].all()
    assert valid[1:, 300:].all()


def test_a_run_of_equal_samples_shorter_than_0_1_s_is_eeg() -> None:
    """Coarse converters repeat values; that alone is no fault."""
    x = noise(500.0, 6.0)
    x[0, 2000:2049] = x[0, 2000]
    assert everything(x, 500.0).valid[:, 450:].all()
