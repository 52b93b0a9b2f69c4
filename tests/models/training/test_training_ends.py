"""A training ends when it is done, stale or hopeless, and in one line where something makes it impossible."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.datasets.splits import Part
from models.errors import TrainingError
from models.training.trainer import train
from models.zoo import store
from tests.models.training.small_training import BLIND, easy_parts, tiny_recipe


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Part]:
    """Return the parts of an easy set."""
    return easy_parts(tmp_path_factory.mktemp("sets") / "easy")


def test_a_network_that_finds_nothing_gives_up_and_says_so(tmp_path: Path) -> None:
    """Three epochs of nothing end a run with its reason and without a model; 0 never ends it."""
    rare = easy_parts(tmp_path / "rare", positives=24, negatives=1200)
    recipe = tiny_recipe(**BLIND)
    result = train(rare, recipe, tmp_path / "run", device="cpu")
    assert result.stopped == "collapsed"
    assert len(result.history) < 6
    assert not result.has_model
    assert not (tmp_path / "run" / "model").exists()
    unstopped = train(rare, recipe.changed({"collapse_epochs": 0}), tmp_path / "on", device="cpu")
    assert unstopped.stopped == "epochs done"


def test_windows_that_are_ranked_well_below_the_threshold_are_spoken_of(tmp_path: Path) -> None:
    """F1 at 0.5 stays 0 where average precision passes 0.8: said with the remedy, which then finds them."""
    rare = easy_parts(tmp_path / "rare", positives=24, negatives=1200)
    recipe = tiny_recipe(**{**BLIND, "loss": "bce", "learning_rate": 0.02, "epochs": 8, "collapse_epochs": 0})
    half = train(rare, recipe, tmp_path / "half", device="cpu")
    assert half.best.f1 == 0
    assert max(record.auprc for record in half.history) > 0.8
    assert "F-beta at 0.5 is 0.000 at best" in half.reason
    assert 'threshold = "validation" chooses it' in half.reason
    assert store.load(tmp_path / "half" / "model").manifest.threshold == 0.5
    chosen = train(rare, recipe.changed({"threshold": "validation"}), tmp_path / "chosen", device="cpu")
    assert chosen.best.f1 > 0.8
    assert chosen.reason == "all 8 epochs are done"
    assert store.load(tmp_path / "chosen" / "model").manifest.threshold == chosen.best.threshold < 0.1


def test_early_stopping_ends_a_run(parts: dict[str, Part], tmp_path: Path) -> None:
    """A network that hardly moves stops after its patience, counted from when all negatives are in."""
    recipe = tiny_recipe(
        epochs=40, learning_rate=1e-9, last_learning_rate=0.0, pre_bce_epochs=0, patience=2, grace=1, collapse_epochs=0
    )
    result = train(parts, recipe, tmp_path / "run", device="cpu")
    assert result.stopped == "early"
    # Patience counts from the last of three: the best F-beta, the best average precision, and the end of the grace.
    negatives = [record.negatives for record in result.history]
    full = negatives.index(max(negatives))
    ranked = int(np.argmax([record.auprc for record in result.history]))
    assert len(result.history) - 1 == max(result.best.epoch, ranked, full + 1) + 2


def test_windows_that_are_not_finite_stop_the_run(tmp_path: Path) -> None:
    """One line with epoch, batch, learning rate and remedy."""
    parts = easy_parts(tmp_path / "set")
    # On disk, after the parts were made: as a file that was damaged since it was prepared.
    broken = np.load(tmp_path / "set" / "windows.npy", mmap_mode="r+")
    broken[parts["train"].indices[parts["train"].labels == 1]] = np.nan
    broken.flush()
    recipe = tiny_recipe(initialisation="torch")  # so that the step is the first to compute with the windows
    with pytest.raises(
        TrainingError, match=r"^epoch 0, batch 0, learning rate 0\.01: [^\n]*lower learning_rate[^\n]*$"
    ):
        train(parts, recipe, tmp_path / "run", device="cpu")


def test_a_part_without_a_class_is_refused(parts: dict[str, Part], tmp_path: Path) -> None:
    """As is a missing part, before anything is written."""
    validation = parts["validation"]
    negatives = Part(validation.windowset, validation.indices[validation.labels == 0])
    for wrong, named in (({**parts, "validation": negatives}, "'validation' has 0 positives"), ({}, "part 'train'")):
        with pytest.raises(TrainingError, match=named):
            train(wrong, tiny_recipe(), tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("device", "named"), [("tpu-9", "tpu-9"), ("cuda", "no CUDA")])
def test_a_device_that_is_not_there_is_refused(device: str, named: str, parts: dict[str, Part], tmp_path: Path) -> None:
    """By its name."""
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(TrainingError, match=named):
        train(parts, tiny_recipe(), tmp_path / "run", device=device)
