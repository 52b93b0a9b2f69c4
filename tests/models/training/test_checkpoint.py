"""A checkpoint returns what was saved, is never half there, and knows its recipe and windows."""

import dataclasses
import time
from pathlib import Path

import pytest
import torch

from models.errors import TrainingError
from models.training import checkpoint
from models.training.checkpoint import CHECKPOINT, Checkpoint, CheckpointTimer, Progress, StepSums
from tests.models.training.small_training import tiny_recipe
from tests.models.training.test_stopping import history


def a_checkpoint() -> Checkpoint:
    """Return one with something in every place."""
    # 0.1 + 0.2 has no short decimal form: it survives JSON only where floats are written in full.
    progress = Progress(history(0.1, 0.3), StepSums(3, 96, 0.1 + 0.2, 5, 6, 7, 1.5))
    tensors = {"network.a": torch.randn(3, 2), "best.a": torch.randn(3, 2), "optimiser.0.step": torch.tensor(4.0)}
    return Checkpoint(tiny_recipe(), "fingerprint", progress, {**tensors, "drawn": torch.arange(5)})


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    """Recipe, history, sums and tensors, bit for bit."""
    saved = a_checkpoint()
    checkpoint.write(tmp_path, saved)
    found = checkpoint.read(tmp_path)
    assert found is not None
    assert (found.recipe, found.data, found.progress) == (saved.recipe, saved.data, saved.progress)
    assert set(found.tensors) == set(saved.tensors)
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in saved.tensors.items())
    assert list(found.named("optimiser")) == ["0.step"]


def test_an_unfinished_write_does_not_count(tmp_path: Path) -> None:
    """Neither alone nor beside the checkpoint before it."""
    (tmp_path / f"{CHECKPOINT}.partial").write_bytes(b"half of a che")
    assert checkpoint.read(tmp_path) is None
    checkpoint.write(tmp_path, a_checkpoint())
    (tmp_path / f"{CHECKPOINT}.partial").write_bytes(b"half of a che")
    assert checkpoint.read(tmp_path) is not None


@pytest.mark.parametrize("content", [b"", b"no safetensors at all"])
def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    """With the remedy."""
    (tmp_path / CHECKPOINT).write_bytes(content)
    with pytest.raises(TrainingError, match=rf"{CHECKPOINT}: cannot be read .* remove this one to begin anew"):
        checkpoint.read(tmp_path)


def test_another_recipe_or_other_windows_are_refused(tmp_path: Path) -> None:
    """Naming what differs."""
    found = a_checkpoint()
    checkpoint.check_same(tmp_path, found, found.recipe, "fingerprint")
    with pytest.raises(TrainingError, match=r"another recipe \(epochs = 3, not 4\)"):
        checkpoint.check_same(tmp_path, found, tiny_recipe(epochs=4), "fingerprint")
    with pytest.raises(TrainingError, match="other windows"):
        checkpoint.check_same(tmp_path, found, found.recipe, "another")


def test_sums_add_up_but_for_time() -> None:
    """Time is measured over the epoch, not summed over steps."""
    sums = StepSums(1, 32, 0.5, 1, 2, 3, 9.0)
    sums.add(StepSums(1, 16, 0.25, 1, 1, 1, 5.0))
    assert sums == StepSums(2, 48, 0.75, 2, 3, 4, 9.0)


def test_a_checkpoint_is_due_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the one before."""
    now_s = [100.0]
    # A clock turned by hand: the test takes no time and has no tolerance.
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    timer = CheckpointTimer(60.0)
    dues = []
    for now_s[0] in (159.0, 160.0):
        dues.append(timer.is_due())
    timer.restart()
    assert [*dues, timer.is_due()] == [False, True, False]


def test_history_is_a_line_an_epoch() -> None:
    """JSON that the records can be read from."""
    records = history(0.25)
    lines = checkpoint.history_lines(records).decode().splitlines()
    assert len(lines) == 2
    assert '"f_beta": 0.25' in lines[1]
    assert set(dataclasses.asdict(records[0])) == {part.split('"')[1] for part in lines[0].split(", ")}
