"""Fit the spectral stager on simulated nights: `python -m models.sleep.train --out models/zoo/sleep-spectral`.

Multinomial logistic regression on the features of pure 30-s epochs, stages weighted equally. An epoch is seen
through a random number of derivations, one to all, so that a single sleep channel is not foreign to the model.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.networks.spectral import (
    EPOCH_SEGMENTS,
    RATE_HZ,
    SEGMENT_SAMPLES,
    STEP_SAMPLES,
    SpectralClassifier,
    band_powers,
    epoch_features,
)
from models.signal.montage import build
from models.signal.offline import condition
from models.simulate import Simulated, simulate
from models.simulate.truth import Layout
from models.sleep.describing import describe
from models.sleep_stages import STAGES, Stage
from models.zoo import card, store

# Choices of ours, all of them; no recording of a patient took part in any.
STAGE_S: Final = 100.0  # every simulated patient passes through all stages, each this long, in a random order
EVERY_SEGMENTS: Final = 5  # from one epoch to the next: as often as a stager reports
WEIGHT_DECAY: Final = 1e-2
FIT_STEPS: Final = 400  # the loss changes by less than 1e-3 from here on
STEP_S: Final = 5.0  # of the filter: it takes a step with every result
STAY_S: Final = 240.0  # mean stay in a stage that the filter assumes
# Where a stage goes when it is left, after the order in which adults' stages follow each other.
LEAVING: Final = {
    "W": {"N1": 0.8, "N2": 0.1, "N3": 0.02, "R": 0.08},
    "N1": {"W": 0.3, "N2": 0.55, "N3": 0.02, "R": 0.13},
    "N2": {"W": 0.15, "N1": 0.25, "N3": 0.4, "R": 0.2},
    "N3": {"W": 0.1, "N1": 0.1, "N2": 0.78, "R": 0.02},
    "R": {"W": 0.3, "N1": 0.3, "N2": 0.38, "N3": 0.02},
}


def transition_matrix() -> Tensor:
    """Return the probabilities (stages, stages) of going from row to column in one step of 5 s."""
    leave = STEP_S / STAY_S
    rows = [[1 - leave if a == b else leave * LEAVING[a][b] for b in STAGES] for a in STAGES]
    return torch.tensor(rows)


def epochs(simulated: Simulated, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return features (n, FEATURES) and stage numbers (n,) of the epochs that lie within one stage."""
    layout = "scalp" if simulated.labels[0] == "Fp1" else "shaft"
    conditioned = condition(simulated.samples, simulated.rate_hz, build(layout, list(simulated.labels)))
    rows = torch.from_numpy(conditioned.samples).unfold(1, SEGMENT_SAMPLES, STEP_SAMPLES)
    shares = band_powers(rows).transpose(0, 1)
    features, stages = [], []
    for begin in range(0, len(shares) - EPOCH_SEGMENTS, EVERY_SEGMENTS):
        stage = _stage(simulated, begin, begin + EPOCH_SEGMENTS + 1)
        # One sample is enough: simulated recordings are invalid only at the beginning, while the filters settle.
        if stage and conditioned.valid[:, begin * RATE_HZ].all():
            seen = rng.permutation(len(rows))[: 1 + int(rng.integers(len(rows)))]
            features.append(epoch_features(shares[begin : begin + EPOCH_SEGMENTS, seen]))
            stages.append(STAGES.index(stage))
    return torch.stack(features), torch.tensor(stages)


def _stage(simulated: Simulated, begin_s: float, end_s: float) -> str:
    """Return the stage that covers all of [begin_s, end_s), or an empty string."""
    for span in simulated.stages:
        if span.first <= begin_s * simulated.rate_hz and end_s * simulated.rate_hz <= span.end:
            return span.stage
    return ""


def draw(first: int, patients: int) -> tuple[Tensor, Tensor]:
    """Return the epochs of several simulated patients, five scalp layouts for one of depth leads."""
    rng = np.random.default_rng(first)
    found = []
    for number in range(patients):
        plan: list[tuple[Stage, float]] = [(STAGES[i], STAGE_S) for i in rng.permutation(len(STAGES))]
        layout: Layout = "depth" if number % 6 == 5 else "scalp"
        # Two rates, so that no band power hangs on one resampling.
        rate_hz = float(rng.choice((200.0, 256.0)))
        seconds = len(plan) * STAGE_S
        # Some of the ill do not sleep, so that their stages are so in name only.
        night = simulate(first + number, seconds, layout=layout, rate_hz=rate_hz, plan=plan, illness="none")
        found.append(epochs(night, rng))
    return torch.cat([f for f, _ in found]), torch.cat([s for _, s in found])


def fit(features: Tensor, stages: Tensor) -> SpectralClassifier:
    """Fit by Adam on all epochs at once; the problem is convex."""
    network = SpectralClassifier()
    network.mean.copy_(features.mean(dim=0))
    # 1e-3: a feature that never varies would be divided by nothing.
    network.std.copy_(features.std(dim=0).clamp(min=1e-3))
    network.transition.copy_(transition_matrix())
    counts = torch.bincount(stages, minlength=len(STAGES)).float()
    optimiser = torch.optim.Adam(network.linear.parameters(), lr=0.05)
    for _ in range(FIT_STEPS):
        loss = functional.cross_entropy(network(features), stages, weight=counts.sum() / counts.clamp(min=1))
        loss = loss + WEIGHT_DECAY * network.linear.weight.square().mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    return network.eval()


def main() -> None:
    """Read the command line, fit, check on held-out patients and save."""
    parser = argparse.ArgumentParser(description="Fit the spectral sleep stager on simulated nights.")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--patients", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # One thread and one seed: the same weights again with the same code on the same kind of processor. What is shipped
    # came from an earlier simulator: made again, it differs by up to 0.008.
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    network = fit(*draw(50_000_000 * options.seed, options.patients))
    # Patients of its own: seeds ten million further on meet none of those that the fit has seen.
    features, stages = draw(50_000_000 * options.seed + 10_000_000, options.patients // 4)
    with torch.no_grad():
        right = network(features).argmax(dim=1) == stages
    figures = {"simulated_epoch_accuracy": float(right.float().mean())}
    print(figures, torch.bincount(stages).tolist())  # noqa: T201
    manifest = describe(
        options.out.name,
        "spectral",
        {"features": network.linear.in_features, "stages": len(STAGES)},
        training_data="simulated nights only (models.simulate)",
        module="models.sleep.train",
        seed=options.seed,
        figures=figures,
    )
    store.save(options.out, network, manifest, card.render(manifest, card.SLEEP))


if __name__ == "__main__":
    main()
