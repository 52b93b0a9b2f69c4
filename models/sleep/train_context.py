"""Fit the stager that compares with the past: `python -m models.sleep.train_context --out models/zoo/sleep-context`.

Simulated sleepers, and people who are awake where `--wake` names a folder of theirs; no night of a patient. Features
are blurred by noise, so that what is learnt does not hang on the simulator's last digit.
"""

import argparse
import datetime as dt
import shlex
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.networks.sleep_mlp import EPOCH_SAMPLES, RATE_HZ, STEP_S, SleepMLP
from models.simulate.hypnogram import transition_matrix
from models.sleep.context_data import Labelled, awake, sleepers
from models.sleep_stages import STAGES
from models.zoo import card, store
from models.zoo.manifest import Manifest, Preprocessing

# Choices of ours, made on held-out simulated sleepers.
STEPS: Final = 1500
BATCH: Final = 512
RATE: Final = 3e-3
WEIGHT_DECAY: Final = 1e-3
NOISE: Final = 0.3  # of a feature's standard deviation
SMOOTHING: Final = 0.1
TEMPERATURES: Final = np.linspace(0.5, 3.0, 26)


def fit(people: list[Labelled]) -> SleepMLP:
    """Fit by AdamW; rare stages weigh more, by the square root of how rare they are."""
    features = np.concatenate([one.features for one in people])
    stages = torch.from_numpy(np.concatenate([one.stages for one in people]))
    network = SleepMLP()
    network.mean.copy_(torch.from_numpy(np.nanmean(features, axis=0)))
    # 1e-3: a feature that never varies would be divided by nothing.
    network.std.copy_(torch.from_numpy(np.nanstd(features, axis=0) + 1e-3))
    network.transition.copy_(torch.from_numpy(transition_matrix(STEP_S)))
    counts = torch.bincount(stages, minlength=len(STAGES)).clamp(min=1).float()
    weights = counts.rsqrt()
    network.prior.copy_(weights * counts / (weights * counts).sum())
    _descend(network, network.standardised(torch.from_numpy(features).float()), stages, weights / weights.mean())
    return network.eval()


def _descend(network: SleepMLP, standard: Tensor, stages: Tensor, weights: Tensor) -> None:
    optimiser = torch.optim.AdamW(network.layers.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        drawn = torch.randint(len(standard), (BATCH,))
        blurred = standard[drawn] + NOISE * torch.randn(BATCH, standard.shape[1])
        loss = functional.cross_entropy(
            network.layers(blurred), stages[drawn], weight=weights, label_smoothing=SMOOTHING
        )
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()


@torch.no_grad()
def calibrate(network: SleepMLP, people: list[Labelled]) -> float:
    """Divide logits by the temperature with the least cross-entropy on people held out, and return it."""
    logits = network(torch.from_numpy(np.concatenate([one.features for one in people])).float())
    stages = torch.from_numpy(np.concatenate([one.stages for one in people]))
    losses = [float(functional.cross_entropy(logits / t, stages)) for t in TEMPERATURES]
    temperature = float(TEMPERATURES[int(np.argmin(losses))])
    last: Any = network.layers[-1]
    last.weight.div_(temperature)
    last.bias.div_(temperature)
    return temperature


@torch.no_grad()
def filtered(network: SleepMLP, features: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the stages (n,) that the forward filter believes most along one person's features (n, FEATURES)."""
    belief, found = network.prior.clone(), []
    for row in torch.from_numpy(features).float():
        belief = network.filter(belief, row)
        found.append(int(belief.argmax()))
    return np.array(found)


def main() -> None:
    """Read the command line, fit, check on held-out sleepers and save."""
    parser = argparse.ArgumentParser(description="Fit the sleep stager that compares with the past.")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--sleepers", type=int, default=400)
    parser.add_argument("--wake", type=Path, help="folder with recordings (.edf) of people who are awake")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # One thread and one seed: the weights in the zoo can be made again.
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    first = 1_000_000 * options.seed
    people = sleepers(first, options.sleepers) + (awake(options.wake) if options.wake else [])
    # Ten million further on: sleepers that the fit has not seen.
    held_out = sleepers(first + 10_000_000, max(options.sleepers // 6, 2))
    network = fit(people)
    figures = {"temperature_on_held_out_sleepers": calibrate(network, held_out)}
    right = [filtered(network, one.features) == one.stages for one in held_out]
    figures["held_out_simulated_sleepers_agreement"] = float(np.concatenate(right).mean())
    print(figures)  # noqa: T201
    manifest = describe(options.out.name, options.seed, figures, wake=options.wake is not None)
    store.save(options.out, network, manifest, card.render(manifest, card.SLEEP_CONTEXT))


def describe(name: str, seed: int, figures: dict[str, float], *, wake: bool) -> Manifest:
    """Return the stager's manifest."""
    data = "simulated sleepers (models.simulate.sleeper)"
    if wake:
        data += "; waking EEG of 16 healthy adults (PhysioNet EEGMAT, Zyma et al. 2019, ODC-BY 1.0)"
    return Manifest(
        name=name,
        task="sleep",
        architecture="sleep_mlp",
        parameters={"features": SleepMLP().mean.numel(), "hidden": 32, "stages": len(STAGES)},
        channels=1,
        rate_hz=float(RATE_HZ),
        window_samples=EPOCH_SAMPLES,
        unit="any",
        normalisation="beside the minutes before",
        preprocessing=Preprocessing((1.0, 50.0), "auto", float(RATE_HZ)),
        montages=("scalp", "shaft"),
        operating_points={},
        training_data=data,
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        seed=seed,
        command=f"python -m models.sleep.train_context {shlex.join(sys.argv[1:])}",
        figures=figures,
        auto=True,
    )


if __name__ == "__main__":
    main()
