"""The spectral stager's fit: its transitions, its epochs, its draw of patients, and the model folder at the end."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from models.networks.spectral import EPOCH_SAMPLES, FEATURES
from models.simulate import Stage, simulate
from models.sleep import train as sleep_training
from models.sleep.stager import Stager
from models.sleep.train import LEAVING, STAY_S, STEP_S, draw, epochs, fit, main, transition_matrix
from models.sleep_stages import STAGES
from models.zoo import store

PLAN: list[tuple[Stage, float]] = [("W", 60.0), ("N3", 60.0)]


def shifted(stages: Tensor, seed: int) -> Tensor:
    """Return features (n, FEATURES) in which each stage has a mean of its own."""
    generator = torch.Generator().manual_seed(seed)
    # Three deviations apart: a linear model separates them, but not without learning.
    centres = 3 * torch.randn(len(STAGES), FEATURES, generator=torch.Generator().manual_seed(0))
    return centres[stages] + torch.randn(len(stages), FEATURES, generator=generator)


def test_transitions_are_probabilities_that_keep_a_stage_for_its_mean_stay() -> None:
    """Every row sums to 1, and a chain that stays with probability p leaves after STEP_S / (1 - p) on average."""
    matrix = transition_matrix()
    assert matrix.sum(dim=1).tolist() == pytest.approx([1.0] * len(STAGES))
    assert (STEP_S / (1 - matrix.diagonal())).tolist() == pytest.approx([STAY_S] * len(STAGES), rel=1e-3)
    assert all(sum(shares.values()) == pytest.approx(1.0) and stage not in shares for stage, shares in LEAVING.items())
    # The largest share is staying; the next one is where deep sleep goes when it ends.
    assert matrix[STAGES.index("N3")].argsort()[-2] == STAGES.index("N2")


def test_epochs_lie_within_one_stage_and_in_valid_signal() -> None:
    """Two stages of a minute: epochs of both, none across the border, none while the filters settle."""
    night = simulate(3, 120, plan=PLAN, ied_rate_per_min=0)
    features, stages = epochs(night, np.random.default_rng(0))
    assert features.shape == (len(stages), FEATURES)
    assert features.isfinite().all()
    # Awake they begin at 5, 10, ..., 30 s, as the filters settle before; asleep at 60, 65, ..., 85 s.
    assert stages.tolist() == [STAGES.index("W")] * 6 + [STAGES.index("N3")] * 6


def test_an_epoch_is_seen_through_some_of_its_derivations() -> None:
    """Another draw shows the same epochs through other derivations; the stages stay."""
    night = simulate(3, 120, plan=PLAN, ied_rate_per_min=0)
    one, again, other = (epochs(night, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert torch.equal(one[0], again[0])
    assert torch.equal(one[1], other[1])
    assert not torch.equal(one[0], other[0])


def test_a_draw_holds_every_stage_and_depends_on_its_first_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short stages keep the test short; the sixth patient of every six has depth leads, and all can sleep."""
    layouts: list[str] = []
    abnormal: list[str] = []

    def recorded(seed: int, seconds: float, **options: object) -> object:
        layouts.append(str(options["layout"]))
        night = simulate(seed, seconds, **options)  # type: ignore[arg-type]
        abnormal.extend(found.kind for found in night.abnormalities)
        return night

    monkeypatch.setattr(sleep_training, "STAGE_S", 36.0)
    monkeypatch.setattr(sleep_training, "simulate", recorded)
    (features, stages), (again, _) = draw(7, 6), draw(7, 1)
    assert set(stages.tolist()) == set(range(len(STAGES)))
    assert torch.equal(features[: len(again)], again)
    assert layouts[:6] == ["scalp"] * 5 + ["depth"]
    # Seeds 11 and 12 would be ill if they were asked.
    assert not abnormal


def test_the_fit_separates_stages_and_weighs_them_equally() -> None:
    """A stage of 8 epochs beside one of 400 is found as well as the others."""
    stages = torch.repeat_interleave(torch.arange(len(STAGES)), torch.tensor([400, 8, 100, 100, 100]))
    torch.manual_seed(0)
    network = fit(shifted(stages, 1), stages)
    with torch.no_grad():
        found = network(shifted(stages, 2)).argmax(dim=1)
    recalls = [float((found[stages == stage] == stage).float().mean()) for stage in range(len(STAGES))]
    assert min(recalls) > 0.85
    assert torch.equal(network.transition, transition_matrix())
    assert not network.training


def test_the_fit_is_at_a_minimum() -> None:
    """The slow way: the loss by its formula, whose gradient has vanished."""
    stages = torch.arange(200) % len(STAGES)
    # Overlapping classes, so that the minimum lies at weights of ordinary size.
    features = 0.1 * shifted(stages, 1)
    torch.manual_seed(0)
    network = fit(features, stages)
    weights = 200 / torch.bincount(stages)
    each = functional.cross_entropy(network(features), stages, reduction="none") * weights[stages]
    loss = each.sum() / weights[stages].sum() + 1e-2 * network.linear.weight.square().mean()
    (gradient,) = torch.autograd.grad(loss, [network.linear.weight])
    assert gradient.abs().max() < 2e-3


def test_the_command_writes_a_model_that_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights, manifest and card; the figure is that of patients whom the fit has not seen."""
    seeds: list[int] = []
    stages = torch.arange(100) % len(STAGES)

    def drawn(first: int, patients: int) -> tuple[Tensor, Tensor]:
        seeds.append(first)
        return shifted(stages, patients), stages

    monkeypatch.setattr(sleep_training, "draw", drawn)
    monkeypatch.setattr(sys, "argv", ["train", "--out", str(tmp_path / "stager"), "--patients", "8", "--seed", "3"])
    main()
    assert seeds == [150_000_000, 160_000_000]
    loaded = store.load(tmp_path / "stager")
    manifest = loaded.manifest
    assert (manifest.name, manifest.task, manifest.seed) == ("stager", "sleep", 3)
    assert manifest.window_samples == EPOCH_SAMPLES
    assert manifest.figures["simulated_epoch_accuracy"] > 0.9
    assert manifest.command.startswith("python -m models.sleep.train ")
    assert manifest.command.endswith("--patients 8 --seed 3")
    # No patient was seen, and any montage and any unit will do.
    assert manifest.training_data == "simulated nights only (models.simulate)"
    assert (manifest.montages, manifest.unit, manifest.channels) == (("scalp", "shaft"), "any", 1)
    assert manifest.normalisation == "relative band powers"
    results = Stager(loaded).push(np.zeros((2, EPOCH_SAMPLES), np.float32), np.ones((2, 1), bool))
    assert [result.ready for result in results] == [False] * 6
