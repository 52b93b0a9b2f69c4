"""Window sets that are easy to learn, a tiny recipe, and a callback that records, for the tests of training."""

from pathlib import Path

import numpy as np

from models.datasets import splits
from models.datasets.splits import Part
from models.datasets.windowset import Header, WindowSet, load
from models.datasets.windowset_writer import Writer
from models.training.callbacks import EpochReport, Plan, Result
from models.training.recipe import Recipe

CHANNELS, SAMPLES = 5, 32
# Small enough that a whole training takes half a second; dropout, because resuming has to repeat its masks.
TINY: dict[str, int | float | str] = {"width": 6, "blocks": 2, "dropout": 0.5}
# With rare positives such a training finds nothing: sf pulls hard on negatives, and no warm-up came before.
BLIND: dict[str, object] = {
    "loss": "sf",
    "epochs": 6,
    "pre_bce_epochs": 0,
    "inc_neg": "off",
    "learning_rate": 0.05,
    "initialisation": "torch",
}


def easy_set(
    folder: Path, positives: int = 60, negatives: int = 240, *, seed: int = 0, height: float = 6.0, context: int = 0
) -> WindowSet:
    """Write noise in which positives have a bump in the middle, of 12 subjects in turn, half scalp and half shaft.

    Windows are the same with a `context`, which is noise.
    """
    rng = np.random.default_rng(seed)
    windows = rng.normal(size=(positives + negatives, CHANNELS, SAMPLES)).astype(np.float32)
    windows[:positives, 2, 14:18] += height
    labels = (np.arange(len(windows)) < positives).astype(np.uint8)
    # Drawn after the windows, so that sets with and without a past hold the same windows.
    past = rng.normal(size=(len(windows), CHANNELS, context)).astype(np.float32)
    windows = np.concatenate((past, windows), axis=2)
    header = Header("test", CHANNELS, SAMPLES, 128.0, unit="uV", command="made by hand", context_samples=context)
    with Writer(folder, header) as writer:
        for subject in range(12):
            # Every twelfth window: each subject has positives and negatives, so that any split has both.
            chosen = np.arange(subject, len(windows), 12)
            writer.add(
                windows[chosen],
                labels[chosen],
                chosen * np.float64(1.5),
                subject=f"s{subject}",
                recording=f"r{subject}",
                group="A",
                montage="scalp" if subject % 2 else "shaft",
            )
    return load(folder)


def easy_parts(folder: Path, positives: int = 60, negatives: int = 240, **options: float) -> dict[str, Part]:
    """Split an easy set by subject."""
    return splits.parts(easy_set(folder, positives, negatives, **options), seed=1)  # type: ignore[arg-type]


def tiny_recipe(**changes: object) -> Recipe:
    """Return a recipe that trains a tiny network in half a second."""
    return Recipe().changed({"parameters": TINY, "epochs": 3, "batch_windows": 32, **changes})


class RecordingCallback:
    """Records what a training reports."""

    def __init__(self) -> None:
        self.prepared: list[tuple[str, int, int]] = []
        self.plans: list[Plan] = []
        self.windows: list[int] = []
        self.reports: list[EpochReport] = []
        self.results: list[Result] = []

    def preparing(self, what: str, done: int, total: int) -> None:
        """Record what is done before the first batch."""
        self.prepared.append((what, done, total))

    def began(self, plan: Plan) -> None:
        """Record the plan."""
        self.plans.append(plan)

    def batch(self, windows: int) -> None:
        """Record a batch."""
        self.windows.append(windows)

    def epoch(self, report: EpochReport) -> None:
        """Record an epoch."""
        self.reports.append(report)

    def ended(self, result: Result) -> None:
        """Record the end."""
        self.results.append(result)
