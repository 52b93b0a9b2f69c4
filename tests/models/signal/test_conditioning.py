"""Conditioning: the same bits for any chunking, the same numbers as its slow twin, and real recordings."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from models.readers.recording import read
from models.signal.conditioning import Conditioned, Conditioner
from models.signal.montage import build
from models.signal.offline import condition
from tests.models.signal.shaft import RATES_HZ, SHAFT, Signal, everything, in_pieces, joined, noise

DATA = Path(__file__).parents[3] / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real recordings of ../shared/data are not here")


def with_a_gap(conditioner: Conditioner, x: Signal, cuts: list[int], first: int) -> list[Conditioned]:
    """Push pieces up to sample 600, lose 33 samples, push the rest in pieces."""
    before = in_pieces(conditioner, x[:, :600], cuts, first)
    conditioner.gap(first + 600, 33)
    return before + in_pieces(conditioner, x[:, 633:], cuts, first + 633)


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 1500), max_size=12),
    finer=st.lists(st.integers(0, 1500), max_size=40),
    rate_hz=st.sampled_from(RATES_HZ),
    # Also beyond what float32 and what float64 count exactly: indices are whole numbers throughout.
    first=st.sampled_from([0, 1, 12_345, 2**31 - 5, 2**53 - 5]),
    bad=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 1499), st.sampled_from([np.nan, np.inf, 4e5, 3e38])), max_size=6
    ),
    gap=st.booleans(),
)
def test_any_chunking_gives_the_same_bits(
    cuts: list[int],
    finer: list[int],
    rate_hz: float,
    first: int,
    bad: list[tuple[int, int, float]],
    gap: bool,
) -> None:
    """Cut one signal with bad samples, a flat stretch and a gap two ways: samples, masks and indices are identical."""
    x = noise(rate_hz, 1500 / rate_hz)
    x = np.pad(x, ((0, 0), (0, 1500 - x.shape[1])), mode="edge")
    # 200 equal samples are flat at any of these rates.
    x[2, 700:900] = 7.0
    for channel, sample, value in bad:
        x[channel, sample] = value
    push = with_a_gap if gap else in_pieces
    coarse = push(Conditioner(SHAFT, rate_hz), x, cuts, first)
    fine = push(Conditioner(SHAFT, rate_hz), x, [*cuts, *finer], first)
    for ours, theirs in zip(joined(coarse), joined(fine), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_whole_recording_equals_the_live_stream() -> None:
    """Chunks of 17 samples over two minutes give what `condition` gives, block edges included."""
    # Two blocks of `condition` and a piece of a third.
    x = noise(250.0, 125.0)
    live = joined(in_pieces(Conditioner(SHAFT, 250.0), x, list(range(17, x.shape[1], 17))))
    whole = condition(x, 250.0, SHAFT)
    np.testing.assert_array_equal(whole.samples, live[0])
    np.testing.assert_array_equal(whole.valid, live[1])
    assert whole.samples.shape[1] == 125 * 128


def test_the_model_grid_goes_on_across_a_gap() -> None:
    """After a gap, outputs stand where they would have stood without it, and start unsettled."""
    x = noise(500.0, 8.0)
    conditioner = Conditioner(SHAFT, 500.0)
    conditioner.push(0, x[:, :1000], np.ones((6, 1000), bool))
    conditioner.gap(1000, 501)
    after = conditioner.push(1501, x[:, 1501:], np.ones((6, x.shape[1] - 1501), bool))
    assert after.first == int(np.ceil(1501 * 128 / 500))
    settle = int(np.ceil(conditioner.settle_s * 128)) + 1
    # The last sample before settling may fall on either side of the model's grid.
    assert not after.valid[:, : settle - 2].any()
    assert after.valid[:, settle:].all()


def test_a_push_that_skips_samples_without_a_gap_is_refused() -> None:
    """The absolute index is the truth: a hole must be declared."""
    conditioner = Conditioner(SHAFT, 256.0)
    conditioner.push(10, np.zeros((6, 5), np.float32), np.ones((6, 5), bool))
    with pytest.raises(ValueError, match="sample 16 was pushed where 15 is next"):
        conditioner.push(16, np.zeros((6, 5), np.float32), np.ones((6, 5), bool))


def test_a_push_of_nothing_gives_nothing() -> None:
    """An empty chunk is no reason to move."""
    done = Conditioner(SHAFT, 256.0).push(5, np.zeros((6, 0), np.float32), np.zeros((6, 0), bool))
    assert done.samples.shape == done.valid.shape == (5, 0)
    assert done.first == 2


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(1, 2400), rate_hz=st.sampled_from(RATES_HZ))
def test_the_future_leaves_the_past_untouched(cut: int, rate_hz: float) -> None:
    """Causality: outputs of samples before `cut` do not change when samples from `cut` on do."""
    x = noise(rate_hz, 2500 / rate_hz + 0.01)[:, :2500]
    y = x.copy()
    y[:, cut:] = np.nan
    before = int(np.ceil(cut * 128 / rate_hz)) if rate_hz % 128 else cut * 128 // int(rate_hz)
    one, other = everything(x, rate_hz), everything(y, rate_hz)
    np.testing.assert_array_equal(one.samples[:, :before], other.samples[:, :before])
    np.testing.assert_array_equal(one.valid[:, :before], other.valid[:, :before])


def test_conditioning_equals_its_slow_twin() -> None:
    """On clean samples: filter each electrode from its first sample's level, subtract, keep the last of every four."""
    x = noise(512.0, 3.0).astype(float)
    sections = [
        signal.butter(2, [1, 50], "bandpass", fs=512, output="sos"),
        signal.tf2sos(*signal.iirnotch(50, 30, fs=512)),
        signal.tf2sos(*signal.iirnotch(60, 30, fs=512)),
        signal.cheby2(6, 40, 88, fs=512, output="sos"),
    ]
    electrodes = []
    for channel in x:
        for sos in sections:
            level = channel[0]
            channel, _ = signal.sosfilt(sos, channel, zi=signal.sosfilt_zi(sos) * level)  # noqa: PLW2901
        electrodes.append(channel)
    rows = [plus - minus for plus, minus in pairwise(electrodes)]
    done = everything(x.astype(np.float32), 512.0)
    # float32 output: 50 uV are exact to 4e-6; the twin filters levels where the conditioning filters steps.
    np.testing.assert_allclose(done.samples, np.array(rows)[:, 3::4], atol=1e-4)


def test_units_scale_the_output() -> None:
    """Volts with their scale give the microvolts that microvolts give."""
    x = noise(256.0, 4.0)
    volts = Conditioner(SHAFT, 256.0, scale_to_uv=1e6).push(0, x * np.float32(1e-6), np.ones(x.shape, bool))
    np.testing.assert_allclose(volts.samples, everything(x, 256.0).samples, atol=1e-2)


def test_empty_rows_are_zero_and_do_not_spoil_a_group() -> None:
    """A row without a pair is zero and valid."""
    montage = build("shaft", ["LA1", "LA2", "LA3", "LA4"])
    x = noise(256.0, 4.0)[:4]
    done = condition(x, 256.0, montage)
    assert not done.samples[3:].any()
    assert done.valid[3:].all()
    assert done.samples[:3].any(axis=1).all()


def test_an_hour_after_the_start_is_as_exact_as_the_start() -> None:
    """The same second of signal, an hour apart, comes out the same to 1e-4 uV."""
    second = noise(256.0, 10.0)
    # Mirrored, so that the signal has no step where it repeats.
    x = np.tile(np.concatenate([second, second[:, ::-1]], axis=1), (1, 180))
    out = condition(x, 256.0, SHAFT).samples
    period = 20 * 128
    np.testing.assert_allclose(out[:, period : 2 * period], out[:, -period:], atol=1e-4)


@needs_data
def test_a_real_scalp_recording_is_valid_throughout_and_of_eeg_size() -> None:
    """19 electrodes at 500 Hz: valid from `settle_s` to the flat 2 s that pad the file's end, and of EEG's size."""
    recording = read(DATA / "eegmat/Subject00_2.edf")
    montage = build("scalp", recording.labels, recording.types)
    done = condition(recording.samples, recording.rate_hz, montage)
    assert done.samples.shape == (25, 62 * 128)
    settled = int(Conditioner(montage, recording.rate_hz).settle_s * 128) + 1
    assert not done.valid[:, : settled - 2].any()
    assert done.valid[:, settled : 60 * 128].all()
    assert not done.valid[:, int(60.2 * 128) :].any()
    assert 1.0 < np.median(np.abs(done.samples[:, settled:])) < 20.0


@needs_data
def test_the_two_discharges_of_a_real_depth_lead_stand_where_they_were_marked() -> None:
    """Their largest deflections, less the delay, lie within 40 ms of samples 1347 and 4168."""
    recording = read(DATA / "kleen_ll/sampledatacopy.mat")
    montage = build("shaft", recording.labels)
    done = condition(recording.samples, recording.rate_hz, montage, pop_uv=np.inf)
    delay_s = Conditioner(montage, recording.rate_hz).delay_s()
    size = np.abs(done.samples).max(axis=0)
    for marked, near in ((1347, slice(256, 512)), (4168, slice(960, 1152))):
        peak_s = (near.start + int(size[near].argmax())) / 128.0 - delay_s
        assert peak_s == pytest.approx(marked / 512.0, abs=0.04)
        # A discharge, not a bump of the background.
        assert size[near].max() > 5 * np.median(size[256:])
