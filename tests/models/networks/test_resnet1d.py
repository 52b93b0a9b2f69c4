"""ResNet-18 in one dimension is the published one, and can be trained, stored and loaded as any other network."""

from pathlib import Path

import pytest
import torch
from torch import nn

from models.networks.resnet1d import ResNet18
from models.training.trainer import train
from models.zoo import store
from tests.models.training.small_training import easy_parts, tiny_recipe


@pytest.mark.parametrize(
    ("channels", "norm", "parameters"),
    [(5, True, 3_849_217), (5, False, 3_841_409), (22, True, 3_856_833), (22, False, 3_849_025)],
)
def test_it_has_as_many_parameters_as_the_published_one(channels: int, norm: bool, parameters: int) -> None:
    """With batch normalisation as in the code, and without as in the paper."""
    assert sum(weights.numel() for weights in ResNet18(channels, norm=norm).parameters()) == parameters


def test_it_has_eighteen_layers_and_halves_its_maps_five_times() -> None:
    """17 convolutions on the way and one unit; 768 samples become 24 maps' samples, 192 become 6."""
    network = ResNet18()
    # Shortcuts between widths, kernels of one, do not count towards the eighteen.
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv1d) and layer.kernel_size != (1,)]
    assert len(convolutions) + 1 == 18
    assert network.features(torch.zeros(2, 5, 768)).shape == (2, 512, 24)
    assert network.features(torch.zeros(2, 5, 192)).shape == (2, 512, 6)


def test_the_unit_does_not_matter() -> None:
    """Volts score as microvolts."""
    network, windows = ResNet18(5, 192).eval(), torch.randn(3, 5, 192)
    torch.testing.assert_close(network(windows), network(windows * 1e-6), rtol=1e-3, atol=1e-4)


def test_it_learns_and_comes_back(tmp_path: Path) -> None:
    """A few epochs on an easy set; the stored network answers as the trained one."""
    recipe = tiny_recipe(architecture="resnet18_1d", parameters={}, loss="bce", inc_neg="off", epochs=2)
    result = train(easy_parts(tmp_path / "set"), recipe, tmp_path / "run", device="cpu")
    loaded = store.load(tmp_path / "run" / "model")
    assert isinstance(loaded.network, ResNet18)
    assert loaded.manifest.architecture == "resnet18_1d"
    assert result.best.auroc > 0.6  # a network of four million weights learns little in two epochs
