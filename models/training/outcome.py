"""outcome.json: what a run was trained on, how it ended, and what its model finds in windows that it never saw.

With recipe.json and history.jsonl beside it, it is all that the report is made from.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.splits import Part
from models.errors import TrainingError
from models.evaluation import metrics
from models.training import checkpoint
from models.training.validation import measures

OUTCOME: Final = "outcome.json"
CURVE_POINTS: Final = 200  # recalls at which a curve is kept at most: half a percent apart, finer than its drawing


@dataclass(frozen=True, slots=True)
class Figures:
    """What a network finds in a part: at `threshold` (`f1` to `recall`), and over all thresholds.

    `curve_recall`, `curve_precision` are points of the precision-recall curve.
    """

    f1: float
    f_beta: float
    precision: float
    recall: float
    auroc: float
    auprc: float
    curve_recall: tuple[float, ...]
    curve_precision: tuple[float, ...]
    # By default what it was before there was a choice: older outcomes have no such key.
    threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class PartCounts:
    """How large a part is; `positives` are windows with a discharge."""

    windows: int
    positives: int
    subjects: int


@dataclass(frozen=True, slots=True)
class Origin:
    """The window set: where it is, what kind of data, how it was made and what was left out."""

    folder: str
    source: str
    rate_hz: float
    channels: int
    window_samples: int
    recordings: int
    made_by: str
    note: str
    split_by: str
    parts: Mapping[str, PartCounts]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of outcome.json; `stopped` is "failed" where an error ended the run, and `best` counts in its phase.

    `command` repeats the run. `figures` are of the best epoch's weights, by part; none where there is no model.
    """

    command: str
    device: str
    network_parameters: int
    origin: Origin
    stopped: str
    reason: str
    best_epoch: int | None = None
    figures: Mapping[str, Figures] = field(default_factory=dict)


def origin(parts: Mapping[str, Part], split_by: str) -> Origin:
    """Return where the windows of all parts come from and how they were split."""
    windowset = parts["train"].windowset
    header = windowset.header
    return Origin(
        folder=str(windowset.folder),
        source=header.source,
        rate_hz=header.rate_hz,
        channels=header.channels,
        window_samples=header.window_samples,
        recordings=len(header.recordings),
        made_by=header.command,
        note=header.note,
        split_by=split_by,
        parts={name: _counted(part) for name, part in parts.items()},
    )


def _counted(part: Part) -> PartCounts:
    subjects = len(np.unique(part.windowset.subject[part.indices]))
    return PartCounts(len(part), int(part.labels.sum(dtype=np.int64)), subjects)


def figures(
    labels: NDArray[np.uint8], probabilities: NDArray[np.float32], beta: float, threshold: float = metrics.THRESHOLD
) -> Figures:
    """Return the figures of a part at a threshold: labels (n,), probabilities (n,)."""
    curve = metrics.pr_curve(labels, probabilities)
    recalls = np.linspace(0, 1, CURVE_POINTS)
    # Thinned evenly over recall, not over thresholds, of which a large part has many at nearly the same recall.
    kept = np.unique(np.searchsorted(curve.recall, recalls).clip(max=len(curve.recall) - 1))
    return Figures(
        **dataclasses.asdict(measures(labels, probabilities, beta, threshold)),
        curve_recall=tuple(curve.recall[kept].tolist()),
        curve_precision=tuple(curve.precision[kept].tolist()),
    )


def write(folder: Path, outcome: Outcome) -> None:
    """Write RUN/outcome.json whole."""
    text = json.dumps(dataclasses.asdict(outcome), indent=1) + "\n"
    checkpoint.replace(folder / OUTCOME, text.encode())


def read(folder: Path) -> Outcome:
    """Read RUN/outcome.json.

    Raises
    ------
    TrainingError
        if there is none, or it is no outcome
    """
    try:
        return _parse(json.loads((folder / OUTCOME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise TrainingError(f"{folder}: no training has ended here (no {OUTCOME}); run `spikewatch train`") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise TrainingError(f"{folder / OUTCOME}: cannot be read ({problem}); run `spikewatch train` again") from None


def _parse(raw: dict[str, Any]) -> Outcome:
    counts = {name: PartCounts(**part) for name, part in raw["origin"]["parts"].items()}
    found = {name: _figures(part) for name, part in raw["figures"].items()}
    return Outcome(**{**raw, "origin": Origin(**{**raw["origin"], "parts": counts}), "figures": found})


def _figures(raw: dict[str, Any]) -> Figures:
    curves = {key: tuple(raw[key]) for key in ("curve_recall", "curve_precision")}
    return Figures(**{**raw, **curves})
