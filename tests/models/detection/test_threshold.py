"""A probability at the threshold counts, wherever one is compared with a threshold."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch

from models.detection.sightings import sightings
from models.detection.threshold import reaches
from models.engines import parity
from models.evaluation.metrics import confusion
from models.evaluation.windows import at_threshold
from models.training.learner import THRESHOLD_LOGIT

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("probability", "expected"), [(0.55, True), (0.5499999, False), (0.5500001, True)])
def test_the_threshold_itself_counts(probability: float, expected: bool) -> None:
    """As a number and in an array."""
    assert reaches(probability, 0.55) is expected
    assert reaches(np.array([probability]), 0.55).tolist() == [expected]


def test_live_evaluation_and_training_call_the_same_windows() -> None:
    """One window at exactly 0.5: a sighting, a true positive in both counts, and no flip between engines."""
    window = np.zeros((5, 192), np.float32)
    # Something to refine the peak on.
    window[2, 100] = 50
    assert len(list(sightings("left", 0, window, [(0.5, 100)], 128.0, 0.5))) == 1
    assert confusion([1], [0.5], 0.5).tp == 1
    assert at_threshold(np.array([True]), np.array([0.5]), np.array(["ann"]), 0.5).confusion.tp == 1
    assert float(torch.sigmoid(torch.tensor(THRESHOLD_LOGIT))) == 0.5


def test_no_other_comparison_with_a_threshold_is_written_out() -> None:
    """`reaches` is the only place where a probability meets a threshold."""
    # Read from the sources: a comparison written out elsewhere could have the other sign of equality.
    found = []
    for path in [*(ROOT / "models").rglob("*.py"), *(ROOT / "stream").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            names = {side.id if isinstance(side, ast.Name) else getattr(side, "attr", "") for side in sides}
            if {"threshold", "probability"} <= names or {"threshold", "probabilities"} <= names:
                found.append(path.relative_to(ROOT).as_posix())
    assert found == ["models/detection/threshold.py"]


def test_parity_counts_a_decision_that_differs_at_the_threshold() -> None:
    """A window at 0.5 in one engine and just below it in the other is decided differently."""

    class Fixed:
        name = "fixed"
        context_samples = 0

        def __init__(self, probability: float) -> None:
            self._probability = np.float32(probability)

        def score(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.full((len(windows), 2), self._probability), np.zeros((len(windows), 2), np.int64)

    windows = np.zeros((3, 5, 192), np.float32)
    # Two decisions for each of three windows.
    assert parity.of_windows(Fixed(0.5), Fixed(0.4999), windows, 0.5).flips == 6
    assert parity.of_windows(Fixed(0.5), Fixed(0.5001), windows, 0.5).flips == 0
