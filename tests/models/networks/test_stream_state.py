"""A stream that is carried in hops scores as windows cut from it, for any chunks, over gaps and bad samples."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from models.networks.sc import SPANS
from models.networks.sc_stream import StreamSC
from models.networks.stream_state import RollingBuffer, Streamer
from tests.models.networks.test_sc_stream import GROUPS, WINDOW, full, signal, small

HOPS = [16, 8, 4, 2, 1]


def compare(network: StreamSC, samples: Tensor, chunks: list[int], hop: int, atol: float = 1e-9) -> int:
    """Push a signal in chunks, compare every warm score and peak with the slow twin, count the comparisons."""
    streamer, end, compared = Streamer(network, len(samples), hop), 0, 0
    for chunk in chunks:
        logits, peaks = streamer.push(samples[..., end : end + chunk])
        end += chunk
        assert bool(streamer.ready.all()) == (end >= streamer.warm_up_samples)
        if end >= streamer.warm_up_samples:
            expected, expected_peaks = full(network, samples, end)
            assert torch.allclose(logits, expected, rtol=0, atol=atol)
            assert torch.equal(peaks, expected_peaks)
            compared += 1
    return compared


@given(st.integers(0, 9), st.lists(st.integers(1, 3), min_size=1, max_size=40))
def test_a_rolling_buffer_gives_the_newest_rows_in_order(kept: int, sizes: list[int]) -> None:
    """However much is kept beside what comes at once, old and new rows are those of the whole sequence."""
    rows = torch.arange(kept + sum(sizes)).reshape(1, -1, 1).repeat(2, 1, 1)
    buffer, end = RollingBuffer(rows[:, :kept], room=3), kept
    for size in sizes:
        end += size
        assert torch.equal(buffer.append(rows[:, end - size : end]), rows[:, end - size - kept : end])


@pytest.mark.parametrize("hop", HOPS)
def test_stream_equals_the_full_window_at_every_hop(hop: int) -> None:
    """Scores and peaks of a stream are those of windows cut from it; each tail is rolled over many times."""
    samples = signal(640)  # several times what the longest buffer keeps
    assert compare(small(), samples, [hop] * (640 // hop), hop) == (640 - 109) // hop + 1


def test_single_precision_agrees_to_rounding() -> None:
    """In float32, as it runs, with the shipped window, logits agree to 1e-5."""
    torch.manual_seed(4)
    network = StreamSC(5, 192, width=16).eval()
    samples = signal(1024).float()
    streamer = Streamer(network, GROUPS, 16)
    logits = [streamer.push(chunk)[0] for chunk in torch.split(samples, 16, dim=2)]
    # 701 samples are its context and window; 704 is the first end on the grid of hops behind them.
    for end in range(704, 1025, 80):
        with torch.no_grad():
            expected = network(samples[..., end - 701 : end])
        assert torch.allclose(logits[end // 16 - 1][:, 0], expected, rtol=0, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([1, 2, 4, 8]), st.lists(st.integers(1, 48), min_size=1, max_size=30))
def test_chunking_does_not_matter(hop: int, sizes: list[int]) -> None:
    """Whatever the sequence of chunks, from one hop to a whole window, every score is the full window's."""
    # 128 samples warm it up, so that every chunk drawn is compared.
    chunks = [32] * 4 + [min(WINDOW, max(1, size // hop) * hop) for size in sizes]
    assert compare(small(), signal(sum(chunks)), chunks, hop) == 1 + len(sizes)


def test_missing_derivations_and_flat_stretches_agree() -> None:
    """A row of zeros, one that comes and goes, and a group that falls flat all score as in the full window."""
    samples, network = signal(400), small()
    samples[0, 2] = 0
    samples[1, 3, 130:260] = 0
    samples[2, :, 150:350] = 0
    streamer = Streamer(network, GROUPS, 4)
    for end in range(4, 401, 4):
        logits, _ = streamer.push(samples[..., end - 4 : end])
        if end >= streamer.warm_up_samples:
            assert torch.isfinite(logits).all()
            assert torch.allclose(logits, full(network, samples, end)[0], rtol=0, atol=1e-9)


def test_burst_and_nan_are_forgotten_after_the_warm_up() -> None:
    """Nothing accumulates: once a huge artefact or a NaN has left the memory the scores are clean, exactly."""
    clean, network = signal(360), small()
    dirty = clean.clone()
    dirty[0, 1, 120:124] = 1e9
    dirty[1, 1, 123] = torch.nan
    streams = Streamer(network, GROUPS, 4), Streamer(network, GROUPS, 4)
    for end in range(4, 361, 4):
        a, b = (s.push(x[..., end - 4 : end])[0] for s, x in zip(streams, (clean, dirty), strict=True))
        if end > 124 + streams[0].warm_up_samples:
            assert torch.equal(a, b)
        # Until then the bad groups do differ: else the test would pass without them having been bad.
        elif end >= 124:
            assert not torch.equal(a[:2], b[:2])
            assert torch.equal(a[2], b[2])


def test_groups_are_independent_and_reset_alone() -> None:
    """After a gap a group warms up anew, to the exact sample, while the others go on as if alone."""
    samples, network = signal(400), small()
    streamer, restart = Streamer(network, GROUPS, 1), 200
    for end in range(1, 401):
        if end == restart + 1:
            streamer.reset([1])
        logits, _ = streamer.push(samples[..., end - 1 : end])
        warm = [end >= 109, end >= 109 and not restart < end < restart + 109, end >= 109]
        assert streamer.ready.tolist() == warm
        assert torch.isfinite(logits).tolist() == [[one] * SPANS for one in warm]
        # Not at each: the twin computes a whole window anew every time.
        if end % 13 == 0 and end >= 109:
            kept = torch.tensor(warm)
            assert torch.allclose(logits[kept], full(network, samples, end)[0][kept], rtol=0, atol=1e-9)


def test_reset_of_all_starts_from_nothing() -> None:
    """A stream that was reset answers as a new one does, bit for bit, for a signal it has not seen."""
    network, samples = small(), signal(240, seed=7)
    used, new = Streamer(network, GROUPS, 8), Streamer(network, GROUPS, 8)
    for chunk in torch.split(signal(232), 8, dim=2):
        used.push(chunk)
    used.reset()
    assert not used.ready.any()
    for chunk in torch.split(samples, 8, dim=2):
        (logits, peaks), (expected, expected_peaks) = used.push(chunk), new.push(chunk)
        # NaN is not equal to NaN; both must have it in the same places.
        assert torch.equal(logits.nan_to_num(9), expected.nan_to_num(9))
        assert torch.equal(peaks[used.ready], expected_peaks[used.ready])
    assert used.ready.all()


def test_wrong_shapes_are_refused() -> None:
    """Hops that do not divide and chunks off the grid raise and name what fits."""
    network = small()
    with pytest.raises(ValueError, match="does not divide"):
        Streamer(network, GROUPS, 5)
    streamer = Streamer(network, GROUPS, 4)
    # Off the grid, nothing, more than a window, too few groups, too few rows.
    for wrong in (signal(6), signal(0), signal(52), signal(8, groups=2), signal(8)[:, :4]):
        with pytest.raises(ValueError, match="multiple of 4 up to 48"):
            streamer.push(wrong)
