"""SC has the published sizes, ignores scale and missing rows, and finds where its evidence lies."""

import pytest
import torch

from models.networks.sc import SC, SPANS, Variant, blocks_for, normalise


@pytest.mark.parametrize(
    ("variant", "channels", "samples", "blocks", "parameters", "field"),
    [
        ("official", 5, 768, 7, 2_582_785, 509),
        ("official", 5, 768, 8, 2_979_073, 1_021),
        ("paper", 5, 768, 7, 2_779_649, 511),
        ("paper", 5, 768, 8, 3_175_937, 1_023),
        ("paper", 22, 250, 6, 2_382_949, 255),
        ("paper", 1, 250, 6, 2_366_821, 255),
    ],
)
def test_size_is_as_published(
    variant: Variant, channels: int, samples: int, blocks: int, parameters: int, field: int
) -> None:
    """Parameter count and receptive field are those of both published variants."""
    network = SC(channels, samples, blocks=blocks, variant=variant)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert network.receptive_field == field


@pytest.mark.parametrize(("samples", "blocks"), [(768, 8), (250, 6), (192, 6), (128, 6), (63, 5)])
def test_blocks_cover_the_window_within_the_cap(samples: int, blocks: int) -> None:
    """The rule gives the fewest blocks that see the whole window, never more than the official cap."""
    assert blocks_for(samples) == blocks
    assert 2 ** (blocks + 1) <= samples + 1


def test_defaults_are_those_of_each_variant() -> None:
    """Without a number of blocks the paper variant covers the window and the official one has seven."""
    assert len(SC(width=8).blocks) == 8
    assert len(SC(width=8, variant="official").blocks) == 7


def test_unknown_variant_is_refused() -> None:
    """A misspelt variant raises instead of building something else."""
    with pytest.raises(ValueError, match="variant"):
        SC(variant="offical")  # type: ignore[arg-type]


def test_official_inference_halves_the_features() -> None:
    """The official variant scales pooled features by the dropout probability at inference only."""
    torch.manual_seed(0)
    network = SC(5, 64, width=8, blocks=2, variant="official").eval()
    windows = torch.randn(3, 5, 64)
    pooled = network.features(windows).amax(dim=2)
    # The probability of dropping is 0.5, its default, so half of each feature is left.
    halved = network.head(0.5 * pooled)[:, 0]
    assert torch.allclose(network(windows), halved)
    assert not torch.allclose(network(windows), network.head(pooled)[:, 0])
    # In training all of them are there, every time: the published code trains in evaluation mode.
    assert torch.allclose(network.train()(windows), network.head(pooled)[:, 0])


def test_official_features_survive_where_nothing_is_dropped() -> None:
    """A factor of 0 would make every logit the bias alone."""
    torch.manual_seed(0)
    network = SC(5, 64, width=8, blocks=2, variant="official", dropout=0.0).eval()
    logits = network(torch.randn(6, 5, 64))
    assert len(set(logits.tolist())) == 6
    assert network.gain == 1


def test_official_input_is_a_z_score_of_every_row() -> None:
    """Rows of a group ten times as large score the same; in the paper variant they do not."""
    torch.manual_seed(0)
    windows = torch.randn(4, 5, 64)
    larger = windows.clone()
    larger[:, 1] = 10 * larger[:, 1] + 3
    for variant, same in (("official", True), ("paper", False)):
        network = SC(5, 64, width=8, blocks=2, variant=variant).eval()  # type: ignore[arg-type]
        assert torch.allclose(network(windows), network(larger), atol=1e-5) == same
    scaled = normalise(larger, per_row=True).double()
    assert torch.allclose(scaled.mean(dim=2), torch.zeros(4, 5, dtype=torch.float64), atol=1e-6)
    assert torch.allclose(scaled.std(dim=2, correction=0), torch.ones(4, 5, dtype=torch.float64), atol=1e-5)
    assert (normalise(torch.zeros(1, 5, 64), per_row=True) == 0).all()


def test_normalise_equals_the_plain_twin() -> None:
    """One standard deviation per group, means per row: the same as loops written out."""
    windows = torch.randn(4, 5, 32, dtype=torch.float64) * 30 + 7  # an offset, so that means matter
    for window, got in zip(windows, normalise(windows), strict=True):
        rows = torch.stack([row - row.mean() for row in window])
        assert torch.allclose(got, rows / rows.square().mean().sqrt())


@pytest.mark.parametrize("gain", [1e-6, 1e3])
def test_score_is_free_of_unit(gain: float) -> None:
    """Volts, microvolts or arbitrary units give the same logits."""
    torch.manual_seed(1)
    network = SC(5, 64, width=8, blocks=3).eval()
    windows = torch.randn(2, 5, 64) * 40
    assert torch.allclose(network(windows), network(windows * gain), atol=1e-4)


def test_missing_rows_are_tolerated() -> None:
    """A zero row stays zero and does not shrink the others' scale; an empty window scores finite."""
    windows = torch.randn(2, 5, 64)
    windows[:, 3] = 0
    got = normalise(windows)
    # Four rows share the variance of one group; with the empty one counted in, it would be 5/4.
    assert (got[:, 3] == 0).all()
    assert torch.allclose(got[:, [0, 1, 2, 4]].square().mean(dim=(1, 2)), torch.ones(2), atol=1e-5)
    network = SC(5, 64, width=8, blocks=3).eval()
    assert torch.isfinite(network(torch.zeros(1, 5, 64))).all()


@torch.no_grad()
def test_evidence_agrees_with_the_score_and_with_a_loop() -> None:
    """Logits are those of forward, and of the newest third alone; peaks are where the smoothed votes are densest."""
    torch.manual_seed(2)
    network = SC(5, 96, width=16, blocks=3).eval()
    windows = torch.randn(6, 5, 96)
    logits, peaks = network.evidence(windows)
    maps = network.features(windows)
    assert torch.allclose(logits[:, 0], network(windows))
    assert torch.allclose(logits[:, 1], network.head(maps[:, :, 64:].amax(dim=2))[:, 0])
    # The newest third of 96 samples begins at 64.
    assert (peaks.dtype, peaks.shape) == (torch.int64, (6, SPANS))
    assert bool((peaks[:, 1] >= 64).all())
    assert bool((peaks[:, 0] < 64).any())
    for (window, first), peak in zip(((w, f) for w in maps for f in (0, 64)), peaks.flatten(), strict=True):
        votes = torch.zeros(96)
        for feature, weight in zip(window, network.head.weight[0], strict=True):
            height, centre = feature[first:].max(), first + int(feature[first:].argmax())
            for step in range(-3, 4):
                if 0 <= centre + step < 96:
                    votes[centre + step] += max(0.0, float(weight * height)) * (1 - abs(step) / 4)
        assert votes[peak] == pytest.approx(float(votes.max()), rel=1e-5)
