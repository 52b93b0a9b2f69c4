"""A training that begins with a model takes all its weights, and the manifest tells where they come from."""

import dataclasses
from pathlib import Path

import pytest
import torch

from models.datasets.windowset import Header
from models.errors import ModelError, TrainingError
from models.training import export
from models.training import network as networks
from models.training.data import TrainingData, training_data
from models.training.recipe import Recipe
from models.zoo.manifest import Manifest
from tests.models.training.example_reports import example_plan, example_result
from tests.models.training.small_training import easy_parts, tiny_recipe


@pytest.fixture
def data(tmp_path: Path) -> TrainingData:
    """Return the training data of an easy set."""
    return training_data(easy_parts(tmp_path / "set"))


@pytest.fixture
def first(data: TrainingData, tmp_path: Path) -> Manifest:
    """Return the manifest of a model in `tmp_path/first/model`, as a training leaves it."""
    network = networks.build(tiny_recipe(seed=7), header_of(data))
    result = example_result(example_plan(tmp_path / "first"))
    return export.write_model(network, data, tiny_recipe(seed=7), result, "spikewatch train")


def header_of(data: TrainingData) -> Header:
    """Return the header of the windows."""
    return data.train.windowset.header


def beginning_with(tmp_path: Path, **changes: object) -> Recipe:
    """Return a recipe of another seed, LSUV, that begins with the model."""
    return tiny_recipe(**{"seed": 8, "begin_with": str(tmp_path / "first" / "model"), **changes})


@pytest.mark.usefixtures("first")
def test_weights_are_the_models_and_not_drawn_or_scaled_anew(data: TrainingData, tmp_path: Path) -> None:
    """Bit for bit, also behind LSUV's turn; dropout may be another, since no weight depends on it."""
    recipe = beginning_with(tmp_path, parameters={**tiny_recipe().parameters, "dropout": 0.1})
    network = networks.build(recipe, header_of(data))
    networks.initialise(network, recipe, torch.randn(8, 5, 32))
    wanted = networks.build(tiny_recipe(seed=7), header_of(data)).state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in network.state_dict().items())


def test_the_manifest_says_what_was_learnt_before(data: TrainingData, first: Manifest, tmp_path: Path) -> None:
    """Which model, by its hash, and on what that was trained; then this training's own windows."""
    result = example_result(example_plan(tmp_path / "second"))
    manifest = export.describe(data, beginning_with(tmp_path), result, "spikewatch train")
    assert manifest.training_data == (
        f"began with first ({first.sha256[:8]}), trained on: {first.training_data}. Then on {first.training_data}"
    )


@pytest.mark.usefixtures("first")
def test_another_network_is_refused_with_what_to_set(data: TrainingData, tmp_path: Path) -> None:
    """Before anything is trained, whatever differs: width, architecture, or the windows."""
    with pytest.raises(TrainingError, match=r"is sc of channels=5, .*width=6.*; set architecture and parameters"):
        networks.build(beginning_with(tmp_path, parameters={"width": 4}), header_of(data))
    with pytest.raises(TrainingError, match="set architecture and parameters"):
        networks.build(beginning_with(tmp_path, architecture="inception_time", parameters={}), header_of(data))
    faster = dataclasses.replace(header_of(data), rate_hz=256.0)
    with pytest.raises(TrainingError, match=r"was trained on windows of 128 Hz from 1 to 50 Hz; prepare such windows"):
        networks.build(beginning_with(tmp_path), faster)


def test_a_model_that_is_not_there_is_named(data: TrainingData, tmp_path: Path) -> None:
    """As for every command that takes a model."""
    with pytest.raises(ModelError, match="first/model: neither a folder nor a model of the zoo"):
        networks.build(beginning_with(tmp_path), header_of(data))
