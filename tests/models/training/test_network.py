"""The network that a recipe names, and where it starts."""

import dataclasses
from pathlib import Path

import pytest
import torch

from models.datasets.windowset import Header
from models.errors import TrainingError
from models.networks import registry
from models.networks.contract import NetworkRecord
from models.training import network as networks
from models.training.data import training_data
from models.training.network import LSUV_EACH
from tests.models.training.small_training import easy_parts, tiny_recipe

HEADER = Header("test", 3, 40, 128.0)


def test_the_data_give_channels_and_length_and_the_recipe_the_rest() -> None:
    """All arguments are known, defaults too."""
    recipe = tiny_recipe(parameters={"width": 4})
    arguments = networks.parameters(recipe, HEADER)
    assert arguments == {
        "channels": 3,
        "window_samples": 40,
        "width": 4,
        "blocks": 0,
        "variant": "paper",
        "dropout": 0.5,
    }
    assert networks.build(recipe, HEADER)(torch.zeros(2, 3, 40)).shape == (2,)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"architecture": "vgg"}, "vgg"),
        ({"architecture": "spectral"}, "spectral"),
        ({"parameters": {"depth": 3}}, r"parameters\.depth.*dropout"),
        ({"parameters": {"variant": "best"}}, "best"),
        ({"parameters": {"width": "wide"}}, "parameters do not fit"),
        ({"parameters": {"dropout": 2.0}}, "parameters do not fit"),
    ],
)
def test_what_does_not_exist_is_refused(changes: dict[str, object], named: str) -> None:
    """One line that names it."""
    with pytest.raises(TrainingError, match=named):
        networks.build(tiny_recipe(**changes), HEADER)


def test_the_seed_decides_the_first_weights() -> None:
    """The same again, others with another seed."""
    one, again, other = (networks.build(tiny_recipe(seed=seed), HEADER) for seed in (1, 1, 2))
    weights = [network.state_dict()["head.weight"] for network in (one, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_lsuv_sees_both_classes_alike(tmp_path: Path) -> None:
    """128 each, or all there are; afterwards the first layer's output varies by about 1."""
    data = training_data(easy_parts(tmp_path / "set", positives=60, negatives=600))
    numbers = networks.start_windows(data, tiny_recipe())
    labels = data.train.windowset.label[numbers]
    assert int(labels.sum()) == len(data.positives)
    assert int((labels == 0).sum()) == LSUV_EACH
    windows = torch.from_numpy(data.train.windowset.windows[numbers].copy())
    network = networks.build(tiny_recipe(), data.train.windowset.header)
    before = network.state_dict()["head.weight"].clone()
    networks.initialise(network, tiny_recipe(initialisation="torch"), windows)
    assert torch.equal(network.state_dict()["head.weight"], before)
    networks.initialise(network, tiny_recipe(), windows)
    with torch.no_grad():
        # LSUV stops at a tolerance of 0.1; 0.15 allows for the head's own.
        assert float(network.eval()(windows).std()) == pytest.approx(1.0, abs=0.15)


def test_latent_sampling_needs_a_network_with_features(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so before anything is trained."""

    class Plain(torch.nn.Linear):
        def __init__(self, channels: int = 5, window_samples: int = 768) -> None:
            super().__init__(channels * window_samples, 1)

    plain = NetworkRecord("plain", Plain, "ied", scale_free=False, normalisation="none")
    monkeypatch.setattr(registry, "RECORDS", {"plain": plain})
    assert isinstance(networks.build(tiny_recipe(architecture="plain", parameters={}), HEADER), Plain)
    with pytest.raises(TrainingError, match="'latent' needs features; 'plain' gives none"):
        networks.build(tiny_recipe(architecture="plain", parameters={}, sampler="latent"), HEADER)


def test_a_network_that_depends_on_the_unit_needs_windows_in_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its manifest could not be written: refused before it is trained, not afterwards."""
    record = dataclasses.replace(registry.RECORDS["sc"], scale_free=False)
    monkeypatch.setattr(registry, "RECORDS", {"sc": record})
    networks.build(tiny_recipe(), dataclasses.replace(HEADER, unit="uV"))
    with pytest.raises(TrainingError, match=r"'sc' needs windows in a unit of any, uV; the set has 'mV'"):
        networks.build(tiny_recipe(), dataclasses.replace(HEADER, unit="mV"))
