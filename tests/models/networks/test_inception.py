"""InceptionTime has the published sizes, and its modules do what their parts do one by one."""

import pytest
import torch
from torch.nn import functional

from models.networks.inception import InceptionTime, Module, Variant


@pytest.mark.parametrize(
    ("variant", "norm", "parameters"),
    [("original", True, 490_561), ("original", False, 488_513), ("iedeal", True, 678_081), ("iedeal", False, 675_521)],
)
def test_size_is_as_published(variant: Variant, norm: bool, parameters: int) -> None:
    """Of five channels and one output, with and without batch normalisation."""
    network = InceptionTime(5, 768, variant, norm)
    assert sum(weight.numel() for weight in network.parameters()) == parameters


def test_an_unknown_variant_is_refused() -> None:
    """A misspelt one raises instead of building something else."""
    with pytest.raises(ValueError, match="variant 'iedeel' is not one of"):
        InceptionTime(variant="iedeel")  # type: ignore[arg-type]


@torch.no_grad()
def test_a_module_is_its_branches_side_by_side() -> None:
    """Even kernels are padded one sample more behind than before, and the pooled branch stands first."""
    torch.manual_seed(0)
    module, x = Module(5, (40, 10), [3, 2, 4], 6, bias=True), torch.randn(2, 5, 50)
    out = module(x)
    assert out.shape == (2, 9, 50)
    torch.testing.assert_close(out[:, :3], module.pooled(functional.max_pool1d(x, 3, 1, 1)))
    narrow = functional.pad(module.bottleneck(x), (19, 20))
    layer = module.convolutions[0]
    by_hand = [
        (narrow[:, :, at : at + 40][:, None] * layer.get_parameter("weight")).sum(dim=(2, 3))
        + layer.get_parameter("bias")
        for at in range(50)
    ]
    torch.testing.assert_close(out[:, 3:5], torch.stack(by_hand, dim=2), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_the_original_adds_what_went_in_three_modules_before() -> None:
    """Without their convolutions, modules give only their norms' offsets: what is left are the shortcuts."""
    torch.manual_seed(0)
    network = InceptionTime(5, 64).eval()
    for module in network.modules_:
        for weight in module.parameters():
            weight.zero_()
    x = torch.randn(3, 5, 64)
    scaled = (x - x.mean(dim=2, keepdim=True)) / (x - x.mean(dim=2, keepdim=True)).square().mean(
        dim=(1, 2), keepdim=True
    ).sqrt()
    first, second = network.shortcuts
    expected = functional.relu(second(functional.relu(first(scaled))))
    torch.testing.assert_close(network.features(x), expected, rtol=1e-4, atol=1e-5)
