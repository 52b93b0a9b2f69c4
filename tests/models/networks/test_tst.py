"""TST is the published transformer, and can be trained, stored and loaded as any other network."""

from pathlib import Path

import pytest
import torch
from torch import nn

from models.networks.tst import TST, EncoderLayer
from models.training.trainer import train
from models.zoo import store
from tests.models.training.small_training import easy_parts, tiny_recipe


@pytest.mark.parametrize(
    ("shape", "options", "parameters"),
    [
        ((5, 768), {}, 248_641),
        ((22, 250), {}, 183_425),
        ((5, 768), {"width": 128}, 594_817),
        ((5, 768), {"width": 128, "heads": 16}, 594_817),
    ],
)
def test_it_has_as_many_parameters_as_the_published_one(
    shape: tuple[int, int], options: dict[str, int], parameters: int
) -> None:
    """Heads share a layer's width, so their number changes nothing."""
    assert sum(weights.numel() for weights in TST(*shape, **options).parameters()) == parameters


def test_its_attention_is_that_of_torch() -> None:
    """The same weights in torch's own module give the same answers."""
    torch.manual_seed(0)
    layer, x = EncoderLayer(16, 4, 32, 0.0).eval(), torch.randn(3, 20, 16)
    theirs = nn.MultiheadAttention(16, 4, batch_first=True).eval()
    # Torch keeps queries, keys and values in one matrix, in the order in which they lie here.
    theirs.load_state_dict(
        {
            "in_proj_weight": layer.attend.weight,
            "in_proj_bias": layer.attend.bias,
            "out_proj.weight": layer.join.weight,
            "out_proj.bias": layer.join.bias,
        }
    )
    torch.testing.assert_close(layer._attended(x), theirs(x, x, x, need_weights=False)[0], rtol=1e-4, atol=1e-5)


def test_positions_tell_when_something_was() -> None:
    """A window read backwards scores differently; heads that do not divide the width are refused."""
    torch.manual_seed(0)
    network, windows = TST(5, 32, width=16, heads=4).eval(), torch.randn(2, 5, 32)
    # Attention alone does not know the order of samples: the learnt positions do.
    assert not torch.allclose(network(windows), network(windows.flip(2)))
    assert network.features(windows).shape == (2, 16, 32)
    with pytest.raises(ValueError, match="3 heads do not divide a width of 64"):
        TST(heads=3)


def test_it_learns_and_comes_back(tmp_path: Path) -> None:
    """A few epochs on an easy set, LSUV before them; the stored network is the trained one."""
    small = {"width": 16, "heads": 4, "layers": 1, "hidden": 32}
    recipe = tiny_recipe(architecture="tst", parameters=small, loss="bce", inc_neg="off", epochs=3)
    result = train(easy_parts(tmp_path / "set"), recipe, tmp_path / "run", device="cpu")
    loaded = store.load(tmp_path / "run" / "model")
    assert isinstance(loaded.network, TST)
    assert loaded.manifest.architecture == "tst"
    assert result.best.auroc > 0.6
