"""Window figures through a real set on disk: planted scores give a known table, whatever the batch."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.datasets.splits import Part
from models.datasets.windowset import Header, load
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.evaluation.metrics import Confusion, auprc, auroc
from models.evaluation.reliability import calibrated
from models.evaluation.windows import check_fit, logits, report
from models.zoo import store

LABELS = [1, 1, 0, 0, 1, 0, 0, 0]
LOGITS = [2.0, -1.0, 1.0, -3.0, 0.5, -2.0, -0.5, -4.0]
SUBJECTS = ["ann"] * 4 + ["bob"] * 4


class FirstSample(nn.Module):
    """A network whose logit is the window's first sample."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))
        self.batches: list[int] = []

    def forward(self, windows: Tensor) -> Tensor:
        """Read the planted logit."""
        self.batches.append(len(windows))
        return self.one * windows[:, 0, 0]


def planted(folder: Path, values: "list[float]", samples: int = 192) -> Part:
    """Write a set whose windows hold their logits."""
    windows = np.zeros((len(values), 5, samples), np.float32)
    # Planted in the first sample, which the network below reads: scores are then known exactly.
    windows[:, 0, 0] = values
    with Writer(folder, Header("test", 5, samples, 128.0)) as writer:
        for subject in dict.fromkeys(SUBJECTS):
            rows = [k for k, name in enumerate(SUBJECTS) if name == subject]
            writer.add(windows[rows], np.array(LABELS)[rows], np.arange(len(rows), dtype=np.float64),
                       subject=subject, recording=subject, group="left", montage="scalp")  # fmt: skip
    return Part(load(folder), np.arange(len(values)))


@pytest.fixture
def part(tmp_path: Path) -> Part:
    """Return the planted set."""
    return planted(tmp_path / "set", LOGITS)


def test_a_known_table(part: Part) -> None:
    """Counts, F, areas, people: worked out by hand, with intervals around them."""
    found = logits(part, FirstSample())
    assert found.tolist() == LOGITS
    subjects = part.windowset.subject[part.indices]
    got = report(part.labels, calibrated(found), subjects, (0.5, 0.1))
    assert (got.windows, got.positives, got.subjects) == (8, 3, 2)
    assert got.at[0.5].confusion == Confusion(tp=2, fp=1, fn=1, tn=4)
    figures = got.at[0.5].figures
    assert figures["F1"].value == pytest.approx(2 / 3)
    assert (figures["precision"].value, figures["specificity"].value) == pytest.approx((2 / 3, 4 / 5))
    assert figures["recall"].value == pytest.approx(2 / 3)
    assert (figures["recall"].low, figures["recall"].high) == (0.5, 1.0)
    assert got.at[0.1].confusion.fn == 0
    assert got.areas["AUROC"].value == auroc(LABELS, LOGITS)
    assert got.areas["AUPRC"].value == auprc(LABELS, LOGITS)


def test_any_batch_gives_the_same(part: Part) -> None:
    """No more windows than a batch holds are read at once."""
    network = FirstSample()
    assert logits(part, network, batch_windows=3).tolist() == LOGITS
    assert network.batches == [3, 3, 2]


def test_some_windows_of_a_set(part: Part) -> None:
    """Scores come in the order of the part's window numbers."""
    assert logits(Part(part.windowset, np.array([1, 4, 6])), FirstSample()).tolist() == [-1.0, 0.5, -0.5]


def test_windows_without_a_finite_score_are_named(tmp_path: Path) -> None:
    """A NaN in the file is not counted as anything."""
    with pytest.raises(DataError, match=r"1 windows \(the first: 2\)"):
        logits(planted(tmp_path / "set", [0, 0, float("nan"), 0, 0, 0, 0, 0]), FirstSample())


def test_windows_of_another_kind_are_refused(tmp_path: Path, part: Part) -> None:
    """The line names folder, what differs and the model; the fitting set passes."""
    manifest = store.load("sc-small").manifest
    check_fit(part, manifest)
    with pytest.raises(DataError, match="window_samples is 128, model sc-small wants 192"):
        check_fit(planted(tmp_path / "short", LOGITS, samples=128), manifest)
