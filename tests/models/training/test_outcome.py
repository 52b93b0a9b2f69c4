"""An outcome is kept in full, and read back as it was written."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import TrainingError
from models.evaluation import metrics
from models.training import outcome as outcomes
from models.training.outcome import CURVE_POINTS, OUTCOME, Outcome, PartCounts
from tests.models.training.example_reports import LABELS, PROBABILITIES
from tests.models.training.small_training import easy_parts


def an_outcome(folder: Path) -> Outcome:
    """Return the outcome of a training that went well."""
    origin = outcomes.origin(easy_parts(folder), "subject")
    figures = outcomes.figures(LABELS, PROBABILITIES, 2.0)
    return Outcome("spikewatch train", "cpu", 1234, origin, "early", "it was enough", 3, {"test": figures})


def test_an_outcome_comes_back_as_it_was(tmp_path: Path) -> None:
    """Every number and name."""
    outcome = an_outcome(tmp_path / "set")
    outcomes.write(tmp_path, outcome)
    assert outcomes.read(tmp_path) == outcome


def test_parts_are_counted(tmp_path: Path) -> None:
    """Windows, positives and subjects: 12 subjects of 5 positives and 20 negatives, 4:1:1."""
    counts = outcomes.origin(easy_parts(tmp_path / "set"), "subject").parts
    assert counts == {
        "train": PartCounts(200, 40, 8), "validation": PartCounts(50, 10, 2), "test": PartCounts(50, 10, 2)
    }  # fmt: skip


def test_figures_are_those_of_the_metrics() -> None:
    """At threshold 0.5: 2 of 3 found and 2 false; by hand F1 = 4/7, F2 = 5/8."""
    found = outcomes.figures(LABELS, PROBABILITIES, 2.0)
    assert found.precision == 0.5
    assert found.recall == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(4 / 7)
    assert found.f_beta == pytest.approx(5 / 8)
    assert found.auprc == metrics.auprc(LABELS, PROBABILITIES)


def test_a_long_curve_is_thinned_to_points_of_itself() -> None:
    """Each kept point is one of the curve's, in order, and the last is full recall."""
    rng = np.random.default_rng(3)
    # Thousands of distinct probabilities: a curve of as many points would make outcome.json large.
    labels = (rng.random(5000) < 0.2).astype(np.uint8)
    probabilities = (0.4 * labels + rng.random(5000) * 0.6).astype(np.float32)
    found, curve = outcomes.figures(labels, probabilities, 1.0), metrics.pr_curve(labels, probabilities)
    points = set(zip(curve.recall.tolist(), curve.precision.tolist(), strict=True))
    assert set(zip(found.curve_recall, found.curve_precision, strict=True)) <= points
    assert len(found.curve_recall) <= CURVE_POINTS
    assert list(found.curve_recall) == sorted(found.curve_recall)
    assert found.curve_recall[-1] == 1.0


# Cut off, of another kind, empty, and with the right outline but nothing in it.
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"origin": {"parts": {}}, "figures": {"test": {}}}'])
def test_a_damaged_outcome_is_one_line(tmp_path: Path, text: str) -> None:
    """It names the file and the remedy."""
    (tmp_path / OUTCOME).write_text(text)
    with pytest.raises(TrainingError, match=r"outcome.json: cannot be read .* run `spikewatch train` again"):
        outcomes.read(tmp_path)


def test_no_outcome_is_one_line(tmp_path: Path) -> None:
    """It names the folder."""
    with pytest.raises(TrainingError, match="no training has ended here"):
        outcomes.read(tmp_path)
