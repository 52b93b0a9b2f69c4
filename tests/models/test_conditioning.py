"""Conditioning: the same bits for any chunking, known delays, and nothing bad that spreads."""

from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from models.conditioning import Conditioned, Conditioner, condition
from models.errors import ModelsError, RecordingError
from models.montage import Montage, build
from models.recordings import read

SHAFT: Final[Montage] = build("shaft", [f"LA{contact}" for contact in range(1, 7)])
RATES_HZ: Final = (100.0, 128.0, 200.0, 250.0, 256.0, 499.87, 500.0, 512.0, 1000.0, 2048.0)

DATA = Path(__file__).parents[2] / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real recordings of ../shared/data are not here")

Signal = NDArray[np.float32]


def noise(rate_hz: float, seconds: float, seed: int = 0) -> Signal:
    """Return (6, n) reddish noise of about 50 uV."""
    white = np.random.default_rng(seed).normal(size=(6, int(rate_hz * seconds)))
    return (50.0 * signal.lfilter([0.4], [1.0, -0.9], white)).astype(np.float32)


def everything(x: Signal, rate_hz: float, first: int = 0) -> Conditioned:
    """Condition in one push."""
    return Conditioner(SHAFT, rate_hz).push(first, x, np.ones(x.shape, bool))


def in_pieces(conditioner: Conditioner, x: Signal, cuts: list[int], first: int = 0) -> list[Conditioned]:
    """Push the pieces between those cuts that lie inside."""
    edges = [0, *sorted(cut for cut in cuts if cut < x.shape[1]), x.shape[1]]
    pieces = [(first + start, x[:, start:end]) for start, end in pairwise(edges)]
    return [conditioner.push(at, piece, np.ones(piece.shape, bool)) for at, piece in pieces]


def with_a_gap(conditioner: Conditioner, x: Signal, cuts: list[int], first: int) -> list[Conditioned]:
    """Push pieces up to sample 600, lose 33 samples, push the rest in pieces."""
    before = in_pieces(conditioner, x[:, :600], cuts, first)
    conditioner.gap(first + 600, 33)
    return before + in_pieces(conditioner, x[:, 633:], cuts, first + 633)


def joined(parts: list[Conditioned]) -> tuple[Signal, NDArray[np.bool_], NDArray[np.int64]]:
    """Return samples, validity and absolute index of all parts."""
    index = [part.first + np.arange(part.samples.shape[1]) for part in parts]
    return (
        np.concatenate([part.samples for part in parts], axis=1),
        np.concatenate([part.valid for part in parts], axis=1),
        np.concatenate(index),
    )


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 1500), max_size=12),
    finer=st.lists(st.integers(0, 1500), max_size=40),
    rate_hz=st.sampled_from(RATES_HZ),
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
    assert done.first == 3


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [5.0, 15.0, 30.0])
def test_a_wave_packet_comes_out_later_by_the_stated_delay(rate_hz: float, frequency_hz: float) -> None:
    """The envelope of a Gaussian packet moves by `delay_s` of its frequency, to half a millisecond."""
    conditioner = Conditioner(SHAFT, rate_hz)
    centre_s, width_s = 6.0, 0.4
    time_s = np.arange(int(12 * rate_hz)) / rate_hz - centre_s
    x = np.zeros((6, time_s.size), np.float32)
    x[0] = 100.0 * np.exp(-0.5 * (time_s / width_s) ** 2) * np.cos(2 * np.pi * frequency_hz * time_s)
    out = conditioner.push(0, x, np.ones(x.shape, bool)).samples[0].astype(float)
    envelope = np.abs(signal.hilbert(out)) ** 2
    at_s = float((np.arange(out.size) / 128.0) @ envelope / envelope.sum())
    assert at_s - centre_s == pytest.approx(conditioner.delay_s(frequency_hz), abs=5e-4)


def test_delays_are_named_and_add_up() -> None:
    """One term a filter; their sum at 15 Hz is `delay_s`; a decimation by a whole number delays nothing."""
    conditioner = Conditioner(SHAFT, 512.0)
    assert list(conditioner.delays_ms) == ["bandpass", "notch", "antialias", "resample"]
    assert sum(conditioner.delays_ms.values()) == pytest.approx(1e3 * conditioner.delay_s())
    assert conditioner.delays_ms["resample"] == 0.0
    assert 10.0 < sum(conditioner.delays_ms.values()) < 14.0


@pytest.mark.parametrize("rate_hz", [100.0, 250.0, 512.0, 2048.0])
def test_settling_is_what_the_filters_need(rate_hz: float) -> None:
    """After `settle_s` a step has left less than 0.2 % of itself; half that time is not enough."""
    conditioner = Conditioner(SHAFT, rate_hz)
    x = np.zeros((6, int(5 * rate_hz)), np.float32)
    x[0, 5:] = 1000.0
    x[0, 5:] += np.arange(x.shape[1] - 5) % 2 * 1e-3
    out = conditioner.push(0, x, np.ones(x.shape, bool)).samples[0]
    settled = int(conditioner.settle_s * 128) + 2
    assert conditioner.settle_s <= 2.5
    assert np.abs(out[settled:]).max() < 2.0
    assert np.abs(out[settled // 2 : settled]).max() > 2.0


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


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(1, 2400), rate_hz=st.sampled_from(RATES_HZ))
def test_the_future_leaves_the_past_untouched(cut: int, rate_hz: float) -> None:
    """Causality: outputs that stand before sample `cut` do not change when samples from `cut` on do."""
    x = noise(rate_hz, 2500 / rate_hz + 0.01)[:, :2500]
    y = x.copy()
    y[:, cut:] = np.nan
    before = int(np.ceil(cut * 128 / rate_hz))
    one, other = everything(x, rate_hz), everything(y, rate_hz)
    np.testing.assert_array_equal(one.samples[:, :before], other.samples[:, :before])
    np.testing.assert_array_equal(one.valid[:, :before], other.valid[:, :before])


def test_conditioning_equals_its_slow_twin() -> None:
    """On clean samples: filter each electrode from its first sample's level, subtract, pick every fourth sample."""
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
    np.testing.assert_allclose(done.samples, np.array(rows)[:, ::4], atol=1e-4)


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


@pytest.mark.parametrize(("hz", "gone"), [(50.0, True), (60.0, True), (40.0, False)])
def test_mains_is_notched_whichever_it_is(hz: float, gone: bool) -> None:
    """With "auto", 200 uV of 50 or 60 Hz leave less than 1 %; a rhythm of 40 Hz stays."""
    time_s = np.arange(512 * 8) / 512.0
    x = np.zeros((6, time_s.size), np.float32)
    x[0] = 200 * np.sin(2 * np.pi * hz * time_s)
    left = np.abs(everything(x, 512.0).samples[0, -256:]).max()
    assert left < 2.0 if gone else left > 150.0


def test_the_notch_can_be_chosen_or_off() -> None:
    """One frequency notches that one only; "off" notches none."""
    time_s = np.arange(512 * 8) / 512.0
    x = np.zeros((6, time_s.size), np.float32)
    x[0] = 200 * np.sin(2 * np.pi * 50 * time_s)
    left = {}
    for choice in (60.0, 50.0):
        left[choice] = np.abs(condition(x, 512.0, SHAFT, notch_hz=choice).samples[0, -256:]).max()
    assert np.abs(condition(x, 512.0, SHAFT, notch_hz="off").samples[0, -256:]).max() > 80
    assert left[50.0] < 2
    assert left[60.0] > 60
    assert Conditioner(SHAFT, 512.0, notch_hz="off").delays_ms["notch"] == 0.0


@pytest.mark.parametrize("rate_hz", [50.0, 99.9, 0.0, float("nan"), 1e6])
def test_a_rate_out_of_range_is_one_clear_error(rate_hz: float) -> None:
    """The error names the rate and the remedy."""
    with pytest.raises(RecordingError, match=r"sampling rate of .* Hz cannot be used: give one between 100 and"):
        Conditioner(SHAFT, rate_hz)


@pytest.mark.parametrize("band_hz", [(0.0, 50.0), (50.0, 1.0), (1.0, 64.0), (-1.0, 20.0)])
def test_a_band_that_does_not_fit_is_one_clear_error(band_hz: tuple[float, float]) -> None:
    """The error names the key and its limits."""
    with pytest.raises(ModelsError, match=r"bandpass_hz = \[.*\]: the edges must rise, from 0.1 to 57.6 Hz"):
        Conditioner(SHAFT, 512.0, bandpass_hz=band_hz)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_no_unit_is_one_clear_error(scale: float) -> None:
    """The error names the scale."""
    with pytest.raises(ModelsError, match="scale_to_uv"):
        Conditioner(SHAFT, 512.0, scale_to_uv=scale)


def test_an_hour_after_the_start_is_as_exact_as_the_start() -> None:
    """The same second of signal, an hour apart, comes out the same to 1e-4 uV."""
    second = noise(256.0, 10.0)
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
        assert size[near].max() > 5 * np.median(size[256:])
