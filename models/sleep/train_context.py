"""Fit the stager that compares with the past: `python -m models.sleep.train_context --out models/zoo/sleep-context`.

Simulated sleepers seen through one derivation, simulated patients with discharges seen through all, some and one, and
people who are awake where `--wake` names a folder of theirs; no night of a real patient. Features are blurred by noise,
so that what is learnt does not hang on the simulator's last digit.
"""

import argparse
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.networks.sleep_mlp import STEP_S, SleepMLP
from models.simulate.hypnogram import transition_matrix
from models.sleep.calibration import beliefs_of, best_temperature, reliability, softened
from models.sleep.context_data import Labelled, awake, sleepers
from models.sleep.describing import describe
from models.sleep.patient_data import patients
from models.sleep_stages import STAGES
from models.zoo import card, store

# Choices of ours, made on held-out simulated sleepers.
STEPS: Final = 3000
BATCH: Final = 512
RATE: Final = 3e-3
WEIGHT_DECAY: Final = 1e-3
NOISE: Final = 0.1  # of a feature's standard deviation
SMOOTHING: Final = 0.1
HIDDEN: Final = 64
# Of 0.35 to 5, for people held out and for strange ones, of both sorts: up to 2 each step agrees better, and beyond it
# stages only change more often.
WEIGHTING: Final = 2.0
STRANGE_WIDTH: Final = 1.5
PATIENTS_FROM: Final = 300_000_000  # sleepers and patients of one number differ in all but their number
TRAINED_ON: Final = "simulated sleepers (models.simulate.sleeper) and simulated patients (models.simulate)"
WAKING: Final = "; waking EEG of 16 healthy adults (PhysioNet EEGMAT, Zyma et al. 2019, ODC-BY 1.0)"


def fit(people: list[Labelled]) -> SleepMLP:
    """Fit by AdamW; rare stages weigh more, by the square root of how rare they are."""
    features = np.concatenate([one.features for one in people])
    stages = torch.from_numpy(np.concatenate([one.stages for one in people]))
    network = SleepMLP(hidden=HIDDEN, weighting=WEIGHTING)
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


def calibrated(network: SleepMLP, known: list[Labelled], strange: list[Labelled]) -> dict[str, float]:
    """Set the temperature of beliefs by strange people; return how often beliefs are right for people of both kinds.

    `known` are drawn as those of the fit were, `strange` from wider ranges: real people are strange in their own ways.
    """
    beliefs, stages = beliefs_of(network, strange), stages_of(strange)
    network.temperature = best_temperature(beliefs, stages)
    figures = {"temperature_on_strange_people": network.temperature}
    for name, people in (("held_out", known), ("strange", strange)):
        softened_beliefs = softened(beliefs_of(network, people), network.temperature)
        found = reliability(softened_beliefs, stages_of(people))
        figures |= {
            f"simulated_{name}_agreement": found.right,
            f"simulated_{name}_mean_confidence": found.confidence,
            f"simulated_{name}_expected_calibration_error": found.error,
        }
    return figures


def stages_of(people: list[Labelled]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the stages (n,) of all people, one after the other."""
    return np.concatenate([one.stages for one in people])


def main() -> None:
    """Read the command line, fit, check on people held out and save."""
    options = _options()
    # One thread and one seed: the same weights again on the same kind of processor; on another they round apart.
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    people = _people(options, 1_000_000 * options.seed)
    people += awake(options.wake) if options.wake else []
    # Ten and twelve million further on: people that the fit has not seen.
    known = _people(options, 1_000_000 * options.seed + 10_000_000, share=8)
    strange = _people(options, 1_000_000 * options.seed + 12_000_000, share=6, width=STRANGE_WIDTH)
    network = fit(people)
    figures = calibrated(network, known, strange)
    print(figures)  # noqa: T201
    manifest = describe(
        options.out.name,
        "sleep_mlp",
        {
            "features": network.mean.numel(),
            "hidden": HIDDEN,
            "stages": len(STAGES),
            "weighting": network.weighting,
            "temperature": network.temperature,
        },
        training_data=TRAINED_ON + (WAKING if options.wake else ""),
        module="models.sleep.train_context",
        seed=options.seed,
        figures=figures,
        auto=True,
    )
    store.save(options.out, network, manifest, card.render(manifest, card.SLEEP_CONTEXT))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fit the sleep stager that compares with the past.")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--sleepers", type=int, default=300)
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--wake", type=Path, help="folder with recordings (.edf) of people who are awake")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _people(options: argparse.Namespace, first: int, share: int = 1, width: float = 1.0) -> list[Labelled]:
    """Draw sleepers and patients, of each the number asked for divided by `share`."""
    found = sleepers(first, max(options.sleepers // share, 2), width=width)
    return found + patients(PATIENTS_FROM + first, max(options.patients // share, 2), strange=width > 1)


if __name__ == "__main__":
    main()
