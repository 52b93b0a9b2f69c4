"""Streaming SC equals its own full window, sample for sample, looks no further than it says, and can be trained."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from models.networks.initialisation import lsuv
from models.networks.sc import SC, SPANS
from models.networks.sc_stream import CausalConvolution, RunningScale, StreamSC
from models.networks.stream_state import RollingBuffer, Streamer

WINDOW, SCALE = 48, 32
GROUPS = 3
HOPS = [16, 8, 4, 2, 1]


def small(dtype: torch.dtype = torch.float64) -> StreamSC:
    """Build a network of three blocks whose score depends on 61 samples before a window of 48."""
    torch.manual_seed(0)
    network = StreamSC(5, WINDOW, width=12, blocks=3, scale_samples=SCALE).to(dtype).eval()
    for parameter in network.parameters():  # norms that are not the identity, a head that all features feed
        nn.init.normal_(parameter, 0.1, 0.5)
    return network


def signal(samples: int, groups: int = GROUPS, seed: int = 1) -> Tensor:
    """Draw noise of a changing amplitude, microvolts."""
    drawn = torch.Generator().manual_seed(seed)
    noise = torch.randn(groups, 5, samples, generator=drawn, dtype=torch.float64)
    return noise * 40 * (1.2 + torch.sin(torch.arange(samples) / 17))


@torch.no_grad()
def full(network: StreamSC, samples: Tensor, end: int) -> tuple[Tensor, Tensor]:
    """Score the window that ends at a sample from itself and its context: the slow twin."""
    return network.evidence(samples[..., end - network.context_samples - WINDOW : end])


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


@pytest.mark.parametrize(("width", "blocks", "parameters", "field"), [(48, 0, 84_961, 255), (256, 8, 3_158_529, 1_023)])
def test_size_is_exact(width: int, blocks: int, parameters: int, field: int) -> None:
    """Depth, width and receptive field are those of SC's paper variant; norms have two weights per channel."""
    samples = 768 if blocks else 192
    network, model = StreamSC(5, samples, width, blocks), SC(5, samples, width, blocks)
    norms = 2 * len(model.blocks) + 1
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert sum(p.numel() for p in model.parameters()) - norms * 2 * samples + norms * 2 * width == parameters
    assert network.receptive_field == model.receptive_field == field
    assert network.context_samples == field - 1 + 255


@pytest.mark.parametrize("dilation", [1, 4])
def test_convolution_is_the_dilated_one(dilation: int) -> None:
    """One product over three taps laid side by side equals torch's convolution without padding."""
    layer, x = CausalConvolution(3, 7, dilation).double(), torch.randn(2, 3, 20, dtype=torch.float64)
    kernel = layer.weight.unflatten(1, (3, 3)).transpose(1, 2)  # type: ignore[no-untyped-call]
    expected = functional.conv1d(x, kernel, dilation=dilation)
    assert torch.allclose(layer(x.transpose(1, 2)).transpose(1, 2), expected)
    assert expected.shape[2] == 20 - layer.context_samples


def test_scale_equals_the_plain_twin() -> None:
    """Every sample is divided by the root mean square of present rows over the trailing samples, in loops."""
    x = signal(20, groups=2).transpose(1, 2).contiguous()
    x[0, :, 3] = 0
    x[1, 5:15, 2] = 0
    got = RunningScale(5, 6)(x)
    for group in range(2):
        for end in range(6, 21):
            rows = [row for row in x[group, end - 6 : end].T if row.any()]
            rms = torch.stack(rows).square().mean().sqrt()
            assert torch.allclose(got[group, end - 6], x[group, end - 1] / rms)
    assert (got[0, :, 3] == 0).all()
    assert torch.equal(RunningScale(5, 6)(torch.zeros(1, 9, 5)), torch.zeros(1, 4, 5))


@given(st.integers(0, 9), st.lists(st.integers(1, 3), min_size=1, max_size=40))
def test_tail_gives_the_newest_rows_in_order(kept: int, sizes: list[int]) -> None:
    """However long the tail is beside what comes at once, old and new rows are those of the whole sequence."""
    rows = torch.arange(kept + sum(sizes)).reshape(1, -1, 1).repeat(2, 1, 1)
    tail, end = RollingBuffer(rows[:, :kept], room=3), kept
    for size in sizes:
        end += size
        assert torch.equal(tail.append(rows[:, end - size : end]), rows[:, end - size - kept : end])


@pytest.mark.parametrize("hop", HOPS)
def test_stream_equals_the_full_window_at_every_hop(hop: int) -> None:
    """Scores and peaks of a stream are those of windows cut from it; each tail is rolled over many times."""
    samples = signal(640)
    assert compare(small(), samples, [hop] * (640 // hop), hop) == (640 - 109) // hop + 1


def test_single_precision_agrees_to_rounding() -> None:
    """In float32, as it runs, with the shipped window, logits agree to 1e-5."""
    torch.manual_seed(4)
    network = StreamSC(5, 192, width=16).eval()
    samples = signal(1024).float()
    streamer = Streamer(network, GROUPS, 16)
    logits = [streamer.push(chunk)[0] for chunk in torch.split(samples, 16, dim=2)]
    for end in range(704, 1025, 80):
        with torch.no_grad():
            expected = network(samples[..., end - 701 : end])
        assert torch.allclose(logits[end // 16 - 1][:, 0], expected, rtol=0, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([1, 2, 4, 8]), st.lists(st.integers(1, 48), min_size=1, max_size=30))
def test_chunking_does_not_matter(hop: int, sizes: list[int]) -> None:
    """Whatever the sequence of chunks, from one hop to a whole window, every score is the full window's."""
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
        assert torch.equal(logits.nan_to_num(9), expected.nan_to_num(9))
        assert torch.equal(peaks[used.ready], expected_peaks[used.ready])
    assert used.ready.all()


@torch.no_grad()
def test_looks_back_as_far_as_it_says_and_no_further() -> None:
    """The context's first sample sways the window's first step alone; the sample before it sways nothing."""
    network, samples = small(), signal(110)
    older, oldest = samples.clone(), samples.clone()
    older[:, :, 1] += 500
    oldest[:, :, 0] += 500
    before, after = network.features(samples[..., 1:]), network.features(older[..., 1:])
    assert not torch.equal(before[..., 0], after[..., 0])
    assert torch.equal(before[..., 1:], after[..., 1:])
    streams = [Streamer(network, GROUPS, 1) for _ in range(2)]
    for end in range(1, 111):
        a, b = (s.push(x[..., end - 1 : end])[0] for s, x in zip(streams, (samples, oldest), strict=True))
    assert torch.equal(a, b)


@torch.no_grad()
def test_future_changes_nothing() -> None:
    """What comes later leaves the features of earlier steps as they were, and sways those from its own step on."""
    network, samples = small(), signal(109)
    later = samples.clone()
    later[..., 99:] *= -3
    before, after = network.features(samples), network.features(later)
    assert torch.equal(before[..., :38], after[..., :38])
    assert all(not torch.equal(before[..., step], after[..., step]) for step in range(38, WINDOW))


@pytest.mark.parametrize("gain", [1e-6, 1e3])
@torch.no_grad()
def test_score_is_free_of_unit(gain: float) -> None:
    """Volts, microvolts or arbitrary units give the same logits, in single precision too."""
    network, samples = small(torch.float32), signal(109).float()
    assert torch.allclose(network(samples), network(samples * gain), atol=1e-4)
    assert not torch.allclose(network(samples), network(samples.flip(0)), atol=1e-2)


@torch.no_grad()
def test_evidence_agrees_with_the_score_and_with_a_loop() -> None:
    """Logits are those of forward, and of the newest third; peaks are where smoothed votes are vote_peak."""
    network, samples = small(), signal(109, groups=6)
    logits, peaks = network.evidence(samples)
    every = network.features(samples)
    assert torch.allclose(logits[:, 0], network(samples))
    assert torch.allclose(logits[:, 1], network.logits(every[:, :, 32:].amax(dim=2)))
    assert (peaks.dtype, peaks.shape) == (torch.int64, (6, SPANS))
    for (maps, first), peak in zip(((m, f) for m in every for f in (0, 32)), peaks.flatten(), strict=True):
        votes = torch.zeros(WINDOW, dtype=torch.float64)
        for feature, weight in zip(maps, network.head.weight[0], strict=True):
            height, at = float(feature[first:].max()), first + int(feature[first:].argmax())
            for step in range(-3, 4):
                if 0 <= at + step < WINDOW:
                    votes[at + step] += max(0.0, float(weight) * height) * (1 - abs(step) / 4)
        assert votes[peak] == pytest.approx(float(votes.max()))


def test_wrong_shapes_are_refused() -> None:
    """Windows without context, hops that do not divide and chunks off the grid raise and name what fits."""
    network = small()
    with pytest.raises(ValueError, match=r"takes \(n, 5, 109\)"):
        network(signal(WINDOW))
    with pytest.raises(ValueError, match="does not divide"):
        Streamer(network, GROUPS, 5)
    streamer = Streamer(network, GROUPS, 4)
    for wrong in (signal(6), signal(0), signal(52), signal(8, groups=2), signal(8)[:, :4]):
        with pytest.raises(ValueError, match="multiple of 4 up to 48"):
            streamer.push(wrong)


def test_layers_can_be_initialised_for_unit_variance() -> None:
    """LSUV finds every convolution and the head, and brings their outputs near a standard deviation of 1."""
    torch.manual_seed(3)
    network = StreamSC(5, WINDOW, width=12, blocks=3, scale_samples=SCALE)
    lsuv(network, signal(109, groups=32).float())
    outputs: list[Tensor] = []
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            layer.register_forward_hook(lambda _layer, _input, output: outputs.append(output.detach()))
    network.eval()(signal(109, groups=32).float())
    assert len(outputs) == 8
    assert all(abs(float(output.std()) - 1) < 0.11 for output in outputs)


def test_planted_spikes_are_learnt() -> None:
    """Gradients reach every weight and a few steps tell windows with a planted spike from those without."""
    torch.manual_seed(5)
    network = StreamSC(5, WINDOW, width=12, blocks=2, scale_samples=SCALE, dropout=0.1)
    windows = torch.randn(64, 5, network.context_samples + WINDOW)
    labels = (torch.arange(64) % 2).float()
    windows[1::2, 1:3, -20:-16] += torch.tensor([3.0, 6.0, -6.0, -3.0])
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        loss = functional.binary_cross_entropy_with_logits(network(windows), labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    assert all(p.grad is not None and bool(p.grad.any()) for p in network.parameters())
    assert losses[-1] < 0.3 * losses[0]
    _, peaks = network.eval().evidence(windows[1::2])
    assert float(((peaks - 30).abs() <= 8).float().mean()) > 0.8
