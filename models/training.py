"""Train a small SC on simulated patients: `python -m models.training --out FOLDER --layouts scalp depth`.

A worker process simulates, conditions and cuts without end; the trainer draws batches from pools of its windows.
The worker scores the windows it leaves out with the trainer's latest weights and sends back what it would call a
discharge though none is there (hard negatives). Nothing recorded from a person is used.

The operating point is not chosen here but by `python -m models.calibration FOLDER`. Two runs with one
seed draw the same patients, but differ in which windows the hard-negative mining finds: it does not wait.
"""

import argparse
import copy
import datetime as dt
import math
import multiprocessing
import shlex
import sys
import time
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Final, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models import store
from models.examples import ROWS, WINDOW_SAMPLES, Floats, augment, cut, draw_track, sweep
from models.initialisation import lsuv
from models.manifest import Manifest, OperatingPoint, Preprocessing
from models.pool import Pool
from models.sc import SC
from models.simulate.truth import Layout

BATCH: Final = 128
SHARES: Final = {"positive": 0.35, "negative": 0.25, "hard": 0.4}
"""What a batch is made of."""
PRIOR: Final = 0.01
"""Share of positive windows that saved probabilities are meant for; batches hold many more."""
PRIOR_SHIFT: Final = math.log(SHARES["positive"] / (1 - SHARES["positive"])) - math.log(PRIOR / (1 - PRIOR))
POOL_WINDOWS: Final = 40_000
START_WINDOWS: Final = 2_000
"""Windows in each pool before training begins."""
LR, LAST_LR, WARM_UP_STEPS = 1.5e-3, 1e-5, 100
EMA_DECAY: Final = 0.998
PUBLISH_STEPS: Final = 200
"""The worker gets new weights for its mining this often."""
HARD_ABOVE: Final = 0.25
"""Probability from which a negative counts as hard."""
SECONDS: Final = 30.0
QUIET_SHARE: Final = 0.4
"""Simulated patients without discharges, for hard negatives."""

Batch = dict[str, Floats]


def produce(queue: "Queue[Batch]", weights: "Queue[dict[str, Tensor]]", seed: int, layouts: list[Layout]) -> None:
    """Worker: simulate patients for ever and put their windows on the queue."""
    torch.set_num_threads(1)
    network: SC | None = None
    for number in range(seed, sys.maxsize):
        while not weights.empty():
            network = small_sc()
            network.load_state_dict(weights.get())
            network.eval()
        queue.put(patient_windows(number, layouts, network))


def patient_windows(number: int, layouts: list[Layout], network: SC | None) -> Batch:
    """Return one simulated patient's windows by kind."""
    rng = np.random.default_rng([number, 2])
    layout = layouts[number % len(layouts)]
    quiet = bool(rng.random() < QUIET_SHARE)
    track = draw_track(number, layout, seconds=SECONDS, quiet=quiet)
    windows, labels = cut(track, rng, per_ied=3, per_group=8)
    kinds = {"positive": windows[labels == 1], "negative": windows[labels == 0]}
    kinds["hard"] = windows[:0]
    if network is not None:
        background = sweep(track, rng)
        probability = _probabilities(network, background)
        kinds["hard"] = background[probability > HARD_ABOVE]
    return {kind: augment(found, rng, layout) for kind, found in kinds.items()}


@torch.inference_mode()
def _probabilities(network: SC, windows: Floats) -> NDArray[np.float32]:
    parts = [torch.sigmoid(network(part)).numpy() for part in torch.split(torch.from_numpy(windows), 16)]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def small_sc() -> SC:
    """SC for CPUs: 48 channels, 1.5 s at 128 Hz, six blocks."""
    return SC(ROWS, WINDOW_SAMPLES, width=48, dropout=0.2)


class Trainer:
    """Network, average, optimiser and pools."""

    def __init__(self, seed: int, steps: int, queue: "Queue[Batch]") -> None:
        torch.manual_seed(seed)
        self._queue, self._steps, self._rng = queue, steps, np.random.default_rng(seed)
        self._pools = {kind: Pool(POOL_WINDOWS) for kind in SHARES}
        self.network = small_sc()
        self._fill_at_start()
        first, _ = self._batch()
        lsuv(self.network, first)
        self.average = copy.deepcopy(self.network).eval()
        self._optimiser = torch.optim.AdamW(self.network.parameters(), lr=LR, weight_decay=1e-2)

    def resume(self, network: nn.Module) -> None:
        """Start from another network's weights."""
        self.network.load_state_dict(network.state_dict())
        self.network.head.bias.data += PRIOR_SHIFT
        self.average.load_state_dict(self.network.state_dict())

    def finished(self) -> SC:
        """Return the averaged network with its bias set for windows as rare as live ones."""
        network = copy.deepcopy(self.average)
        network.head.bias.data -= PRIOR_SHIFT
        return network

    def step(self, number: int) -> float:
        """Take one optimiser step; give the batch's loss."""
        self._receive()
        self.network.train()
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(number, self._steps)
        windows, labels = self._batch()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(windows)
        loss = functional.binary_cross_entropy_with_logits(logits.float(), labels)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0, error_if_nonfinite=True)
        self._optimiser.step()
        self._follow()
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        for mean, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(new, 1 - EMA_DECAY)

    def sizes(self) -> str:
        """Say how many windows of each kind came so far."""
        return " ".join(f"{kind} {pool.seen}" for kind, pool in self._pools.items())

    def _fill_at_start(self) -> None:
        while min(len(self._pools["positive"]), len(self._pools["negative"])) < START_WINDOWS:
            self._take(self._queue.get())

    def _receive(self) -> None:
        while not self._queue.empty():
            self._take(self._queue.get())

    def _take(self, batch: Batch) -> None:
        for kind, windows in batch.items():
            self._pools[kind].add(windows)

    def _batch(self) -> tuple[Tensor, Tensor]:
        """Draw a batch; until there are hard negatives, ordinary ones stand for them."""
        parts = []
        for kind, share in SHARES.items():
            pool = self._pools[kind if len(self._pools[kind]) > BATCH else "negative"]
            parts.append(pool.draw(round(share * BATCH), self._rng))
        labels = np.zeros(sum(map(len, parts)), np.float32)
        labels[: len(parts[0])] = 1
        return torch.from_numpy(np.concatenate(parts)), torch.from_numpy(labels)


def learning_rate(step: int, steps: int) -> float:
    """Rise over the warm-up, then fall linearly."""
    if step < WARM_UP_STEPS:
        return LR * (step + 1) / WARM_UP_STEPS
    return LR + (LAST_LR - LR) * (step - WARM_UP_STEPS) / max(1, steps - WARM_UP_STEPS)


def describe(name: str, layouts: list[Layout], seed: int, steps: int, command: str) -> Manifest:
    """Return the manifest of a detector whose operating point is yet to be chosen."""
    montages = tuple("scalp" if layout == "scalp" else "shaft" for layout in layouts)
    return Manifest(
        name=name,
        task="ied",
        architecture="sc",
        parameters={"channels": ROWS, "window_samples": WINDOW_SAMPLES, "width": 48, "dropout": 0.2},
        channels=ROWS,
        rate_hz=128.0,
        window_samples=WINDOW_SAMPLES,
        unit="any",
        normalisation="inside the network: row means off, one standard deviation per window and group",
        preprocessing=Preprocessing((1.0, 50.0), "auto", 128.0),
        montages=montages,
        operating_points={"default": OperatingPoint(0.5, "not calibrated")},
        training_data=f"simulated patients only (models.simulate), {steps} steps of {BATCH} windows",
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        seed=seed,
        command=command,
    )


def train(out: Path, layouts: list[Layout], *, seed: int, steps: int, start: Path | None) -> None:
    """Train and save to the folder `out`, also on the way."""
    context = multiprocessing.get_context("spawn")
    queue: Queue[Batch] = context.Queue(8)
    weights: Queue[dict[str, Tensor]] = context.Queue(2)
    worker = context.Process(target=produce, args=(queue, weights, 1_000_000 * (seed + 1), layouts), daemon=True)
    worker.start()
    trainer = Trainer(seed, steps, queue)
    if start is not None:
        trainer.resume(store.load(start).network)
    manifest = describe(out.name, layouts, seed, steps, f"python -m models.training {shlex.join(sys.argv[1:])}")
    losses, began = [], time.monotonic()
    for number in range(steps):
        losses.append(trainer.step(number))
        if (number + 1) % PUBLISH_STEPS == 0 or number + 1 == steps:
            weights.put({k: v.clone() for k, v in trainer.average.state_dict().items()})
            store.save(out, trainer.finished(), manifest, f"# {out.name}\n\nNot calibrated yet.\n")
            report = f"step {number + 1} loss {np.mean(losses[-PUBLISH_STEPS:]):.4f} {trainer.sizes()}"
            print(f"{time.monotonic() - began:.0f} s {report}", flush=True)  # noqa: T201
    worker.terminate()


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="Train a small SC on simulated patients.")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--layouts", nargs="+", choices=get_args(Layout), default=["scalp", "depth"])
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, default=None, help="model folder whose weights to start from")
    options = parser.parse_args()
    torch.set_num_threads(1)
    train(options.out, options.layouts, seed=options.seed, steps=options.steps, start=options.start)


if __name__ == "__main__":
    main()
