"""Streaming SC depends on exactly the past that it states, on no scale, and can be trained."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.initialisation import lsuv
from models.networks.sc import SC, SPANS
from models.networks.sc_stream import CausalConvolution, RunningScale, StreamSC
from models.networks.stream_state import Streamer

WINDOW, SCALE = 48, 32
GROUPS = 3


def small(dtype: torch.dtype = torch.float64) -> StreamSC:
    """Build a network of three blocks whose score depends on 61 samples before a window of 48."""
    torch.manual_seed(0)
    network = StreamSC(5, WINDOW, width=12, blocks=3, scale_samples=SCALE).to(dtype).eval()
    # As it is made, its norms change nothing and errors in them would not show.
    for parameter in network.parameters():
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


@pytest.mark.parametrize(("width", "blocks", "parameters", "field"), [(48, 0, 84_961, 255), (256, 8, 3_158_529, 1_023)])
def test_size_is_exact(width: int, blocks: int, parameters: int, field: int) -> None:
    """Depth, width and receptive field are those of SC's paper variant; norms have two weights per channel."""
    samples = 768 if blocks else 192
    network, model = StreamSC(5, samples, width, blocks), SC(5, samples, width, blocks)
    norms = 2 * len(model.blocks) + 1  # SC's have two weights for each sample, these two for each feature
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
    # The boxcar has 6 samples, so the first output belongs to the sixth.
    for group in range(2):
        for end in range(6, 21):
            rows = [row for row in x[group, end - 6 : end].T if row.any()]
            rms = torch.stack(rows).square().mean().sqrt()
            assert torch.allclose(got[group, end - 6], x[group, end - 1] / rms)
    assert (got[0, :, 3] == 0).all()
    assert torch.equal(RunningScale(5, 6)(torch.zeros(1, 9, 5)), torch.zeros(1, 4, 5))


@torch.no_grad()
def test_looks_back_as_far_as_it_says_and_no_further() -> None:
    """The context's first sample sways the window's first step alone; the sample before it sways nothing."""
    network, samples = small(), signal(110)
    # Of 110 samples the first lies before the context of the window that ends with the last.
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
    later[..., 99:] *= -3  # sample 99 is step 38 of a window that begins at 61
    before, after = network.features(samples), network.features(later)
    assert torch.equal(before[..., :38], after[..., :38])
    assert all(not torch.equal(before[..., step], after[..., step]) for step in range(38, WINDOW))


@pytest.mark.parametrize("gain", [1e-6, 1e3])
@torch.no_grad()
def test_score_is_free_of_unit(gain: float) -> None:
    """Volts, microvolts or arbitrary units give the same logits, in single precision too."""
    network, samples = small(torch.float32), signal(109).float()
    assert torch.allclose(network(samples), network(samples * gain), atol=1e-4)
    # Other samples do score otherwise: a constant would pass the line above.
    assert not torch.allclose(network(samples), network(samples.flip(0)), atol=1e-2)


@torch.no_grad()
def test_evidence_agrees_with_the_score_and_with_a_loop() -> None:
    """Logits are those of forward, and of the newest third; peaks are where smoothed votes are densest."""
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
            # The triangle of `vote_peak`, cut off at the window's ends.
            for step in range(-3, 4):
                if 0 <= at + step < WINDOW:
                    votes[at + step] += max(0.0, float(weight) * height) * (1 - abs(step) / 4)
        assert votes[peak] == pytest.approx(float(votes.max()))


def test_windows_without_their_context_are_refused() -> None:
    """The error names what fits."""
    network = small()
    with pytest.raises(ValueError, match=r"takes \(n, 5, 109\)"):
        network(signal(WINDOW))


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
    assert len(outputs) == 8  # the first convolution, two in each of three blocks, the head
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
    # Planted 20 to 16 samples before the end, which is sample 28 to 32 of the window.
    _, peaks = network.eval().evidence(windows[1::2])
    assert float(((peaks - 30).abs() <= 8).float().mean()) > 0.8
