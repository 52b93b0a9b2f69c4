"""The loss of sleep: which windows count, how it joins that of discharges, and what it trains."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.datasets.windowset import STAGE_CODES
from models.errors import TrainingError
from models.networks.siamese_es import SiameseES
from models.training.batches import Batch
from models.training.learner import Learner, StepIndex
from models.training.losses import BCE
from models.training.trainer import train
from models.training.two_task import UNKNOWN, sleep_loss, stage_targets
from tests.models.training.small_training import easy_parts, tiny_recipe

CPU = torch.device("cpu")
STEP = StepIndex(0, 0, 0.01)


def test_stages_become_targets() -> None:
    """Two classes: waking or any sleep. Five: the stages, for which "asleep" alone says too little."""
    codes = np.arange(len(STAGE_CODES), dtype=np.uint8)
    named = dict(zip(STAGE_CODES, stage_targets(codes, 2).tolist(), strict=True))
    assert named == {"unknown": UNKNOWN, "W": 0, "N1": 1, "N2": 1, "N3": 1, "R": 1, "asleep": 1}
    named = dict(zip(STAGE_CODES, stage_targets(codes, 5).tolist(), strict=True))
    assert named == {"unknown": UNKNOWN, "W": 0, "N1": 1, "N2": 2, "N3": 3, "R": 4, "asleep": UNKNOWN}


def test_windows_of_unknown_stage_do_not_count() -> None:
    """The mean is over the others; over none of them it is 0, with a gradient of 0."""
    logits = torch.randn(4, 2, requires_grad=True)
    targets = torch.tensor([1, UNKNOWN, 0, UNKNOWN])
    chances = torch.softmax(logits, dim=1)
    expected = -(chances[0, 1].log() + chances[2, 0].log()) / 2
    torch.testing.assert_close(sleep_loss(logits, targets), expected)
    nothing = sleep_loss(logits, torch.full((4,), UNKNOWN))
    torch.autograd.backward(nothing)
    assert float(nothing.detach()) == 0
    assert logits.grad is not None
    assert (logits.grad == 0).all()


def stepped(weight: float, stages: list[int]) -> dict[str, torch.Tensor]:
    """Return a network's weights after one step."""
    torch.manual_seed(0)
    network = SiameseES(2, 130, "light")
    recipe = tiny_recipe(architecture="siamese_es", parameters={"size": "light"}, sleep_weight=weight)
    windows = torch.randn(4, 2, 130, generator=torch.Generator().manual_seed(1))
    targets = torch.tensor([0.0, 1.0, 0.0, 1.0])
    Learner(network, recipe, CPU).step(Batch(windows, targets, torch.tensor(stages, dtype=torch.uint8)), BCE(), STEP)
    return {name: value.clone() for name, value in network.named_parameters()}


def test_a_step_trains_the_sleep_head_where_stages_are_known() -> None:
    """Not without a weight, and not where no stage is known; where they are, both tasks move the converter."""
    alone, blind, both = stepped(0.0, [1, 3, 1, 3]), stepped(1.0, [0, 0, 0, 0]), stepped(1.0, [1, 3, 1, 3])
    torch.manual_seed(0)
    fresh = dict(SiameseES(2, 130, "light").named_parameters())
    decayed = fresh["sleep_head.bias"]
    assert torch.equal(alone["sleep_head.bias"], decayed)
    torch.testing.assert_close(blind["sleep_head.bias"], decayed, rtol=1e-5, atol=1e-7)
    assert (both["sleep_head.bias"] - decayed).abs().max() > 1e-5
    assert not torch.equal(both["converter.0.0.weight"], alone["converter.0.0.weight"])


def test_only_a_network_of_two_tasks_has_a_weight_of_sleep(tmp_path: Path) -> None:
    """The line names those that have two."""
    parts = easy_parts(tmp_path / "set")
    with pytest.raises(TrainingError, match=r"sleep_weight needs a network that also scores sleep \(siamese_es\)"):
        train(parts, tiny_recipe(sleep_weight=1.0), tmp_path / "run", device="cpu")
