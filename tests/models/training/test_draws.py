"""What an epoch trains on: all positives, and the negatives that the recipe's sampler draws."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.training import draws
from models.training.data import TrainingData, training_data
from models.training.sampling.latent import clusters
from models.training.sampling.seasam import positions, shape_order
from models.training.schedule import PlannedEpoch
from tests.models.training.small_training import easy_parts, tiny_recipe


@pytest.fixture
def data(tmp_path: Path) -> TrainingData:
    """Return a small training part."""
    return training_data(easy_parts(tmp_path / "set"))


def no_features(indices: NDArray[np.int64]) -> NDArray[np.float32]:
    """Fail the test: features must not be computed."""
    raise AssertionError


def drawn(data: TrainingData, planned: PlannedEpoch, sampler: str, scratch: Path) -> NDArray[np.int64]:
    """Draw an epoch's negatives, the features of a window being its number."""
    recipe = tiny_recipe(sampler=sampler)
    drawing = draws.sampler(recipe, data, lambda of: of[:, None].astype(np.float32), scratch)
    return draws.negatives(planned, recipe, data, drawing)


def main(epoch: int, negatives: int) -> PlannedEpoch:
    """Plan an epoch of the main phase."""
    return PlannedEpoch("main", epoch, 0.01, negatives, 0)


@pytest.mark.parametrize("sampler", ["random", "seasam", "seasam_reference", "latent"])
def test_negatives_are_different_negatives_of_the_training_part(
    data: TrainingData, sampler: str, tmp_path: Path
) -> None:
    """As many as planned, none twice, none from validation."""
    # Latent sampling draws at random in the first epoch and by clusters from then on.
    for epoch in (0, 1):
        found = drawn(data, main(epoch, 50), sampler, tmp_path)
        assert len(set(found.tolist())) == 50
        assert set(found.tolist()) <= set(data.negatives.tolist())


def test_seasam_orders_the_training_negatives_by_shape(data: TrainingData, tmp_path: Path) -> None:
    """As if they lay together in one array; nothing stays behind in the scratch folder."""
    windows = np.array(data.train.windowset.windows[data.negatives])
    # Places in the order of the negatives alone, so they have to be mapped to window numbers.
    expected = data.negatives[shape_order([windows])[positions(len(windows), 40)]]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert np.array_equal(drawn(data, main(3, 40), "seasam", scratch), expected)
    assert list(scratch.iterdir()) == []


def test_the_released_step_rule_takes_the_first_of_the_order_for_more_than_half(
    data: TrainingData, tmp_path: Path
) -> None:
    """A step of one from the start; below half it steps over what lies between."""
    windows = np.array(data.train.windowset.windows[data.negatives])
    order = data.negatives[shape_order([windows])]
    many = round(0.7 * len(order))
    assert np.array_equal(drawn(data, main(0, many), "seasam_reference", tmp_path), order[:many])
    assert not np.array_equal(drawn(data, main(0, many), "seasam", tmp_path), order[:many])
    few = len(order) // 3
    assert np.array_equal(drawn(data, main(0, few), "seasam_reference", tmp_path), order[:: len(order) // few][:few])


def test_keys_that_a_killed_sort_left_are_removed(data: TrainingData, tmp_path: Path) -> None:
    """They take gigabytes where a set is large; what else is in the folder stays."""
    left = tmp_path / "seasam-abc123"
    left.mkdir()
    (left / "0.word").write_bytes(bytes(800))
    (tmp_path / "checkpoint.safetensors").write_bytes(b"stays")
    before = {path.name for path in tmp_path.iterdir()} - {left.name}
    drawn(data, main(0, 40), "seasam", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_latent_asks_the_network_from_the_second_epoch_on(data: TrainingData, tmp_path: Path) -> None:
    """One negative of each cluster: with 4 clusters on a line, one of each stretch."""
    drawing = draws.sampler(tiny_recipe(sampler="latent"), data, no_features, tmp_path)
    # At epoch 0 features mean nothing yet; asking for them would raise.
    drawing.draw(0, 4)
    with pytest.raises(AssertionError):
        drawing.draw(1, 4)
    clusters_of = clusters(data.negatives[:, None].astype(np.float32), 4)
    found = drawn(data, main(1, 4), "latent", tmp_path)
    # Window numbers to places among the negatives, by which clusters are counted.
    assert sorted(clusters_of[np.searchsorted(data.negatives, found)]) == [0, 1, 2, 3]


def test_pre_bce_keeps_its_negatives(data: TrainingData, tmp_path: Path) -> None:
    """As many as there are positives, the same every epoch, whatever the sampler."""
    planned = [PlannedEpoch("pre_bce", epoch, 0.01, len(data.positives), 0) for epoch in (0, 1)]
    first, second = (drawn(data, plan, "random", tmp_path) for plan in planned)
    assert np.array_equal(first, second)
    assert len(first) == len(data.positives)
    assert set(first.tolist()) <= set(data.negatives.tolist())


def test_an_epoch_holds_all_positives_and_its_negatives_once(data: TrainingData) -> None:
    """In an order that changes from epoch to epoch and comes back with the seed."""
    chosen = data.negatives[:30]
    order = draws.order(data, chosen, tiny_recipe(), 4)
    assert sorted(order.tolist()) == sorted([*data.positives.tolist(), *chosen.tolist()])
    assert np.array_equal(order, draws.order(data, chosen, tiny_recipe(), 4))
    assert not np.array_equal(order, draws.order(data, chosen, tiny_recipe(), 5))
