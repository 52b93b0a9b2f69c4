"""The exported model folder says what the model is, what it was trained on, and what it is not."""

import dataclasses
from pathlib import Path

import pytest
import torch

from models.datasets.splits import Part
from models.networks.sc import SC
from models.networks.sc_stream import StreamSC
from models.training import export, prevalence
from models.training import network as networks
from models.training.callbacks import Result
from models.training.data import TrainingData, training_data
from models.training.recipe import Recipe
from models.zoo import store
from tests.models.training.example_reports import example_plan, example_result
from tests.models.training.small_training import TINY, easy_parts, tiny_recipe

COMMAND = "spikewatch train prepared --out run"


@pytest.fixture
def data(tmp_path: Path) -> TrainingData:
    """Return the training data of an easy set: 40 positives and 160 negatives of 8 subjects."""
    return training_data(easy_parts(tmp_path / "set"))


def a_result(folder: Path) -> Result:
    """Return the result of a training whose best epoch drew 200 negatives."""
    result = example_result(example_plan(folder))
    # Another number than the part's 160 negatives, so that a mix-up of the two shows.
    return dataclasses.replace(result, best=dataclasses.replace(result.best, negatives=200))


def a_network(recipe: Recipe, data: TrainingData) -> torch.nn.Module:
    """Return the recipe's network with its first weights."""
    return networks.build(recipe, data.train.windowset.header)


def test_the_folder_holds_the_weights_the_manifest_and_the_card(data: TrainingData, tmp_path: Path) -> None:
    """Weights bit for bit; the manifest names the run's folder, command and seed."""
    recipe = tiny_recipe(seed=7)
    network = a_network(recipe, data)
    manifest = export.write_model(network, data, recipe, a_result(tmp_path / "run"), COMMAND)
    loaded = store.load(tmp_path / "run" / "model")
    assert loaded.manifest == manifest
    assert all(torch.equal(weight, loaded.network.state_dict()[name]) for name, weight in network.state_dict().items())
    assert (manifest.name, manifest.command, manifest.seed) == ("run", COMMAND, 7)
    assert (manifest.architecture, manifest.parameters["width"], manifest.unit) == ("sc", TINY["width"], "any")
    assert manifest.figures["validation_recall"] == a_result(tmp_path).best.recall


def test_the_threshold_is_marked_as_not_chosen(data: TrainingData, tmp_path: Path) -> None:
    """At 0.5, until an evaluation on other recordings chooses one."""
    manifest = export.describe(data, tiny_recipe(), a_result(tmp_path), COMMAND)
    assert manifest.threshold == 0.5
    assert "Not chosen yet" in manifest.operating_points["default"].note


def test_the_manifest_says_what_was_trained_on(data: TrainingData, tmp_path: Path) -> None:
    """Counts of the training part, and the command and the remark of the window set."""
    header = dataclasses.replace(data.train.windowset.header, note="three recordings were unreadable")
    windowset = dataclasses.replace(data.train.windowset, header=header)
    noted = dataclasses.replace(data, train=Part(windowset, data.train.indices))
    manifest = export.describe(noted, tiny_recipe(), a_result(tmp_path), COMMAND)
    assert manifest.training_data == (
        "test: 40 windows with a discharge and 160 without, of 8 subjects; made by `made by hand`; "
        "three recordings were unreadable"
    )


def test_only_montages_of_the_training_part_are_claimed(data: TrainingData, tmp_path: Path) -> None:
    """A network that was trained on scalp windows alone does not say that it knows depth leads."""
    windowset = data.train.windowset
    # The set keeps both montages in its header; only the part leaves the depth windows out.
    scalp = windowset.header.montages.index("scalp")
    indices = data.train.indices[windowset.montage[data.train.indices] == scalp]
    only_scalp = dataclasses.replace(data, train=Part(windowset, indices))
    assert export.describe(only_scalp, tiny_recipe(), a_result(tmp_path), COMMAND).montages == ("scalp",)
    assert set(export.describe(data, tiny_recipe(), a_result(tmp_path), COMMAND).montages) == {"scalp", "shaft"}


def test_the_bias_is_moved_from_the_share_that_the_best_epoch_was_trained_at(
    data: TrainingData, tmp_path: Path
) -> None:
    """40 positives to the epoch's 200 negatives, not to those of the whole part; the given network stays as it is."""
    recipe = tiny_recipe(loss="bce", inc_neg="off", live_prevalence=0.01)
    network = a_network(recipe, data)
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    export.write_model(network, data, recipe, a_result(tmp_path / "run"), COMMAND)
    exported = store.load(tmp_path / "run" / "model").network.state_dict()
    shift = prevalence.log_odds(0.01) - prevalence.log_odds(40 / 240)
    torch.testing.assert_close(exported["head.bias"], before["head.bias"] + shift)
    assert all(torch.equal(exported[name], before[name]) for name in before if name != "head.bias")
    assert all(torch.equal(network.state_dict()[name], before[name]) for name in before)


def test_the_card_says_how_much_of_the_past_a_network_sees(tmp_path: Path) -> None:
    """A window alone, or a window and what came before it."""
    stream = tiny_recipe(architecture="sc_stream", parameters={**TINY, "scale_samples": 64})
    past = StreamSC(5, 32, width=6, blocks=2, scale_samples=64).context_samples
    data = training_data(easy_parts(tmp_path / "set", context=past))
    for recipe, sentence in (
        (tiny_recipe(), "One window of 0.25 s, no longer context."),
        (stream, f"One window of 0.25 s and up to {past / 128:.1f} s before it, no longer context."),
    ):
        folder = tmp_path / recipe.architecture
        export.write_model(a_network(recipe, data), data, recipe, a_result(folder), COMMAND)
        assert sentence in (folder / "model" / "CARD.md").read_text(encoding="utf-8")


def test_a_model_counts_from_its_card_on_and_not_when_it_is_discarded(data: TrainingData, tmp_path: Path) -> None:
    """An export that was interrupted before the card, or a new training in the folder, leaves no model."""
    run = tmp_path / "run"
    assert not export.has_model(run)
    export.discard(run)
    network = a_network(tiny_recipe(), data)
    assert isinstance(network, SC)
    export.write_model(network, data, tiny_recipe(), a_result(run), COMMAND)
    assert export.has_model(run)
    export.discard(run)
    assert not export.has_model(run)
