"""What a network finds in labelled windows, with intervals over people: the figures that papers report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from models.datasets.splits import Part
from models.datasets.windowset import Reader
from models.detection.threshold import reaches
from models.errors import DataError
from models.evaluation import bootstrap
from models.evaluation.bootstrap import Estimate, ratio
from models.evaluation.metrics import THRESHOLD, Confusion, Curve, Ranked, confusion, pr_curve
from models.evaluation.reliability import Reliability, reliability
from models.networks.contract import context_samples
from models.zoo.manifest import Manifest

BATCH_WINDOWS: Final = 256
"""Windows in memory at a time, however large the set."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """Counts at one threshold, and by name "F1", "F2", "precision", "recall", "specificity"."""

    confusion: Confusion
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class WindowReport:
    """All that is reported of labelled windows.

    `at` by threshold; `areas` by name, "AUROC" and "AUPRC"; `curve` precision against recall.
    """

    windows: int
    positives: int
    subjects: int
    at: Mapping[float, AtThreshold]
    areas: Mapping[str, Estimate]
    curve: Curve
    reliability: Reliability


def check_fit(part: Part, manifest: Manifest) -> None:
    """Check that windows are what a model takes.

    Raises
    ------
    DataError
        That names the folder and what differs.
    """
    header = part.windowset.header
    for name in ("channels", "window_samples", "rate_hz"):
        found, wanted = getattr(header, name), getattr(manifest, name)
        if found != wanted:
            raise DataError(
                f"{part.windowset.folder}: {name} is {found:g}, model {manifest.name} wants {wanted:g}; "
                "prepare the data anew with the model's settings (`spikewatch data prepare`)"
            )
    # A scale-free model takes any unit; one in microvolts would see other amplitudes than it learned.
    if manifest.unit == "uV" != header.unit:
        raise DataError(f"{part.windowset.folder}: unit is {header.unit}, model {manifest.name} wants microvolts")


def logits(part: Part, network: nn.Module, batch_windows: int = BATCH_WINDOWS) -> Floats:
    """Run a network over a part, a batch at a time.

    Parameters
    ----------
    network
        In eval mode; takes (n, channels, samples), gives logits (n,); runs where its weights are.

    Returns
    -------
    Floats
        (m,) in the order of `part.indices`.

    Raises
    ------
    DataError
        When some window, or the network's answer to it, is not finite.
    """
    if not len(part):
        raise DataError(f"{part.windowset.folder}: the chosen part has no windows")
    found = np.concatenate(list(_batches(part, network, batch_windows))).astype(np.float64)
    # One NaN would make every area NaN: better the number of the window.
    odd = part.indices[~np.isfinite(found)]
    if odd.size:
        raise DataError(f"{part.windowset.folder}: {odd.size} windows (the first: {odd[0]}) give no finite score")
    return found


@torch.inference_mode()
def _score(network: nn.Module, windows: NDArray[np.float32]) -> NDArray[np.float32]:
    device = next(network.parameters()).device
    answer: NDArray[np.float32] = network(torch.from_numpy(windows).to(device)).cpu().numpy()
    return answer


def _batches(part: Part, network: nn.Module, batch_windows: int) -> Iterator[NDArray[np.float32]]:
    with closing(Reader(part.windowset, context_samples(network))) as reader:
        for first in range(0, len(part), batch_windows):
            yield _score(network, reader.take(part.indices[first : first + batch_windows]))


def report(
    labels: ArrayLike, probabilities: ArrayLike, subjects: ArrayLike, thresholds: Sequence[float] = (THRESHOLD,)
) -> WindowReport:
    """Report on windows with labels (n,), probabilities (n,) and subjects (n,)."""
    truth, scores, people = np.asarray(labels).astype(bool), np.asarray(probabilities), np.asarray(subjects)
    ranked = Ranked(truth, scores)
    return WindowReport(
        windows=len(truth),
        positives=int(truth.sum()),
        subjects=len(np.unique(people)),
        at={threshold: at_threshold(truth, scores, people, threshold) for threshold in thresholds},
        areas={
            "AUROC": bootstrap.weighted(ranked.auroc, people),
            "AUPRC": bootstrap.weighted(ranked.auprc, people),
        },
        curve=pr_curve(truth, scores),
        reliability=reliability(truth, scores),
    )


def at_threshold(
    labels: NDArray[np.bool_], probabilities: Floats, subjects: NDArray[np.generic], threshold: float
) -> AtThreshold:
    """Count at a threshold, and estimate each figure over people."""
    # Counts by subject, whom the bootstrap then draws.
    names, place = np.unique(subjects, return_inverse=True)
    called = reaches(probabilities, threshold)
    kinds = (called & labels, called & ~labels, ~called & labels, ~called & ~labels)
    counts = np.stack([np.bincount(place, kind, len(names)) for kind in kinds], axis=1)
    figures = {name: bootstrap.counted(counts, figure) for name, figure in FIGURES.items()}
    return AtThreshold(confusion(labels, probabilities, threshold), figures)


def _f_beta(beta: float) -> Callable[[Floats], Floats]:
    """F of sums (draws, 4) of tp, fp, fn, tn; 0/0 is 0, as in `Confusion`."""

    def figure(sums: Floats) -> Floats:
        tp, fp, fn, _ = sums.T
        hits = (1 + beta**2) * tp
        return np.nan_to_num(ratio(hits, hits + beta**2 * fn + fp))

    return figure


FIGURES: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "F1": _f_beta(1),
    "F2": _f_beta(2),
    # 0/0 is 0, as in `Confusion`, so that a threshold above all probabilities has a figure.
    "precision": lambda sums: np.nan_to_num(ratio(sums[:, 0], sums[:, 0] + sums[:, 1])),
    "recall": lambda sums: np.nan_to_num(ratio(sums[:, 0], sums[:, 0] + sums[:, 2])),
    "specificity": lambda sums: np.nan_to_num(ratio(sums[:, 3], sums[:, 3] + sums[:, 1])),
}
"""From sums (draws, 4) of tp, fp, fn, tn to a figure (draws,)."""
