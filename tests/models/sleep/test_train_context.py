"""The fit of the stager that compares with the past: it learns, is calibrated, and writes a model that stages."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.networks.sleep_mlp import FEATURES
from models.simulate.hypnogram import transition_matrix
from models.sleep import train_context
from models.sleep.calibration import beliefs_of
from models.sleep.context_data import EPOCHS, Labelled, features_of, sleepers
from models.sleep.features import EPOCH_SEGMENTS
from models.sleep.stager import Stager
from models.sleep.train_context import calibrated, fit, main
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
    other = people(2, 1)
    assert (beliefs_of(network, other).argmax(axis=1) == other[0].stages).mean() > 0.8
    assert network.transition.numpy() == pytest.approx(transition_matrix(5.0), abs=1e-6)


def test_beliefs_are_told_as_sure_as_comes_true_of_strange_people() -> None:
    """People whose stages lie nearer to each other than those of the fit; figures are of both sorts."""
    network, known, strange = fit(people(1)), people(3, 8), people(4, 8, apart=0.3)
    figures = calibrated(network, known, strange)
    assert network.temperature == figures["temperature_on_strange_people"] > 1.5
    assert figures["simulated_held_out_agreement"] > figures["simulated_strange_agreement"]
    apart = figures["simulated_strange_mean_confidence"] - figures["simulated_strange_agreement"]
    # As the filter has them, beliefs are 0.46 too sure.
    assert abs(apart) < 0.15


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
    drawn: list[tuple[int, int, float, bool]] = []

    def some(first: int, count: int, *, width: float = 1.0, strange: bool = False) -> list[Labelled]:
        drawn.append((first, count, width, strange))
        return people(first % 97, min(count, 4))

    monkeypatch.setattr(train_context, "sleepers", some)
    monkeypatch.setattr(train_context, "patients", some)
    counts = ["--sleepers", "12", "--patients", "18"]
    monkeypatch.setattr(sys, "argv", ["train", "--out", str(tmp_path / "stager"), *counts, "--seed", "3"])
    main()
    # No person of the fit is met again.
    assert drawn == [
        (3_000_000, 12, 1.0, False), (303_000_000, 18, 1.0, False),
        (13_000_000, 2, 1.0, False), (313_000_000, 2, 1.0, False),
        (15_000_000, 2, 1.5, False), (315_000_000, 3, 1.0, True),
    ]  # fmt: skip
    loaded = store.load(tmp_path / "stager")
    assert (loaded.manifest.task, loaded.manifest.architecture, loaded.manifest.seed) == ("sleep", "sleep_mlp", 3)
    assert loaded.manifest.training_data == train_context.TRAINED_ON
    assert loaded.network.temperature == loaded.manifest.figures["temperature_on_strange_people"]
    assert "No patient's night took part" in (tmp_path / "stager/CARD.md").read_text(encoding="utf-8")
    results = Stager(loaded).push(np.zeros((2, 30 * 128), np.float32), np.ones((2, 1), bool))
    assert [result.ready for result in results] == [False] * 6
