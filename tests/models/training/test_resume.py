"""A run that is killed at any instant ends as one that was not: weights bit for bit, history line for line."""

import json
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.datasets import splits, windowset
from models.training.checkpoint import BEST, CHECKPOINT, HISTORY
from models.training.recipe import Recipe
from models.training.trainer import train
from tests.models.training import killed_process
from tests.models.training.small_training import RecordingCallback, easy_set, tiny_recipe

NEVER = 10**9  # a batch that no run reaches
RECIPES = {
    "sgd, PreBCE, IncNeg, dropout": tiny_recipe(),
    "adamw, bf16, turned": tiny_recipe(optimiser="adamw", precision="bf16", augmentation="turn"),
    "latent": tiny_recipe(sampler="latent", sampling_ratio=0.3, pre_bce_epochs=0, inc_neg="off", batch_windows=8),
    "mined": tiny_recipe(mine_rounds=2, mine_above=0.01),
    "averaged, warm-up, permuted": tiny_recipe(
        average_decay=0.9, warmup_steps=20, decay="cosine", augmentation="permute"
    ),
    "seasam": tiny_recipe(sampler="seasam", optimiser="adamw"),
}
BATCHES = 30  # fewer than any of these runs has, so that a kill always falls into it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write an easy set."""
    folder = tmp_path_factory.mktemp("sets") / "easy"
    easy_set(folder)
    return folder


def to_the_end(folder: Path, recipe: Recipe, out: Path) -> None:
    """Train in a process that runs to its end."""
    process = killed_process.start(folder, recipe, out, NEVER, 60.0)
    process.join()
    assert process.exitcode == 0


def outcome(out: Path) -> tuple[dict[str, torch.Tensor], list[dict[str, object]]]:
    """Return all tensors that a run left, and its history but for times."""
    tensors = {f"{name}/{key}": t for name in (BEST, CHECKPOINT) for key, t in load_file(out / name).items()}
    # The exported model too: it is what a user gets.
    tensors |= {f"model/{key}": t for key, t in load_file(out / "model" / "weights.safetensors").items()}
    lines = [json.loads(line) for line in (out / HISTORY).read_text().splitlines()]
    return tensors, [{key: line[key] for key in line if key not in {"seconds", "windows_per_s"}} for line in lines]


def assert_same(one: Path, other: Path) -> None:
    """Compare two runs bit for bit."""
    (tensors, lines), (others, other_lines) = outcome(one), outcome(other)
    assert set(tensors) == set(others)
    assert [name for name in tensors if not torch.equal(tensors[name], others[name])] == []
    assert lines == other_lines


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_killed_at_random_batches_ends_as_if_it_had_not_been(name: str, folder: Path, tmp_path: Path) -> None:
    """Killed three times; once it checkpoints after every batch, once after every epoch alone."""
    recipe = RECIPES[name]
    to_the_end(folder, recipe, tmp_path / "whole")
    rng = np.random.default_rng(len(name))
    # Often: within epochs as well. Seldom: an epoch's work is lost and done again, which has to come out the same.
    for run, checkpoint_s in (("often", 0.0), ("seldom", 60.0)):
        for _ in range(3):
            process = killed_process.start(
                folder, recipe, tmp_path / run, int(rng.integers(1, BATCHES // 2)), checkpoint_s
            )
            process.join()
            assert process.exitcode in {-signal.SIGKILL, 0}
        to_the_end(folder, recipe, tmp_path / run)
        assert_same(tmp_path / "whole", tmp_path / run)


def test_a_run_killed_at_any_time_goes_on(folder: Path, tmp_path: Path) -> None:
    """From outside, wherever it then is: reading, stepping, validating, writing or renaming."""
    recipe = tiny_recipe(optimiser="adamw", epochs=8, patience=0)
    to_the_end(folder, recipe, tmp_path / "whole")
    rng = np.random.default_rng(0)
    kills = 0
    for _ in range(8):
        process = killed_process.start(folder, recipe, tmp_path / "run", NEVER, 0.0)
        # From before the first batch to about the end: every place of the program has its chance.
        timer = threading.Timer(float(rng.uniform(0.05, 0.4)), os.kill, (process.pid, signal.SIGKILL))
        timer.start()
        process.join()
        timer.cancel()
        kills += process.exitcode == -signal.SIGKILL
    # Else the machine was so fast that the test has shown nothing.
    assert kills >= 2
    to_the_end(folder, recipe, tmp_path / "run")
    assert_same(tmp_path / "whole", tmp_path / "run")


@pytest.mark.parametrize("left", ["", "{}\n{}\n"])
def test_a_history_that_a_kill_left_behind_is_made_whole(left: str, folder: Path, tmp_path: Path) -> None:
    """The checkpoint knows better: no epoch is lost or there twice."""
    parts = splits.parts(windowset.load(folder), seed=1)
    train(parts, tiny_recipe(epochs=1), tmp_path / "run", device="cpu")
    history = tmp_path / "run" / HISTORY
    whole = history.read_text()
    # Half of the file, or lines that are no epochs: what a kill in the middle of a write could leave.
    history.write_text(left + whole[: len(whole) // 2])
    train(parts, tiny_recipe(epochs=1), tmp_path / "run", device="cpu")
    assert history.read_text() == whole


def test_an_interrupted_run_reports_how_far_it_came(folder: Path, tmp_path: Path) -> None:
    """The plan of the process that goes on holds the history and the batches that are done."""
    process = killed_process.start(folder, tiny_recipe(), tmp_path / "run", 10, 0.0)
    process.join()
    recorded = RecordingCallback()
    train(splits.parts(windowset.load(folder), seed=1), tiny_recipe(), tmp_path / "run", recorded, device="cpu")
    (plan,) = recorded.plans
    batches = [-(-planned.windows // 32) for planned in plan.epochs]
    assert sum(batches[: plan.done_epochs]) + plan.done_batches == 10
    assert [record.phase for record in plan.history] == ["pre_bce"] * plan.done_epochs
