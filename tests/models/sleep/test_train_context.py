"""The fit of the stager that compares with the past: it learns, is calibrated, and writes a model that stages."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.networks.sleep_mlp import FEATURES
from models.simulate.hypnogram import transition_matrix
from models.sleep import train_context
from models.sleep.context_data import EPOCHS, Labelled, features_of, sleepers
from models.sleep.features import EPOCH_SEGMENTS
from models.sleep.stager import Stager
from models.sleep.train_context import calibrate, filtered, fit, main
from models.sleep_stages import STAGES
from models.zoo import store


def people(seed: int, count: int = 4, apart: float = 2.0) -> list[Labelled]:
    """Return people whose stages have means of their own, in each feature `apart` deviations from each other."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(0, apart, (len(STAGES), FEATURES))
    made = []
    for _ in range(count):
        stages = np.repeat(rng.integers(0, len(STAGES), 6), 16)
        made.append(Labelled(centres[stages] + rng.normal(0, 1, (len(stages), FEATURES)), stages))
    return made


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_context, "STEPS", 80)
    torch.manual_seed(0)


def test_the_fit_separates_stages_and_the_filter_follows_them() -> None:
    """People that it has not seen; transitions are those counted in nights, in steps of 5 s."""
    network = fit(people(1))
    (other,) = people(2, 1)
    assert (filtered(network, other.features) == other.stages).mean() > 0.8
    assert network.transition.numpy() == pytest.approx(transition_matrix(5.0), abs=1e-6)


def test_calibration_divides_logits_by_the_best_temperature() -> None:
    """Stages stay; a second calibration finds nothing to do."""
    # Little apart, so that a network can be too sure.
    network, held_out = fit(people(1, apart=0.15)), people(3, apart=0.15)
    features = torch.from_numpy(held_out[0].features).float()
    before = network(features).detach()
    temperature = calibrate(network, held_out)
    assert torch.allclose(network(features), before / temperature, atol=1e-4)
    assert calibrate(network, held_out) == pytest.approx(1.0, abs=0.1)


def test_sleepers_features_are_those_of_the_live_stager() -> None:
    """One set every 5 s from the thirtieth on; one sleeper of five has no amplitudes."""
    night = np.random.default_rng(0).normal(0, 10, 60 * 128).astype(np.float32)
    features, ends = features_of(night, microvolts=True)
    assert ends.tolist() == [EPOCH_SEGMENTS + 1 + 5 * k for k in range(7)]
    assert features.shape == (7, FEATURES)
    (drawn,) = sleepers(5, 1)
    assert len(drawn.features) == len(drawn.stages) == (EPOCHS * 30 - 30) // 5 + 1


def test_the_command_writes_a_model_that_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights, manifest and card; what it was trained on is said."""
    monkeypatch.setattr(train_context, "sleepers", lambda first, count: people(first % 97, min(count, 4)))
    monkeypatch.setattr(sys, "argv", ["train", "--out", str(tmp_path / "stager"), "--sleepers", "12", "--seed", "3"])
    main()
    loaded = store.load(tmp_path / "stager")
    assert (loaded.manifest.task, loaded.manifest.architecture, loaded.manifest.seed) == ("sleep", "sleep_mlp", 3)
    assert loaded.manifest.training_data == "simulated sleepers (models.simulate.sleeper)"
    assert "calibrated on simulated sleepers alone" in (tmp_path / "stager/CARD.md").read_text(encoding="utf-8")
    results = Stager(loaded).push(np.zeros((2, 30 * 128), np.float32), np.ones((2, 1), bool))
    assert [result.ready for result in results] == [False] * 6
