"""The files of a run folder agree with its checkpoint, whatever a kill left beside it."""

import copy
from pathlib import Path

import torch
from safetensors.torch import load_file

from models.training.checkpoint import BEST, HISTORY, RECIPE, Progress, history_lines
from models.training.recipe import Recipe
from models.training.run_folder import RunFolder
from tests.models.training.small_training import tiny_recipe
from tests.models.training.test_stopping import history

WEIGHTS = {"head.bias": torch.tensor([0.25])}


def a_folder(path: Path) -> RunFolder:
    """Return the folder of a training that has done two epochs of its main phase."""
    folder = RunFolder(path, tiny_recipe(), "fingerprint")
    folder.begin()
    folder.write_best(WEIGHTS)
    windows = {"drawn": torch.arange(3), "hard": torch.tensor([2])}
    folder.save(Progress(history(0.1, 0.3)), {"network": WEIGHTS, "best": copy.deepcopy(WEIGHTS)}, windows)
    folder.write_history(history(0.1, 0.3))
    return folder


def test_a_training_begins_with_its_recipe_and_no_history(tmp_path: Path) -> None:
    """Leftovers of an older one in the same folder are gone, and so is its claim to a finished model."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "CARD.md").write_text("of another training")
    (tmp_path / HISTORY).write_text("{}\n")
    folder = RunFolder(tmp_path, tiny_recipe(), "fingerprint")
    assert folder.resume() is None
    folder.begin()
    assert Recipe.from_json((tmp_path / RECIPE).read_text()) == tiny_recipe()
    assert (tmp_path / HISTORY).read_text() == ""
    assert not (tmp_path / "model" / "CARD.md").exists()


def test_what_is_saved_is_resumed(tmp_path: Path) -> None:
    """Progress, tensors by kind and the epoch's negatives."""
    a_folder(tmp_path)
    found = RunFolder(tmp_path, tiny_recipe(), "fingerprint").resume()
    assert found is not None
    assert found.progress.history == history(0.1, 0.3)
    assert found.named("network") == found.named("best") == WEIGHTS
    assert found.tensors["drawn"].tolist() == [0, 1, 2]
    assert found.tensors["hard"].tolist() == [2]


def test_files_that_a_kill_left_ahead_or_behind_follow_the_checkpoint(tmp_path: Path) -> None:
    """Best weights of an epoch that the checkpoint does not know, and a history without its last epoch."""
    folder = a_folder(tmp_path)
    # As a kill between the two writes leaves it: the file is ahead of the checkpoint.
    folder.write_best({"head.bias": torch.tensor([9.0])})
    folder.write_history(history(0.1))
    folder.resume()
    assert load_file(tmp_path / BEST) == WEIGHTS
    assert (tmp_path / HISTORY).read_bytes() == history_lines(history(0.1, 0.3))


def test_before_the_first_epoch_of_the_main_phase_there_are_no_best_weights(tmp_path: Path) -> None:
    """Resuming makes no file of nothing."""
    folder = RunFolder(tmp_path, tiny_recipe(), "fingerprint")
    folder.begin()
    # PreBCE's epoch alone: no epoch of the main phase can be the best yet.
    folder.save(Progress(history()), {"network": WEIGHTS, "best": {}}, {})
    assert folder.resume() is not None
    assert not (tmp_path / BEST).exists()
